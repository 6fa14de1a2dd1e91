"""Stoa's own server settings for the bare Flask application, but for the background worker."""

import runpy
from pathlib import Path

ours = runpy.run_path(str(Path(__file__).parent.parent / "deploy" / "gunicorn.conf.py"))
globals().update(
    {name: value for name, value in ours.items() if not name.startswith("_") and name != "post_worker_init"}
)
