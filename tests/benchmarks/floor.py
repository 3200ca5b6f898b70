"""The floor of the HTTP benchmark: a bare Flask app on the same server, pool and driver.

``GET /row`` reads one row by its key, ``POST /row`` writes one of 1.5 KB and commits. Nothing of the tracker runs but
its settings and its way of opening the database, so that both sides have the same durability and the same pool.
"""

from __future__ import annotations

import json
import os

from flask import Flask, Response, request
from sqlalchemy import text

from tracker.config import load
from tracker.db.database import Database

app = Flask(__name__)
_database = Database(load())
_READ = text("SELECT body FROM floor WHERE id = :id")
_WRITE = text("INSERT INTO floor (id, body) VALUES (:id, :body)")


@app.get("/row")
def read() -> Response:
    with _database.reading() as connection:
        body = connection.execute(_READ, {"id": "first"}).scalar_one()
    return Response(body, content_type="application/json")


@app.post("/row")
def write() -> Response:
    body = request.get_json()
    row = {"id": os.urandom(12).hex(), "body": json.dumps(body)}
    with _database.writing() as connection:
        connection.execute(_WRITE, row)
    return Response(json.dumps({"id": row["id"]}), status=201, content_type="application/json")
