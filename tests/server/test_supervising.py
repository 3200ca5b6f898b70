"""Processes that run as one: nothing is started that isn't also stopped, whatever happens."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.server.running import end, gone, start
from tests.waiting import wait_until

_SUPERVISE = """
import json, sys
from tracker.cli.supervising import supervise
sys.exit(supervise(json.loads(sys.argv[1]), patience=float(sys.argv[2])))
"""
#: Says which process it is, then waits; stops at once when asked.
_OBEDIENT = "import os, pathlib, signal, sys; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); signal.pause()"
#: As above, and says which signal it got.
_TELLING = """
import os, pathlib, signal, sys
def stop(number, frame):
    pathlib.Path(sys.argv[1] + ".signal").write_text(str(number))
    sys.exit(0)
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, stop)
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
while True:
    signal.pause()
"""
#: Doesn't stop when asked, and has a child that doesn't either.
_STUBBORN = """
import os, pathlib, signal, sys
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
child = os.fork()
if child == 0:
    while True:
        signal.pause()
pathlib.Path(sys.argv[1] + ".child").write_text(str(child))
pathlib.Path(sys.argv[1]).write_text(str(os.getpid()))
while True:
    signal.pause()
"""

Supervised = Callable[..., subprocess.Popen[bytes]]


@pytest.fixture
def supervised(tmp_path: Path) -> Iterator[Supervised]:
    """Start a supervisor over Python programs: each gets a file of ``tmp_path`` as its argument, a, b, c …"""
    running: list[subprocess.Popen[bytes]] = []

    def begin(*programs: str, patience: float = 30) -> subprocess.Popen[bytes]:
        import json

        names = "abcdefgh"
        commands = [[sys.executable, "-c", p, str(tmp_path / names[at])] for at, p in enumerate(programs)]
        with (tmp_path / "errors").open("wb") as errors:
            running.append(
                start([sys.executable, "-c", _SUPERVISE, json.dumps(commands), str(patience)], stderr=errors)
            )
        return running[-1]

    yield begin
    for process in running:
        end(process)
    for file in tmp_path.glob("?"):
        if not gone(int(file.read_text())):
            os.kill(int(file.read_text()), signal.SIGKILL)


def pid_in(file: Path) -> int:
    return int(wait_until(lambda: file.exists() and file.read_text(), 20, f"a process to write {file.name}"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_passed_on_and_a_clean_stop_is_no_fault(
    number: signal.Signals, supervised: Supervised, tmp_path: Path
) -> None:
    supervisor = supervised(_TELLING, _TELLING)
    children = [pid_in(tmp_path / name) for name in "ab"]
    supervisor.send_signal(number)
    assert supervisor.wait(30) == 0
    assert [(tmp_path / f"{name}.signal").read_text() for name in "ab"] == [str(int(number))] * 2
    assert all(map(gone, children))


def test_ctrl_c_at_a_terminal_reaches_the_children_once(supervised: Supervised, tmp_path: Path) -> None:
    supervisor = supervised(_TELLING)
    child = pid_in(tmp_path / "a")
    # A terminal sends it to the whole process group in front.
    os.killpg(supervisor.pid, signal.SIGINT)
    assert supervisor.wait(30) == 0
    assert os.getpgid(supervisor.pid) != child if not gone(supervisor.pid) else True
    assert (tmp_path / "a.signal").read_text() == str(int(signal.SIGINT))


def test_a_child_that_ends_unasked_ends_the_others_and_the_status_says_so(
    supervised: Supervised, tmp_path: Path
) -> None:
    supervisor = supervised(_OBEDIENT, _OBEDIENT)
    first, second = (pid_in(tmp_path / name) for name in "ab")
    os.kill(first, signal.SIGKILL)
    assert supervisor.wait(30) == 1
    assert gone(second)
    assert "ended unasked (signal SIGKILL); stopping the others" in (tmp_path / "errors").read_text()


@pytest.mark.parametrize(("left_with", "status"), [(0, 1), (3, 3)])
def test_a_child_that_ends_with_a_status_hands_it_on_but_never_as_success(
    left_with: int, status: int, supervised: Supervised, tmp_path: Path
) -> None:
    supervisor = supervised(_OBEDIENT, f"raise SystemExit({left_with})")
    assert supervisor.wait(30) == status
    assert not (tmp_path / "a").exists() or gone(pid_in(tmp_path / "a"))


def test_who_does_not_stop_in_time_is_killed_with_its_own_children(supervised: Supervised, tmp_path: Path) -> None:
    supervisor = supervised(_STUBBORN, _OBEDIENT, patience=0.5)
    stubborn, obedient = (pid_in(tmp_path / name) for name in "ab")
    grandchild = pid_in(tmp_path / "a.child")
    supervisor.terminate()
    assert supervisor.wait(30) == 1
    assert "did not stop within 0.5 seconds and was killed" in (tmp_path / "errors").read_text()
    wait_until(lambda: all(map(gone, (stubborn, obedient, grandchild))), what="all to be gone")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child of its parent's end")
def test_children_end_with_a_killed_supervisor(supervised: Supervised, tmp_path: Path) -> None:
    supervisor = supervised(_TELLING, _OBEDIENT)
    children = [pid_in(tmp_path / name) for name in "ab"]
    supervisor.kill()
    wait_until(lambda: all(map(gone, children)), what="the children to end")
    assert (tmp_path / "a.signal").read_text() == str(int(signal.SIGTERM))


def test_a_command_that_is_not_there_starts_nothing(tmp_path: Path) -> None:
    program = f"""
import sys
from tracker.cli.supervising import supervise
sys.exit(supervise([[sys.executable, "-c", {_OBEDIENT!r}, {str(tmp_path / "a")!r}], ["no-such-program"]]))
"""
    process = start([sys.executable, "-c", program], stderr=subprocess.PIPE)
    try:
        _, errors = process.communicate(timeout=30)
    finally:
        end(process)
    assert process.returncode == 1
    assert errors.decode() == "tracker: can't start no-such-program: No such file or directory\n"
    assert not (tmp_path / "a").exists() or gone(pid_in(tmp_path / "a"))
