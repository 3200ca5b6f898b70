"""Run the programs of this environment, as a developer would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

#: The folder of the repository.
ROOT = Path(__file__).parent.parent


def run(
    program: str, *arguments: str | Path, cwd: Path = ROOT, given: str | None = None
) -> subprocess.CompletedProcess[str]:
    """Run ``program``, which stands beside this Python, in ``cwd`` with ``given`` as its input, and wait for it."""
    command = [Path(sys.executable).parent / program, *arguments]
    return subprocess.run(command, cwd=cwd, input=given, capture_output=True, text=True, check=False)
