"""Results, decisions and the roster → one row a learner. The same input and seed give the same bytes.

The columns are those that Canvas imports: who somebody is up to `Section`, then its assignments by name; it passes over
what begins with `Final`, where the sum and the status are. It has no row of points possible: Canvas asks for those of a
new assignment, and Moodle would stop at the row, since nobody is called so.

Moodle asks which column is which. Neither takes a word for a grade, and what was not handed in is an empty cell. Moodle
leaves an empty cell of a grade item that it has alone, but makes it 0 in one that the import adds; a `-` is no grade in
either, and so it is in the table that is for Moodle alone. Sources: Canvas's `lib/gradebook_importer.rb`; Moodle's
`grade/import/csv/classes/load_data.php`, and `normalise_value` of its database drivers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from quizdl.batch.ledger import Ledger
from quizdl.batch.overrides import Overrides
from quizdl.batch.records import Line, Standing, counted
from quizdl.batch.roster import Enrolled, Roster
from quizdl.batch.scratch import Kept, Scratch
from quizdl.model import Question
from quizdl.spreadsheet import safe_cell

FILE = "gradebook.csv"
MOODLE_FILE = "gradebook-moodle.csv"
UNKNOWN_FILE = "unknown.csv"

Status = Literal["graded", "incomplete", "not_submitted", "grader_error"]

_WHO = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_WHO_IN_MOODLE = ("Full name", "ID number", "Username", "Email address")
_NO_GRADE_IN_MOODLE = "-"
_REST = ("Final Points", "Final Grade Status", "Final Grade Missing")


@dataclass(frozen=True, slots=True)
class Cell:
    """How a learner stands at a question. score: 0 to 1 as it counts, None where nothing counts.

    by_hand: why a person decided so, None where the grader did.
    """

    score: float | None = None
    line: Standing | None = None
    by_hand: str | None = None


class Gradebook:
    """What is known of a class. people: keyed id → learner, the roster's in its order, else by name.

    unknown: those of them whom the roster does not have.
    """

    def __init__(
        self,
        ledger: Ledger,
        names: Mapping[str, str],
        id_of: Callable[[str], str],
        overrides: Overrides,
        questions: Sequence[Question],
        roster: Roster | None,
        scratch: Scratch | None = None,
    ) -> None:
        """names: keyed id → learner. id_of: learner → keyed id. questions: in the order of the columns."""
        self._ledger, self._overrides = ledger, overrides
        self.questions = questions
        scratch = scratch or Scratch()
        self.people, self.unknown = scratch.kept(Enrolled), scratch.kept(Enrolled)
        for learner, one in roster.enrolled.rows() if roster else ():
            self.people[id_of(learner)] = one
        decided = {learner for learner, _ in overrides}
        others = (
            (f"{name}\0{key}", (key, name))
            for key, name in names.items()
            if key not in self.people and (name in decided or ledger.has_any(key))
        )
        of_nobody = self.unknown if roster else self.people
        for _, (key, name) in scratch.in_order(others, tuple[str, str]):
            of_nobody[key] = Enrolled(name)

    def everybody(self) -> Iterator[tuple[str, Enrolled]]:
        """All learners under their keyed ids, those of the roster first."""
        return chain(self.people.rows(), self.unknown.rows())

    def person(self, key: str) -> Enrolled:
        """Who a keyed id is. Raises KeyError."""
        found: Enrolled | None = self.people.get(key)
        return self.unknown[key] if found is None else found

    def cell(self, key: str, question: Question) -> Cell:
        """key: the learner's keyed id."""
        line = self._ledger.standing(key, question.id)
        if self._overrides:  # most folders have none, and who it is takes a look at the disk
            decided = self._overrides.get((self.person(key).learner, question.id))
            if decided is not None:
                return Cell(decided.score, line, decided.told)
        return Cell(counted(line), line)

    def line(self, key: str, question_id: str) -> Line | None:
        """The graded submission that counts."""
        return self._ledger.line(key, question_id)

    def table(self) -> Iterator[list[str]]:
        """The rows of `gradebook.csv`."""
        return self._rows(self.people)

    def unknown_table(self) -> Iterator[list[str]]:
        """The same of those who are not on the roster, whom no import could place."""
        return self._rows(self.unknown)

    def moodle_table(self) -> Iterator[list[str]]:
        """The grades alone, by whatever Moodle may know somebody by."""
        yield [*_WHO_IN_MOODLE, *(question.id for question in self.questions)]
        for key, person in self.people.rows():
            points = [_points(self.cell(key, question), question) for question in self.questions]
            who = (person.name or person.learner, person.learner, person.login, person.email)
            yield [*map(safe_cell, who), *(_NO_GRADE_IN_MOODLE if one is None else number(one) for one in points)]

    def _rows(self, people: Kept[Enrolled]) -> Iterator[list[str]]:
        yield [*_WHO, *(question.id for question in self.questions), *_REST]
        for key, person in people.rows():
            cells = [(question, self.cell(key, question)) for question in self.questions]
            points = [_points(cell, question) for question, cell in cells]
            given = [one for one in points if one is not None]
            who = (person.name or person.learner, person.account, person.learner, person.login, person.section)
            yield [
                *map(safe_cell, who),
                *("" if one is None else number(one) for one in points),
                number(sum(given)) if given else "",
                _status([cell for _, cell in cells]),
                " ".join(question.id for question, cell in cells if cell.score is None),
            ]


def _points(cell: Cell, question: Question) -> float | None:
    return None if cell.score is None else cell.score * question.points


def _status(cells: Sequence[Cell]) -> Status:
    if any(cell.score is None and cell.line is not None for cell in cells):
        return "grader_error"
    given = sum(cell.score is not None for cell in cells)
    if given == len(cells) and cells:
        return "graded"
    return "incomplete" if given else "not_submitted"


def number(points: float) -> str:
    """At most four decimals, and none that say nothing.

    >>> number(1.0), number(2 / 3)
    ('1', '0.6667')
    """
    return f"{points:.4f}".rstrip("0").rstrip(".")
