"""A file comes into being whole or not at all, and never over another one."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tracker.db.new_file import new_file
from tracker.errors import Refusal, Unavailable


@pytest.fixture(params=["links", "no links"])
def path(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A place for a file, on a file system that knows a second name for a file, and on one that doesn't."""
    if request.param == "no links":

        def refuse(*_: object, **__: object) -> None:
            raise OSError(errno.EPERM, "Operation not permitted")

        monkeypatch.setattr(os, "link", refuse)
    return tmp_path / "file"


def write(path: Path, text: str, *, meanwhile: str = "", error: BaseException | None = None) -> None:
    with new_file(path) as part:
        part.write_text(text)
        assert path.exists() is False
        if meanwhile:
            path.write_text(meanwhile)
        if error:
            raise error


def test_it_is_there_when_it_is_whole_and_its_owner_alone_reads_it(path: Path) -> None:
    write(path, "whole")
    assert (path.read_text(), path.stat().st_mode & 0o777, path.stat().st_nlink) == ("whole", 0o600, 1)
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), ValueError("no")])
def test_what_was_broken_off_leaves_nothing(path: Path, error: BaseException) -> None:
    with pytest.raises(type(error)):
        write(path, "half", error=error)
    assert list(path.parent.iterdir()) == []


def test_what_is_there_stays_as_it_is(path: Path) -> None:
    path.write_text("mine")
    with pytest.raises(Refusal, match="is there already"), new_file(path):
        pytest.fail("it was begun")
    assert path.read_text() == "mine"


def test_who_comes_first_meanwhile_keeps_the_name(path: Path) -> None:
    with pytest.raises(Refusal, match="is there already"):
        write(path, "ours", meanwhile="theirs")
    assert path.read_text() == "theirs"
    assert list(path.parent.iterdir()) == [path]


def test_a_link_that_leads_nowhere_is_there_too(path: Path) -> None:
    path.symlink_to("nowhere")
    with pytest.raises(Refusal, match="is there already"), new_file(path):
        pytest.fail("it was begun")


def test_where_it_cannot_be_written_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="can't be written: No such file or directory"), new_file(tmp_path / "a/b"):
        pytest.fail("it was begun")
