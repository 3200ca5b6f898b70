"""What a process logs is written as the settings say."""

from __future__ import annotations

import json
import re

from tests.programs import run

_MESSAGES = """
import dataclasses, logging
from tracker.cli.logs import begin_logging
from tracker.config import load
begin_logging(dataclasses.replace(load({}), log_format=%r, log_level=%r))
log = logging.getLogger("tracker.worker")
log.info("the mill “is” on fire")
logging.getLogger("alembic").info("nobody wants to know")
try:
    raise OSError("no water")
except OSError:
    log.exception("the mill\\nburns down")
"""
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"


def said(format: str, level: str) -> list[str]:
    done = run("python", "-c", _MESSAGES % (format, level))
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    return done.stderr.splitlines()


def test_as_json_each_message_is_one_line_with_its_traceback() -> None:
    first, second = map(json.loads, said("json", "info"))
    assert (first["level"], first["logger"], first["message"]) == ("info", "tracker.worker", "the mill “is” on fire")
    assert re.fullmatch(_TIME, first["at"])
    assert (second["level"], second["message"]) == ("error", "the mill\nburns down")
    assert second["traceback"].endswith("OSError: no water")


def test_as_text_a_message_begins_with_its_time_and_level() -> None:
    first, *rest = said("text", "info")
    assert re.fullmatch(f"{_TIME} info tracker.worker: the mill “is” on fire", first)
    assert rest[-1] == "OSError: no water"


def test_what_weighs_less_than_the_level_is_left_out() -> None:
    assert [json.loads(line)["level"] for line in said("json", "error")] == ["error"]
