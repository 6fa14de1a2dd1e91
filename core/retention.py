"""What Stoa forgets by itself, when its time has come. The rules are the packages' own; here they are run.

Each may be killed at any point and run again: a second run right after the first finds nothing.
"""

import logging
from collections.abc import Callable
from datetime import datetime

from flask import current_app

from core.db import db

Rule = Callable[[datetime], int]

log = logging.getLogger("stoa.retention")


def register_rule(name: str, rule: Rule) -> None:
    """Add a rule, which opens its own transactions and gives how much it forgot.

    Called by `app.py` while the application is put together.
    """
    _rules()[name] = rule


def _rules() -> dict[str, Rule]:
    rules: dict[str, Rule] = current_app.extensions.setdefault("stoa_retention", {})
    return rules


def forget_what_is_due(now: datetime) -> dict[str, int | None]:
    """Run every rule. Gives how much each forgot, and None for one that failed; that stops no other one."""
    forgotten: dict[str, int | None] = {}
    for name, rule in _rules().items():
        try:
            forgotten[name] = rule(now)
        except Exception:  # whatever one rule meets, the promises of the others hold
            log.exception("the retention rule for %s failed", name)
            forgotten[name] = None
        finally:
            db.session.rollback()
    return forgotten
