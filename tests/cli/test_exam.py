"""A mock exam at a pipe: set by weight and by seed, answered line by line, graded once, and told in numbers."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from itertools import groupby
from pathlib import Path

import pytest

from quizdl.areas import WEIGHTS, area_of
from quizdl.bank import Library
from quizdl.cli.exam_setting import Wanted, set_exam
from quizdl.model import ExamSheet, Selection
from quizdl.record import Store
from quizdl.settings import Settings

from .conftest import Run

SMALL = ("exam", "--section", "lstm", "-n", "4")


def _sheets(home: Path) -> list[ExamSheet]:
    with Store.open(home / "record.sqlite3") as store:
        return [store.exam(row.id)[0] for row in store.exams()]


def _key(sheet: ExamSheet) -> list[str]:
    return [next(option.letter for option in asked.options if option.correct) for asked in sheet.questions]


def _count(home: Path, table: str) -> int:
    with sqlite3.connect(home / "record.sqlite3") as database:
        return int(database.execute(f"select count(*) from {table}").fetchone()[0])  # noqa: S608 - names of ours


def test_the_default_is_the_real_exams_size_and_says_what_is_an_estimate(quizdl: Run, home: Path) -> None:
    """104 questions, 120 minutes, by the weights, four options each, nothing twice, sets side by side."""
    outcome = quizdl("exam")
    assert outcome.code == 0, outcome.err
    assert "104 questions, 120 minutes" in outcome.out
    assert "estimates" in outcome.out
    assert "1/104" in outcome.out
    assert "quizdl exam --resume" in outcome.out
    (sheet,) = _sheets(home)
    questions = [asked.question for asked in sheet.questions]
    assert len({question.id for question in questions}) == 104
    assert all(len(asked.options) == 4 for asked in sheet.questions)
    found = Counter(area_of(question.chapter) for question in questions)
    for area, weight in WEIGHTS.items():
        assert abs(found[area] - 104 * weight / 100) <= 5
    sets = [question.set.id for question in questions if question.set]
    assert len([name for name, _ in groupby(sets)]) == len(set(sets))
    assert {question.framework for question in questions} <= {None, "pytorch"}


def test_right_answers_pass_and_wrong_ones_do_not(quizdl: Run, home: Path) -> None:
    """Exit 0 at or above the line with a report to type, 1 below; per cents by area."""
    for right in (True, False):
        quizdl(*SMALL, "--seed", "7")
        sheet = _sheets(home)[-1]
        letters = [letter if right else "ABCD"[("ABCD".index(letter) + 1) % 4] for letter in _key(sheet)]
        outcome = quizdl("exam", "--resume", stdin="\n".join([*letters, "submit", ""]))
        assert outcome.code == (0 if right else 1), outcome.out
        assert ("100%" if right else "0%") in outcome.out
        assert "estimate" in outcome.out
        assert f"quizdl report {sheet.id}" in outcome.out
    assert _count(home, "attempts") == 8


def test_json_gives_the_end_alone(quizdl: Run, home: Path) -> None:
    """One object: handed in, left, or an error."""
    left = quizdl(*SMALL, "--json", stdin="A\n")
    assert left.code == 0
    assert (left.json["finished"], left.json["answered"], left.json["next"]) == (False, 1, "quizdl exam --resume")
    done = quizdl("exam", "--resume", "--json", stdin="B\nC\nD\nsubmit\n")
    (sheet,) = _sheets(home)
    assert done.json["finished"] is True
    assert (done.json["questions"], done.json["answered"], done.json["minutes"]) == (4, 4, 5)
    right = sum(key == given for key, given in zip(_key(sheet), "ABCD", strict=True))
    assert done.json["correct"] == right
    assert done.json["percent"] == 25 * right
    assert done.json["areas"] == {"dl": {"questions": 4, "correct": right, "percent": 25 * right}}
    assert (done.json["pass_line"], done.json["pass_line_is_estimate"]) == (65, True)
    assert done.json["passed"] is (25 * right >= 65)
    assert done.code == (0 if done.json["passed"] else 1)
    assert done.json["next"] == f"quizdl report {sheet.id}"
    again = quizdl("exam", "--resume", "--json")
    assert (again.code, again.json["error"]["hint"]) == (2, "quizdl exam")


def test_every_command_works_at_a_pipe_full_width_too(quizdl: Run, home: Path) -> None:
    """Move, flag, erase, compute, review; what means nothing changes nothing."""
    script = "Ａ\nf\nn\n4\np\nf\nx\n= 2*3/4\n= 1/0\n= y\nzz\n77\nh\n2\nf\nr\na\np\n1\nd\nsubmit\n"
    outcome = quizdl(*SMALL, "--seed", "3", stdin=script)
    assert outcome.code in (0, 1), outcome.err
    assert "= 1.5" in outcome.out
    assert "'zz' means nothing here" in outcome.out
    assert "numbered 1 to 4" in outcome.out
    assert "Flagged  3" in outcome.out
    with Store.open(home / "record.sqlite3") as store:
        _, events = store.exam(store.exams()[0].id)
        answers = [store.attempt(past.attempt_id).answer for past in store.past()]
    assert answers == ["D", "", "", ""]
    assert [(event.kind, event.number) for event in events if event.kind not in ("visit", "tick")] == [
        ("choose", 0),
        ("flag", 1),
        ("flag", 2),
        ("clear", 2),
        ("unflag", 1),
        ("choose", 0),
        ("finish", -1),
    ]


def test_the_same_seed_sets_the_same_exam_whatever_was_asked_before(quizdl: Run, home: Path) -> None:
    """Questions, variants, options and their order; another seed sets another."""
    for seed in ("5", "5", "6"):
        quizdl("exam", "--day", "3", "-n", "12", "--seed", seed)
    first, second, third = _sheets(home)
    assert first.questions == second.questions
    assert first.questions != third.questions
    assert first.id != second.id


def test_variants_are_fresh_each_time(quizdl: Run, home: Path) -> None:
    """Without a seed, two exams on the same few questions show them differently."""
    for _ in range(2):
        quizdl("exam", "--section", "lstm")
    first, second = _sheets(home)
    shared = {asked.question.id for asked in first.questions} & {asked.question.id for asked in second.questions}
    assert shared
    assert first.seed != second.seed
    assert first.questions != second.questions


def test_three_exams_on_the_shipped_bank_share_no_question(tmp_path: Path) -> None:
    """A learner who rehearses three times meets 312 questions."""
    library = Library()
    with Store.open(tmp_path / "record.sqlite3") as store:
        seen: set[str] = set()
        for _ in range(3):
            sheet, remark = set_exam(library, store, Settings(), Wanted(Selection()))
            store.add_exam(sheet)
            ids = {asked.question.id for asked in sheet.questions}
            assert remark is None
            assert len(ids) == 104
            assert not ids & seen
            seen |= ids


def test_the_other_frameworks_twin_of_a_recent_question_is_recent_too(tmp_path: Path) -> None:
    """Changing the framework does not bring back what was just asked."""
    library, wanted = Library(), Wanted(Selection(section="frameworks"), count=6)
    twins = {one.id: one.twin for one in library.select(wanted.selection)}
    with Store.open(tmp_path / "record.sqlite3") as store:
        first, _ = set_exam(library, store, Settings(), wanted)
        store.add_exam(first)
        second, _ = set_exam(library, store, Settings(framework="tensorflow"), wanted)
    met = {asked.question.id for asked in first.questions}
    assert {asked.question.framework for asked in second.questions} <= {None, "tensorflow"}
    assert not any(twins[asked.question.id] in met for asked in second.questions)


def test_count_and_minutes_scale_one_another(quizdl: Run, home: Path) -> None:
    """At the real exam's pace, unless both are given."""
    for arguments in (("-n", "13"), ("--minutes", "15"), ("-n", "4", "--minutes", "2.5")):
        quizdl("exam", "--day", "3", *arguments)
    assert [(len(sheet.questions), sheet.minutes) for sheet in _sheets(home)] == [(13, 15.0), (13, 15.0), (4, 2.5)]


