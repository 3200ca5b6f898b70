"""The application, for any WSGI server: ``wsgi:app``."""

from tracker import create_app

app = create_app()
