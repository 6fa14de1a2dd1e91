"""For machines: is it up, can it serve, how is it doing. Nothing here says anything about a person."""

from hmac import compare_digest

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from core import queries
from core.clock import utcnow
from core.settings import is_loopback
from core.web import settings_of
from core.worker import is_alive

bp = Blueprint("core", __name__)


@bp.get("/healthz")
def show_health() -> ResponseReturnValue:
    """The process answers."""
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
def show_readiness() -> ResponseReturnValue:
    """Everything that serving needs is there: database, keys, worker. 503 names what is not."""
    faults = [name for name, is_fine in readiness().items() if not is_fine]
    text = "ready\n" if not faults else "not ready: " + ", ".join(faults) + "\n"
    return Response(text, status=503 if faults else 200, mimetype="text/plain")


def readiness() -> dict[str, bool]:
    """What serving needs, and whether it is there."""
    settings = settings_of(current_app)
    try:
        answers = queries.answers()
    except SQLAlchemyError:
        answers = False
    return {
        "database": answers,
        "keys": current_app.extensions.get("stoa_keys") is not None,
        "worker": is_alive(settings.data_dir, now=utcnow()),
    }


@bp.get("/metrics")
def show_metrics() -> ResponseReturnValue:
    """Gauges for a scraper on loopback, or one that holds the token. Anybody else: 404."""
    settings = settings_of(current_app)
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    has_token = bool(settings.metrics_token) and compare_digest(
        given.encode(), settings.metrics_token.encode()
    )
    if not has_token and not is_loopback(request.remote_addr or ""):
        abort(404)
    registry = CollectorRegistry()
    for name, is_fine in readiness().items():
        Gauge(f"stoa_{name}_ready", f"1 while the {name} is ready", registry=registry).set(is_fine)
    rows = Gauge("stoa_outbox_rows", "Rows that wait in the outbox", registry=registry)
    rows.set(queries.count_outbox_rows())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)