def test_what_is_selected_is_all_that_is_asked(quizdl: Run, home: Path) -> None:
    """By chapter and by day; without disputed topics on demand."""
    quizdl("exam", "--chapter", "3-5", "-n", "5", "--no-disputed")
    quizdl("exam", "--day", "2", "-n", "5")
    by_chapter, by_day = _sheets(home)
    assert all(asked.question.chapter.startswith("3-5") for asked in by_chapter.questions)
    assert all(asked.question.scope is None for asked in by_chapter.questions)
    assert by_chapter.no_disputed
    assert all(asked.question.day == 2 for asked in by_day.questions)
    assert by_day.selection == Selection(day=2)


def test_the_settings_decide_framework_weights_and_pass_line(quizdl: Run, home: Path) -> None:
    """As they are when the exam is set; later changes do not touch it."""
    quizdl("config", "framework", "tensorflow")
    quizdl("config", "pass-line", "1")
    quizdl("config", "weights", "ops=1")
    quizdl("exam", "-n", "6", "--json")
    quizdl("config", "pass-line", "100")
    (sheet,) = _sheets(home)
    assert (sheet.framework, sheet.pass_line, sheet.weights["ops"]) == ("tensorflow", 1, 1)
    assert {area_of(asked.question.chapter) for asked in sheet.questions} == {"ops"}
    done = quizdl("exam", "--resume", "--json", stdin=f"{_key(sheet)[0]}\nsubmit\n")
    assert (done.code, done.json["pass_line"]) == (0, 1)


