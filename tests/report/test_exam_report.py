"""An exam's numbers: counted by hand, and whatever the answers were."""

from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from quizdl.areas import AREAS, CHAPTERS
from quizdl.model import Past
from quizdl.report.averages import PUBLISHED
from quizdl.report.exam import ExamReport, exam_report
from quizdl.report.mistakes import MOST_MISTAKES
from quizdl.report.score import score_of
from quizdl.report.tally import OUTSIDE, Part

from .conftest import AT, Row, attempts_of, events_of, past_of, report_of, sheet_of

ROWS = st.lists(
    st.builds(
        Row,
        chapter=st.sampled_from(["1-1", "1-2-3", "2-1", "3-5-2", "4-7", "5-1", "9-1", ""]),
        answer=st.sampled_from(["A", "B", "C", "D", ""]),
        first=st.sampled_from([None, "A", "B"]),
        seconds=st.floats(0, 300),
        flagged=st.booleans(),
        section=st.sampled_from(["rnn", "metrics", ""]),
        level=st.sampled_from(["recall", "apply", "analyse"]),
        kind=st.sampled_from(["choice", "numeric", "code"]),
        mistakes=st.just(("sign", "swapped", "half")),
        text=st.just("x"),
    ),
    max_size=30,
)


def _shares(parts: tuple[Part, ...]) -> dict[str, str]:
    return {part.key: f"{part.right}/{part.count}" for part in parts}


def test_every_part_is_counted_by_hand(varied: ExamReport) -> None:
    """Two of six right: by area, chapter, section, level and kind, each with its integer percentage."""
    assert (varied.total.right, varied.total.count, varied.total.percent) == (2, 6, 33)
    assert _shares(varied.areas) == {"math": "1/1", "ml": "1/2", "dl": "0/3", "ops": "0/0"}
    assert [part.percent for part in varied.areas] == [100, 50, 0, None]
    assert _shares(varied.chapters) == {"1": "1/1", "2": "1/2", "3": "0/2", "4": "0/1", "5": "0/0"}
    assert _shares(varied.sections) == {"rnn": "0/2", "transformer": "0/1", "metrics": "1/2", "linear-algebra": "1/1"}
    assert _shares(varied.levels) == {"recall": "0/1", "apply": "2/4", "analyse": "0/1"}
    assert _shares(varied.kinds) == {"choice": "1/4", "numeric": "1/1", "code": "0/1"}
    assert varied.answered == 5


@given(ROWS)
def test_parts_add_up_to_the_whole(rows: list[Row]) -> None:
    """Each way of dividing the exam holds every question once; percentages are whole numbers from 0 to 100."""
    report = report_of(rows)
    for parts in (report.areas, report.chapters, report.sections, report.levels, report.kinds):
        assert sum(part.count for part in parts) == len(rows) == report.total.count
        assert sum(part.right for part in parts) == report.total.right
        assert abs(sum(part.seconds for part in parts) - report.total.seconds) < 1e-6
        for part in parts:
            assert part.percent is None if part.count == 0 else 0 <= int(part.percent or 0) <= 100
    assert [part.key for part in report.areas][:4] == list(AREAS)
    assert [part.key for part in report.chapters][:5] == list(CHAPTERS)
    assert all(part.name == OUTSIDE and part.count for part in report.areas[4:])
    assert report.passed == (report.missing == 0 and bool(rows))


@given(ROWS, st.integers(0, 100))
def test_the_report_agrees_with_the_score_told_at_the_end_of_the_exam(rows: list[Row], line: int) -> None:
    """Total, areas and pass or fail: two numbers for one exam would be one too many."""
    sheet = sheet_of(rows, pass_line=line)
    attempts = attempts_of(sheet, rows)
    report = exam_report(sheet, events_of(rows), attempts, [])
    score = score_of(attempts, line)
    assert {part.key: part.percent for part in report.areas if part.key and part.count} == {
        area: part.percent for area, part in score.areas.items()
    }
    if rows:
        assert (report.total.percent, report.passed) == (score.total.percent, score.passed)


def test_one_question_short_is_said_to_be_one_short() -> None:
    """65 % of 104 is 67.6: 67 right is below the line by one question, 68 reaches it."""
    rows = [Row(answer="A" if number < 67 else "B") for number in range(104)]
    report = report_of(rows)
    assert (report.total.percent, report.passed, report.missing) == (64, False, 1)
    assert report_of([*rows[:67], *(Row() for _ in range(37))]).missing == 0


def test_flags_and_changes_say_whether_the_second_thought_helped(varied: ExamReport) -> None:
    """Flagged and changed C → A helped, A → B hurt; what was never changed is not listed."""
    assert [(change.number, change.first, change.last, change.effect) for change in varied.changes] == [
        (3, "C", "A", "helped"),
        (4, "A", "B", "hurt"),
    ]
    assert all(change.flagged for change in varied.changes)
    assert msgspec.structs.astuple(varied.flags) == (2, 1, 2, 1, 1)


def test_an_answer_rubbed_out_is_a_change_and_a_detour_is_none() -> None:
    """A rubbed out hurts, B rubbed out or turned into C changes nothing."""
    rows = [Row(answer="", first="A"), Row(answer="", first="B"), Row(answer="C", first="B"), Row()]
    changes = report_of(rows).changes
    assert [(one.last, one.effect) for one in changes] == [("", "hurt"), ("", "neither"), ("C", "neither")]


