"""A request to stop that is never overheard."""

from __future__ import annotations

import signal
import socket
import threading
import time

_STOP = (signal.SIGTERM, signal.SIGINT)
_PAUSE = 0.1


def hear_every_signal() -> None:
    """From now on wake the main thread when this process is told to stop, so that it notices.

    Python runs a signal's handler in the main thread, between two instructions. A main thread that is about to wait
    for good, as the web server's do, has no next instruction: a signal of that moment is noted and not acted upon,
    and the process goes on until it is killed (1 stop of 60 on a busy machine). Any other signal ends the wait, so
    SIGUSR1, which means nothing here, follows. To be called in the main thread; again after a fork.
    """
    main = threading.get_ident()
    heard, told = socket.socketpair()
    told.setblocking(False)
    signal.set_wakeup_fd(told.detach(), warn_on_full_buffer=False)
    signal.signal(signal.SIGUSR1, lambda *_: None)

    def wake() -> None:
        while heard.recv(1)[0] not in _STOP:
            continue
        while True:
            time.sleep(_PAUSE)
            signal.pthread_kill(main, signal.SIGUSR1)

    threading.Thread(target=wake, name="signals", daemon=True).start()