def test_a_pool_that_is_too_small_says_so_and_offers_what_there_is(quizdl: Run, home: Path) -> None:
    """A number asked for is an error with the command that works; the default takes what there is."""
    refused = quizdl("exam", "--section", "lstm", "-n", "500", "--json")
    assert refused.code == 2
    command = refused.json["error"]["hint"]
    available = int(command.rpartition(" ")[2])
    assert f"{available}" in refused.json["error"]["message"]
    assert not _sheets(home)
    offered = quizdl(*command.split()[1:])
    assert offered.code == 0
    smaller = quizdl("exam", "--section", "lstm")
    assert f"{available} questions instead of 104" in smaller.out
    assert [len(sheet.questions) for sheet in _sheets(home)] == [available, available]


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("--section", "nowhere"), "quizdl exam"),
        (("--kind", "essay"), "quizdl exam"),
        (("--minutes", "0"), "quizdl exam --minutes 60"),
        (("--minutes", "nan"), "quizdl exam --minutes 60"),
        (("--minutes", "inf"), "quizdl exam --minutes 60"),
        (("--seed", "9" * 30), "quizdl exam --seed 7"),
        (("--clock", "stopped"), "quizdl --help"),
        (("--resume",), "quizdl exam"),
        (("--resume", "-n", "3"), "quizdl exam --help"),
        (("--resume", "--paper", "x.html"), "quizdl exam --help"),
        (("--grade", "x.json", "--day", "3"), "quizdl exam --help"),
        (("-n", "0"), "quizdl exam --help"),
    ],
)
def test_what_cannot_be_set_is_refused_and_leaves_nothing(
    quizdl: Run, home: Path, arguments: tuple[str, ...], hint: str
) -> None:
    """Exit 2, one object, the next command."""
    outcome = quizdl("exam", *arguments, "--json")
    assert outcome.code == 2, outcome.out
    assert outcome.json["error"]["hint"] == hint
    assert not (home / "record.sqlite3").exists() or not _sheets(home)


def test_an_empty_exam_handed_in_is_nought_per_cent(quizdl: Run, home: Path) -> None:
    """Every question is recorded, unanswered."""
    outcome = quizdl(*SMALL, stdin="submit\n")
    assert outcome.code == 1
    assert "0%" in outcome.out
    assert "4 unanswered" in outcome.out
    assert _count(home, "attempts") == 4


def test_a_running_exam_that_ran_out_meanwhile_says_why_it_ended(quizdl: Run, home: Path) -> None:
    """Whoever comes back too late sees that the time is up, and the score."""
    quizdl(*SMALL, "--minutes", "0.01", "--clock", "running")
    time.sleep(0.7)
    outcome = quizdl("exam", "--resume", stdin="A\n")
    assert outcome.out.startswith("Time is up")
    assert "4 unanswered" in outcome.out


@pytest.mark.skipif(sys.platform == "win32", reason="needs a POSIX shell, which can close a stream")
def test_a_closed_standard_input_is_an_empty_one(environment: dict[str, str]) -> None:
    """As a scheduler may start it: the exam is set and left, without a traceback."""
    command = (sys.executable, "-m", "quizdl", *SMALL, "--json")
    process = subprocess.run(
        ("sh", "-c", 'exec "$@" <&-', "sh", *command), env=environment, capture_output=True, timeout=120, check=False
    )
    assert process.returncode == 0, process.stderr
    facts = json.loads(process.stdout)
    assert facts["finished"] is False
    assert isinstance(facts["minutes"], float)


def test_an_earlier_exam_that_was_left_is_mentioned_and_comes_back(quizdl: Run, home: Path) -> None:
    """The one set last goes on first."""
    quizdl(*SMALL, stdin="A\n")
    assert "left earlier" in quizdl(*SMALL).out
    first, second = (sheet.id for sheet in _sheets(home))
    assert quizdl("exam", "--resume", "--json", stdin="submit\n").json["exam"] == second
    assert quizdl("exam", "--resume", "--json", stdin="submit\n").json["exam"] == first


def test_an_exam_counts_in_the_statistics_and_comes_back_when_missed(quizdl: Run, home: Path) -> None:
    """Its attempts are attempts like others."""
    quizdl(*SMALL, stdin="submit\n")
    assert quizdl("stats", "--json").json["attempts"] == 4
    assert quizdl("practice", "--missed", "--json").lines[-1]["summary"]["asked"] == 4


def test_japanese_is_spoken_throughout(quizdl: Run) -> None:
    """From the first line to the result."""
    outcome = quizdl(*SMALL, "--lang", "ja", stdin="A\nr\n9\nzz\nsubmit\n")
    for text in ("模擬試験", "推定", "残り", "見直し", "未解答", "合格ライン", "詳しいレポート"):
        assert text in outcome.out
