"""What is known of a wrong submission: the failing cases, each with its key and what came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quizdl.grading.compare import Array, Difference, array_like, compare, numeric
from quizdl.grading.inputs import Case
from quizdl.grading.printed import short, short_difference, short_pair
from quizdl.model import Counterexample, Verdict
from quizdl.sandbox import Result
from quizdl.text import Text

_MOST_SECONDS = 0.5


@dataclass(frozen=True, eq=False)
class Failure:
    """One case that the learner's code gets wrong: it raised (`error`), or its result differs from the key.

    Many submissions may share one: what is made of it is kept with it.
    """

    case: Case
    expected: object
    got: object
    difference: Difference | None = None
    error: Text | None = None
    line: int | None = None
    path: tuple[tuple[int, str], ...] = ()

    @property
    def manner(self) -> str:
        """How it fails: the exception's name, or what differs. A counterexample fails in the same manner."""
        if self.error is not None:
            return self.error.en.partition(":")[0]
        return self.difference.reason if self.difference else ""

    @cached_property
    def counterexample(self) -> Counterexample:
        """The case in short printed forms."""
        expected, got = short_pair(self.expected, self.got)
        if self.error is not None:
            got = self.error.en.partition(" (line ")[0]  # Python's own words; where it was is told in the feedback
        return Counterexample(
            inputs={name: short(value) for name, value in self.case.inputs.items()},
            expected=expected,
            got=got,
            difference=short_difference(self.expected, self.got),
        )

    @property
    def wrong_places(self) -> list[int]:
        """Which of several results differ; of a single one, that it does."""
        if not isinstance(self.expected, tuple | list):
            return [0]
        if not isinstance(self.got, tuple | list) or len(self.got) != len(self.expected):
            return list(range(len(self.expected)))
        pairs = zip(self.expected, self.got, strict=True)
        return [place for place, (key, result) in enumerate(pairs) if compare(key, result) is not None]

    @cached_property
    def wrong_leaves(self) -> list[tuple[Array, Array]]:
        """The wrong elements of the result beside their keys, as decimals: every rule about causes asks for them.

        Raises LookupError where the result is not built like its key.
        """
        return [_wide(*leaf) for leaf in leaves(self.expected, self.got) if compare(*leaf)]

    @cached_property
    def has_right_form(self) -> bool:
        """Whether the result is built like its key, with the same shapes throughout."""
        try:
            pairs = list(leaves(self.expected, self.got))
        except LookupError:
            return False
        return all(key.shape == result.shape for key, result in pairs)


@dataclass(frozen=True, slots=True)
class Observed:
    """All cases of one submission that ran to its end: the inputs, the keys, and what came back."""

    cases: Sequence[Case]
    expected: Sequence[object]
    results: Sequence[Result]
    failing: Sequence[int]


def all_right(count: int, results: Sequence[Result]) -> Verdict:
    """Full marks: every case is right."""
    told = Text(f"{count} 件の入力すべてで正解です。", f"Right on all {count} inputs.")
    feedback = (told, *mutation_note(results))
    return Verdict(verdict="correct", score=1.0, passed=count, total=count, feedback=feedback)


def mutation_note(results: Sequence[Result]) -> list[Text]:
    """A word on arguments that were changed in place, which costs nothing."""
    if not any(result.mutated for result in results):
        return []
    return [
        Text(
            "引数の配列を書き換えています。採点には影響しませんが、呼び出し側の値も変わります。",
            "It changes its argument in place: no fault here, but the caller's array changes too.",
        )
    ]


def failures_among(cases: Sequence[Case], keys: Sequence[object], results: Sequence[Result]) -> list[Failure | None]:
    """A failure for each case that is wrong, None for each that is right."""
    return [_failure(*one) for one in zip(cases, keys, results, strict=True)]


def _failure(case: Case, key: object, result: Result) -> Failure | None:
    if result.error is not None:
        return Failure(case, key, None, error=result.error, line=result.line, path=result.path)
    found = compare(key, result.value)
    return None if found is None else Failure(case, key, result.value, difference=found)


def _wide(key: Array, result: Array) -> tuple[Array, Array]:
    return (key if key.dtype.kind == "c" else key.astype(np.float64)), result


def leaves(expected: object, got: object) -> Iterator[tuple[Array, Array]]:
    """The numbers of a key and a result, element by element.

    Raises LookupError where the two are not built alike, so that nothing can be said of them.
    """
    if isinstance(expected, tuple | list):
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            raise LookupError
        for key, result in zip(expected, got, strict=True):
            yield from leaves(key, result)
        return
    key_array, result_array = numeric(expected), array_like(got)
    if key_array is None or result_array is None:
        raise LookupError
    yield key_array, result_array


def words_of(error: Text) -> str:
    """What an error says, wherever it was raised."""
    return error.en.rpartition(" (line")[0] or error.en


def is_slow(results: Sequence[Result]) -> bool:
    """Whether the calls took so long that they are not made again and again to find out more."""
    return sum(result.seconds for result in results) > _MOST_SECONDS
