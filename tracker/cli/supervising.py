"""Several processes run as one: started together, stopped together, and never outliving each other.

For one machine without a service manager: ``tracker serve`` runs the web server and the worker this way. Every child
leads a process group of its own, so that Ctrl-C at a terminal reaches the supervisor alone, which passes it on, and so
that a child's own children can be ended with it.

Guarantees: SIGTERM or SIGINT is passed on to every child; a child that ends unasked ends the others, and the status is
then not 0; who doesn't stop in time is killed; when the supervisor itself is killed, the kernel sends SIGTERM to its
children (on Linux). What it does badly: it restarts nothing. Whoever started it does that.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from tracker.cli.parentage import die_with_parent
from tracker.clock import Clock

#: Seconds that children may take to stop; more than the web server gives its requests by default.
PATIENCE = 10.0
_STOP = frozenset({signal.SIGTERM, signal.SIGINT})
_HEARD = _STOP | {signal.SIGCHLD}


def supervise(commands: Sequence[Sequence[str]], patience: float = PATIENCE) -> int:
    """Run ``commands`` side by side until one ends or SIGTERM or SIGINT arrives; returns the exit status.

    0 when all stopped as they were asked to, otherwise the status of the child that ended unasked, or 1. To be called
    in the main thread of a process without others: the signals are taken by waiting for them.
    """
    children: list[subprocess.Popen[bytes]] = []
    with _signals_waiting():
        try:
            children.extend(_started(command) for command in commands)
        except OSError as error:
            _say(f"can't start {error.filename}: {error.strerror}")
            _stop(children, signal.SIGTERM, patience)
            return 1
        return _watch(children, patience)


def _watch(children: list[subprocess.Popen[bytes]], patience: float) -> int:
    while not (ended := [child for child in children if child.poll() is not None]):
        number = signal.sigwait(_HEARD)
        if number in _STOP:
            return 0 if _stop(children, number, patience) else 1
    _say(f"{_name(ended[0])} ended unasked ({_how(ended[0])}); stopping the others")
    _stop(children, signal.SIGTERM, patience)
    return ended[0].returncode if ended[0].returncode > 0 else 1


def _stop(children: list[subprocess.Popen[bytes]], number: int, patience: float) -> bool:
    """Ask all to stop, kill who doesn't in time; whether all stopped by themselves and without complaint."""
    for child in children:
        child.send_signal(number)
    clock = Clock()
    deadline = clock.monotonic() + patience
    while any(child.poll() is None for child in children) and (left := deadline - clock.monotonic()) > 0:
        # A second request to stop changes nothing; only a child's end or the deadline does.
        signal.sigtimedwait(_HEARD, left)
    late = [child for child in children if child.poll() is None]
    for child in late:
        _say(f"{_name(child)} did not stop within {patience:g} seconds and was killed")
    for child in children:
        _kill_group(child)
        child.wait()
    return not late and all(child.returncode in (0, -number) for child in children)


def _kill_group(child: subprocess.Popen[bytes]) -> None:
    """End what is left of the child and its own children."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except ProcessLookupError:
        return


def _started(command: Sequence[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, process_group=0, preexec_fn=partial(_before_exec, os.getpid()))


def _before_exec(parent: int) -> None:
    """In the child: hear signals again, and don't outlive ``parent``.

    Python between fork and exec is safe only where no other thread can hold a lock: hence one thread.
    """
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HEARD)
    die_with_parent(parent, signal.SIGTERM)


@contextmanager
def _signals_waiting() -> Iterator[None]:
    """Keep these signals pending until they are waited for, so that none is missed between two looks."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _HEARD)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _name(child: subprocess.Popen[bytes]) -> str:
    command = child.args
    return " ".join(map(str, command)) if isinstance(command, list | tuple) else str(command)


def _how(child: subprocess.Popen[bytes]) -> str:
    status = child.returncode
    return f"status {status}" if status >= 0 else f"signal {signal.Signals(-status).name}"


def _say(sentence: str) -> None:
    print(f"tracker: {sentence}", file=sys.stderr, flush=True)
