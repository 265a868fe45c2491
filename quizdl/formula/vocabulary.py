"""Which words a formula may hold, however they are spelled: symbols, constants, functions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Literal, NamedTuple, TypeAlias

from quizdl.errors import FormulaError
from quizdl.text import Text

WordKind: TypeAlias = Literal["name", "constant", "function"]

FUNCTIONS: dict[str, tuple[int, int | None]] = {
    **dict.fromkeys(("sigmoid", "tanh", "exp", "log", "log2", "sqrt", "abs", "floor", "ceil"), (1, 1)),
    **dict.fromkeys(("relu", "sin", "cos", "softplus", "sign"), (1, 1)),
    **dict.fromkeys(("max", "min"), (1, None)),
}
"""Every function of the grammar with its least and most arguments. `log` is natural."""

_OTHER_SPELLINGS = {"ln": "log", "sigma": "sigmoid", "logistic": "sigmoid", "sgn": "sign", "ceiling": "ceil"}
_CONSTANTS = ("e", "pi")

_GREEK = re.compile("GREEK (SMALL|CAPITAL) LETTER (?:FINAL )?([A-Z]+)")
_IGNORED = frozenset("_{}(), ")
_MOST_SHOWN = 20


class Word(NamedTuple):
    """A word of the vocabulary, in its declared spelling; `offset` is its first character within the run."""

    kind: WordKind
    id: str
    offset: int


class _Letter(NamedTuple):
    """A folded letter: where it stood in the run, and whether a word may begin at it."""

    text: str
    offset: int
    may_begin: bool


class Vocabulary:
    """What a run of letters means.

    names: the symbols there are; None for an author, whose every identifier is a name.
    aliases: other spellings, of symbols or of functions. Spellings compare without `_`, `{}` and brackets, Greek
    letters by their names; without regard to case only where nothing matches exactly.
    """

    def __init__(self, names: Collection[str] | None, aliases: Mapping[str, str]) -> None:
        self.names = names
        self._exact: dict[str, tuple[WordKind, str]] = {}
        for name in FUNCTIONS:
            self._exact[name] = ("function", name)
        for spelling, name in _OTHER_SPELLINGS.items():
            self._exact[spelling] = ("function", name)
        for constant in _CONSTANTS:
            self._exact[constant] = ("constant", constant)
        for alias, target in aliases.items():
            self._exact[folded(alias)] = ("function" if target in FUNCTIONS else "name", target)
        for name in reversed(tuple(names or ())):
            self._exact[folded(name)] = ("name", name)

    @cached_property
    def _loose(self) -> dict[str, tuple[WordKind, str]]:
        """The words by lower-case spelling; few formulas need them."""
        return _without_case(self._exact)

    @property
    def e_is_a_name(self) -> bool:
        """Whether `2e3` must be read as a product."""
        return self._exact["e"][0] == "name" or ("name", "E") in self._exact.values()

    def words(self, run: str, place: int, called: bool) -> list[Word]:
        """The words that a run of letters stands for: itself, or known words side by side (`xy` is x times y).

        place: where the run was typed. called: a bracket follows. Raises FormulaError at `place`.
        """
        if self.names is None:
            return [self._authors(run, called)]
        if run in self.names:
            return [Word("name", run, 0)]
        letters = _letters(run)
        found = _split(letters, self._exact) or _split(_lower(letters), self._loose)
        if found is None:
            raise self._unknown(run, place)
        return found

    def _authors(self, run: str, called: bool) -> Word:
        kind, name = self._exact.get(folded(run), ("name", run))
        if called:
            return Word("function", name if kind == "function" else run, 0)
        if kind == "constant":
            return Word("constant", name, 0)
        return Word("name", _unbraced(run), 0)

    def _unknown(self, run: str, place: int) -> FormulaError:
        shown = run if len(run) <= _MOST_SHOWN else f"{run[:_MOST_SHOWN]}…"
        known = ", ".join(self.names or ()) or "-"
        return FormulaError(
            Text(
                f"「{shown}」は使えません。使える記号: {known}",
                f"'{shown}' is not known here. Known: {known}",
            ),
            place,
            _SPELL_OUT,
        )


_SPELL_OUT = Text(
    "積は x*y、べき乗は x^2、関数は exp(x)・sigmoid(x) のように書きます。",
    "Write a product as x*y, a power as x^2, a function as exp(x) or sigmoid(x).",
)


def folded(spelling: str) -> str:
    """A spelling without what does not tell names apart.

    >>> folded("W_{in}"), folded("α_1")
    ('Win', 'alpha1')
    """
    return "".join(letter.text for letter in _letters(spelling))


def _letters(run: str) -> list[_Letter]:
    """The folded letters; a subscript never begins a word: `x_t` is not x times t."""
    letters: list[_Letter] = []
    subscript = False
    for offset, character in enumerate(run):
        if character in _IGNORED:
            subscript = True
            continue
        spelled = _spelled(character)
        letters += [_Letter(one, offset, index == 0 and not subscript) for index, one in enumerate(spelled)]
        subscript = False
    return letters


def _spelled(character: str) -> str:
    """A Greek letter's name, `α` as `alpha` and `Δ` as `Delta`; any other letter itself."""
    greek = _GREEK.fullmatch(unicodedata.name(character, ""))
    if greek is None:
        return character
    name = greek[2].replace("LAMDA", "LAMBDA")  # Unicode's own spelling
    return name.lower() if greek[1] == "SMALL" else name.capitalize()


def _lower(letters: list[_Letter]) -> list[_Letter]:
    return [letter._replace(text=letter.text.lower()) for letter in letters]


def _without_case(table: Mapping[str, tuple[WordKind, str]]) -> dict[str, tuple[WordKind, str]]:
    """The table by lower-case spelling, without those that case alone tells apart; the constants keep their case."""
    loose: dict[str, tuple[WordKind, str]] = {}
    for spelling in table:
        alike = {table[other] for other in table if other.lower() == spelling.lower()}
        if len(alike) == 1 and table[spelling][0] != "constant":
            loose[spelling.lower()] = table[spelling]
    return loose


def _split(letters: list[_Letter], table: Mapping[str, tuple[WordKind, str]]) -> list[Word] | None:
    """The run as words of the table, the longest first; None where it cannot be cut up without a rest."""
    text = "".join(letter.text for letter in letters)
    longest = max(map(len, table))
    ways: list[list[Word] | None] = [None] * len(letters) + [[]]
    for start in reversed(range(len(letters))):
        for end in range(min(start + longest, len(letters)), start, -1):
            rest = ways[end]
            if text[start:end] in table and rest is not None and (start == 0 or letters[start].may_begin):
                kind, name = table[text[start:end]]
                ways[start] = [Word(kind, name, letters[start].offset), *rest]
                break
    return ways[0] if letters else None


def _unbraced(run: str) -> str:
    """`W_{in}` as `W_in`; a subscript that is itself a sum keeps its braces."""
    bare = run.translate({ord(bracket): None for bracket in "{}()"})
    return bare if bare.replace("_", "").isalnum() else run
