"""The web server: granian, in its WSGI mode, with this program's settings.

``serve_web`` starts one process that owns the workers, and each worker loads the app for itself. What the server
leaves open is closed here and in ``tracker.cli.admission``: a port that is taken is refused (the server would
silently share it), a worker ends with its owner, and connections whose client has vanished are noticed.

Stopping (SIGTERM or SIGINT): no new connections, requests under way finish, and what is still running after
``server_stop_seconds`` is cut off; event streams always are. Why this server: docs/decisions/0003-the-server.md.
"""

from __future__ import annotations

import logging
import os
import resource
import socket
from functools import partial

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.mp import MPServer

from tracker.cli.signals import hear_every_signal
from tracker.cli.web_worker import load_app
from tracker.config import Settings, as_environ
from tracker.errors import Misconfigured

APP = "tracker:create_app()"
#: Connections that wait to be accepted.
_BACKLOG = 1024
#: Bytes that one connection may make a worker keep: the longest headers, and the part of a body on its way.
_BUFFER = 65_536
#: Files that a worker needs beside its connections: the database's, the program's, the standard streams.
_OTHER_FILES = 512


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
    hear_every_signal()
    try:
        server.serve(target_loader=partial(load_app, target, settings, os.getpid()), wrap_loader=False)
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
