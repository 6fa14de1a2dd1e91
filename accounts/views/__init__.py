"""The way in and the way out, as pages."""

from flask import Blueprint

bp = Blueprint("accounts", __name__)
