"""The forum as pages: reading, writing, one's own page, the texts of the institution, and what a coordinator
sets.
"""

from flask import Blueprint

bp = Blueprint("forum", __name__)
