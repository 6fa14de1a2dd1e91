"""A forum of invented words to measure with, of the size asked for and always the same.

Everything goes in through the importer, so that every row is what the rules make and no second way of writing
posts must be kept in step. The words mean nothing and are made by a seeded generator; two of them are placed
by count, so that a search for a common and for a rare word asks the same of every run.
"""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from flask import Flask

from app import create_app
from core.clock import utcnow
from core.db import db
from core.settings import load_settings
from forum import queries
from forum.importing import import_threads
from forum.indexing import rebuild_index

WORDS_PER_POST = 120
VOCABULARY = 6_000
COMMON, COMMON_SHARE = "velamora", 0.2
RARE, RARE_POSTS = "quilandor", 5
ONSETS, VOWELS, CODAS = (
    tuple("bdfgklmnprstv"),
    tuple("aeiou"),
    ("", "", "", "n", "r", "l", "s"),
)


@dataclass(frozen=True)
class Size:
    """How much there is to read."""

    threads: int = 2_000
    posts: int = 10


def bench_environment(data_dir: Path) -> dict[str, str]:
    """The settings of a live forum in this directory, and nothing from the shell or an `.env` file."""
    return {"STOA_MODE": "live", "STOA_DATA_DIR": str(data_dir)}


def open_app(data_dir: Path) -> Flask:
    """The application on this directory; its tables are made when they are not there."""
    app = create_app(load_settings(bench_environment(data_dir)))
    with app.app_context():
        command.upgrade(app.extensions["migrate"].migrate.get_config(), "head")
        app.extensions["stoa_first_start"]()
        close_database()
    return app


def close_database() -> None:
    """Let go of the database file, so that a server or a copy finds it at rest."""
    db.session.remove()
    db.engine.dispose()


def make_data(data_dir: Path, size: Size, *, seed: int = 1, with_search: bool = True) -> None:
    """Fill a fresh data directory."""
    app = open_app(data_dir)
    with app.app_context(), tempfile.TemporaryDirectory(prefix="stoa-bench-") as scratch:
        slugs = [category.slug for category in queries.all_categories()]
        file = Path(scratch) / "threads.jsonl"
        with file.open("w", encoding="utf-8") as out:
            out.writelines(json.dumps(line) + "\n" for line in invented_threads(size, slugs, seed=seed))
        result = import_threads(file, strict=True, now=utcnow())
        if result.added != size.threads:
            raise RuntimeError(
                f"{result.added} threads came in and not {size.threads}: the directory was not fresh"
            )
        if with_search:
            rebuild_index()
        close_database()


def invented_threads(size: Size, slugs: Sequence[str], *, seed: int) -> Iterator[dict[str, Any]]:
    """The lines of an import file: thread after thread, the categories in turn."""
    chance = random.Random(seed)
    words, weights = _vocabulary(chance)
    total = size.threads * size.posts
    rare = set(chance.sample(range(total), min(RARE_POSTS, total)))
    for number in range(size.threads):
        bodies = []
        for place in range(size.posts):
            body = chance.choices(words, cum_weights=weights, k=WORDS_PER_POST)
            if chance.random() < COMMON_SHARE:
                body[chance.randrange(WORDS_PER_POST)] = COMMON
            if number * size.posts + place in rare:
                body[chance.randrange(WORDS_PER_POST)] = RARE
            bodies.append(_as_text(body, chance))
        yield {
            "id": f"bench-{seed}-{number}",
            "lang": "en",
            "category": slugs[number % len(slugs)],
            "title": " ".join(chance.choices(words, cum_weights=weights, k=6)).capitalize(),
            "body": bodies[0],
            "answers": [{"body": body} for body in bodies[1:]],
        }


def _vocabulary(chance: random.Random) -> tuple[list[str], list[float]]:
    """Words and their running weights: as in a real language, that of rank n comes 1/n as often."""
    made: dict[str, None] = {}
    while len(made) < VOCABULARY:
        syllables = chance.choices((1, 2, 3, 4), weights=(1, 5, 4, 1))[0]
        made[
            "".join(
                chance.choice(ONSETS) + chance.choice(VOWELS) + chance.choice(CODAS) for _ in range(syllables)
            )
        ] = None
    total, weights = 0.0, []
    for rank in range(1, VOCABULARY + 1):
        total += 1 / rank
        weights.append(total)
    return list(made), weights


def _as_text(words: list[str], chance: random.Random) -> str:
    """Sentences in three paragraphs, a little Markdown in some."""
    sentences, rest = [], words
    while rest:
        length = chance.randint(6, 16)
        sentences.append(" ".join(rest[:length]).capitalize() + ".")
        rest = rest[length:]
    if chance.random() < 0.3:
        sentences[0] = f"**{sentences[0]}**"
    third = -(-len(sentences) // 3)
    return "\n\n".join(
        " ".join(sentences[start : start + third]) for start in range(0, len(sentences), third)
    )


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.make_data", description=__doc__)
    parser.add_argument("directory", type=Path, help="a data directory to make")
    parser.add_argument("--threads", type=int, default=Size.threads)
    parser.add_argument("--posts", type=int, default=Size.posts, help="in each thread")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--no-search", action="store_true", help="without the search index")
    given = parser.parse_args(arguments)
    make_data(
        given.directory, Size(given.threads, given.posts), seed=given.seed, with_search=not given.no_search
    )


if __name__ == "__main__":
    main()
