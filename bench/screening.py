"""What the rules of the screening cost: every phase over invented posts, in three languages."""

import time
from collections.abc import Callable
from functools import partial

from moderation.screening.findings import NewText
from moderation.screening.phases import PHASES, load_phases, run_phases

SENTENCES = {
    "en": "I moved here two months ago and still know nobody. After class I walk back alone, late. "
    "On Tuesdays there are 3 lectures in a row, and by the last one my head is empty. "
    "My mother asks how it goes; I say fine, because what would I even tell her? ",
    "el": "Ήρθα εδώ πριν από δύο μήνες και δεν ξέρω κανέναν. Μετά γυρίζω μόνη, και νυχτώνει. "
    "Τις Τρίτες έχω 3 μαθήματα στη σειρά και στο τελευταίο δεν ακούω πια τίποτα. "
    "Η μητέρα μου ρωτάει πώς πάει· λέω καλά, γιατί τι να της πω; ",
    "id": "Aku pindah ke sini dua bulan lalu dan belum kenal siapa pun. Habis kuliah aku pulang sendiri. "
    "Tiap Selasa ada 3 kuliah berturut-turut, dan di yang terakhir kepalaku sudah kosong. "
    "Ibu tanya gimana kabarku; kubilang baik, karena mau cerita apa lagi? ",
}
LENGTHS = (250, 500, 1000, 4000, 8000)
TIMES = 50
# The longest text that is taken, made of what asks most of a rule: it may cost more, not the square of it.
HOSTILE = {
    "one letter": "a",
    "a a a": "a ",
    "nested quotes": '"he said ',
    "zero width marks": "a\u200b",
    "digits and dots": "1.",
    "open brackets": "(1",
    "letters that unfold": "\ufdfa",
    "insults that are told": "he said you idiot ",
    "k.i.l.l.": "k.i.l.l. ",
}
LONGEST, HALF = 8000, 4000


def measure_screening() -> str:
    """A table: milliseconds of processor time for one post, the median, by language and length."""
    load_phases()
    rows = ["| a post of | " + " | ".join(SENTENCES) + " |", "|---" * (len(SENTENCES) + 1) + "|"]
    for length in LENGTHS:
        texts = [(sentence * (length // len(sentence) + 1))[:length] for sentence in SENTENCES.values()]
        cells = (f"{_median(partial(_screen, text)):.2f} ms" for text in texts)
        rows.append(f"| {length} characters | " + " | ".join(cells) + " |")
    rows += ["", f"| {LONGEST} signs of | cost | against half as many |", "|---|---|---|"]
    for name, piece in HOSTILE.items():
        half, whole = (_median(partial(_screen, (piece * size)[:size]), 5) for size in (HALF, LONGEST))
        rows.append(f"| {name} | {whole:.0f} ms | × {whole / half:.1f} |")
    return f"### The {len(PHASES)} phases of the screening\n\n" + "\n".join(rows)


def _screen(text: str) -> None:
    run_phases(NewText(text))


def _median(act: Callable[[], object], rounds: int = TIMES) -> float:
    times = []
    for _round in range(rounds):
        begun = time.process_time()
        act()
        times.append((time.process_time() - begun) * 1000)
    return sorted(times)[rounds // 2]
