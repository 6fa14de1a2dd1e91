"""Full-text search over documents of which only an id, a place, two texts and a number are known here.

It must not know a post, a thread or who may read them: the database decides what is visible, and the index
may be thrown away and built again at any time.
"""

from core.search.engine import SearchIndex
from core.search.form import SearchDocument, SearchDrift
from core.search.lookup import SearchHits
from core.search.refusals import SearchBusy, SearchUnavailable

__all__ = ["SearchBusy", "SearchDocument", "SearchDrift", "SearchHits", "SearchIndex", "SearchUnavailable"]
