"""Looks for a counterexample that is easy to read, in the very process that has just given a wrong result.

Where many submissions share what is known of results, it also tries there what one change of the text would do: a
process costs more than all of that. A learner's code that disturbs it spoils its own explanation, and no verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from quizdl.errors import BankError, GraderError
from quizdl.grading.behaviour import fingerprint
from quizdl.grading.ensemble import Search
from quizdl.grading.evidence import Failure, Observed, failures_among, is_slow
from quizdl.grading.inputs import Case
from quizdl.grading.keys import OWN_SOLUTION
from quizdl.grading.prepared import Prepared
from quizdl.grading.program import Program
from quizdl.grading.shrink import Shrinking
from quizdl.sandbox import Another, Result, Sandbox
from quizdl.text import Text


class Pursuit:
    """The `Job.more` of one submission.

    failures: one for each case once all are answered, None where it is right. is_slow: as of the results. gave: the
    fingerprint of wrong results, where many submissions share what is known of them. repaired: what one change of the
    text explains, id → sentence; None where that was not found out.
    """

    def __init__(self, prepared: Prepared, program: Program, sandbox: Sandbox) -> None:
        self._prepared, self._program, self._sandbox = prepared, program, sandbox
        self._results: Sequence[Result] = ()
        self._search: Shrinking | None = None
        self._before: Failure | None = None  # that of others who gave these results, to be tried first
        self._again: Failure | None = None  # what came of that
        self._batch: Sequence[Case] = ()
        self._keys: Sequence[object] = ()
        self._repairing: Search[dict[str, Text]] | None = None
        self._asked: Another | None = None  # by that
        self.failures: Sequence[Failure | None] = ()
        self.is_slow = False
        self.gave = b""
        self.repaired: dict[str, Text] | None = None

    @property
    def smallest(self) -> Failure | None:
        """The simplest failure that was found; None where every case is right."""
        if self._search is not None:
            return self._search.best
        return self._again or self._first

    @property
    def _first(self) -> Failure | None:
        return next((failure for failure in self.failures if failure is not None), None)

    @property
    def observed(self) -> Observed:
        """The results on all cases."""
        failing = [place for place, failure in enumerate(self.failures) if failure is not None]
        return Observed(self._prepared.cases, self._prepared.expected, self._results, failing)

    def more(self, results: Sequence[Result]) -> Sequence[Mapping[str, object]] | Another:
        """The calls to make next, given all results so far."""
        count = len(self._prepared.cases)
        if self._asked is not None and len(results) > count:
            return self._repair_on(results[-len(self._asked.calls) :])
        if len(results) == count:
            self._begin(list(results))
        elif self._before is not None and len(results) == count + 1:
            self._try_again(results[-1])
        else:
            self._take(_wrong(self._batch, self._keys, results[-len(self._batch) :]))
        return () if self._needs_sandbox else self._next() or self._repair()

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
        self._repairing, self._asked, self.repaired = None, None, None
        judge = partial(failures_among, prepared.cases, prepared.expected, results)
        if prepared.behaviours is None:
            self.failures = judge()
        else:
            judged = prepared.behaviours.judged(results, judge)
            self.failures, self.gave = judged.failures, judged.gave
        self.is_slow = is_slow(results)
        if self._first is None or self.is_slow:
            return
        if prepared.behaviours is not None and not self._needs_sandbox:
            self._before = prepared.behaviours.smallest(self.gave)
        if self._before is None:
            self._search = Shrinking(prepared.question, self._first, prepared.simple)
        else:  # a case that was drawn has been tried
            self._again = next((one for one in self.failures if one and one.case is self._before.case), None)
            self._before = None if self._again else self._before

    def _try_again(self, result: Result) -> None:
        """Whoever does on this case, too, what others did who gave these results is spared the search.

        That is, the same error, or bit by bit the same wrong result.
        """
        before, self._before = self._before, None
        if before is not None and before.error is None and result.error is None:
            same = fingerprint([Result(value=before.got)]) == fingerprint([Result(value=result.value)])
            self._again = before if same else None  # what is made of it to be shown is made once
        elif before is not None and before.error is not None and result.error is not None:
            (again,) = failures_among(self._batch, self._keys, [result])
            self._again = again if again and again.manner == before.manner else None
        if self._again is None and self._first is not None:
            self._search = Shrinking(self._prepared.question, self._first, self._prepared.simple)

    def _next(self) -> Sequence[Mapping[str, object]]:
        if self._before is not None:
            self._batch, self._keys = [self._before.case], [self._before.expected]
            return [self._before.case.inputs]
        self._batch = self._search.batch if self._search else ()
        try:
            self._keys = self._prepared.keys(self._batch) if self._batch else ()
        except (GraderError, BankError):  # a counterexample that is not shrunk serves too
            return ()
        if not self._batch and self._search is not None and self._prepared.behaviours is not None:
            self._prepared.behaviours.remember(self.gave, self._search.best)
        return [case.inputs for case in self._batch]

    def _repair(self) -> Another | tuple[()]:
        """Tries changes of the text, where results alone explain nothing and nothing else has to run to know that."""
        prepared, behaviours = self._prepared, self._prepared.behaviours
        if self._first is None or self.is_slow or behaviours is None or not prepared.is_settled:
            return ()
        from quizdl.grading.reasons import by_results
        from quizdl.grading.repairs import repaired_causes

        seen, wrong = self.observed, [failure for failure in self.failures if failure is not None]
        find = partial(by_results, prepared, seen, wrong, "", self._sandbox)
        if not behaviours.causes(self.gave, "", find)[1]:
            self._repairing = repaired_causes(self._program, seen)
        return self._repair_on(None)

    def _repair_on(self, results: Sequence[Result] | None) -> Another | tuple[()]:
        if self._repairing is None:
            return ()
        try:
            self._asked = next(self._repairing) if results is None else self._repairing.send(results)
        except StopIteration as end:
            self.repaired = end.value
            return ()
        return self._asked


def _wrong(cases: Sequence[Case], keys: Sequence[object], results: Sequence[Result]) -> list[Failure]:
    return [failure for failure in failures_among(cases, keys, results) if failure is not None]
