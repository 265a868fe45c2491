"""Looks for a counterexample that is easy to read, in the very process that has just given a wrong result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from quizdl.errors import BankError, GraderError
from quizdl.grading.behaviour import form
from quizdl.grading.evidence import Failure, failures_among
from quizdl.grading.inputs import Case
from quizdl.grading.keys import OWN_SOLUTION
from quizdl.grading.prepared import Prepared
from quizdl.grading.shrink import Shrinking
from quizdl.sandbox import Result

MOST_SECONDS = 0.5
"""A submission slower than this is not run again and again to find out more."""


class Pursuit:
    """The `Job.more` of one submission. failures: one for each case once all are answered, None where it is right."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._results: Sequence[Result] = ()
        self._search: Shrinking | None = None
        self._before: Failure | None = None  # that of others who gave these results, to be tried first
        self._again: Failure | None = None  # what came of that
        self._batch: Sequence[Case] = ()
        self._keys: Sequence[object] = ()
        self.failures: Sequence[Failure | None] = ()

    @property
    def smallest(self) -> Failure | None:
        """The simplest failure that was found; None where every case is right."""
        if self._search is not None:
            return self._search.best
        return self._again or self._first

    @property
    def _first(self) -> Failure | None:
        return next((failure for failure in self.failures if failure is not None), None)

    def more(self, results: Sequence[Result]) -> Sequence[Mapping[str, object]]:
        """The calls to make next, given all results so far."""
        count = len(self._prepared.cases)
        if len(results) == count:
            self._begin(list(results))
        elif self._before is not None and len(results) == count + 1:
            self._try_again(results[-1])
        else:
            self._take(_wrong(self._batch, self._keys, results[-len(self._batch) :]))
        return () if self._needs_sandbox else self._next()

    def go_on(self, run: Callable[[Sequence[Case]], Sequence[Result]]) -> None:
        """The rest of the search where keys come from the sandbox, which is busy while a submission runs.

        run: in a process of its own; no results where it fails.
        """
        while self._needs_sandbox and self._next():
            results = run(self._batch)
            complete = len(results) == len(self._batch)
            self._take(_wrong(self._batch, self._keys, results) if complete else [])

    @property
    def _needs_sandbox(self) -> bool:
        return self._prepared.question.reference == OWN_SOLUTION

    def _take(self, failures: Sequence[Failure]) -> None:
        if self._search is not None:
            self._search.take(failures)

    def _begin(self, results: Sequence[Result]) -> None:
        prepared = self._prepared
        self._results, self._search, self._before, self._again = results, None, None, None
        self.failures = failures_among(prepared.cases, prepared.expected, results)
        if self._first is None or seconds_of(results) > MOST_SECONDS:
            return
        if prepared.behaviours is not None and not self._needs_sandbox:
            self._before = prepared.behaviours.smallest(results)
        if self._before is None:
            self._search = Shrinking(prepared.question, self._first, prepared.simple)

    def _try_again(self, result: Result) -> None:
        """Whoever does on this case, too, what others did who gave these results is spared the search."""
        before, self._before = self._before, None
        (again,) = failures_among(self._batch, self._keys, [result])
        alike = before is not None and again is not None and _alike(before, again)
        if alike:
            self._again = again
        elif self._first is not None:
            self._search = Shrinking(self._prepared.question, self._first, self._prepared.simple)

    def _next(self) -> Sequence[Mapping[str, object]]:
        if self._before is not None:
            self._batch = [self._before.case]
        else:
            self._batch = self._search.batch if self._search else ()
        try:
            self._keys = self._prepared.keys(self._batch) if self._batch else ()
        except (GraderError, BankError):  # a counterexample that is not shrunk serves too
            return ()
        if not self._batch and self._search is not None and self._prepared.behaviours is not None:
            self._prepared.behaviours.remember(self._results, self._search.best)
        return [case.inputs for case in self._batch]


def _alike(one: Failure, other: Failure) -> bool:
    """The same error, or bit by bit the same wrong result."""
    if one.error is not None or other.error is not None:
        return one.manner == other.manner
    return form(Result(value=one.got)) == form(Result(value=other.got))


def _wrong(cases: Sequence[Case], keys: Sequence[object], results: Sequence[Result]) -> list[Failure]:
    return [failure for failure in failures_among(cases, keys, results) if failure is not None]


def seconds_of(results: Sequence[Result]) -> float:
    """How long the calls took."""
    return sum(result.seconds for result in results)
