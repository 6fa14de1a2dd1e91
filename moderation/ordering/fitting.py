"""Fitting the ordering model of one installation on its own moderators' bands.

Needs scikit-learn (`pip install -r requirements-triage.txt`), which nothing else of Stoa does. A model that
serves people in danger worse than the rules alone is refused, and the one in use stays.
"""

import importlib
import importlib.util
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from core.refusals import StartRefused
from moderation.ordering.model import BUCKETS, Model, tokens
from moderation.ordering.weighing import Judged, Order, weigh

LEAST_TEXTS, LEAST_RISKY = 50, 10  # with fewer, what is measured would be chance
WORDS_AT_MOST, IN_TEXTS_AT_LEAST = 4000, 3
QUANTILES = (0.5, 0.7, 0.85, 0.95)[:BUCKETS]


class NotFitted(StartRefused):
    """There is no new model; the sentence says why. What was in use stays in use."""


def fit_model(judged: Sequence[Judged], *, now: datetime) -> tuple[Model, Order, Order]:
    """A model, how it orders the held-out fifth, and how the rules alone order it. Raises NotFitted."""
    held_out = [one for one in judged if one.is_held_out]
    known = [one for one in judged if not one.is_held_out]
    risky = sum(one.is_risky for one in judged)
    if len(judged) < LEAST_TEXTS or risky < LEAST_RISKY or not any(one.is_risky for one in held_out):
        raise NotFitted(
            f"{len(judged)} texts have a person's band, {risky} of them crisis or red; {LEAST_TEXTS} and "
            f"{LEAST_RISKY} are needed, some of them in the fifth that is held out. The queue stays ordered "
            "by age."
        )
    model = _learn(known, now=now)
    by_rules, by_model = weigh(held_out), weigh(held_out, model.urgency)
    if by_model.is_worse_than(by_rules):
        raise NotFitted(
            f"The model would serve people in danger worse than the rules alone: of the risky texts "
            f"{by_model.recall:.0%} against {by_rules.recall:.0%} stand in the first fifth, the last one at "
            f"{by_model.last_risky:.0%} against {by_rules.last_risky:.0%}. It is not used."
        )
    return model, by_model, by_rules


def _learn(known: Sequence[Judged], *, now: datetime) -> Model:
    if importlib.util.find_spec("sklearn") is None:
        raise NotFitted("Fitting needs scikit-learn: pip install -r requirements-triage.txt")
    text: Any = importlib.import_module("sklearn.feature_extraction.text")
    linear: Any = importlib.import_module("sklearn.linear_model")
    texts, bands = [one.text for one in known], [one.band.value for one in known]
    if len(set(bands)) < 2:
        raise NotFitted("People gave all these texts the same band: there is nothing to learn.")
    counter = text.TfidfVectorizer(
        analyzer=tokens, min_df=IN_TEXTS_AT_LEAST, max_features=WORDS_AT_MOST, norm="l2"
    )
    try:
        seen = counter.fit_transform(texts)
    except ValueError as error:
        raise NotFitted("No word stands in three of these texts: there is nothing to learn.") from error
    regression = linear.LogisticRegression(class_weight="balanced", max_iter=1000).fit(seen, bands)
    weights, intercepts = regression.coef_.tolist(), regression.intercept_.tolist()
    if len(weights) == 1:  # of two classes only the second has weights of its own
        weights, intercepts = [[0.0] * len(weights[0]), weights[0]], [0.0, intercepts[0]]
    model = Model(
        fitted_on=now.date().isoformat(),
        texts=len(texts),
        vocabulary={word: int(place) for word, place in counter.vocabulary_.items()},
        idf=counter.idf_.tolist(),
        bands=[str(band) for band in regression.classes_],
        weights=weights,
        intercepts=intercepts,
    )
    urgencies = sorted(map(model.urgency, texts))
    return replace(model, cuts=[urgencies[int(len(urgencies) * part)] for part in QUANTILES])
