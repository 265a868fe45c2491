"""Bare `quizdl`, the first run, and practice by the plan: in real processes and a real terminal."""

from __future__ import annotations

import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pytest

from quizdl.bank import Library, ask
from quizdl.cli import planning, practice
from quizdl.cli.dialogue import Prepared
from quizdl.cli.presenter import Objects
from quizdl.cli.recording import new_id
from quizdl.cli.session import Session
from quizdl.model import Attempt, Selection, Verdict
from quizdl.record import Store
from quizdl.settings import Settings, load_settings

from .conftest import Run, Terminal

EXAM = (date.today() + timedelta(days=70)).isoformat()
CONTRACT = {"due", "questions", "covered", "minutes_this_week", "next"}
NEW = {"minutes_today", "minutes_planned", "done", "exam_date", "days_left", "plan", "topics", "topics_met"}


def _answered(home: Path, seconds: float, *, at: float, question: str = "conv-output-size") -> None:
    """One right answer in the record that took so long."""
    asked = ask(Library().find(question), 0)
    with Store.open(home / "record.sqlite3") as store:
        store.append(
            Attempt(
                id=new_id(),
                question_id=question,
                version=asked.question.version,
                seed=0,
                quizdl="0",
                at=at,
                mode="practice",
                session="s",
                asked=asked,
                answer="3x3",
                verdict=Verdict(verdict="correct", score=1.0, passed=1, total=1),
                thinking_seconds=seconds,
            )
        )


def test_today_without_an_exam_offers_the_date_and_the_diagnostic(quizdl: Run) -> None:
    """At a pipe nothing is asked: commands to type, in both languages, and the contract's fields in JSON."""
    for lang in ("en", "ja"):
        page = quizdl("--lang", lang)
        assert page.code == 0
        assert "quizdl exam -n 26 --minutes 30" in page.out
        assert "quizdl config exam-date" in page.out
    facts = quizdl("--json").json
    assert set(facts) >= CONTRACT | NEW
    assert facts["plan"] is None
    assert facts["questions"] == len(Library().all_ids())


def test_with_an_exam_date_there_is_a_plan_for_today(quizdl: Run) -> None:
    """As long as the day's minutes; the command is the one that practises it, and asks just these questions."""
    quizdl("config", "exam-date", EXAM)
    before = date.today()
    facts = quizdl("--json").json
    left = {(date.fromisoformat(EXAM) - day).days for day in (before, date.today())}  # midnight may come
    assert facts["days_left"] in left
    assert 0.9 * 30 <= facts["plan"]["minutes"] <= 30
    assert facts["plan"]["new"] == facts["plan"]["questions"]
    summary = quizdl("practice", "--due", "--json").lines[-1]["summary"]
    assert summary["asked"] == facts["plan"]["questions"]
    assert summary["again"] == "quizdl practice --due"


def test_minutes_and_selection_narrow_the_plan(quizdl: Run) -> None:
    """`--minutes` sets the budget, `--section` what it may hold; sets stay whole."""
    quizdl("config", "exam-date", EXAM)
    few = quizdl("practice", "--due", "--minutes", "5", "--json").lines[-1]["summary"]
    assert 1 <= few["asked"] <= 20
    answers = quizdl("practice", "--due", "--section", "lstm", "--minutes", "10", "--json", stdin="x\n" * 40)
    ids = [entry["id"] for entry in answers.lines[:-1]]
    library = Library()
    assert ids
    assert {library.find(name).section for name in ids} == {"lstm"}


@pytest.mark.parametrize("exam", [EXAM, ""])
@pytest.mark.parametrize("fixed", [False, True])
def test_the_plan_of_the_whole_bank_is_the_plan_of_all_its_questions(
    home: Path, monkeypatch: pytest.MonkeyPatch, exam: str, fixed: bool
) -> None:
    """Where nothing narrows the choice nobody looks through the bank; the same is asked in the same order."""
    home.mkdir()
    monkeypatch.setenv("QUIZDL_HOME", str(home))
    (home / "settings.toml").write_text(f'exam_date = "{exam}"\n' if exam else "", encoding="utf-8")
    library, now = Library(), time.time()
    every = library.outline(Selection())
    in_sets = [one for one in every if one.set is not None]
    for back, one in enumerate([*every[::50], *in_sets[::40], *every[:3]]):
        _answered(home, 5.0 + back, at=now - 86400.0 * (30 + back), question=one.id)
    monkeypatch.setattr(planning.time, "time", lambda: now)
    with Store.open(home / "record.sqlite3") as store:
        seed = 7 if fixed else None
        chosen = practice._choose(library, store, Selection(), None, seed, only_missed=False, flagged=False)
        found = practice._plan(library, store, None, None, fixed=fixed)
        plainly = practice._plan(library, store, chosen, None, fixed=fixed)
    assert len(found.questions) > 10
    assert [one.id for one in found.questions] == [one.id for one in plainly.questions]
    assert found[1:] == plainly[1:]


