"""For machines and browsers: is it up, how is it doing, the parts that pages are made of.

Nothing here says anything about a person, and the parts of pages ask the database nothing.
"""

import json
from hmac import compare_digest

from flask import Blueprint, Response, abort, current_app, request
from flask.typing import ResponseReturnValue
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Gauge, generate_latest
from sqlalchemy.exc import SQLAlchemyError

from core import queries
from core.assets import asset, assets_of_request, send_asset
from core.clock import utcnow
from core.keys import Keyring
from core.robots import ROBOTS
from core.settings import is_loopback
from core.site import site
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
    keys: Keyring | None = current_app.extensions.get("stoa_keys")
    try:
        answers = queries.answers()
    except SQLAlchemyError:
        answers = False
    return {
        "database": answers,
        "keys": keys is not None and keys.case is not None,
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


@bp.get("/s/<version>/<path:name>")
def show_asset(version: str, name: str) -> ResponseReturnValue:
    """The stylesheet, a script, the icons, the logo."""
    return send_asset(name, version=version) or abort(404)


@bp.get("/favicon.ico")
def show_favicon() -> ResponseReturnValue:
    """The picture that browsers ask for without being told of any."""
    return send_asset("favicon.ico") or abort(404)


@bp.get("/robots.txt")
def show_robots() -> ResponseReturnValue:
    """Where machines have no business."""
    return Response(ROBOTS, mimetype="text/plain")


@bp.get("/manifest.webmanifest")
def show_manifest() -> ResponseReturnValue:
    """For a telephone's first screen: a neutral name and picture.

    It opens as a plain tab: an application of its own would stand in the list of applications, and keep its
    window after somebody has left quickly.
    """
    ground = assets_of_request().day
    facts = {
        "name": site().short_name,
        "short_name": site().short_name,
        "id": f"{request.script_root}/",
        "start_url": f"{request.script_root}/",
        "display": "browser",
        "background_color": ground["page"],
        "theme_color": ground["surface"],
        "icons": [
            {"src": asset("favicon.svg"), "sizes": "any", "type": "image/svg+xml"},
            {"src": asset("touch.png"), "sizes": "180x180", "type": "image/png"},
        ],
    }
    return Response(json.dumps(facts), mimetype="application/manifest+json")
