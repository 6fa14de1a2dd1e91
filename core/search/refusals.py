"""What the search says when it cannot serve. Callers show a sentence; a failed search never fails a post."""


class SearchUnavailable(Exception):
    """The index is missing, broken, of another version, or on a disk that refuses. A rebuild is the cure."""


class SearchBusy(SearchUnavailable):
    """Another writer, perhaps a rebuild, holds the index. Nothing is wrong: try again later."""
