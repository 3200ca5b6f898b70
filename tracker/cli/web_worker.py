"""One worker of the web server: loads the app and closes what the server leaves open in its own process."""

from __future__ import annotations

import importlib
import os
import signal
import socket
import stat
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from wsgiref.types import WSGIApplication

from tracker.cli.admission import Admission
from tracker.cli.logs import begin_logging
from tracker.cli.parentage import die_with_parent
from tracker.cli.signals import hear_every_signal
from tracker.config import Settings
from tracker.errors import TrackerError

#: A client that says nothing for a minute is asked whether it is there, and given up after half a minute more.
_ASK_AFTER, _ASK_EVERY, _ASK_TIMES = 60, 10, 3


def load_app(target: str, settings: Settings, owner: int) -> WSGIApplication:
    """The app that ``target`` names, behind its door; run in the worker's main thread, before its first request.

    ``target`` is ``module:app`` or ``module:factory()``, ``owner`` the process that stops the workers. An error of ours
    ends the worker with its sentence.
    """
    begin_logging(settings)
    # The owner stops its workers itself; only if it can't any more does the kernel, at once.
    die_with_parent(owner, signal.SIGKILL)
    # Ctrl-C at a terminal goes to the owner alone, which tells its workers: the server hangs if told three times.
    os.setpgid(0, 0)
    hear_every_signal()
    threading.Thread(target=_notice_the_vanished, name="vanished", daemon=True).start()
    try:
        return Admission(_named(target), settings)
    except TrackerError as error:
        print(error, file=sys.stderr)
        raise SystemExit(1) from None


def _named(target: str) -> WSGIApplication:
    module, _, name = target.partition(":")
    found = getattr(importlib.import_module(module), name.removesuffix("()"))
    app: WSGIApplication = found() if name.endswith("()") else found
    return app


def _notice_the_vanished() -> None:
    """Switch on TCP's keep-alive (RFC 9293 §3.8.4) for every connection of this worker.

    A client that vanishes in the middle of its body, without a word, would hold a thread for good. The server has no
    setting for it, but on Linux an accepted connection inherits the options of the socket that listens.
    """
    if sys.platform != "linux":
        return
    while not (listening := list(_listening())):
        time.sleep(0.05)
    for listener in listening:
        with listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, _ASK_AFTER)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, _ASK_EVERY)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, _ASK_TIMES)


def _listening() -> Iterator[socket.socket]:
    """A second handle on each socket of this process that listens."""
    for entry in list(Path("/proc/self/fd").iterdir()):
        handle = _socket_at(int(entry.name))
        if handle is not None and handle.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
            yield handle
        elif handle is not None:
            handle.close()


def _socket_at(number: int) -> socket.socket | None:
    """A second handle on the open file ``number``, if it is (still) open and a socket."""
    try:
        copy = os.dup(number)
    except OSError:
        return None
    if not stat.S_ISSOCK(os.fstat(copy).st_mode):
        os.close(copy)
        return None
    return socket.socket(fileno=copy)
