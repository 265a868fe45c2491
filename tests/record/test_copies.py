"""A record taken out whole and merged into another: everything arrives, once, and what was there stays."""

from __future__ import annotations

import msgspec
import pytest

from quizdl.errors import RecordError
from quizdl.exchange.journal import read_lines, write_lines
from quizdl.model import ExamEvent, ExamSheet, PhonePack
from quizdl.record import Merged, Store

from .conftest import ASKED

NOW = 2e9
SHEET = ExamSheet(
    id="x1",
    at=1.0,
    minutes=1,
    seed=1,
    clock="paused",
    pass_line=65,
    framework="pytorch",
    weights={},
    quizdl="0.1.0",
    questions=(ASKED,),
)
PACK = PhonePack(id="E5TPJYK4", at=1.0, seed=1, quizdl="0.1.0", questions=(ASKED,))
HAPPENED = tuple(
    ExamEvent(kind=kind, number=number, at=float(place), elapsed=float(place))
    for place, (kind, number) in enumerate([("visit", 0), ("flag", 0), ("finish", -1)])
)


def _exchanged(source: Store, target: Store) -> Merged:
    """What `source` gives `target`, as it travels."""
    found = read_lines(b"".join(write_lines(source.rows(), "0.1.0")), "r", NOW)
    return target.merge(found.attempts, found.events, [(one.sheet, one.events) for one in found.exams], found.packs)


@pytest.fixture
def other(tmp_path) -> Store:
    """A second machine's record."""
    with Store.open(tmp_path / "other" / "record.sqlite3") as opened:
        yield opened


def test_everything_arrives_once(store, other, make_attempt, make_event):
    """Attempts, events, exams and packs; the second time there is nothing new."""
    store.append(make_attempt())
    store.append(make_attempt(answer="\udc80"))
    store.add(make_event("flag"))
    store.add_exam(SHEET)
    store.finish_exam(SHEET.id, HAPPENED, [])
    store.add_pack(PACK)
    assert _exchanged(store, other) == Merged(attempts=2, events=1, exams=1, packs=1)
    assert _exchanged(store, other) == Merged()
    assert other.past() == store.past()
    assert other.flagged() == store.flagged()
    assert other.exam(SHEET.id) == store.exam(SHEET.id)
    assert other.pack(PACK.id) == PACK
    assert [other.attempt(past.attempt_id) for past in other.past()] == [
        store.attempt(past.attempt_id) for past in store.past()
    ]


def test_both_directions_give_both_the_same(store, other, make_attempt):
    """Two machines that exchange have the same history in the end."""
    store.append(make_attempt(at=2.0))
    other.append(make_attempt(at=1.0))
    _exchanged(store, other)
    _exchanged(other, store)
    assert [past.at for past in store.past()] == [1.0, 2.0]
    assert store.past() == other.past()


def test_an_answer_that_was_taken_back_stays_taken_back(store, other, make_attempt, make_event):
    """The event that undoes it travels too."""
    store.append(make_attempt(id="a9"))
    store.add(make_event("undo", attempt_id="a9"))
    _exchanged(store, other)
    assert other.past() == []


def test_an_exam_that_went_on_elsewhere_goes_on_here(store, other):
    """What happened later is added; an exam that went two ways stays as it is on each side."""
    for each in (store, other):
        each.add_exam(SHEET)
        each.add_exam_event(SHEET.id, HAPPENED[0])
    store.add_exam_event(SHEET.id, HAPPENED[1])
    assert _exchanged(store, other).exams == 1
    assert other.exam(SHEET.id)[1] == list(HAPPENED[:2])
    store.add_exam_event(SHEET.id, msgspec.structs.replace(HAPPENED[1], kind="unflag"))
    other.add_exam_event(SHEET.id, HAPPENED[2])
    assert _exchanged(store, other).exams == 0
    assert other.exam(SHEET.id)[1] == list(HAPPENED)


def test_merging_is_all_or_nothing(store, make_attempt):
    """A row that the file does not take leaves nothing of its neighbours."""
    with pytest.raises(RecordError):
        store.merge([make_attempt(), make_attempt(seed=2**70)])
    assert store.past() == []


def test_what_is_read_no_longer_is_handed_on(store, path, make_attempt):
    """A question stored in a form that nobody understands now leaves the record as it lies there."""
    import sqlite3

    store.append(make_attempt(id="old"))
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER attempts_no_update")
    db.execute("UPDATE attempts SET asked = ?", (b'{"another": "form"}',))
    db.commit()
    db.close()
    (row,) = store.rows()
    assert msgspec.json.decode(msgspec.json.encode(row))["attempt"]["asked"] == {"another": "form"}


def test_an_unknown_pack_is_none(store):
    """Whoever asks decides what to say."""
    assert store.pack("ZZZZZZZZ") is None
