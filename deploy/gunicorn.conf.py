"""How gunicorn serves Stoa: one process, sixteen threads, the background worker, a log without people in it.

`./run` uses this file, and so may a service unit that starts `gunicorn -c deploy/gunicorn.conf.py wsgi:app`
in the checkout.
"""

import logging
import sys
from typing import Any

from gunicorn.glogging import Logger

from core.settings import UnsafeSettings, is_loopback, load_settings


def settings_or_exit() -> Any:
    """The settings, or the end with one sentence, where gunicorn would show a traceback."""
    try:
        return load_settings()
    except UnsafeSettings as refusal:
        sys.exit(f"Stoa does not start: {refusal}")


settings = settings_or_exit()

bind = ["127.0.0.1:8000"]
# Never from WEB_CONCURRENCY: SQLite serves one process, and the setting refuses more without PostgreSQL.
workers = settings.web_processes
# A sync worker starves under slow clients.
worker_class = "gthread"
threads = 16
timeout = 60
# Shorter than the five minutes of an event stream: stopping does not wait for a reader who keeps a page open.
graceful_timeout = 10
keepalive = 5
umask = 0o077

# Which proxies may speak for a client is STOA_TRUSTED_PROXIES and decided in the application alone.
forwarded_allow_ips = ""
# It would be a file in the home folder by which others could steer the server.
control_socket_disable = True


class DiscreetLog(Logger):
    """gunicorn's error log, without the two messages that tell an address or what somebody asked for.

    What Stoa itself refuses at the start, such as keys that do not fit, is a sentence that gunicorn prints; a
    traceback above it would only hide it.
    """

    def warning(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        if str(msg).startswith("Invalid request from ip="):
            msg, args = "A request that is no HTTP was refused", ()
        super().warning(msg, *args, **kwargs)

    def exception(self, msg: Any, *args: Any, **kwargs: Any) -> None:
        if str(msg).startswith("Error handling request"):
            msg, args = "A request ended in an error", ()
        elif msg == "Exception in worker process" and is_refusal(sys.exc_info()[1]):
            return
        super().exception(msg, *args, **kwargs)


def is_refusal(error: BaseException | None) -> bool:
    """Whether an error is one that `core` names itself."""
    return type(error).__module__.startswith("core.")


accesslog = None
errorlog = "-"
loglevel = "info"
logger_class = DiscreetLog


def on_starting(server: Any) -> None:
    """Hold the demo to loopback, and SQLite to one process, however the server was started."""
    if server.cfg.workers != settings.web_processes:
        sys.exit("Stoa does not start: the number of processes is STOA_WEB_PROCESSES, and not --workers.")
    if settings.is_demo:
        for address in server.cfg.address:
            if not (isinstance(address, tuple) and is_loopback(address[0])):
                sys.exit(
                    "Stoa does not start: the demo listens on loopback only, as with --bind 127.0.0.1:8000."
                )


def post_worker_init(worker: Any) -> None:
    """Start the background worker in the process that serves: a thread would not survive the fork."""
    # Imported late because the parent process reads this file too and never needs the application.
    from core.worker import start_worker_thread

    # What the worker has to say, such as that it waits for another one, belongs where gunicorn's words go.
    stoa = logging.getLogger("stoa")
    stoa.handlers, stoa.propagate = worker.log.error_log.handlers, False
    stoa.setLevel(logging.INFO)
    start_worker_thread(worker.wsgi)
