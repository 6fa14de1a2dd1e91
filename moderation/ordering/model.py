"""The ordering model of one installation: how urgent its own moderators would find a text.

It only orders what waits within a band. It raises nothing, publishes nothing, and is told to nobody; without
it everything works the same, by age. `flask triage fit` makes it (`fitting.py`, which needs
scikit-learn); using it needs nothing but this file: numbers and words as JSON, no program in it, no pickle.

The words are words that students wrote. The file lies sealed under a server key, and holds no word that stood
in fewer than three texts.
"""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

from flask import current_app

from core.crypto import CannotUnseal, seal, unseal
from core.files import write_whole
from core.keys import Keyring, keyring
from core.web import settings_of
from moderation.bands import Band
from moderation.screening.spelling import split_words
from moderation.triage import log_failure

FOLDER, FILE = "triage", "order.sealed"
LABEL = "triage model"
SHORT_PASSAGE = 3  # of so few words each may name somebody
BUCKETS = 4  # how finely the model may order: more would pretend to know more than it does
URGENCY = {Band.CRISIS.value: 3.0, Band.RED.value: 2.0, Band.AMBER.value: 1.0, Band.GREEN.value: 0.0}


@dataclass(frozen=True)
class Model:
    """A fitted model: words with their weights for each band. `cuts` part the urgencies into buckets."""

    fitted_on: str
    texts: int
    vocabulary: Mapping[str, int]
    idf: Sequence[float]
    bands: Sequence[str]
    weights: Sequence[Sequence[float]]
    intercepts: Sequence[float]
    cuts: Sequence[float] = ()

    def chances(self, text: str) -> dict[str, float]:
        """For each band how likely a moderator would give it to this text."""
        counts = Counter(token for token in tokens(text) if token in self.vocabulary)
        values = {
            self.vocabulary[token]: count * self.idf[self.vocabulary[token]]
            for token, count in counts.items()
        }
        size = math.sqrt(sum(value * value for value in values.values())) or 1.0
        sums = [
            intercept + sum(value / size * row[place] for place, value in values.items())
            for row, intercept in zip(self.weights, self.intercepts, strict=True)
        ]
        highest = max(sums)
        powers = [math.exp(one - highest) for one in sums]
        return {band: power / sum(powers) for band, power in zip(self.bands, powers, strict=True)}

    def urgency(self, text: str) -> float:
        """One number to order by: 0 for surely green, 3 for surely crisis."""
        return sum(chance * URGENCY[band] for band, chance in self.chances(text).items())

    def bucket(self, text: str) -> int:
        """0 for most texts, up to BUCKETS for those that look most urgent."""
        urgency = self.urgency(text)
        return sum(urgency > cut for cut in self.cuts)


def tokens(text: str) -> Iterable[str]:
    """What the model counts: words without case and accents, and pairs of neighbours."""
    words = [word.letters for word in split_words(text)]
    return [*words, *(f"{one} {other}" for one, other in pairwise(words))]


def model_path() -> Path:
    return settings_of(current_app).data_dir / FOLDER / FILE


def save_model(model: Model) -> None:
    """Put a model in place, sealed. A server that runs takes it up with the next text."""
    plain = json.dumps(asdict(model), ensure_ascii=False).encode()
    write_whole(model_path(), seal(keyring().server_key(LABEL), plain, aad=LABEL.encode()))


def forget_words(words: Iterable[str]) -> None:
    """Take words that were redacted out of the model, with every pair of words that one of them stands in.

    Of a long passage only its pairs go: its single words are everybody's. Safe to do for nothing.
    """
    try:
        model = load_model()
    except (CannotUnseal, OSError, ValueError, TypeError):
        return  # a model that cannot be read orders nothing and tells nothing
    if model is None:
        return
    gone: set[str] = set()
    for passage in words:
        found = list(tokens(passage))
        singles = {one for one in found if " " not in one} if len(passage.split()) <= SHORT_PASSAGE else set()
        pairs = {one for one in found if " " in one}
        gone |= {one for one in model.vocabulary if one in pairs or singles.intersection(one.split())}
    if gone:
        left = {word: place for word, place in model.vocabulary.items() if word not in gone}
        save_model(replace(model, vocabulary=left))


def load_model() -> Model | None:
    """The fitted model, or None when there is none. Raises CannotUnseal, KeysMissing."""
    path = model_path()
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        return None
    return _read_model(path, changed, keyring())


@lru_cache(maxsize=2)
def _read_model(path: Path, _changed: int, keys: Keyring) -> Model:
    plain = unseal(keys.server_key(LABEL), path.read_bytes(), aad=LABEL.encode())
    return Model(**json.loads(plain))


def urgency_bucket(text: str) -> int:
    """How far up within its band a text may stand. A model that cannot be read changes nothing."""
    try:
        model = load_model()
        return model.bucket(text) if model is not None else 0
    except (CannotUnseal, OSError, ValueError, TypeError, LookupError) as error:
        log_failure("the ordering model", error)
        return 0
