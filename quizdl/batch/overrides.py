"""`overrides.csv`: what a person decided. It wins over the grader, and nothing but a person's request changes it."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from quizdl.batch.tables import read_table, write_whole
from quizdl.errors import InputError
from quizdl.sanitise import printable
from quizdl.spreadsheet import plain_cell, table_bytes
from quizdl.text import Text

FILE = "overrides.csv"
HEADINGS = ["learner", "question", "score", "reason", "who", "when"]


@dataclass(frozen=True, slots=True)
class Override:
    """One decision. score: 0 to 1."""

    learner: str
    question: str
    score: float
    reason: str
    who: str
    when: str

    @property
    def told(self) -> str:
        """Why, by whom and when, as far as that is written."""
        return " · ".join(filter(None, (self.reason, self.who, self.when)))


Overrides = Mapping[tuple[str, str], Override]
"""(learner, question) → the last decision on it."""


def read_overrides(folder: Path) -> Overrides:
    """The decisions of one out folder. Raises InputError with the line of one that cannot be read."""
    path = folder / FILE
    if not path.exists():
        return {}
    rows = [(line, row) for line, row in read_table(path) if not _is_heading(row)]
    found = [_override(path, line, row) for line, row in rows]
    return {(one.learner, one.question): one for one in found}


def begin_overrides(folder: Path) -> None:
    """An empty table to write decisions into, where there is none."""
    path = folder / FILE
    if not path.exists():
        write_whole(path, table_bytes([HEADINGS]))


def forget_overrides(folder: Path, learner: str) -> int:
    """Takes a learner's rows out; how many there were."""
    path = folder / FILE
    rows = [row for _, row in read_table(path)] if path.exists() else []
    kept = [row for row in rows if _learner(row) != learner]
    if len(kept) < len(rows):
        write_whole(path, table_bytes(kept))
    return len(rows) - len(kept)


def _is_heading(row: list[str]) -> bool:
    return [cell.strip().casefold() for cell in row[:3]] == HEADINGS[:3]


def _learner(row: list[str]) -> str:
    return unicodedata.normalize("NFC", plain_cell(row[0].strip()))


def _override(path: Path, line: int, row: list[str]) -> Override:
    cells = [*map(str.strip, row), *[""] * len(HEADINGS)]
    score = _score(cells[2])
    if score is None or not cells[0] or not cells[1]:
        shown = printable(cells[2], 40)
        raise InputError(
            Text(
                f"learner、question、0 から 1 の score（または 80%）が必要です: {shown}",
                f"It takes a learner, a question and a score from 0 to 1 (or 80%): {shown}",
            ),
            Text("この行を直してください。", "Mend this line."),
            f"{path}:{line}",
        )
    return Override(_learner(cells), plain_cell(cells[1]), score, *map(plain_cell, cells[3:6]))


def _score(text: str) -> float | None:
    plain = unicodedata.normalize("NFKC", text)
    try:
        value = float(plain.removesuffix("%")) / (100 if plain.endswith("%") else 1)
    except ValueError:
        return None
    return value if 0 <= value <= 1 else None
