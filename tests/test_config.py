"""The settings are read as documented, and a wrong one stops with a sentence that helps."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from ipaddress import ip_network
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.config import ENVIRONMENTS, PREFIX, about, as_environ, folder, load, without_password
from tracker.errors import Misconfigured

REPOSITORY = Path(__file__).parent.parent
KEY = "0123456789abcdef0123456789abcdef"
PRODUCTION = {"TRACKER_ENVIRONMENT": "production", "TRACKER_SECRET_KEY": KEY}
ROW = re.compile(r"\| `(TRACKER_\w+)` \| (.*?) \| (.*?) \| (.*?) \|")


def refusal(environ: dict[str, str]) -> Misconfigured:
    with pytest.raises(Misconfigured) as caught:
        load(environ)
    return caught.value


def packaged(name: str) -> dict[str, object]:
    return tomllib.loads((folder() / f"{name}.toml").read_text("utf-8"))


def test_without_any_variable_the_packaged_defaults_hold() -> None:
    settings = load({"TRACKER_SECRET_KEY": KEY})
    for name, value in (packaged("default") | packaged("development")).items():
        if name not in ("secret_key", "public_url"):
            expected = tuple(value) if isinstance(value, list) else value
            assert getattr(settings, name) == expected, name


def test_a_variable_outranks_the_file_of_the_environment_which_outranks_the_defaults() -> None:
    assert packaged("default")["log_format"] == "text"
    assert load(PRODUCTION).log_format == "json"
    assert load(PRODUCTION | {"TRACKER_LOG_FORMAT": "text"}).log_format == "text"


def test_cookies_are_for_https_only_in_production_and_not_in_development() -> None:
    assert load(PRODUCTION).cookie_secure
    assert not load({}).cookie_secure


def test_every_setting_is_in_the_defaults_and_every_packaged_key_is_a_setting() -> None:
    assert set(packaged("default")) == set(about()) - {"environment"}
    for environment in ENVIRONMENTS:
        assert set(packaged(environment)) < set(about())


def test_an_unknown_key_in_a_packaged_file_stops_with_the_likely_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("default", *ENVIRONMENTS):
        (tmp_path / f"{name}.toml").write_text((folder() / f"{name}.toml").read_text("utf-8"), "utf-8")
    with (tmp_path / "production.toml").open("a", encoding="utf-8") as file:
        file.write("pool_sise = 3\n")
    monkeypatch.setattr("tracker.config.loading.folder", lambda: tmp_path)
    assert load({"TRACKER_SECRET_KEY": KEY}).pool_size == 16
    assert str(refusal(PRODUCTION)) == "unknown setting pool_sise in production.toml, did you mean pool_size?"


def test_a_setting_without_a_packaged_value_stops_with_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("default", *ENVIRONMENTS):
        lines = (folder() / f"{name}.toml").read_text("utf-8").splitlines(keepends=True)
        (tmp_path / f"{name}.toml").write_text("".join(x for x in lines if not x.startswith("pool_size")), "utf-8")
    monkeypatch.setattr("tracker.config.loading.folder", lambda: tmp_path)
    assert str(refusal({})) == "pool_size has no value in default.toml."


def test_an_unknown_variable_stops_with_the_likely_name_and_without_its_value() -> None:
    refused = refusal({"TRACKER_DATABSE_URL": "postgresql://tracker:hush@db/tracker"})
    assert str(refused) == "unknown setting TRACKER_DATABSE_URL, did you mean TRACKER_DATABASE_URL?"
    assert [fault.pointer for fault in refused.faults] == ["TRACKER_DATABSE_URL"]


def test_variables_of_the_test_suite_and_of_other_programs_are_left_alone() -> None:
    load({"TRACKER_TEST_POSTGRES": "yes", "TRACKERS": "2", "PORT": "nonsense"})


@pytest.mark.parametrize(
    ("variable", "value", "right"),
    [
        ("PORT", "eighty", "a whole number from 1 to 65535"),
        ("PORT", "65536", "a whole number from 1 to 65535"),
        ("PORT", "", "a whole number from 1 to 65535"),
        ("REQUEST_MAX_BYTES", "1.5", "a whole number of bytes from 1024 to 1073741824"),
        ("WORKER_POLL_SECONDS", "nan", "a number of seconds from 0.01 to 60"),
        ("REPORT_MAX_CHARACTERS", "0", "a whole number of characters, 1 or more"),
        ("COOKIE_SECURE", "perhaps", "true or false"),
        ("LOG_LEVEL", "loud", "debug, info, warning or error"),
        ("SQLITE_SYNCHRONOUS", "OFF", "FULL or NORMAL"),
        ("WEBHOOK_RETRY_SCHEDULE", "5,soon", "a whole number of seconds from 1 to 2592000"),
        ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.1/8", "networks in CIDR form"),
    ],
)
def test_a_wrong_value_stops_with_its_setting_what_is_right_and_an_example(
    variable: str, value: str, right: str
) -> None:
    refused = refusal({f"TRACKER_{variable}": value})
    assert str(refused).startswith(f"TRACKER_{variable} must be {right}")
    assert f"not {value!r}; for example TRACKER_{variable}=" in str(refused)
    assert [fault.pointer for fault in refused.faults] == [variable.lower()]


def test_the_example_in_a_refusal_is_a_value_that_is_right() -> None:
    for name, what in about().items():
        if what.example and not what.secret:
            load({PREFIX + name.upper(): what.example})


def test_all_wrong_values_are_named_at_once() -> None:
    refused = refusal({"TRACKER_PORT": "x", "TRACKER_POOL_SIZE": "0"})
    assert [fault.pointer for fault in refused.faults] == ["port", "pool_size"]


@pytest.mark.parametrize(
    ("environ", "setting"),
    [
        ({"TRACKER_PAGE_LIMIT_DEFAULT": "300"}, "page_limit_default"),
        ({"TRACKER_SERVER_WORKERS": "2"}, "server_workers"),
        ({"TRACKER_WEBHOOK_TIMEOUT_SECONDS": "2"}, "webhook_connect_timeout_seconds"),
        ({"TRACKER_PUBLIC_URL": "tracker.example.org"}, "public_url"),
        ({"TRACKER_PUBLIC_URL": "https://[::1"}, "public_url"),
        ({"TRACKER_DATABASE_URL": "sqlite:///:memory:"}, "database_url"),
        ({"TRACKER_DATABASE_URL": "mysql://tracker:hush@db/tracker"}, "database_url"),
    ],
)
def test_values_that_do_not_go_together_stop(environ: dict[str, str], setting: str) -> None:
    refused = refusal(environ)
    assert [fault.pointer for fault in refused.faults] == [setting]
    assert f"TRACKER_{setting.upper()}" in str(refused)
    assert "hush" not in str(refused)


def test_postgresql_may_have_several_web_processes() -> None:
    environ = {"TRACKER_DATABASE_URL": "postgresql://db/tracker", "TRACKER_SERVER_WORKERS": "4"}
    assert load(environ).server_workers == 4


def test_development_makes_a_fresh_secret_key() -> None:
    first, second = load({}), load({})
    assert len(first.secret_key) >= 32
    assert first.secret_key != second.secret_key


@pytest.mark.parametrize("key", ["", "short", "x" * 31])
def test_production_refuses_to_start_without_a_secret_key_of_32_characters(key: str) -> None:
    refused = refusal(PRODUCTION | {"TRACKER_SECRET_KEY": key})
    assert [fault.pointer for fault in refused.faults] == ["secret_key"]
    assert not key or key not in str(refused)


def test_an_unknown_environment_stops() -> None:
    assert str(refusal({"TRACKER_ENVIRONMENT": "staging"})) == (
        "TRACKER_ENVIRONMENT must be development or production, not 'staging'."
    )


@pytest.mark.parametrize(
    "written",
    ["00" * 31 + "ff", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAP8="],
)
def test_a_master_key_is_32_bytes_in_hexadecimal_or_base64(written: str) -> None:
    given = load({"TRACKER_CONTENT_MASTER_KEYS": f"{written}, {'ab' * 32}"})
    assert given.content_master_keys == (bytes(31) + b"\xff", b"\xab" * 32)
    assert "abab" not in repr(given)


@pytest.mark.parametrize("key", ["00" * 31, "zz" * 32, "AAAA", "00" * 33])
def test_what_is_no_master_key_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(Misconfigured, match="TRACKER_CONTENT_MASTER_KEYS must be keys of 32 bytes") as refused:
        load({"TRACKER_CONTENT_MASTER_KEYS": key})
    assert key not in str(refused.value)


def test_no_secret_stands_in_the_settings_repr() -> None:
    url = "postgresql://tracker:h:u@s/h@db/tracker?sslpassword=quiet&application_name=tracker"
    shown = repr(load(PRODUCTION | {"TRACKER_DATABASE_URL": url}))
    assert KEY not in shown
    assert "h:u@s/h" not in shown
    assert "quiet" not in shown
    assert "postgresql://tracker:***@db/tracker?sslpassword=***&application_name=tracker" in shown


@pytest.mark.parametrize("url", ["sqlite:////var/lib/tracker.db", "postgresql://tracker@db/tracker", ""])
def test_an_address_without_password_is_shown_whole(url: str) -> None:
    assert without_password(url) == url


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("::1", "http://[::1]:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
    ],
)
def test_links_begin_with_host_and_port_unless_told_otherwise(host: str, url: str) -> None:
    assert load({"TRACKER_HOST": host}).public_url == url
    told = {"TRACKER_HOST": host, "TRACKER_PUBLIC_URL": "https://tracker.example.org/"}
    assert load(told).public_url == "https://tracker.example.org"


def test_lists_are_separated_by_commas() -> None:
    settings = load(
        {
            "TRACKER_WEBHOOK_ALLOWED_NETWORKS": "10.1.0.0/16, ::1/128",
            "TRACKER_WEBHOOK_RETRY_SCHEDULE": "1,2,3",
        }
    )
    assert settings.webhook_allowed_networks == (ip_network("10.1.0.0/16"), ip_network("::1/128"))
    assert settings.webhook_retry_schedule == (1, 2, 3)
    assert load({"TRACKER_WEBHOOK_RETRY_SCHEDULE": ""}).webhook_retry_schedule == ()


@given(
    port=st.integers(1, 65535),
    timeout=st.floats(5, 300),
    schedule=st.lists(st.integers(1, 86_400), max_size=12),
    secure=st.booleans(),
    networks=st.lists(st.ip_addresses().map(ip_network), max_size=4),
    format=st.sampled_from(["text", "json"]),
)
def test_settings_written_as_variables_are_read_back_the_same(
    port: int, timeout: float, schedule: list[int], secure: bool, networks: list[object], format: str
) -> None:
    settings = load(
        PRODUCTION
        | {
            "TRACKER_PORT": str(port),
            "TRACKER_WEBHOOK_TIMEOUT_SECONDS": str(timeout),
            "TRACKER_WEBHOOK_RETRY_SCHEDULE": ",".join(map(str, schedule)),
            "TRACKER_WEBHOOK_ALLOWED_NETWORKS": ",".join(map(str, networks)),
            "TRACKER_COOKIE_SECURE": str(secure),
            "TRACKER_LOG_FORMAT": format,
        }
    )
    assert (settings.port, settings.webhook_timeout_seconds) == (port, timeout)
    assert load(as_environ(settings)) == settings


def test_the_process_s_own_variables_are_read_when_none_are_handed_in() -> None:
    program = "from tracker.config import load; print(load().port)"
    run = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TRACKER_PORT": "8123", "TRACKER_SECRET_KEY": KEY},
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert run.stdout.strip() == "8123"


def documented() -> dict[str, tuple[str, str, str]]:
    page = (REPOSITORY / "docs" / "settings.md").read_text("utf-8")
    rows = [match.groups() for match in map(ROW.fullmatch, page.splitlines()) if match]
    assert len({name for name, *_ in rows}) == len(rows), "a setting stands in the table twice"
    return {name: (default, meaning, unit) for name, default, meaning, unit in rows}


def as_documented(name: str) -> tuple[str, str, str]:
    """The row that the code asks for: default (with production's where it is another), meaning, unit."""
    shown = {e: _default(name, e) for e in ENVIRONMENTS}
    default = shown["development"]
    if shown["production"] != default:
        default += f"; production {shown['production']}"
    what = about()[name]
    choices = f" ({', '.join(what.choices)})" if what.choices else ""
    return default, what.meaning + choices, what.unit


def _default(name: str, environment: str) -> str:
    value = (packaged("default") | packaged(environment) | {"environment": "development"})[name]
    if isinstance(value, list):
        value = ",".join(map(str, value))
    written = str(value).lower() if isinstance(value, bool) else str(value)
    return f"`{written}`" if written else "empty"


def test_the_page_on_settings_and_the_code_say_the_same() -> None:
    assert documented() == {PREFIX + name.upper(): as_documented(name) for name in about()}


def test_the_page_names_the_settings_in_the_order_of_the_code() -> None:
    assert list(documented()) == [PREFIX + name.upper() for name in about()]
