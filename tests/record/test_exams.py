"""Exams in the record: sheets and events as they were written, ended once, graded once."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizdl.errors import RecordError
from quizdl.model import ExamEvent, ExamSheet, Selection
from quizdl.record import ExamSummaryRow, Store, migrations


@pytest.fixture
def sheet(make_attempt) -> ExamSheet:
    """An exam of one question."""
    return ExamSheet(
        id="e1",
        at=5.5,
        minutes=2.0,
        seed=7,
        clock="running",
        pass_line=60,
        framework="tensorflow",
        weights={"dl": 50.0, "ml": 1.0},
        quizdl="0.1.0",
        questions=(make_attempt().asked,),
        selection=Selection(day=3),
        no_disputed=True,
    )


def _event(kind: str, elapsed: float = 1.0, letter: str = "") -> ExamEvent:
    number = -1 if kind in ("tick", "resume", "finish") else 0
    return msgspec.convert({"kind": kind, "number": number, "at": 9.0, "elapsed": elapsed, "letter": letter}, ExamEvent)


def test_an_exam_comes_back_whole(store, sheet):
    """The sheet and its events, in the order of their arrival, whatever their times say."""
    events = [_event("choose", 3.0, "B"), _event("flag", 2.0), _event("tick", 1.0)]
    store.add_exam(sheet)
    for event in events:
        store.add_exam_event("e1", event)
    assert store.exam("e1") == (sheet, events)
    assert store.exams() == [ExamSummaryRow("e1", 5.5, 2.0, 1, "screen", finished=False)]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(elapsed=st.floats(0, 1e9), at=st.floats(-1e12, 1e12), letter=st.text(max_size=3).filter(str.isprintable))
def test_events_keep_their_numbers_to_the_last_bit(tmp_path_factory, sheet, elapsed, at, letter):
    """A time that comes back rounded would be time lost or won."""
    event = ExamEvent(kind="choose", number=0, at=at, elapsed=elapsed, letter=letter)
    with Store.open(tmp_path_factory.mktemp("home") / "record.sqlite3") as store:
        store.add_exam(sheet)
        store.add_exam_event("e1", event)
        assert store.exam("e1")[1] == [event]


def test_an_unknown_exam_is_named(store):
    """With what to type next."""
    with pytest.raises(RecordError, match="nowhere") as caught:
        store.exam("nowhere")
    assert caught.value.hint.en == "quizdl exam"


def test_a_sheet_that_is_read_no_longer_says_by_whom_it_was_written(store, path, sheet):
    """The rest of the record stays readable."""
    store.add_exam(sheet)
    db = sqlite3.connect(path)
    db.execute("DROP TRIGGER exams_no_update")
    db.execute("UPDATE exams SET sheet = ?", (b'{"id": 1}',))
    db.commit()
    db.close()
    with pytest.raises(RecordError, match=r"0\.1\.0"):
        store.exam("e1")
    assert len(store.exams()) == 1


def test_an_exam_ends_once_and_each_answer_is_recorded_once(store, sheet, make_attempt):
    """Whoever comes second records nothing, and after the end nothing happens."""
    store.add_exam(sheet)
    assert store.finish_exam("e1", [_event("finish")], [make_attempt(id="e1-0")])
    assert not store.finish_exam("e1", [_event("finish")], [make_attempt(id="other")])
    with pytest.raises(RecordError, match="finished"):
        store.add_exam_event("e1", _event("choose", 9.0, "A"))
    assert [past.attempt_id for past in store.past()] == ["e1-0"]
    assert [event.kind for event in store.exam("e1")[1]] == ["finish"]


def test_an_end_that_fails_halfway_is_no_end(store, sheet, make_attempt):
    """The event and the answers are there together, or none of them."""
    store.add_exam(sheet)
    with pytest.raises(RecordError):
        store.finish_exam("e1", [_event("finish")], [make_attempt(id="same"), make_attempt(id="same")])
    assert store.past() == []
    assert store.exam("e1")[1] == []
    assert store.finish_exam("e1", [_event("finish")], [make_attempt(id="e1-0")])


def test_two_processes_that_end_an_exam_at_once_record_it_once(path, sheet, make_attempt):
    """Each has its own connection; exactly one of them is told that it was the one."""
    with Store.open(path) as store:
        store.add_exam(sheet)
    told: list[bool] = []

    def end() -> None:
        with Store.open(path) as own:
            told.append(own.finish_exam("e1", [_event("finish")], [make_attempt(id="e1-0")]))

    threads = [threading.Thread(target=end) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [False, False, False, True]
    with Store.open(path) as store:
        assert len(store.past()) == 1


def test_the_latest_exam_is_the_one_set_last_of_its_sort(store, sheet, make_attempt):
    """An exam on paper is never gone on with; a finished one is found as such."""
    assert store.latest_exam(unfinished=True) is None
    for name, form in (("a", "screen"), ("b", "screen"), ("c", "paper")):
        store.add_exam(msgspec.structs.replace(sheet, id=name, form=form))
    assert store.latest_exam(unfinished=True) == "b"
    assert store.latest_exam(unfinished=False) is None
    store.finish_exam("b", [_event("finish")], [])
    assert store.latest_exam(unfinished=True) == "a"
    assert store.latest_exam(unfinished=False) == "b"
    store.finish_exam("c", [_event("finish")], [])
    assert store.latest_exam(unfinished=False) == "c"


def test_recent_questions_are_those_of_the_last_three_exams(store, sheet, make_attempt):
    """Finished or not; a fourth one back is forgotten."""
    asked = sheet.questions[0]
    for number in range(5):
        question = msgspec.structs.replace(asked.question, id=f"q{number}")
        mine = (msgspec.structs.replace(asked, question=question),)
        store.add_exam(msgspec.structs.replace(sheet, id=f"e{number}", questions=mine))
    assert store.recently_examined() == {"q2", "q3", "q4"}


@pytest.mark.parametrize("table", ["exams", "exam_events"])
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET at = 0",
        "UPDATE OR REPLACE {table} SET number = 7",
        "DELETE FROM {table}",
        "INSERT OR REPLACE INTO {table} SELECT * FROM {table}",
    ],
)
def test_what_happened_stays_as_it_was_written(store, path, sheet, table, statement):
    """Not even another program changes, deletes or replaces a row."""
    store.add_exam(sheet)
    store.add_exam_event("e1", _event("choose", 1.0, "B"))
    db = sqlite3.connect(path)
    rows = f"SELECT * FROM {table}"  # noqa: S608 - one of the two names above
    before = db.execute(rows).fetchall()
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(statement.format(table=table))
    assert db.execute(rows).fetchall() == before
    db.close()


def test_a_record_from_before_there_were_exams_is_brought_up_to_date(path: Path, sheet, make_attempt, monkeypatch):
    """Its attempts and flags stay, and exams can be kept in it."""
    only_first = migrations.MIGRATIONS[:1]
    with monkeypatch.context() as old:
        old.setattr(migrations, "MIGRATIONS", only_first)
        old.setattr("quizdl.record.store.MIGRATIONS", only_first)
        with Store.open(path) as store:
            store.append(make_attempt(id="a1"))
    db = sqlite3.connect(path)
    assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'exams'").fetchall()
    db.close()
    with Store.open(path) as store:
        assert [past.attempt_id for past in store.past()] == ["a1"]
        store.add_exam(sheet)
        assert store.exam("e1") == (sheet, [])
