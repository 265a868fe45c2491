"""The answers of an exam taken on paper or in a browser, as its page saves them: read, checked, made events again.

The file holds what happened, in the page's own words: which option by its position, and when. Its checksum finds a file
that was cut short or edited; it is no seal, for whoever edits a file can compute it anew, and cheats only themselves.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec

from quizdl.errors import InputError
from quizdl.model import ExamEvent, ExamSheet
from quizdl.sanitise import printable
from quizdl.text import Text

FORMAT = "quizdl-paper-answers"
VERSION = 1
MOST_BYTES = 1 << 20
MOST_EVENTS = 20_000
_LATEST = 1 << 43
"""Milliseconds; the year 2248."""

_Time = Annotated[int, msgspec.Meta(ge=0, le=_LATEST)]


class PaperEvent(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """What happened on the page. position: of the chosen option, from 0; -1 where none is meant. Milliseconds."""

    kind: Literal["choose", "clear", "flag", "unflag", "visit", "resume"]
    number: Annotated[int, msgspec.Meta(ge=-1, le=9999)]
    position: Annotated[int, msgspec.Meta(ge=-1, le=25)]
    at: _Time
    elapsed: _Time


class PaperAnswers(msgspec.Struct, frozen=True, kw_only=True):
    """A file of answers. exam: its id. sheet: `sheet_mark` of its questions. finished: handed in, not only saved.

    timed: False where answers given on paper were copied into the page, so that no time means anything.
    """

    quizdl: Literal["quizdl-paper-answers"]
    format: Literal[1]
    exam: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    sheet: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{12}$")]
    timed: bool
    finished: bool
    at: _Time
    elapsed: _Time
    events: Annotated[tuple[PaperEvent, ...], msgspec.Meta(max_length=MOST_EVENTS)]


class _File(PaperAnswers, frozen=True, kw_only=True, forbid_unknown_fields=True):
    checksum: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{8}$")]


class _Head(msgspec.Struct, frozen=True):
    """Enough of any JSON object to tell whose it is."""

    quizdl: str = ""
    format: int = 0


def sheet_mark(sheet: ExamSheet) -> str:
    """12 hex digits that tell an exam's questions from any others'; the options are not in it."""
    drawn = [f"{asked.question.id} {asked.question.version} {asked.seed}" for asked in sheet.questions]
    return hashlib.sha256("\n".join([sheet.id, *drawn]).encode()).hexdigest()[:12]


def checksum(answers: PaperAnswers) -> str:
    """CRC-32 of the answers as compact JSON, the fields in the order above: the page computes the same."""
    plain = {name: getattr(answers, name) for name in PaperAnswers.__struct_fields__}
    return f"{zlib.crc32(msgspec.json.encode(plain)):08x}"


def read_answers(data: bytes, where: str) -> PaperAnswers:
    """The answers in a file's bytes. where: the file's path.

    Raises InputError for a file that is too large, cut short, edited, from another program or from a newer quizdl.
    """
    if len(data) > MOST_BYTES:
        raise _refused(Text("答案ファイルは 1 MiB までです。", "A file of answers may have at most 1 MiB."), where)
    _check_head(data, where)
    try:
        file = msgspec.json.decode(data, type=_File)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(_changed(str(error)), where) from error
    if checksum(file) != file.checksum:
        raise _refused(_changed("checksum"), where)
    return file


def events_of(answers: PaperAnswers, sheet: ExamSheet, now: float) -> list[ExamEvent]:
    """What happened, for the sheet's own record; the last event is the end. now: Unix time, later than any of them.

    Raises InputError where the answers belong to other questions, or name options that those do not have.
    """
    if answers.exam != sheet.id or answers.sheet != sheet_mark(sheet):
        raise _refused(
            Text("別の模試の答案です。問題が一致しません。", "These answers belong to other questions."), answers.exam
        )
    letters = [[option.letter for option in asked.options] for asked in sheet.questions]
    earliest, latest = sheet.at, max(sheet.at, now)

    def believed(milliseconds: int) -> float:
        """Unix time; a clock that is wrong is set right as far as can be known."""
        return min(max(milliseconds / 1000, earliest), latest)

    events = [
        ExamEvent(
            kind=event.kind,
            number=event.number,
            at=believed(event.at),
            elapsed=event.elapsed / 1000,
            letter=_letter(event, letters, sheet.id),
        )
        for event in answers.events
    ]
    return [*events, ExamEvent(kind="finish", number=-1, at=believed(answers.at), elapsed=answers.elapsed / 1000)]


def _letter(event: PaperEvent, letters: Sequence[Sequence[str]], where: str) -> str:
    """The letter of the option that is chosen, "" where none is. Raises InputError for a place that is not there."""
    if not (-1 if event.kind == "resume" else 0) <= event.number < len(letters):
        raise _refused(_changed(f"{event.kind} {event.number}"), where)
    if event.kind != "choose":
        return ""
    options = letters[event.number]
    if not 0 <= event.position < len(options):
        raise _refused(_changed(f"{event.kind} {event.number} {event.position}"), where)
    return options[event.position]


def _check_head(data: bytes, where: str) -> None:
    """Raises InputError for what is no JSON, for other programs' files and for those of a newer quizdl."""
    try:
        head = msgspec.json.decode(data, type=_Head)
    except (msgspec.ValidationError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(_FOREIGN, where) from error
    except msgspec.DecodeError as error:
        cut = "truncated" in str(error) and FORMAT.encode() in data[:200]
        raise _refused(_CUT if cut else _FOREIGN, where) from error
    if head.quizdl != FORMAT:
        raise _refused(_FOREIGN, where)
    if head.format > VERSION:
        raise InputError(
            Text(
                f"より新しい quizdl の答案ファイルです(形式 {head.format})。",
                f"This file of answers is from a newer quizdl (format {head.format}).",
            ),
            Text("quizdl を新しくしてください。", "Update quizdl."),
            where,
        )


_FOREIGN = Text(
    "quizdl の模試の答案ファイルではありません。", "This is not a file of answers that an exam's page has saved."
)
_CUT = Text("答案ファイルが途中で切れています。", "This file of answers is cut short.")


def _changed(reason: str) -> Text:
    said = printable(reason, 120)
    return Text(
        f"答案ファイルが保存後に変わっています({said})。",
        f"This file of answers was changed after it was saved ({said}).",
    )


def _refused(message: Text, where: str) -> InputError:
    hint = Text(
        "模試のページで保存し直してください: quizdl exam --grade answers.json",
        "Save it again on the exam's page: quizdl exam --grade answers.json",
    )
    return InputError(message, hint, where)