def test_time_is_held_against_the_plan(varied: ExamReport) -> None:
    """A minute a question is planned: one took 200 s; the last question was first seen after 320 s."""
    pace = varied.pace
    assert (pace.plan, pace.used, pace.median, pace.beyond_plan) == (60.0, 350.0, 30.0, 1)
    assert pace.slow == (2,)
    assert (pace.on_right, pace.on_wrong) == (30.0, 72.5)
    assert pace.first_pass == 320.0
    unseen = exam_report(sheet_of([Row(), Row()]), events_of([Row()]), [], [])
    assert unseen.pace.first_pass is None


def test_an_exam_without_times_or_questions_has_a_report() -> None:
    """Paper comes back without times; nothing divides by zero."""
    assert not report_of([Row(seconds=0.0)]).pace.is_measured
    empty = report_of([])
    assert (empty.total.percent, empty.passed, empty.items) == (None, False, ())


def test_mistakes_are_joined_by_name_within_a_section_and_the_dearest_stand_first() -> None:
    """A name joins within its section alone. After the questions lost, what was made before counts, then time."""
    rows = [
        Row(answer="B", section="rnn"),
        Row(answer="B", section="rnn"),
        Row(answer="B", section="metrics", seconds=99.0),
        Row(answer="C", section="metrics"),
        Row(answer="", section="metrics"),
    ]
    earlier = msgspec.structs.replace(
        past_of(attempts_of(sheet_of(rows), rows)[3]), session="s", at=AT - 1, mode="practice"
    )
    report = report_of(rows, before=[earlier], after=[msgspec.structs.replace(earlier, at=AT + 1e6)])
    found = [(one.section, one.name, one.lost, one.earlier) for one in report.mistakes]
    assert found == [("rnn", "sign", 2, 0), ("metrics", "swapped", 1, 1), ("metrics", "sign", 1, 0)]
    assert report.mistakes[0].numbers == (1, 2)
    assert report.mistakes[0].reasons[0].en == "x question"
    assert any(step.command == "quizdl practice --id q-3" for step in report.steps)


@given(ROWS)
def test_at_most_ten_mistakes_in_order_of_cost(rows: list[Row]) -> None:
    """Never more than ten, none of them generic, none without a lost question."""
    report = report_of(rows)
    costs = [one.lost for one in report.mistakes]
    assert len(costs) <= MOST_MISTAKES
    assert costs == sorted(costs, reverse=True)
    assert all(one.lost == len(one.numbers) for one in report.mistakes)
    assert all(not report.items[number - 1].right for one in report.mistakes for number in one.numbers)


def test_history_holds_every_exam_in_order_and_practice_is_none() -> None:
    """Screen and paper alike; the exam before this one is found, whatever came later."""
    rows = [Row("1-1"), Row("2-1", "B")]

    def sat(exam_id: str, at: float, right: int) -> list[Past]:
        answers = [Row("1-1", "A" if right > 0 else "B"), Row("2-1", "A" if right > 1 else "B")]
        return [past_of(one) for one in attempts_of(sheet_of(answers, id=exam_id, at=at), answers)]

    practised = [msgspec.structs.replace(one, mode="practice", session="p") for one in sat("p", AT - 9, 2)]
    paper = [msgspec.structs.replace(one, mode="paper") for one in sat("exam-0", AT - 500, 0)]
    taken_back = [msgspec.structs.replace(one, undone=True) for one in sat("gone", AT - 700, 2)]
    report = report_of(rows, before=[*taken_back, *paper, *practised], after=sat("exam-2", AT + 500, 2))
    assert [(one.id, one.percent) for one in report.history] == [("exam-0", 0), ("exam-1", 50), ("exam-2", 100)]
    assert report.before is not None
    assert report.before.id == "exam-0"
    assert report.before.areas == {"math": 0, "ml": 0, "dl": None, "ops": None}
    assert report_of(rows).before is None


def test_the_next_steps_name_the_weak_sections_the_weak_chapter_and_the_pace() -> None:
    """The dearest sections first, at most three; the lowest chapter with enough questions; at the end an exam."""
    rows = [
        *(Row("2-1", "B", section="metrics") for _ in range(5)),
        *(Row("1-1", section="algebra") for _ in range(5)),
        Row("5-1", "B", section="a b; rm"),
        Row("3-1", "", section="rnn"),
        Row("3-1", "B", section="late"),
    ]
    commands = [step.command for step in report_of(rows).steps]
    assert commands == [
        "quizdl practice --section metrics --missed",
        "quizdl practice --section 'a b; rm' --missed",
        "quizdl practice --section rnn --missed",
        "quizdl practice --chapter 2 -n 20",
        "quizdl exam -n 26 --minutes 30",
        "quizdl exam",
    ]
    assert [step.command for step in report_of([Row()]).steps] == ["quizdl exam"]


def test_the_published_averages_are_named_with_their_exam() -> None:
    """They cover the four areas, and say in both languages that they are published averages of which exam."""
    for one in PUBLISHED:
        assert set(one.percent) == set(AREAS)
        year = one.exam.partition("-")[0]
        assert year in one.name.ja
        assert year in one.name.en
        assert "公表平均" in one.name.ja
        assert "published average" in one.name.en


def test_an_attempt_that_is_missing_counts_as_unanswered() -> None:
    """A report never fails for one lost row, and never gives marks for it."""
    rows = [Row(), Row()]
    sheet = sheet_of(rows)
    report = exam_report(sheet, events_of(rows), attempts_of(sheet, rows)[:1], [])
    assert (report.answered, report.total.right) == (1, 1)
