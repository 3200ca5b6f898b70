"""The one blueprint of the pages, which every file of views adds its routes to."""

from __future__ import annotations

from flask import Blueprint

bp = Blueprint("pages", __name__, template_folder="templates", static_folder="static", static_url_path="/static")
