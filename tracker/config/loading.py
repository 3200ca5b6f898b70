"""From the packaged files and the process's variables to one checked ``Settings``."""

from __future__ import annotations

import difflib
import os
import secrets
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from tracker.config.agreement import disagreements
from tracker.config.reading import Wrong, any_of, read, written
from tracker.config.settings import ENVIRONMENTS, Settings, about, hints
from tracker.errors import Fault, Misconfigured

PREFIX = "TRACKER_"
#: Variables of the test suite; they are no settings.
_TESTS_PREFIX = "TRACKER_TEST_"


@dataclass(frozen=True, slots=True)
class _Given:
    """A value as it was written, and where: ``TRACKER_PORT`` or ``port in production.toml``."""

    where: str
    value: object


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """The settings that the packaged files and ``environ`` (by default the process's own) say.

    Raises ``Misconfigured`` with one sentence for each unknown name and each wrong value.
    """
    environ = os.environ if environ is None else environ
    environment = environ.get(f"{PREFIX}ENVIRONMENT", ENVIRONMENTS[0])
    if environment not in ENVIRONMENTS:
        sentence = f"TRACKER_ENVIRONMENT must be {any_of(ENVIRONMENTS)}, not {environment!r}."
        _stop([Fault("environment", sentence)])
    given = {"environment": _Given("", environment)} | _from_files(environment) | _from_variables(environ)
    _stop(Fault(name, f"{name} has no value in default.toml.") for name in about() if name not in given)
    return _completed(Settings(**_values(given)))


def as_environ(settings: Settings) -> dict[str, str]:
    """``settings`` as the variables that ``load`` reads them from: what a child process is given."""
    return {PREFIX + field.name.upper(): written(getattr(settings, field.name)) for field in fields(settings)}


def folder() -> Path:
    """Where the packaged files lie: in an installed wheel beside this module, otherwise in the repository."""
    package = Path(__file__).parent.parent
    packaged = package / "_config"
    return packaged if packaged.is_dir() else package.parent / "config"


def _from_files(environment: str) -> dict[str, _Given]:
    given: dict[str, _Given] = {}
    for file in (folder() / "default.toml", folder() / f"{environment}.toml"):
        values = tomllib.loads(file.read_text("utf-8"))
        known = [name for name in about() if name != "environment"]
        strange = [name for name in values if name not in known]
        _stop(Fault(name, _unknown(name, known, f" in {file.name}")) for name in strange)
        given |= {name: _Given(f"{name} in {file.name}", value) for name, value in values.items()}
    return given


def _from_variables(environ: Mapping[str, str]) -> dict[str, _Given]:
    ours = sorted(name for name in environ if name.startswith(PREFIX) and not name.startswith(_TESTS_PREFIX))
    known = {PREFIX + name.upper(): name for name in about()}
    _stop(Fault(name, _unknown(name, known)) for name in ours if name not in known)
    return {known[name]: _Given(name, environ[name]) for name in ours}


def _unknown(name: str, known: Iterable[str], where: str = "") -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"unknown setting {name}{where}" + (f", did you mean {near[0]}?" if near else ".")


def _values(given: Mapping[str, _Given]) -> dict[str, Any]:
    values, faults = {}, []
    for name, hint in hints().items():
        try:
            values[name] = read(given[name].value, hint.__origin__, hint.__metadata__[0])
        except Wrong as wrong:
            faults.append(Fault(name, _sentence(name, given[name], str(wrong))))
    _stop(faults)
    return values


def _sentence(name: str, given: _Given, right: str) -> str:
    what = about()[name]
    value = "" if what.secret else f", not {str(given.value)[:80]!r}"
    example = what.example or written(tomllib.loads((folder() / "default.toml").read_text("utf-8"))[name])
    return f"{given.where} must be {right}{value}; for example {PREFIX}{name.upper()}={example}"


def _completed(settings: Settings) -> Settings:
    """``settings`` held against each other, and then with what is derived from others filled in."""
    _stop(disagreements(settings))
    url = settings.public_url.rstrip("/") or _own_url(settings)
    # Without a key, whoever is signed in stays so until this process and those that it starts end.
    return replace(settings, public_url=url, secret_key=settings.secret_key or secrets.token_hex(32))


def _own_url(settings: Settings) -> str:
    """Where this machine itself reaches the server; the address "all of them" is no place to go to."""
    host = "127.0.0.1" if settings.host in ("0.0.0.0", "::", "") else settings.host
    return f"http://[{host}]:{settings.port}" if ":" in host else f"http://{host}:{settings.port}"


def _stop(faults: Iterable[Fault]) -> None:
    """Raise ``Misconfigured`` if there are any."""
    found = tuple(faults)
    if found:
        raise Misconfigured("\n".join(fault.detail for fault in found), faults=found)
