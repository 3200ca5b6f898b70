"""A process that doesn't outlive its parent, however the parent ends."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

#: Linux: which signal this process gets when its parent ends; prctl(2).
_PR_SET_PDEATHSIG = 1
# Loaded here, because between fork and exec nothing should be loaded any more.
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(parent: int, number: signal.Signals) -> None:
    """From now on send this process ``number`` when the process ``parent`` ends, even by ``kill -9``.

    To be called in the child. The kernel watches the *thread* that forked, so the parent must fork from a thread that
    lives as long as itself. Only Linux can do this; elsewhere the call changes nothing, and an orphan must be ended by
    hand.
    """
    if _libc is None:
        return
    if _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    # The parent may have ended before the kernel was asked; then nobody would tell us.
    if os.getppid() != parent:
        os.kill(os.getpid(), number)
