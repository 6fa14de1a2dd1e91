"""What the rules of the screening cost: every phase over invented posts, in three languages."""

import time
from collections.abc import Callable
from functools import partial

from moderation.screening.findings import NewText
from moderation.screening.phases import PHASES, load_phases, run_phases

SENTENCES = {
    "en": "I moved here two months ago and still know nobody. After class I walk back alone, late. ",
    "el": "Ήρθα εδώ πριν από δύο μήνες και δεν ξέρω κανέναν. Μετά γυρίζω μόνη, και νυχτώνει. ",
    "id": "Aku pindah ke sini dua bulan lalu dan belum kenal siapa pun. Habis kuliah aku pulang sendiri. ",
}
LENGTHS = (250, 500, 1000, 4000)
TIMES = 50


def measure_screening() -> str:
    """A table: milliseconds of processor time for one post, the median, by language and length."""
    load_phases()
    rows = ["| a post of | " + " | ".join(SENTENCES) + " |", "|---" * (len(SENTENCES) + 1) + "|"]
    for length in LENGTHS:
        texts = [(sentence * (length // len(sentence) + 1))[:length] for sentence in SENTENCES.values()]
        cells = (f"{_median(partial(_screen, text)):.2f} ms" for text in texts)
        rows.append(f"| {length} characters | " + " | ".join(cells) + " |")
    return f"### The {len(PHASES)} phases of the screening\n\n" + "\n".join(rows)


def _screen(text: str) -> None:
    run_phases(NewText(text))


def _median(act: Callable[[], object]) -> float:
    times = []
    for _round in range(TIMES):
        begun = time.process_time()
        act()
        times.append((time.process_time() - begun) * 1000)
    return sorted(times)[TIMES // 2]
