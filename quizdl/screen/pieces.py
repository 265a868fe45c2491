"""The parts of a formula as shown, and how they are put together: spaces, scripts, fractions, accents."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

from quizdl.screen.symbols import ACCENTS, ARROWS, FUNCTIONS, SUBSCRIPTS, SUPERSCRIPTS

Role = Literal["letter", "number", "operator", "open", "close", "function", "fraction", "comma", "mark", "space"]


class Piece(NamedTuple):
    """A part of the formula as shown, and the role that decides about the space around it."""

    text: str
    role: Role


_RAISED_OR_LOWERED = "".join({*SUPERSCRIPTS.values(), *SUBSCRIPTS.values(), *ACCENTS.values(), *ARROWS.values(), "′"})
_SCRIPT = rf"(?:[{re.escape(_RAISED_OR_LOWERED)}]|[_^](?:\w|\([^()]*\)))"
_FUNCTION = "|".join(sorted(FUNCTIONS))
_LETTER = rf"[^\W\d_]{_SCRIPT}*"
_CALL = rf"(?:{_LETTER}|(?:{_FUNCTION}){_SCRIPT}*)?\([^()]*\)"
_ONE_FACTOR = re.compile(  # x, dx, ∂E, 0.5, f(x), (x + y), ‖x‖, |x|
    rf"√?(?:[d∂]?{_LETTER}|\d+(?:\.\d+)?|{_CALL}|‖[^‖]*‖|\|[^|]*\|){_SCRIPT}*"
)
_NUMERATOR_NEEDS_BRACKETS = re.compile(r"[\s/+−±=]")
_PLAIN_SCRIPT_AT_END = re.compile(r"[_^]\w$")
_BRACKETED = re.compile(r"\([^()]*\)")
_SIGNS = frozenset("+−±∓")
_OPERANDS = frozenset({"letter", "number", "close", "fraction", "function"})


def joined(pieces: Sequence[Piece], *, tight: bool = False) -> str:
    """The pieces as one text. In scripts (`tight`) operators stand without space."""
    text, last, gap = "", None, ""
    for piece, following, apart in _with_following(pieces):
        if piece.role == "space":
            gap = max(gap, piece.text, key=len)
            continue
        placed = _placed(piece, last, gap, apart)
        text += _space(last, placed, gap, tight=tight) + _shown(placed, last, following)
        last, gap = placed, ""
    return text.strip()


def _with_following(pieces: Sequence[Piece]) -> list[tuple[Piece, Piece | None, bool]]:
    """Each piece with the next one that is no space, and whether there is space before that one."""
    found: list[tuple[Piece, Piece | None, bool]] = []
    following: Piece | None = None
    apart = False
    for piece in reversed(pieces):
        found.append((piece, following, apart))
        apart = piece.role == "space"
        following = following if apart else piece
    return found[::-1]


def _placed(piece: Piece, last: Piece | None, gap: str, apart: bool) -> Piece:
    """The piece with its role at this place: a sign before its number; a bar on the left, on the right or between.

    A bar after an operand closes where it touches it, opens where it touches only what follows, and else divides.
    """
    after_operand = last is not None and last.role in _OPERANDS - {"function"}
    if piece.text in _SIGNS and not after_operand:
        return Piece(piece.text, "open")
    if piece.text in ("|", "‖") and piece.role == "mark":
        if not after_operand or (gap and not apart):
            return Piece(piece.text, "open")
        return Piece(piece.text, "operator" if gap else "close")
    return piece


def _space(last: Piece | None, piece: Piece, gap: str, *, tight: bool) -> str:
    """The space between two neighbours; `gap` is what the author wrote."""
    if last is None or last.role == "open" or piece.role in ("close", "comma") or last.text.endswith(" "):
        return ""
    if "operator" in (last.role, piece.role) or last.role == "comma":
        return "" if tight else " "
    if last.role == "function":
        return "" if piece.role in ("open", "mark", "fraction") and piece.text not in _SIGNS else " "
    if piece.role == "function" and last.role in _OPERANDS:
        return " "
    if _PLAIN_SCRIPT_AT_END.search(last.text) and piece.role in ("letter", "number"):
        return " "
    return "" if tight else gap


def _shown(piece: Piece, last: Piece | None, following: Piece | None) -> str:
    """A fraction beside another factor is bracketed, for `1/2x` would read as 1/(2x)."""
    beside = (last is not None and last.role in _OPERANDS) or (
        following is not None and following.role in _OPERANDS - {"close"} | {"open"}
    )
    return f"({piece.text})" if piece.role == "fraction" and beside else piece.text


def attached(pieces: Sequence[Piece], script: str) -> list[Piece]:
    """The pieces with a script on the last of them; a fraction is bracketed first."""
    kept = list(pieces)
    while kept and kept[-1].role == "space":
        kept.pop()
    if not kept or kept[-1].role in ("operator", "open", "comma"):
        return [*kept, Piece(script, "letter")]
    base = kept.pop()
    if base.role == "fraction":
        base = Piece(f"({base.text})", "close")
    return [*kept, Piece(base.text + script, base.role)]


def raised(pieces: Sequence[Piece]) -> str:
    """A superscript: `²`, or `^(…)` where Unicode has no such characters."""
    return _script(pieces, SUPERSCRIPTS, "^")


def lowered(pieces: Sequence[Piece]) -> str:
    """A subscript: `ₜ`, or `_(…)` where Unicode has no such characters."""
    return _script(pieces, SUBSCRIPTS, "_")


def _script(pieces: Sequence[Piece], table: Mapping[str, str], sign: str) -> str:
    inner = joined(pieces, tight=True)
    if inner and all(character in table for character in inner):
        return "".join(table[character] for character in inner)
    if len(inner) <= 1 or _BRACKETED.fullmatch(inner):
        return sign + inner
    return f"{sign}({inner})"


def fraction(numerator: Sequence[Piece], denominator: Sequence[Piece]) -> Piece:
    """`a/b`, with brackets only where it would be read in another way without them."""
    above, below = joined(numerator), joined(denominator)
    if _NUMERATOR_NEEDS_BRACKETS.search(above) and not _ONE_FACTOR.fullmatch(above):
        above = f"({above})"
    if not _ONE_FACTOR.fullmatch(below):
        below = f"({below})"
    return Piece(f"{above}/{below}", "fraction")


def root(radicand: Sequence[Piece], degree: str = "") -> Piece:
    """`√x`, `√(x + y)`, `³√x`."""
    inner = joined(radicand)
    sign = "".join(SUPERSCRIPTS.get(character, character) for character in degree) + "√"
    return Piece(sign + (inner if _ONE_FACTOR.fullmatch(inner) else f"({inner})"), "letter")


def accented(pieces: Sequence[Piece], name: str) -> Piece:
    """A letter under its accent, `ŷ`; a longer text as `hat(xy)`."""
    inner = joined(pieces)
    if re.fullmatch(_LETTER, inner):
        return Piece(unicodedata.normalize("NFC", inner[0] + ACCENTS[name]) + inner[1:], "letter")
    return Piece(f"{name}({inner})", "letter")
