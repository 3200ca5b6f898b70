"""The floor of the story's benchmark: the same bytes from one row, for whoever has a token, on the same server.

``GET /row`` asks who it is, as the tracker does, reads one row by its key and answers it as it is.
"""

from __future__ import annotations

from flask import Flask, Response, request
from sqlalchemy import text

from tracker.access import tokens
from tracker.access.permissions import Permission
from tracker.clock import Clock
from tracker.config import load
from tracker.db.database import Database

app = Flask(__name__)
_database = Database(load())
_clock = Clock()
_READ = text("SELECT body FROM floor WHERE id = 'first'")


@app.get("/row")
def read() -> Response:
    _, _, written = request.headers.get("Authorization", "").partition(" ")
    with _database.reading() as connection:
        token, _ = tokens.authenticate(connection, written, _clock.now())
        if not token.may(Permission.READ):
            return Response(status=403)
        body = connection.execute(_READ).scalar_one()
    return Response(body, content_type="application/json")
