"""An event-sourced tracker of developing news stories.

``create_app`` is the one place where everything is joined.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from tracker.clock import Clock
    from tracker.config import Settings
    from tracker.db.database import Database


def create_app(
    settings: Settings | None = None,
    *,
    database: Database | None = None,
    clock: Clock | None = None,
    on_append: Callable[[], None] = lambda: None,
) -> Flask:
    """The web application: API and pages.

    ``settings`` are read from files and environment where none are handed in; ``database`` and ``clock`` may be
    shared with a worker in the same process, which ``on_append`` then wakes after each commit. Raises
    ``Misconfigured`` for wrong settings and ``NotMigrated`` for a database that doesn't fit this program.
    """
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    from tracker import api, web
    from tracker.api.rooms import Rooms
    from tracker.clock import Clock
    from tracker.config import load
    from tracker.db import migrating
    from tracker.db.database import Database
    from tracker.handling import Handler, Register
    from tracker.store import keys
    from tracker.store.ticking import Ticking

    settings = settings or load()
    database = database or Database(settings)
    clock = clock or Clock()
    migrating.require_newest(database)
    keys.require_masters(database)
    ticking = Ticking(database)

    def appended() -> None:
        ticking.wake()
        on_append()

    app = Flask(__name__, static_folder=None)
    handler = Handler(database, clock, settings, appended)
    register = Register(database, clock, settings, appended)
    app.extensions["tracker"] = Rooms(settings, database, clock, handler, register)
    api.init_app(app, settings, html=web.problem_page)
    web.init_app(app, settings)
    if proxies := settings.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
    return app
