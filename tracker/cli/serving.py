"""The web server: granian, in its WSGI mode, with this program's settings.

``serve_web`` starts one process that owns the workers, and each worker loads the app for itself. What the server
leaves open is closed here and in ``tracker.cli.admission``: a port that is taken is refused (the server would
silently share it), a worker ends with its owner, and connections whose client has vanished are noticed.

Stopping (SIGTERM or SIGINT): no new connections, requests under way finish, and what is still running after
``server_stop_seconds`` is cut off; event streams always are. Why this server: docs/decisions/0003-the-server.md.
"""

from __future__ import annotations

import importlib
import logging
import os
import resource
import signal
import socket
import stat
import sys
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from wsgiref.types import WSGIApplication

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from tracker.cli.admission import Admission
from tracker.cli.parentage import die_with_parent
from tracker.config import Settings, as_environ
from tracker.errors import Misconfigured, TrackerError

APP = "tracker:create_app()"
#: Connections that wait to be accepted.
_BACKLOG = 1024
#: Bytes that one connection may make a worker keep: the longest headers, and the part of a body on its way.
_BUFFER = 65_536
#: Files that a worker needs beside its connections: the database's, the program's, the standard streams.
_OTHER_FILES = 512
#: A client that says nothing for a minute is asked whether it is there, and given up after half a minute more.
_ASK_AFTER, _ASK_EVERY, _ASK_TIMES = 60, 10, 3


def serve_web(settings: Settings, target: str = APP) -> int:
    """Serve ``target`` until SIGTERM or SIGINT; returns the process's exit status, 0 for a clean stop.

    ``target`` is ``module:app`` for a WSGI app or ``module:factory()`` for what makes one. The settings are
    written to this process's variables, so that the workers read the same. To be called in the main thread.
    Raises ``Misconfigured`` if the address can't be listened at.
    """
    address = _free_address(settings.host, settings.port)
    _allow_files(settings.server_connections + _OTHER_FILES)
    os.environ.update(as_environ(settings))
    server = _server(settings, target, address)
    # It warns that this many threads would fight for Python's lock; all but server_threads of them never hold it.
    logging.getLogger("_granian").addFilter(lambda record: "Python threads" not in record.getMessage())
    try:
        server.serve(target_loader=partial(_load, target, settings, os.getpid()), wrap_loader=False)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 1
    return 0


def _server(settings: Settings, target: str, address: str) -> MPServer:
    return MPServer(
        target,
        address=address,
        port=settings.port,
        interface=Interfaces.WSGI,
        # HTTP/2 has no time limit for headers here; a proxy in front speaks HTTP/1.1 to us.
        http=HTTPModes.http1,
        websockets=False,
        workers=settings.server_workers,
        # The server starts a thread when a request finds none idle, so a high number costs nothing in calm.
        blocking_threads=settings.server_threads + settings.server_bodies,
        backlog=_BACKLOG,
        backpressure=settings.server_connections,
        http1_settings=HTTP1Settings(
            header_read_timeout=int(settings.server_header_seconds * 1000), max_buffer_size=_BUFFER
        ),
        workers_kill_timeout=settings.server_stop_seconds,
        # A crashed worker is started again; one that crashes again at once ends the server with status 1.
        respawn_failed_workers=True,
        log_level=LogLevels(settings.log_level),
        # Through the root logger, like everything else that this program says.
        log_dictconfig={"loggers": {"_granian": {"handlers": [], "propagate": True}}},
    )


def _load(target: str, settings: Settings, owner: int) -> WSGIApplication:
    """The app behind its door; run in the worker, before its first request."""
    # The owner stops its workers itself; only if it can't any more does the kernel, at once.
    die_with_parent(owner, signal.SIGKILL)
    threading.Thread(target=_notice_the_vanished, daemon=True).start()
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


def _free_address(host: str, port: int) -> str:
    """``host`` as an IP address (the server wants one) at which nobody listens on ``port`` yet."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise Misconfigured(f"can't listen at {host}, port {port}: {error.strerror}") from error
    return str(address[0])


def _allow_files(number: int) -> None:
    """Raise the soft limit of open files towards ``number``; every connection is one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = number if hard == resource.RLIM_INFINITY else min(number, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def _notice_the_vanished() -> None:
    """Switch on TCP's keep-alive (RFC 9293 §3.8.4) for every connection of this worker.

    A client that vanishes in the middle of its body, without a word, would hold a thread for good. The server has
    no setting for it, but on Linux an accepted connection inherits the options of the socket that listens.
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
