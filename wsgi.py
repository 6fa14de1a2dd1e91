"""What a WSGI server loads.

`flask run` in a fresh checkout works too: it makes the data directory, the keys and the tables first. No
other server does that by itself; there it is `flask db upgrade`, or `./run`.
"""

import logging

import click
from flask_migrate import upgrade

from app import create_app
from core.web import settings_of


def is_flask_run() -> bool:
    """Whether the development server is loading this."""
    context = click.get_current_context(silent=True)
    return context is not None and context.info_name == "run"


def names_no_client(record: logging.LogRecord) -> bool:
    """Whether a line of the development server's log is not about a request: those begin with an address."""
    return " - - [" not in record.getMessage()


logging.getLogger("werkzeug").addFilter(names_no_client)
app = create_app()
if is_flask_run() and not settings_of(app).data_dir.exists():
    with app.app_context():
        upgrade()
    app = create_app()
