"""A file that comes into being whole or not at all, and never over another one.

It is written under another name beside its own, forced to the disk, and only then gets its name, which the system
refuses where somebody has it by now. Only its owner may read it. What it does badly: a killed process leaves the
unfinished file (``.<name>.<letters>.part``), which may be deleted.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tracker.errors import Refusal, Unavailable

#: What a file system says that knows no second name for a file, as those of memory sticks.
_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """An empty file to write to, which becomes ``path`` at the end, and disappears on any exception.

    Raises ``Refusal`` where ``path`` is there already, ``Unavailable`` where it can't be written.
    """
    require_absent(path)
    part = path.parent / f".{path.name}.{secrets.token_hex(4)}.part"
    try:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield part
        _force(part)
        _name(part, path)
        _force(path.parent)
    except OSError as error:
        raise Unavailable(f"{path} can't be written: {error.strerror or error}.") from error
    finally:
        part.unlink(missing_ok=True)


def require_absent(path: Path) -> None:
    """Raises ``Refusal`` where ``path`` is there."""
    if os.path.lexists(path):
        raise Refusal(f"{path} is there already, and nothing is written over it. Choose another name.")


def _name(part: Path, path: Path) -> None:
    try:
        os.link(part, path)
    except FileExistsError:
        require_absent(path)
        raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _take_the_place(part, path)


def _take_the_place(part: Path, path: Path) -> None:
    """Put an empty file where ``path`` is to be, which fails where there is one, and ``part`` over that."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        os.replace(part, path)
        return
    require_absent(path)


def _force(path: Path) -> None:
    """Wait until the disk has it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
