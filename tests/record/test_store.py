"""The record gives back what was put in, in order, and undone answers stay as facts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizdl.errors import RecordError
from quizdl.model import Attempt, Past
from quizdl.record import Store


def test_an_attempt_comes_back_whole(store, make_attempt):
    """attempt(id) equals what was appended: question, key, verdict, texts in both languages."""
    attempt = make_attempt()
    store.append(attempt)
    assert store.attempt(attempt.id) == attempt


def test_past_holds_the_scalars_of_an_attempt(store, make_attempt):
    """A Past has the attempt's, its question's and its verdict's numbers."""
    store.append(make_attempt(id="a1"))
    assert store.past() == [
        Past(
            attempt_id="a1",
            question_id="softmax-value",
            version="0123456789ab",
            seed=7,
            at=1_700_000_000.25,
            verdict="wrong",
            score=0.0,
            mode="practice",
            session="s1",
            section="activation",
            chapter="3-1-2",
            day=3,
            points=2,
            mistake="generic:sign",
            hints_used=1,
            seconds=12.5,
        )
    ]


def test_the_record_outlives_the_process_that_wrote_it(path, make_attempt):
    """A second opening of the same file sees everything."""
    with Store.open(path) as store:
        store.append(make_attempt(id="a1"))
    with Store.open(path) as store:
        assert [past.attempt_id for past in store.past()] == ["a1"]


def test_the_past_is_in_the_order_of_time_then_of_arrival(store, make_attempt):
    """Attempts that were recorded late still stand at their time."""
    for name, at in (("late", 3.0), ("first", 1.0), ("tie-1", 2.0), ("tie-2", 2.0)):
        store.append(make_attempt(id=name, at=at))
    assert [past.attempt_id for past in store.past()] == ["first", "tie-1", "tie-2", "late"]


def test_since_and_session_narrow_the_past(store, make_attempt):
    """Both filters hold together; `since` is included."""
    for name, at, session in (("a", 1.0, "s1"), ("b", 2.0, "s1"), ("c", 3.0, "s2")):
        store.append(make_attempt(id=name, at=at, session=session))
    assert [past.attempt_id for past in store.past(since=2.0)] == ["b", "c"]
    assert [past.attempt_id for past in store.past(session="s1")] == ["a", "b"]
    assert [past.attempt_id for past in store.past(since=2.0, session="s1")] == ["b"]


def test_an_undone_attempt_is_left_out_and_both_facts_stay(store, make_attempt, make_event):
    """`undo` hides an attempt from the past; with include_undone it is there, flagged; the attempt itself stays."""
    slip, kept = make_attempt(), make_attempt()
    store.append(slip)
    store.append(kept)
    store.add(make_event("undo", attempt_id=slip.id))
    assert [past.attempt_id for past in store.past()] == [kept.id]
    assert [(past.attempt_id, past.undone) for past in store.past(include_undone=True)] == [
        (slip.id, True),
        (kept.id, False),
    ]
    assert store.attempt(slip.id) == slip


def test_an_undo_that_names_no_attempt_is_refused(store, make_event):
    """Such an event would mean nothing, and in SQL it would hide every attempt."""
    with pytest.raises(RecordError):
        store.add(make_event("undo"))


def test_the_latest_word_on_a_flag_counts(store, make_event):
    """flag, unflag, flag is flagged; flag, unflag is not."""
    for kind, question, at in (
        ("flag", "x", 1.0),
        ("unflag", "x", 2.0),
        ("flag", "x", 3.0),
        ("flag", "y", 1.0),
        ("unflag", "y", 2.0),
        ("skip", "z", 3.0),
    ):
        store.add(make_event(kind, question_id=question, at=at))
    assert store.flagged() == {"x"}


def test_disputes_come_back_whole_and_in_order(store, make_event):
    """Every field of a dispute is kept; other events are not disputes."""
    later = make_event(
        "dispute", at=2.0, comment="答えが二つある\n「a」と「b」", seed=3, version="abc", attempt_id="a1"
    )
    earlier = make_event("dispute", at=1.0)
    for event in (later, earlier, make_event("skip", at=1.5)):
        store.add(event)
    assert store.disputes() == [earlier, later]


