"""Submissions that look alike, as places to look at: fingerprints of what neither the question gave nor many wrote.

The text becomes tokens in which names, numbers and strings are alike, so that renaming, comments and spacing change
nothing. Of every run of GRAM tokens the fingerprint is kept that winnowing picks (Schleimer, Wilkerson and Aiken 2003),
unless the template or the worked solution has it too. What much of the class wrote says nothing of two; and one
question alone never names a pair.
"""

from __future__ import annotations

import keyword
import re
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations
from math import fsum, log
from tempfile import TemporaryFile
from typing import BinaryIO
from zlib import crc32

import msgspec

GRAM = 6
"""Tokens in a fingerprint."""

WINDOW = 4
"""Of so many fingerprints in a row one is kept: a match of GRAM + WINDOW − 1 tokens is never missed."""

LEAST_TOKENS = 40
"""A submission with fewer tokens of its own is not compared: there are only so many ways to write a short answer."""

LEAST_SHARED = 6
LEAST_SHARE = 0.5
"""Two are alike at a question where they share this many rare fingerprints, and this share of the smaller one's own."""

LEAST_QUESTIONS = 2
"""At how many questions two must be alike to be named."""

LEAST_CLASS = 6
"""Among fewer learners nothing is rare."""

MOST_TOKENS = 3000
"""Of one submission; what follows is not read."""

MOST_PAIRS = 20

MOST_RARE = 20
"""What more than so many wrote is not rare in a class of any size."""

_SLOTS = 1 << 20
_REMEMBERED = 64

_TOKEN = re.compile(
    r"""(?P<comment>\#[^\n]*)
      | (?P<string>(?i:[bfru]{0,2})(?:'{3}.*?(?:'{3}|\Z)|"{3}.*?(?:"{3}|\Z)|'(?:\\.|[^'\\\n])*'?|"(?:\\.|[^"\\\n])*"?))
      | (?P<number>0[xXoObB][\da-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?)
      | (?P<name>[^\W\d]\w*)
      | (?P<sign>\*\*=|//=|>>=|<<=|\.\.\.|->|:=|==|!=|<=|>=|\*\*|//|<<|>>|[-+*/%@&|^]=|[^\w\s])
      | (?P<line>\n)""",
    re.VERBOSE | re.DOTALL,
)
"""A string that is not ended ends where it must, so that reading takes time in proportion to the text."""

_WORDS = frozenset(keyword.kwlist)
_NOT_COPIED = frozenset({"import", "from"})


class Alike(msgspec.Struct, frozen=True):
    """One question at which two are alike. shared: rare fingerprints of both; share: of the smaller one's own."""

    question: str
    shared: int
    share: float


class Pair(msgspec.Struct, frozen=True):
    """Two learners to look at. weight: rises with how much they share and how rare that is."""

    one: str
    other: str
    questions: tuple[Alike, ...]
    weight: float


class Similar(msgspec.Struct, frozen=True):
    """What was found. pairs: at most MOST_PAIRS, the most alike first, of `found`. compared: how many prints met."""

    pairs: tuple[Pair, ...] = ()
    found: int = 0
    compared: int = 0


class Search:
    """Takes one question after the other and keeps no text: the pairs that are alike at each, and no more."""

    def __init__(self) -> None:
        self._met: dict[tuple[str, str], list[tuple[Alike, float]]] = defaultdict(list)
        self._compared = 0

    def add(self, question: str, texts: Mapping[str, str], given: Iterable[str]) -> None:
        """texts: learner → the Python text that counts. given: the question's template and worked solution.

        The work grows with the number of tokens, and with how many learners a rare fingerprint may have: never with
        the square of the class.
        """
        own = _own_prints(texts, given)
        shared = _shared(own)
        self._compared += sum(len(prints) for prints in shared.values())
        for pair, prints in shared.items():
            if found := _alike(question, pair, prints, own):
                self._met[pair].append(found)

    def found(self) -> Similar:
        """The pairs to look at, so far."""
        pairs = [_pair(names, alike) for names, alike in self._met.items() if len(alike) >= LEAST_QUESTIONS]
        pairs.sort(key=lambda pair: (-len(pair.questions), -pair.weight, pair.one, pair.other))
        return Similar(pairs=tuple(pairs[:MOST_PAIRS]), found=len(pairs), compared=self._compared)


class _Own(msgspec.Struct, frozen=True):
    """The fingerprints of one question's submissions that few share. holders: who has each; sizes: how many each of
    these learners has in all.
    """

    sizes: dict[str, int]
    holders: dict[int, list[str]]
    learners: int


def _own_prints(of_learner: Mapping[str, str], given: Iterable[str]) -> _Own:
    """Texts are read one at a time, equal ones mostly once; prints lie on the disk until it is known who has which."""
    common = frozenset(value for text in given for value in _grams(tokens(text)))

    @lru_cache(maxsize=_REMEMBERED)
    def prints_of(text: str) -> array[int]:
        return array("I", sorted(_fingerprints(tokens(text), common)))

    met = bytearray(_SLOTS)  # how often a print of this slot was seen, as far as it matters: none, one, several
    learners = 0
    with TemporaryFile() as file:
        for learner in of_learner:
            own = prints_of(of_learner[learner])
            _write_prints(file, learner, own)
            learners += 1
            for value in own:
                met[value % _SLOTS] = min(met[value % _SLOTS] + 1, 2)
        file.seek(0)
        return _few_share(_read_prints(file), met, learners)


