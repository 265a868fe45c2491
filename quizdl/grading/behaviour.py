"""What is known of submissions that gave the same results on every case: in a class many do, each in words of its own.

Why results are wrong, and which small case shows it, follows from the results; it is found out once for all of them.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import TypeAlias

from quizdl.grading.evidence import Failure
from quizdl.sandbox import Result
from quizdl.sandbox.values import TooLargeError, encode
from quizdl.text import Text

MOST_KEPT = 512

Causes: TypeAlias = tuple[dict[str, Text], bool]
"""What explains the results: id → sentence; and whether the learner's text need not be asked as well."""


class Behaviours:
    """Those that were seen of one question, the latest of them."""

    def __init__(self) -> None:
        self._causes: OrderedDict[bytes, Causes] = OrderedDict()
        self._smallest: OrderedDict[bytes, Failure] = OrderedDict()

    def causes(self, results: Sequence[Result], printed: str, find: Callable[[], Causes]) -> Causes:
        """What explains these results; printed: on the cases that may be shown."""
        key = fingerprint(results) + printed.encode("utf-8", "replace")
        if key not in self._causes:
            _keep(self._causes, key, find())
        return self._causes[key]

    def smallest(self, results: Sequence[Result]) -> Failure | None:
        """The failure that was easiest to read among all that others who gave these results ran into."""
        return self._smallest.get(fingerprint(results))

    def remember(self, results: Sequence[Result], smallest: Failure) -> None:
        """What a search has come to."""
        _keep(self._smallest, fingerprint(results), smallest)


def _keep(kept: OrderedDict[bytes, Causes] | OrderedDict[bytes, Failure], key: bytes, value: object) -> None:
    kept[key] = value  # type: ignore[assignment]
    if len(kept) > MOST_KEPT:
        kept.popitem(last=False)


def fingerprint(results: Sequence[Result]) -> bytes:
    """Equal for equal values and equal errors, bit by bit; lines and times tell nothing apart."""
    digest = hashlib.sha256()
    for result in results:
        digest.update(repr(form(result)).encode("utf-8", "replace"))
    return digest.digest()


def form(result: Result) -> object:
    """A result as it can be compared."""
    if result.error is not None:
        return result.error.en.rpartition(" (line")[0] or result.error.en
    try:
        return encode(result.value), result.mutated
    except TooLargeError:
        return None
