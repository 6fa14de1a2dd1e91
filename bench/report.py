"""The measured figures as Markdown, and their place in `bench/README.md`."""

import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from sqlite3 import sqlite_version

from bench.importing import ImportTaken
from bench.make_data import Size
from bench.subjects import Page

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass(frozen=True)
class Figures:
    """The medians of the rounds of one load."""

    name: str
    cpu_ms: float
    rate: float
    p50: float
    p95: float
    p99: float
    answered: int


def machine_line(day: date) -> str:
    """Where and with what this was measured."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    parts = [f"{name} {version(name)}" for name in ("flask", "sqlalchemy", "jinja2", "gunicorn", "whoosh")]
    return (
        f"Measured on {day.isoformat()}: {os.cpu_count()} cores, {memory:.0f} GiB, "
        f"{platform.system()} {platform.machine()}, Python {platform.python_version()}, "
        f"SQLite {sqlite_version}, {', '.join(parts)}; load before the run {os.getloadavg()[0]:.1f}."
    )


def pages_table(figures: Sequence[Figures], pages: Sequence[Page]) -> str:
    """A row for each page; the bare route has no page behind it."""
    known = {page.name: page for page in pages}
    rows = [
        "| page | CPU ms | requests/s | p50 ms | p95 ms | p99 ms | bytes | SQL (writes) |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in figures:
        page = known.get(one.name)
        facts = f"{page.size:,} | {page.statements} ({page.writes})" if page else "- | -"
        rows.append(
            f"| {one.name} | {one.cpu_ms:.2f} | {one.rate:,.0f} "
            f"| {one.p50:.1f} | {one.p95:.1f} | {one.p99:.1f} | {facts} |"
        )
    return "\n".join(rows)


def replies_table(figures: Sequence[Figures]) -> str:
    rows = [
        "| replies, from POST to redirect | CPU ms | replies | p50 ms | p95 ms | p99 ms |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for one in figures:
        rows.append(
            f"| {one.name} | {one.cpu_ms:.1f} | {one.answered} "
            f"| {one.p50:.1f} | {one.p95:.1f} | {one.p99:.1f} |"
        )
    return "\n".join(rows)


def memory_line(memory: tuple[int, int], *, fresh: tuple[int, int]) -> str:
    """PSS and RSS of the service after all loads, and just after the start."""
    pss, rss, first = memory[0] / 1e6, memory[1] / 1e6, fresh[0] / 1e6
    return (
        f"Memory of the whole service after all loads: PSS {pss:.0f} MB (RSS {rss:.0f} MB); "
        f"PSS just after the start {first:.0f} MB."
    )


def import_table(small: ImportTaken, large: ImportTaken | None) -> str:
    rows = [
        "| import | threads | answers | bad lines | import s | index s | peak MB | peak with index MB |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for one in (small, large):
        if one is None:
            continue
        index = f"{one.index_seconds:.1f}" if one is small else "-"
        with_index = f"{one.peak_with_index / 1e6:.0f}" if one is small else "-"
        rows.append(
            f"| {one.size / 1e6:.1f} MB | {one.threads:,} | {one.answers:,} | {one.bad} | {one.seconds:.1f} "
            f"| {index} | {one.peak / 1e6:.0f} | {with_index} |"
        )
    return "\n".join(rows)


def size_line(size: Size | None) -> str:
    if size is None:
        return "Content: a data directory that was given."
    return f"Content: {size.threads:,} threads of {size.posts} posts of about 120 words."


def write_into_readme(text: str) -> None:
    """Replace what stands between the two marks."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", encoding="utf-8")
