"""A record as JSON lines: a header, then one object a line, under its kind. Written for other machines and to keep."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any, Literal, NamedTuple

import msgspec

from quizdl.errors import InputError
from quizdl.model import Attempt, Event, ExamEvent, ExamSheet, PhonePack
from quizdl.sanitise import printable
from quizdl.text import Text

FORMAT = "quizdl-record"
VERSION = 1
MOST_BYTES = 1 << 28
_LONGEST_ID = 200
_LARGEST_SEED = 2**63 - 1
_SKEW_SECONDS = 2 * 86400.0
"""How far ahead another machine's clock may be; a later answer would put reviews off."""


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    quizdl: Literal["quizdl-record"] = "quizdl-record"
    format: int = VERSION
    written_by: str = ""


class Exam(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An exam with all that happened in it."""

    sheet: ExamSheet
    events: tuple[ExamEvent, ...]


class _Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line: one of these."""

    attempt: Attempt | None = None
    event: Event | None = None
    exam: Exam | None = None
    pack: PhonePack | None = None


class Journal(NamedTuple):
    """What a file of lines holds."""

    attempts: list[Attempt]
    events: list[Event]
    exams: list[Exam]
    packs: list[PhonePack]


def write_lines(rows: Iterable[dict[str, Any]], written_by: str) -> Iterator[bytes]:
    """The file, line by line. rows: as `Store.rows` gives them. written_by: quizdl's version."""
    yield msgspec.json.encode(_Header(written_by=written_by)) + b"\n"
    for row in rows:
        yield msgspec.json.encode(row) + b"\n"


def is_journal(data: bytes) -> bool:
    """Whether a file's first line says that it is a record."""
    return FORMAT.encode() in data[:200].partition(b"\n")[0]


def read_lines(data: bytes, where: str, now: float) -> Journal:
    """What the file holds. where: its path. now: Unix time.

    Raises InputError, with the line's number, for a line that is cut short, malformed or impossible: then nothing is
    to be taken from the file. A last line without its end is one that is cut short.
    """
    if len(data) > MOST_BYTES:
        most = MOST_BYTES >> 20
        raise _refused(Text(f"記録のファイルは {most} MiB までです。", f"A record may have at most {most} MiB."), where)
    first, *lines = data.split(b"\n")
    _check_header(first, where)
    journal = Journal([], [], [], [])
    for number, line in enumerate(lines, 2):
        if line.strip():
            _take(journal, line, f"{where}:{number}", now)
    return journal


def _take(journal: Journal, line: bytes, where: str, now: float) -> None:
    try:
        found = msgspec.json.decode(line, type=_Line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(_broken(str(error)), where) from error
    latest = now + _SKEW_SECONDS
    if found.attempt is not None and _possible_attempt(found.attempt, latest):
        journal.attempts.append(found.attempt)
    elif found.event is not None and _possible(found.event.id, found.event.at, latest):
        journal.events.append(found.event)
    elif found.exam is not None and _possible(found.exam.sheet.id, found.exam.sheet.at, latest):
        journal.exams.append(found.exam)
    elif found.pack is not None and _possible(found.pack.id, found.pack.at, latest):
        journal.packs.append(found.pack)
    else:
        raise _refused(_broken("impossible values" if found != _Line() else "empty"), where)


def _possible_attempt(attempt: Attempt, latest: float) -> bool:
    """Whether the numbers are such as quizdl writes."""
    return (
        _possible(attempt.id, attempt.at, latest)
        and attempt.question_id == attempt.asked.question.id
        and abs(attempt.seed) <= _LARGEST_SEED
        and 0 <= attempt.verdict.score <= 1
        and attempt.hints_used >= 0
        and math.isfinite(attempt.thinking_seconds)
        and attempt.thinking_seconds >= 0
    )


def _possible(row_id: str, at: float, latest: float) -> bool:
    return 0 < len(row_id) <= _LONGEST_ID and 0 <= at <= latest


def _check_header(line: bytes, where: str) -> None:
    try:
        header = msgspec.json.decode(line, type=_Header)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(
            Text("quizdl record export で書いた記録ではありません。", "This is no record that quizdl exported."), where
        ) from error
    if header.format > VERSION:
        raise InputError(
            Text(
                f"より新しい quizdl の記録です(形式 {header.format})。",
                f"This record is from a newer quizdl (format {header.format}).",
            ),
            Text("quizdl を新しくしてください。", "Update quizdl."),
            where,
        )


def _broken(reason: str) -> Text:
    said = printable(reason, 200)
    return Text(f"この行は読めません: {said}", f"This line cannot be read: {said}")


def _refused(message: Text, where: str) -> InputError:
    hint = Text(
        "何も取り込んでいません。書き出し直してください: quizdl record export FILE",
        "Nothing was taken from it. Export it again: quizdl record export FILE",
    )
    return InputError(message, hint, printable(where, 300))