def _few_share(prints: Iterable[tuple[str, array[int]]], met: bytearray, learners: int) -> _Own:
    most = rare(learners)
    holders: dict[int, list[str]] = defaultdict(list)
    sizes: dict[str, int] = {}
    for learner, own in prints:
        for value in own:
            if met[value % _SLOTS] > 1 and len(holders[value]) <= most:  # with one more it is not rare
                holders[value].append(learner)
                sizes[learner] = len(own)
    few = {value: sorted(some) for value, some in holders.items() if 1 < len(some) <= most}
    return _Own(sizes=sizes, holders=few, learners=learners)


def _write_prints(file: BinaryIO, learner: str, prints: array[int]) -> None:
    name = learner.encode()
    file.write(array("I", (len(name), len(prints))).tobytes() + name + prints.tobytes())


def _read_prints(file: BinaryIO) -> Iterator[tuple[str, array[int]]]:
    head = array("I")
    while data := file.read(2 * head.itemsize):
        head = array("I", data)
        name = file.read(head[0]).decode()
        yield name, array("I", file.read(head[1] * head.itemsize))


def rare(learners: int) -> int:
    """How many of the class may have what is still rare; 0 where nothing is."""
    if learners < LEAST_CLASS:
        return 0
    return 2 if learners < 20 else min(max(3, learners // 30), MOST_RARE)


def _shared(own: _Own) -> dict[tuple[str, str], list[int]]:
    """Pairs of learners → the rare fingerprints of both."""
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for value, learners in own.holders.items():
        for pair in combinations(learners, 2):
            found[pair].append(value)
    return found


def _alike(question: str, pair: tuple[str, str], shared: Sequence[int], own: _Own) -> tuple[Alike, float] | None:
    smaller = min(own.sizes[learner] for learner in pair)
    if len(shared) < LEAST_SHARED or len(shared) < LEAST_SHARE * smaller:
        return None
    weight = fsum(log(own.learners / len(own.holders[value])) for value in sorted(shared))
    return Alike(question, len(shared), len(shared) / smaller), weight


def _pair(names: tuple[str, str], found: Sequence[tuple[Alike, float]]) -> Pair:
    return Pair(*names, questions=tuple(alike for alike, _ in found), weight=fsum(weight for _, weight in found))


# --- one text -----------------------------------------------------------------------------------------------------


def tokens(text: str) -> list[str]:
    """The text's tokens, names abstract: keywords, signs and attributes stay. Any text has some; nothing is parsed.

    >>> tokens("norm = np.sqrt(x ** 2)  # the norm")
    ['n', '=', 'n', '.', 'sqrt', '(', 'n', '**', '0', ')']
    """
    found: list[str] = []
    for line in _lines(text):
        if line and not (line[0] in _NOT_COPIED or line == ["s"]):  # imports are everybody's; a docstring is no code
            found += line
        if len(found) >= MOST_TOKENS:
            break
    return found[:MOST_TOKENS]


def _lines(text: str) -> Iterator[list[str]]:
    """The tokens of each line; what stands in brackets belongs to the line that opened them."""
    line: list[str] = []
    depth = 0
    for match in _TOKEN.finditer(text):
        kind, word = match.lastgroup, match[0]
        if kind == "line" and depth <= 0:
            yield line
            line, depth = [], 0
        elif kind not in ("line", "comment"):
            depth += (word in "([{") - (word in ")]}")
            line.append(_abstract(kind, word, line))
    yield line


def _abstract(kind: str | None, word: str, before: Sequence[str]) -> str:
    if kind == "name":
        return word if word in _WORDS or before[-1:] == ["."] else "n"
    return {"string": "s", "number": "0"}.get(kind or "", word)


def _grams(found: Sequence[str]) -> list[int]:
    """A number for every run of GRAM tokens, the same on every machine."""
    return [crc32("\0".join(found[place : place + GRAM]).encode()) for place in range(len(found) - GRAM + 1)]


def _fingerprints(found: Sequence[str], common: frozenset[int]) -> frozenset[int]:
    """The winnowed fingerprints that are the writer's own; none where too few tokens are."""
    values: list[int | None] = [None if value in common else value for value in _grams(found)]
    covered = {token for place, value in enumerate(values) if value is not None for token in _gram_at(place)}
    return frozenset(_winnowed(values)) if len(covered) >= LEAST_TOKENS else frozenset()


def _gram_at(place: int) -> range:
    return range(place, place + GRAM)


def _winnowed(values: Sequence[int | None]) -> Iterator[int]:
    """The smallest of every WINDOW in a row."""
    for begin in range(max(len(values) - WINDOW + 1, 1)):
        mine = [value for value in values[begin : begin + WINDOW] if value is not None]
        if mine:
            yield min(mine)
