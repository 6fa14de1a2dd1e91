"""What each key of a finding says to the moderator: one sentence, in the moderator's language.

The phrase lists explain their own keys (`phraselists.py`). What is no phrase is explained in
`phrases/explanations.toml`, in every language, and is checked when the application starts.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from moderation.screening.phraselists import CONDUCT, PHRASES, BrokenPhraseList, load_lists
from moderation.screening.spelling import LANGUAGES

FILE = PHRASES / "explanations.toml"


@cache
def load_explanations(path: Path = FILE) -> Mapping[str, Mapping[str, str]]:
    """For each language what every key says, or a sentence which one is missing."""
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BrokenPhraseList(f"{path} cannot be read: {error}") from error
    for key, sentences in written.items():
        lacking = [language for language in LANGUAGES if not str(sentences.get(language, "")).endswith(".")]
        if lacking:
            raise BrokenPhraseList(f"{path.name} has no sentence in {', '.join(lacking)} for {key}")
    return MappingProxyType(
        {
            language: MappingProxyType(
                {key: str(sentences[language]) for key, sentences in written.items()}
                | dict(load_lists(CONDUCT, PHRASES)[language].explanations)
                | dict(load_lists()[language].explanations)
            )
            for language in LANGUAGES
        }
    )


def explain_key(key: str, language: str) -> str | None:
    """The sentence of a key, or None for one of an older version that is gone."""
    return load_explanations()[language].get(key)
