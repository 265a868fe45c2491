"""What is known of submissions that gave the same results on every case: in a class many do, each in words of its own.

Why results are wrong, and which small case shows it, follows from the results; it is found out once for all of them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from quizdl.grading.evidence import Failure, words_of
from quizdl.sandbox import Result
from quizdl.sandbox.known import Known, Latest
from quizdl.text import Text

MOST_KEPT = 512
MOST_JUDGED, MOST_BYTES = 64, 512 << 10
_EACH = 64

Causes: TypeAlias = tuple[dict[str, Text], bool]
"""What explains the results: id → sentence; and whether the learner's text need not be asked as well."""


@dataclass(frozen=True, slots=True)
class Judged:
    """One failure for each case, None where it is right; and the fingerprint of the results where any is wrong."""

    failures: Sequence[Failure | None]
    gave: bytes


class Behaviours:
    """Those that were seen of one question, the latest of them, by the `fingerprint` of their results.

    known: the results themselves, as they were sent.
    """

    def __init__(self) -> None:
        self.known = Known()
        self._judged: Latest[tuple[int, ...] | bytes, Judged] = Latest(MOST_JUDGED, MOST_BYTES)
        self._causes: Latest[bytes, Causes] = Latest(MOST_KEPT, MOST_BYTES)
        self._smallest: Latest[bytes, Failure] = Latest(MOST_KEPT, MOST_BYTES)

    def judged(self, results: Sequence[Result], judge: Callable[[], Sequence[Failure | None]]) -> Judged:
        """What `judge` finds of results, or has found of others that were bit by bit the same."""
        numbers = tuple([result.number for result in results])
        if 0 in numbers:
            return _found(judge(), results)
        known = self._judged.get(numbers)
        if known is None:
            known = _found(judge(), results)
            same = self._judged.get(known.gave) if known.gave else None
            known = same or known
            weight = sum(_bytes(result.value) for result in results) if known.gave else 0
            self._judged.keep(numbers, known, weight)
            if known.gave:
                self._judged.keep(known.gave, known, weight)
        return known

    def causes(self, gave: bytes, printed: str, find: Callable[[], Causes]) -> Causes:
        """What explains results with this fingerprint; printed: on the cases that may be shown."""
        key = gave + printed.encode("utf-8", "replace")
        known = self._causes.get(key)
        if known is None:
            known = find()
            self._causes.keep(key, known, len(key))
        return known

    def smallest(self, gave: bytes) -> Failure | None:
        """The failure that was easiest to read among all that others who gave these results ran into."""
        return self._smallest.get(gave)

    def remember(self, gave: bytes, smallest: Failure) -> None:
        """What a search has come to."""
        self._smallest.keep(gave, smallest, _bytes(smallest.got))


def _found(failures: Sequence[Failure | None], results: Sequence[Result]) -> Judged:
    return Judged(failures, fingerprint(results) if any(failures) else b"")


def _bytes(value: object) -> int:
    """About as many as it takes to keep it."""
    if isinstance(value, np.ndarray):
        return _EACH + int(value.nbytes)
    if isinstance(value, tuple | list):
        return _EACH + sum(map(_bytes, value))
    if isinstance(value, dict):
        return _EACH + sum(map(_bytes, [*value, *value.values()]))
    return _EACH + (len(value) if isinstance(value, str) else 0)


def fingerprint(results: Sequence[Result]) -> bytes:
    """Equal for equal values and equal errors, bit by bit; lines and times tell nothing apart."""
    digest = hashlib.sha256()
    for result in results:
        if result.error is not None:
            digest.update(repr(words_of(result.error)).encode("utf-8", "replace"))
        else:
            _add(digest, result.value)
            digest.update(b"!" if result.mutated else b".")
    return digest.digest()


def _add(digest: hashlib._Hash, value: object) -> None:
    """What makes a value: its type, how it is built, and every bit of its numbers."""
    if isinstance(value, np.ndarray):
        digest.update(f"a{value.dtype.str}{value.shape}".encode())
        digest.update(value.tobytes())
    elif isinstance(value, tuple | list):
        digest.update(f"{type(value).__name__}{len(value)}".encode())
        for item in value:
            _add(digest, item)
    elif isinstance(value, dict):
        digest.update(f"d{list(value)}".encode("utf-8", "replace"))
        for item in value.values():
            _add(digest, item)
    else:
        digest.update(f"{type(value).__name__}{value!r};".encode("utf-8", "replace"))
