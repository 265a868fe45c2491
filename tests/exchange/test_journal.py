"""A record as JSON lines: read back as it was, refused as a whole where a line is not what quizdl writes."""

from __future__ import annotations

import contextlib
import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.exchange.journal import is_journal, read_lines, write_lines
from quizdl.model import Attempt, Event, ExamEvent, ExamSheet, PhonePack

from .conftest import NOW

EVENT = Event(id="e1", kind="flag", question_id="question-0", at=NOW - 5, session="s1")
ENDED = ExamEvent(kind="finish", number=-1, at=NOW - 1, elapsed=60.0)


def _lines(*rows: dict[str, object]) -> bytes:
    return b"".join(write_lines(rows, "0.1.0"))


def test_every_kind_of_row_is_read_back(attempt: Attempt, sheet: ExamSheet, pack: PhonePack):
    """Attempts, events, exams with what happened in them, packs."""
    data = _lines({"pack": pack}, {"exam": {"sheet": sheet, "events": [ENDED]}}, {"attempt": attempt}, {"event": EVENT})
    assert is_journal(data)
    found = read_lines(data, "r", NOW)
    assert found.attempts == [attempt]
    assert found.events == [EVENT]
    assert found.packs == [pack]
    assert [(exam.sheet, exam.events) for exam in found.exams] == [(sheet, (ENDED,))]


@pytest.mark.parametrize(
    "changes",
    [
        {"at": 1e300},
        {"at": -1.0},
        {"at": NOW + 1e6},
        {"id": ""},
        {"id": "x" * 300},
        {"seed": 2**70},
        {"hints_used": -1},
        {"thinking_seconds": -1.0},
        {"question_id": "another"},
        {"mode": "dream"},
        {"verdict": {"verdict": "correct", "score": 2.0, "passed": 1, "total": 1}},
        {"extra": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_impossible_values_are_refused_with_their_line(attempt: Attempt, changes: dict[str, object]):
    """What would break the schedule or the statistics later is refused now."""
    row = {**json.loads(msgspec.json.encode(attempt)), **changes}
    if "extra" in changes:
        data = _lines({"attempt": attempt, "extra": 1})
    else:
        data = _lines({"event": EVENT}, {"attempt": row})
    with pytest.raises(InputError) as caught:
        read_lines(data, "r.jsonl", NOW)
    assert caught.value.where in ("r.jsonl:2", "r.jsonl:3")


def test_a_record_cut_short_is_refused(attempt: Attempt):
    """Half a line is not passed over: the rest of the record may be missing too."""
    data = _lines({"event": EVENT}, {"attempt": attempt})
    with pytest.raises(InputError, match="cannot be read"):
        read_lines(data[:-40], "r", NOW)


def test_a_record_of_a_newer_quizdl_is_refused():
    """It says that it is newer."""
    with pytest.raises(InputError, match="newer"):
        read_lines(b'{"quizdl":"quizdl-record","format":2}\n', "r", NOW)


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: _lines() + text.encode("utf-8", "replace")))
def test_anything_else_is_refused_or_empty(data):
    """No other error, whatever the bytes."""
    with contextlib.suppress(InputError):
        assert not any(read_lines(data, "r", NOW))
