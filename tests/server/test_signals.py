"""A request to stop is heard even when it reaches a process at the wrong moment."""

from __future__ import annotations

import sys

from tests.server.running import end, start

#: The signal goes to a thread that isn't the main one, and leaves the main thread's wait undisturbed: as a signal does
#: that comes a moment before the wait, but every time. It goes out once the main thread stands in ``Event.wait``.
_OVERHEARING = """
import signal, sys, threading, time
from tracker.cli.signals import hear_every_signal
stop, main = threading.Event(), threading.get_ident()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
hear_every_signal()
def waits():
    time.sleep(0.01)
    return sys._current_frames()[main].f_code is threading.Condition.wait.__code__
def tell():
    while not all(waits() for _ in range(20)):
        pass
    signal.pthread_kill(threading.get_ident(), signal.SIGTERM)
    threading.Event().wait()
threading.Thread(target=tell, daemon=True).start()
stop.wait()
"""


def test_a_signal_that_does_not_end_the_main_thread_s_wait_is_heard_all_the_same() -> None:
    process = start([sys.executable, "-c", _OVERHEARING])
    try:
        assert process.wait(20) == 0
    finally:
        end(process)
