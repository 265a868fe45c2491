"""Readable stand-ins for characters that an output's encoding lacks: cp932 has no `✓ ² · █ ⌊`, ASCII no Greek."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache

from quizdl.screen.symbols import GREEK, SUBSCRIPTS, SUPERSCRIPTS, pairs

ASCII_AND_JAPANESE = "ascii and japanese"
"""No real encoding: what stays where somebody asks for ASCII but reads Japanese."""

_ASCII_AND_JAPANESE = re.compile(
    "[\x00-\x7f\u3000-\u3002\u3005-\u3011\u3014-\u301b\u3041-\u3096\u3099-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\uff01-\uff9f]*"
)
_UNKNOWN = "?"
_NAMES = {
    **{letter: name for name, letter in GREEK.items() if not name.startswith("var")},
    **pairs("ς sigma ∇ grad ∞ inf ∈ in ∀ forall ∃ exists"),
}
"""Stand-ins that are words: a space keeps them apart from letters beside them."""

_MARKS = pairs(
    "✓ OK ✗ x ✕ x ✖ x △ ~ ○ o ● * ◎ @ ■ # □ # ▲ ^ ▶ > ► > ▼ v ◄ < ➔ -> ➡ -> ⌫ <- • *"
    " █ # ▓ * ▒ + ░ . ▇ # ▆ # ▅ = ▄ = ▃ - ▂ - ▁ ."
    " ─ - │ | └ + ┌ + ├ + ┘ + ┐ + ┤ + ┬ + ┴ + ┼ + − - – - — -- ― -- ‐ - … ... ⋮ : ⋯ ... ‒ - ∣ | 〜 ~ ～ ~"
    " · * ⋅ * ∙ * ∗ * × x ÷ / ∕ / ⁄ / ⊙ (*) ⊗ (x) ⊕ (+) ∘ o ⋆ * ± +- ∓ -+"
    " ≤ <= ≦ <= ≥ >= ≧ >= ≠ != ≈ ~= ≒ ~= ≃ ~= ≡ == ∝ ~ ≪ << ≫ >>"
    " → -> ← <- ↔ <-> ↦ |-> ⇒ => ⇐ <= ⇔ <=> ∪ | ∩ & ⊂ < ⊆ <= ∧ & ∨ | ∋ > ∅ {} ∉ !in"
    " ⌊ floor( ⌋ ) ⌈ ceil( ⌉ ) ⟨ < ⟩ > ‖ || ∂ d ℓ l ⊤ T √ sqrt Σ sum ∫ int ħ hbar † +"
    " ℒ L ℋ H ℱ F ℛ R ℬ B ℰ E ℐ I ℳ M “ \" ” \" ‘ ' ’ ' ′ ' ″ \" ° deg"
    ' § sec. µ u ¥ yen « << » >> 、 , 。 . 「 " 」 " 『 " 』 "'
) | {"\u0302": "_hat", "\u0304": "_bar", "\u0303": "_tilde", "\u0307": "_dot"}
_RAISED = {raised: plain for plain, raised in SUPERSCRIPTS.items() if plain != "-"}
_LOWERED = {lowered: plain for plain, lowered in SUBSCRIPTS.items() if plain != "-"}
_RAISED_RUN = re.compile(f"[{''.join(_RAISED)}]+")
_LOWERED_RUN = re.compile(f"[{''.join(_LOWERED)}]+")
_ROOT_OF_ONE = re.compile(r"√(\w+(?:[_^]\w+)?)")
_ROOT_OF_BRACKET = re.compile(r"√(?=\()")


def encodable(text: str, encoding: str) -> str:
    """`text` with everything that `encoding` lacks replaced; the same text where it lacks nothing.

    >>> encodable("✓ ⌊x²⌋ − σ(hₜ₋₁)", "ascii")
    'OK floor(x^2) - sigma(h_(t-1))'
    >>> encodable("✓ 正解", "cp932")
    'OK 正解'
    """
    if _fits(text, encoding):
        return text
    text = _RAISED_RUN.sub(lambda run: _script(run[0], _RAISED, "^", encoding), text)
    text = _LOWERED_RUN.sub(lambda run: _script(run[0], _LOWERED, "_", encoding), text)
    if not _fits("√", encoding):
        text = _ROOT_OF_BRACKET.sub("sqrt", _ROOT_OF_ONE.sub(r"sqrt(\1)", text))
    return _spelled(text, encoding)


def _script(run: str, plain: Mapping[str, str], sign: str, encoding: str) -> str:
    if _fits(run, encoding):
        return run
    inner = "".join(plain[character] for character in run)
    return f"{sign}{inner}" if inner.isalnum() else f"{sign}({inner})"


def _spelled(text: str, encoding: str) -> str:
    shown, after_word = "", False
    for character in text:
        if _fits(character, encoding):
            shown += f" {character}" if after_word and character.isalnum() else character
            after_word = False
        elif name := _NAMES.get(character):
            shown += f" {name}" if shown[-1:].isalnum() else name
            after_word = True
        else:
            shown += _stand_in(character, encoding)
            after_word = False
    return shown


@lru_cache(maxsize=1024)
def _stand_in(character: str, encoding: str) -> str:
    """From the table; else the character taken apart, without what is still missing; else a question mark."""
    if character in _MARKS:
        return _MARKS[character]
    parts = unicodedata.normalize("NFKD", character)
    if parts == character:
        return "" if unicodedata.combining(character) else _UNKNOWN
    return "".join(part if _fits(part, encoding) else _stand_in(part, encoding) for part in parts)


def _fits(text: str, encoding: str) -> bool:
    """Whether the text survives the encoding: cp932 takes `−` and `〜`, but a full-width sign comes out."""
    if encoding == ASCII_AND_JAPANESE:
        return _ASCII_AND_JAPANESE.fullmatch(text) is not None
    try:
        return text.isascii() or text.encode(encoding).decode(encoding) == text
    except (UnicodeError, LookupError):  # an encoding that Python does not know is taken for ASCII
        return False