def test_a_day_that_is_done_says_so_and_asks_for_nothing(quizdl: Run, home: Path) -> None:
    """Half an hour today: the plan is finished, `--due` asks nothing, `--minutes` still gives more."""
    quizdl("config", "exam-date", EXAM)
    now = time.time()
    for back in range(5):
        _answered(home, 400.0, at=now - back)
    facts = quizdl("--json").json
    assert facts["done"]
    assert facts["next"] == "quizdl stats"
    assert "Today's plan is done" in quizdl().out
    rest = quizdl("practice", "--due")
    assert rest.code == 0
    assert "Today's plan is done" in rest.out
    assert quizdl("practice", "--due", "--minutes", "5", "--json").lines[-1]["summary"]["asked"] >= 1


def test_an_exam_that_is_over_plans_nothing(quizdl: Run, home: Path) -> None:
    """A date gone by leaves what is due, as without a date."""
    home.mkdir()
    (home / "settings.toml").write_text('exam_date = "2020-01-01"\n', encoding="utf-8")
    facts = quizdl("--json").json
    assert (facts["plan"], facts["exam_date"]) == (None, None)
    assert quizdl("practice", "--due").code == 0


def test_on_the_exam_day_itself_there_is_still_a_plan(quizdl: Run) -> None:
    """An hour with the cards before leaving is what some want."""
    quizdl("config", "exam-date", date.today().isoformat())
    facts = quizdl("--json").json
    assert facts["days_left"] == 0
    assert facts["plan"]["questions"] > 0
    assert "today" in quizdl().out


def test_the_stats_have_every_number_for_scripts(quizdl: Run, home: Path) -> None:
    """Readiness says how many answers are missing; days, causes, retention and topics are there from the first day."""
    quizdl("answer", "conv-output-size", "9x9")
    facts = quizdl("stats", "--json").json
    assert facts["readiness"]["total"] is None
    assert facts["readiness"]["missing"] > 0
    assert {"topics", "retention", "causes", "forecasts", "days", "minutes_planned_this_week"} <= set(facts)
    assert sum(cause["count"] for cause in facts["causes"]) == 1
    for lang in ("en", "ja"):
        assert quizdl("stats", "--lang", lang).code == 0
        section = Library().find("conv-output-size").section
        assert f"  {section} " in quizdl("stats", "--all", "--lang", lang).out


def test_a_question_that_no_longer_fits_is_not_begun(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two minutes: the first is asked whatever it takes, the one that takes three is left, and the session ends."""
    with Store.open(home / "record.sqlite3") as store:
        session = Session(
            store,
            Library(),
            Library().named(["conv-output-size", "vae-blank", "seq2seq-choice"]),
            Prepared(iter(["3x3", "x", "y"])),
            Objects("en"),
            seed=0,
            again="",
            minutes=2.0,
            expected={"conv-output-size": 900.0, "vae-blank": 20.0, "seq2seq-choice": 180.0},
        )
        session.run()
        assert [past.question_id for past in store.past()] == ["conv-output-size", "vae-blank"]
    assert '"left": 1' in capsys.readouterr().out


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal is made with pty")
def test_the_first_run_at_a_terminal_asks_for_the_date_once(
    environment: dict[str, str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A date that makes no sense is asked for again; the plan is there at once; the second run asks nothing."""
    monkeypatch.setenv("QUIZDL_HOME", str(home))
    first = Terminal({**environment, "NO_COLOR": "1"})
    first.expect("Exam date")
    first.type("tomorrow\n")
    first.expect("2027-02-19")
    first.expect("Exam date")
    first.type("2020-01-01\n")
    first.expect("gone by")
    first.expect("Exam date")
    first.type(f"{EXAM}\n")
    first.expect("quizdl exam -n 26 --minutes 30")
    assert "0 of 30 minutes" in first.screen
    assert first.wait() == 0
    assert load_settings().exam_date == EXAM
    second = Terminal({**environment, "NO_COLOR": "1"})
    second.expect("Last 7 days")
    assert "Exam date (" not in second.screen
    assert second.wait() == 0


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal is made with pty")
def test_whoever_passes_over_the_date_is_not_asked_again(
    environment: dict[str, str], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enter is an answer; it is kept."""
    monkeypatch.setenv("QUIZDL_HOME", str(home))
    first = Terminal({**environment, "NO_COLOR": "1"})
    first.expect("Exam date")
    first.type("\n")
    assert first.wait() == 0
    assert load_settings() == Settings()
    second = Terminal({**environment, "NO_COLOR": "1"})
    second.expect("quizdl config exam-date")
    assert "Exam date (" not in second.screen
    assert second.wait() == 0
