"""Grades one question anew after it changed: only what that changes, and what became of everybody's score."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from quizdl.batch.ledger import Ledger
from quizdl.batch.records import Line, Submission, counted
from quizdl.batch.run import Terms


@dataclass(frozen=True, slots=True)
class Change:
    """One learner's score before and after, 0 to 1; before: None where there was none. learner: keyed id."""

    learner: str
    before: float | None
    after: float


@dataclass(slots=True)
class Regrading:
    """keep_higher: nobody's score falls. changes: of all that were graded anew, in that order."""

    ledger: Ledger
    terms: Terms
    id_of: Callable[[str], str]
    keep_higher: bool = False
    unaffected: int = 0
    changes: list[Change] = field(default_factory=list)

    def affected(self, submissions: Iterable[Submission]) -> Iterator[Submission]:
        """Those whose result would not be found in the same way today."""
        for submission in submissions:
            line = self.ledger.standing(self.id_of(submission.learner), submission.question_id)
            if line is not None and line.verdict != "grader_error" and line.key == self.terms.task(submission).key:
                self.unaffected += 1
            else:
                yield submission

    def settle(self, line: Line) -> Line:
        """The line as it is kept."""
        before = counted(self.ledger.standing(line.learner, line.question))
        if self.keep_higher and before is not None and before > line.score:
            line = replace(line, counts=before)
        self.changes.append(Change(line.learner, before, counted(line) or 0.0))
        return line
