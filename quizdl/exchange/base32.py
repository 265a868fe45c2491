"""Bytes as letters that survive being copied by hand: Crockford's base 32, in groups of five.

https://www.crockford.com/base32.html: no I, L, O, U; on reading, I and L are 1, O is 0, and case does not matter.
"""

from __future__ import annotations

import unicodedata

DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP = 5
_VALUES = {digit: value for value, digit in enumerate(DIGITS)} | {"I": 1, "L": 1, "O": 0}
_BETWEEN = frozenset("-‐‑‒–—−ー_ \t\r\n\u3000\u200b\u00ad")


def encode(data: bytes) -> str:
    """The bytes as digits; the last one is filled up with zero bits.

    >>> encode(b"quizdl")
    'E5TPJ-YK4DG'
    """
    bits = 8 * len(data)
    number = int.from_bytes(data, "big") << (-bits % 5)
    digits = "".join(DIGITS[number >> shift & 31] for shift in range(bits + (-bits % 5) - 5, -1, -5))
    return "-".join(digits[start : start + GROUP] for start in range(0, len(digits), GROUP))


def decode(text: str) -> bytes:
    """The bytes of all digits up to the first character that is none; hyphens and white space are passed over.

    >>> decode("e5tpj yk4dg")
    b'quizdl'
    """
    found = bytearray()
    held = bits = 0
    for character in unicodedata.normalize("NFKC", text).upper():
        if character in _VALUES:
            held, bits = held << 5 | _VALUES[character], bits + 5
            if bits >= 8:
                bits -= 8
                found.append(held >> bits)
                held &= (1 << bits) - 1
        elif character not in _BETWEEN:
            break
    return bytes(found)
