"""Countries by their ISO codes, with names in the reader's language (CLDR)."""

import unicodedata
from functools import lru_cache

from babel import Locale

NO_COUNTRIES = {"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"}


def country_name(code: str, language: str) -> str:
    """The name of a country, or its code where there is no name."""
    return countries(language).get(code, code)


@lru_cache(maxsize=8)
def countries(language: str) -> dict[str, str]:
    """Code and name of every country, in the order of the names, accents aside."""
    named = {
        code: name
        for code, name in Locale.parse(language).territories.items()
        if len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES
    }
    return dict(sorted(named.items(), key=lambda item: unicodedata.normalize("NFD", item[1]).casefold()))
