"""Moderation as pages: the queue, one item, reports, and what the coordinator sets."""

from flask import Blueprint

bp = Blueprint("moderation", __name__)
