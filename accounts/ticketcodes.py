"""What stands on a ticket: ten letters and digits. The last tells a mistyped ticket from an unknown one.

The alphabet is Crockford's Base32 (https://www.crockford.com/base32.html): no I, L, O or U, and whoever
types I, L or O for 1 or 0 is understood. Crockford's own check symbol counts modulo 37 and needs five signs
more, which nobody finds on a telephone. So the tenth character is the one check symbol of a Reed-Solomon
code (I. S. Reed, G. Solomon: Polynomial Codes over Certain Finite Fields, 1960) over the field of 32
elements, here with the polynomial x^5 + x^3 + 1 of BIP 173: each place has a weight of its own, and the
weighted sum is nought. One wrong character never passes, and two that changed places never do.

Nine random characters are 45 bits. Whoever tries codes meets the limits of joining long before.
"""

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
RANDOM_LENGTH = 9
LENGTH = RANDOM_LENGTH + 1
POLYNOMIAL = 0b101001
LOOK_ALIKES = str.maketrans("OIL", "011")


class MistypedTicket(ValueError):
    """These are no ten characters that fit together."""


def make_ticket() -> str:
    """A random ticket."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(RANDOM_LENGTH))
    return body + _check_character(body)


def read_ticket(typed: str) -> str:
    """A ticket as it was printed, from what somebody typed: capitals, spaces and hyphens do not matter.

    Raises MistypedTicket.
    """
    folded = typed[:100].upper().translate(LOOK_ALIKES)
    code = "".join(letter for letter in folded if not (letter.isspace() or letter in "-‐‑–—_.·"))
    if len(code) != LENGTH or not set(code) <= set(ALPHABET) or _weighted_sum(code) != 0:
        raise MistypedTicket
    return code


def readable_ticket(code: str) -> str:
    """Two groups of five, as they are printed and read aloud."""
    return f"{code[:5]}-{code[5:]}"


def _check_character(body: str) -> str:
    return ALPHABET[_weighted_sum(body + ALPHABET[0])]


def _weighted_sum(code: str) -> int:
    """The sum of all places, each multiplied by a power of the field's generator; the last one by 1."""
    total = 0
    for letter in code:
        total = _times_generator(total) ^ ALPHABET.index(letter)
    return total


def _times_generator(value: int) -> int:
    doubled = value << 1
    return doubled ^ POLYNOMIAL if doubled & 0b100000 else doubled
