"""What is known of submissions that gave the same results on every case: in a class many do, each in words of its own.

Why results are wrong, and which small case shows it, follows from the results; it is found out once for all of them.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from quizdl.grading.evidence import Failure
from quizdl.sandbox import Result
from quizdl.sandbox.values import TooLargeError, encode
from quizdl.text import Text

MOST_KEPT = 512

Causes: TypeAlias = tuple[dict[str, Text], bool]
"""What explains the results: id → sentence; and whether the learner's text need not be asked as well."""


class Behaviours:
    """Those that were seen of one question, the latest of them, by the `fingerprint` of their results."""

    def __init__(self) -> None:
        self._causes: OrderedDict[bytes, Causes] = OrderedDict()
        self._smallest: OrderedDict[bytes, Failure] = OrderedDict()

    def causes(self, gave: bytes, printed: str, find: Callable[[], Causes]) -> Causes:
        """What explains results with this fingerprint; printed: on the cases that may be shown."""
        key = gave + printed.encode("utf-8", "replace")
        if key not in self._causes:
            _keep(self._causes, key, find())
        return self._causes[key]

    def smallest(self, gave: bytes) -> Failure | None:
        """The failure that was easiest to read among all that others who gave these results ran into."""
        return self._smallest.get(gave)

    def remember(self, gave: bytes, smallest: Failure) -> None:
        """What a search has come to."""
        _keep(self._smallest, gave, smallest)


def _keep(kept: OrderedDict[bytes, Causes] | OrderedDict[bytes, Failure], key: bytes, value: object) -> None:
    kept[key] = value  # type: ignore[assignment]
    if len(kept) > MOST_KEPT:
        kept.popitem(last=False)


def fingerprint(results: Sequence[Result]) -> bytes:
    """Equal for equal values and equal errors, bit by bit; lines and times tell nothing apart."""
    digest = hashlib.sha256()
    for result in results:
        if result.error is not None:
            digest.update(repr(form(result)).encode("utf-8", "replace"))
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


def form(result: Result) -> object:
    """A result as it can be compared."""
    if result.error is not None:
        return result.error.en.rpartition(" (line")[0] or result.error.en
    try:
        return encode(result.value), result.mutated
    except TooLargeError:
        return None
