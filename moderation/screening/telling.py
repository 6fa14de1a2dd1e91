"""Whether words of a text are the author's own, or words that the author tells of: "he called me …".

In doubt they are the author's own: then a person reads them, and sees.
"""

import re

LOOK_BACK = 90  # letters between "he said" and the end of what he said

_SENTENCE_END = re.compile(r"[.!?;\u037e\n]")
_TELLS = re.compile(
    r"""(?<!\w)(?:
    # they say, said, called me; somebody wrote; I was called
    (?P<en>(?:called|calls|call|calling|said|says|say|saying|told|tells|telling|texted
    |texts|wrote
      |writes|messaged|shouted|shouts|shouting|yelled|yells|yelling|screamed|screams|whispered|commented
      |posted|posts
      |replied|dmed|asked|asks|asking|begged|begs|begging|demands|demanded|pressures|pressured|pressuring|went\slike|goes\slike|was\slike|were\slike))
    # μου είπε, με αποκάλεσε, μας φώναξαν, του έγραψε
    |(?P<el>(?:ε[ίι]πε|ε[ίι]παν|λ[έε]ει|λ[έε]νε|[έε]λεγε|[έε]λεγαν|αποκ[άα]λεσ\w*
    |αποκαλ\w+|φ[ώω]ναξ\w*
      |φων[άα]ζ\w*|[έε]γραψε|[έε]γραψαν|γρ[άα]φουν|γρ[άα]φει|[έε]στειλε|[έε]στειλαν|π[έε]ταξε
      |σχολ[ίι]ασ\w*|ο[ύυ]ρλιαξ\w*|ζητ[άα]ει|ζητ[άα]|ζητο[ύυ]σε|ζ[ήη]τησε|ζητ[άα]νε|πι[έε]ζει
      |π[ίι]εσε|απε[ίι]λησε|απειλε[ίι]))
    # dia bilang, mereka ngatain aku, dipanggil, katanya
    |(?P<id>(?:bilang|bilangin|berkata|kata|katanya|ngatain|dikatain|mengatai|dikatai
    |manggil
      |memanggil\w*|dipanggil|panggil|menyebut\w*|disebut|dibilang|nulis|menulis|teriak|berteriak|chat
      |ngechat|komentar
      |komen|balas|minta|meminta|nyuruh|disuruh|maksa|dipaksa|ngancam|ngancem|mengancam))
    )(?!\w)""",
    re.VERBOSE | re.IGNORECASE,
)
# Then the author says it: "I told her", "I called him", "aku bilang". Greek says it in the verb.
_FIRST_PERSON = re.compile(
    r"""(?<!\w)(?:i|i['’]ve|i['’]ll|we|let\ me|aku|saya|gue|gw|gua|kami)
    (?:\s(?:just|really|always|also|then|have|will|cuma|udah|sudah|mau|lalu|pernah))?\s\w+$""",
    re.VERBOSE | re.IGNORECASE,
)
# Said to the author all the same: "I was called", "aku dipanggil".
_PASSIVE = re.compile(
    r"(?<!\w)(?:(?:was|were|been|being|got|get|am|are|is)\s(?:\w+\s)?called|di(?:kat|pang|seb|bil)\w+)$",
    re.IGNORECASE,
)
_OPENS, _CLOSES = '«“„"', '»”"'


def is_told(text: str, start: int) -> bool:
    """Whether the words that begin at `start` stand after somebody else's "said"."""
    before = text[max(0, start - 300) : start]
    opened = _open_quotation(before)
    said_by = before[:opened] if opened is not None else before
    ends = [match.end() for match in _SENTENCE_END.finditer(said_by.rstrip())]
    clause = said_by[max(len(said_by) - LOOK_BACK, ends[-1] if ends else 0) :]
    tellings = list(_TELLS.finditer(clause))
    if not tellings:
        return False
    up_to = clause[: tellings[-1].end()]
    return _FIRST_PERSON.search(up_to) is None or _PASSIVE.search(up_to) is not None


def _open_quotation(before: str) -> int | None:
    """Where the quotation begins that is still open at the end; None outside of one."""
    opened: int | None = None
    for place, letter in enumerate(before):
        if opened is not None and letter in _CLOSES:
            opened = None
        elif letter in _OPENS:
            opened = place
    return opened
