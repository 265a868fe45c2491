"""Cuts normalised text into tokens: numbers, words, signs."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from quizdl.errors import FormulaError
from quizdl.formula.normalise import TIMES, Source
from quizdl.formula.vocabulary import Vocabulary
from quizdl.text import Text

TokenKind: TypeAlias = Literal["number", "name", "constant", "function", "sign", "end"]

MOST_DIGITS = 30

_LETTER = r"[^\W\d_]"
_ALNUM = r"(?:[^\W\d_]|[0-9])"
_MANTISSA = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_NUMBER = re.compile(rf"{_MANTISSA}(?:[eE][+-]?[0-9]+)?")
_NUMBER_BESIDE_E = re.compile(_MANTISSA)
_SUBSCRIPT = rf"\{{(?:{_ALNUM}|[-+, ()])*\}}|\([A-Za-z0-9]+\)|{_ALNUM}*"
_WORD = re.compile(rf"{_LETTER}{_ALNUM}*(?:_(?:{_SUBSCRIPT}))*")
_SIGN = re.compile(rf"\*\*|//|<=|>=|==|!=|[-+*/%^()\[\]{{}}|,√<>={TIMES}]")
_SPELLED_SIGNS = {"**": "^", TIMES: "*", "[": "(", "]": ")", "{": "(", "}": ")"}
_LOGIC = ("and", "or", "not")


class Token(NamedTuple):
    """One token. `text` is a sign, or a word in its declared spelling; `place` is where it was typed."""

    kind: TokenKind
    text: str
    place: int
    value: int | float = 0


def tokens(source: Source, begin: int, vocabulary: Vocabulary, integers: bool) -> Iterator[Token]:
    """The tokens from `begin` on, the last of kind `end`. Raises FormulaError at the place as typed."""
    number = _NUMBER_BESIDE_E if vocabulary.e_is_a_name else _NUMBER
    text, position = source.text, begin
    while position < len(text):
        place = source.places[position]
        if text[position] == " ":
            position += 1
        elif match := number.match(text, position):
            yield Token("number", match[0], place, _value(match[0], place))
            position = match.end()
        elif match := _WORD.match(text, position):
            yield from _words(match, source, vocabulary, integers)
            position = match.end()
        elif match := _SIGN.match(text, position):
            yield Token("sign", _SPELLED_SIGNS.get(match[0], match[0]), place)
            position = match.end()
        else:
            raise _unknown(text[position], place)
    yield Token("end", "", source.places[-1])


def _words(match: re.Match[str], source: Source, vocabulary: Vocabulary, integers: bool) -> Iterator[Token]:
    run, start = match[0], match.start()
    if integers and run in _LOGIC:
        yield Token("sign", run, source.places[start])
        return
    called = source.text[match.end() :].lstrip(" ").startswith("(")
    for word in vocabulary.words(run, source.places[start], called):
        yield Token(word.kind, word.id, source.places[start + word.offset])


def _value(literal: str, place: int) -> int | float:
    """A literal's number. Raises FormulaError for one that is too long or beyond a float."""
    if sum(character.isdigit() for character in literal) > MOST_DIGITS:
        raise FormulaError(
            Text(f"数値の桁数は {MOST_DIGITS} 桁までです。", f"A number may have at most {MOST_DIGITS} digits."), place
        )
    value = int(literal) if literal.isdigit() else float(literal)
    if math.isinf(value):
        raise FormulaError(Text("数値が大きすぎます。", "The number is too large."), place)
    return value


def _unknown(character: str, place: int) -> FormulaError:
    shown = character if character.isprintable() else f"U+{ord(character):04X}"
    return FormulaError(Text(f"「{shown}」は式に使えません。", f"'{shown}' cannot stand in a formula."), place)