def test_the_answer_is_readable_without_what_was_asked(store, make_attempt):
    """answer_text gives what was typed; None for an unknown or absent id."""
    store.append(make_attempt(id="a1", answer="2(x+y)"))
    assert store.answer_text("a1") == "2(x+y)"
    assert store.answer_text("nothing") is None
    assert store.answer_text(None) is None


def test_an_unknown_attempt_is_a_clear_error(store):
    """The message names the id."""
    with pytest.raises(RecordError, match="nothing"):
        store.attempt("nothing")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(answer=st.text(st.characters(exclude_categories=())))
def test_any_answer_can_be_recorded(store, make_attempt, answer):
    """Whatever a terminal delivers, NULs and lone surrogates too, is stored; what UTF-8 can hold is unchanged."""
    attempt = make_attempt(answer=answer)
    store.append(attempt)
    assert store.answer_text(attempt.id) == answer.encode("utf-8", "backslashreplace").decode()


def test_a_seed_that_sqlite_cannot_hold_is_a_clear_error(store, make_attempt):
    """An integer of more than 64 bits is refused, not cut."""
    with pytest.raises(RecordError) as caught:
        store.append(make_attempt(seed=2**63))
    assert "--seed" in caught.value.hint.en
    assert store.past() == []


def test_an_old_blob_does_not_take_its_row_with_it(store, make_attempt):
    """Where today's model cannot read what was asked, the scalars still work and the error says what is left."""
    from sqlite3 import connect

    store.append(make_attempt(id="new"))
    with connect(store._path) as db:
        columns = ", ".join(name for _, name, *_ in db.execute("PRAGMA table_info(attempts)") if name != "number")
        moved = columns.replace("asked", """'{"question": {"kind": "rune"}}'""", 1)
        moved = moved.replace("id, question_id", "'old', question_id", 1)
        db.execute(f"INSERT INTO attempts ({columns}) SELECT {moved} FROM attempts")  # noqa: S608
    db.close()
    assert {past.attempt_id for past in store.past()} == {"new", "old"}
    assert store.answer_text("old") == "０．５"
    with pytest.raises(RecordError, match="cannot be read") as caught:
        store.attempt("old")
    assert "0.1.0" in caught.value.message.ja


def test_reading_the_history_decodes_no_question(store, make_attempt, monkeypatch):
    """past, flagged, disputes and answer_text never touch JSON."""
    store.append(make_attempt(id="a1"))
    monkeypatch.setattr(msgspec.json, "decode", _forbidden)
    assert len(store.past()) == 1
    assert store.answer_text("a1")
    assert store.flagged() == set()
    assert store.disputes() == []


def _forbidden(*_args: object, **_kwargs: object) -> None:
    raise AssertionError("JSON was decoded")


def test_importing_the_record_stays_cheap():
    """No numpy, sympy, rich, yaml or typer comes with it."""
    script = "import sys, quizdl.record; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = set(
        subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True, encoding="utf-8"
        ).stdout.split()
    )
    assert loaded.isdisjoint({"numpy", "sympy", "rich", "yaml", "typer", "platformdirs"})


def test_every_field_of_an_attempt_survives(store, make_attempt):
    """No field of Attempt is left at its default in the test attempt, so that none can be dropped unseen."""
    attempt = make_attempt()
    defaults = dict(
        zip(Attempt.__struct_fields__[-len(Attempt.__struct_defaults__) :], Attempt.__struct_defaults__, strict=True)
    )
    assert all(getattr(attempt, name) != value for name, value in defaults.items())
    store.append(attempt)
    assert store.attempt(attempt.id) == attempt


def test_the_path_may_be_written_with_japanese_and_spaces(tmp_path: Path, make_attempt):
    """Folders are called what people call them."""
    with Store.open(tmp_path / "私の 記録?" / "record #1.sqlite3") as store:
        store.append(make_attempt())
        assert len(store.past()) == 1
