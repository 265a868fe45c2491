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

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from quizdl.batch.ledger import Ledger
from quizdl.batch.overrides import Overrides
from quizdl.batch.records import Line
from quizdl.batch.roster import Enrolled, Roster
from quizdl.model import Question
from quizdl.spreadsheet import safe_cell, table_bytes

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
    line: Line | None = None
    by_hand: str | None = None


class Gradebook:
    """What is known of a class. people: keyed id → learner, the roster's in its order, else by name.

    unknown: those of them whom the roster does not have.
    """

    def __init__(
        self,
        ledger: Ledger,
        names: Mapping[str, str],
        id_of: Mapping[str, str],
        overrides: Overrides,
        questions: Sequence[Question],
        roster: Roster | None,
    ) -> None:
        """names: keyed id → learner. id_of: enrolled learner → keyed id. questions: in the order of the columns."""
        self._ledger, self._overrides = ledger, overrides
        self.questions = questions
        enrolled = roster.enrolled if roster else {}
        graded = {learner for learner, _ in ledger.pairs()}
        decided = {learner for learner, _ in overrides}
        everybody = {key: name for key, name in names.items() if key in graded or name in decided}
        known = {id_of[learner]: one for learner, one in enrolled.items()}
        others = sorted((name, key) for key, name in everybody.items() if key not in known)
        self.unknown = {key: Enrolled(name) for name, key in others} if roster else {}
        self.people = known if roster else {key: Enrolled(name) for name, key in others}

    def cell(self, key: str, question: Question) -> Cell:
        """key: the learner's keyed id."""
        line = self._ledger.standing(key, question.id)
        person = self.people.get(key) or self.unknown[key]
        decided = self._overrides.get((person.learner, question.id))
        if decided is not None:
            return Cell(decided.score, line, decided.told)
        if line is None or line.verdict == "grader_error":
            return Cell(None, line)
        return Cell(line.score if line.counts is None else line.counts, line)

    def line(self, key: str, question_id: str) -> Line | None:
        """The graded submission that counts."""
        return self._ledger.standing(key, question_id)

    def table(self) -> bytes:
        """`gradebook.csv`."""
        return table_bytes(self._rows(self.people))

    def moodle_table(self) -> bytes:
        """The grades alone, by whatever Moodle may know somebody by."""
        return table_bytes(self._moodle_rows())

    def unknown_table(self) -> bytes:
        """The same of those who are not on the roster, whom no import could place."""
        return table_bytes(self._rows(self.unknown))

    def _moodle_rows(self) -> Iterator[list[str]]:
        yield [*_WHO_IN_MOODLE, *(question.id for question in self.questions)]
        for key, person in self.people.items():
            points = [self._points(key, question) for question in self.questions]
            who = (person.name or person.learner, person.learner, person.login, person.email)
            yield [*map(safe_cell, who), *(_NO_GRADE_IN_MOODLE if one is None else number(one) for one in points)]

    def _points(self, key: str, question: Question) -> float | None:
        score = self.cell(key, question).score
        return None if score is None else score * question.points

    def _rows(self, people: Mapping[str, Enrolled]) -> Iterator[list[str]]:
        yield [*_WHO, *(question.id for question in self.questions), *_REST]
        for key, person in people.items():
            cells = [(question, self.cell(key, question)) for question in self.questions]
            points = [self._points(key, question) for question in self.questions]
            given = [one for one in points if one is not None]
            who = (person.name or person.learner, person.account, person.learner, person.login, person.section)
            yield [
                *map(safe_cell, who),
                *("" if one is None else number(one) for one in points),
                number(sum(given)) if given else "",
                _status([cell for _, cell in cells]),
                " ".join(question.id for question, cell in cells if cell.score is None),
            ]


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
