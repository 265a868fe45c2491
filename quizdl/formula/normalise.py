"""Brings typed maths to plain characters, and remembers where each of them was typed."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Literal, NamedTuple, TypeAlias

Piece: TypeAlias = tuple[str, int]
"""A plain character and the place, in the text as typed, that it came from."""

_Form: TypeAlias = Literal["raised", "lowered", "plain"]

TIMES = "·"
"""Stands for every multiplication sign but `*`, so that `××` does not become the power `**`."""

_SIGNS = {
    **dict.fromkeys("−‐‑‒–—―ー﹣", "-"),
    **dict.fromkeys("×⋅∙•∗✕✖・⊙∘·", TIMES),
    **dict.fromkeys("÷∕⁄", "/"),
    **dict.fromkeys("∣│｜", "|"),
    **dict.fromkeys("【〔「", "("),
    **dict.fromkeys("】〕」", ")"),
    "ˆ": "^",
    "。": ".",
    "、": ",",
    "≤": "<=",
    "≦": "<=",
    "≥": ">=",
    "≧": ">=",
    "≠": "!=",
}


class Source(NamedTuple):
    """Normalised text; `places[i]` is the 0-based place as typed of its character i, and of its end."""

    text: str
    places: tuple[int, ...]


def normalise(typed: str) -> Source:
    """Full-width, superscript, subscript and look-alike characters as the grammar knows them.

    Superscripts become powers before anything else: Unicode's own folding (NFKC) would make `x²` into `x2`.

    >>> normalise("２（ｘ＋ｙ）²").text
    '2(x+y)^2'
    """
    pieces: list[Piece] = []
    for form, run in groupby(enumerate(typed), key=lambda one: _form(one[1])):
        pieces += _FORMS[form]([(character, place) for place, character in run])
    return Source("".join(text for text, _ in pieces), (*(place for _, place in pieces), len(typed)))


def plain(character: str) -> str:
    """One typed character as the grammar knows it; nothing for an invisible one.

    >>> plain("－"), plain("½"), plain("\\u200b")
    ('-', '(1/2)', '')
    """
    if character.isspace():
        return " "
    if unicodedata.category(character) == "Cf" or "\ufe00" <= character <= "\ufe0f":
        return ""
    folded = unicodedata.normalize("NFKC", _SIGNS.get(character, character))
    signs = "".join(_SIGNS.get(one, one) for one in folded)
    return f"({signs})" if "⁄" in folded and len(folded) > 1 else signs


def _form(character: str) -> _Form:
    decomposition = unicodedata.decomposition(character)
    if decomposition.startswith("<super>"):
        return "raised"
    return "lowered" if decomposition.startswith("<sub>") else "plain"


def _spelled(run: Iterable[Piece]) -> list[Piece]:
    return [(one, place) for character, place in run for one in plain(character)]


def _raised(run: Sequence[Piece]) -> list[Piece]:
    """`⁻¹` as `^(-1)`, `²` as `^2`."""
    first, last = run[0][1], run[-1][1]
    spelled = _spelled(run)
    if len(spelled) == 1 or all(character.isdecimal() for character, _ in spelled):
        return [("^", first), *spelled]
    return [("^", first), ("(", first), *spelled, (")", last)]


def _lowered(run: Sequence[Piece]) -> list[Piece]:
    """`₁` as `1`; `ₜ₋₁` as `_{t-1}`, which must not read as a subtraction."""
    spelled = _spelled(run)
    if all(character.isalnum() for character, _ in spelled):
        return spelled
    first, last = run[0][1], run[-1][1]
    return [("_", first), ("{", first), *spelled, ("}", last)]


_FORMS: dict[_Form, Callable[[Sequence[Piece]], list[Piece]]] = {
    "raised": _raised,
    "lowered": _lowered,
    "plain": _spelled,
}
