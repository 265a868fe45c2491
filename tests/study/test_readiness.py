"""Readiness: what is said, when nothing is said, and what it rests on."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.areas import AREAS, CHAPTERS, WEIGHTS, area_of
from quizdl.model import Past, Profile
from quizdl.study.ability import ability_of
from quizdl.study.readiness import NEEDED, NEEDED_IN_PART, Readiness, forecasts, readiness
from simulated_learner import DAY, TOPICS, Learner, answered, census_of, pool

PROFILES = pool()
NAMES = sorted(PROFILES)
CENSUS = census_of(PROFILES.values())


def _readiness(history: list[Past], day: float = 40.0, line: float = 0.65, **fields: object) -> Readiness:
    return readiness(history, CENSUS, day * DAY, weights=fields.get("weights", WEIGHTS), line=line)  # type: ignore[arg-type]


def _history(count: int, right: float, day: float = 39.0, seed: int = 0) -> list[Past]:
    """So many answers, each to another question, of which this share is right."""
    source = random.Random(seed)  # noqa: S311
    return [answered(PROFILES[name], source.random() < right, day * DAY) for name in source.sample(NAMES, count)]


def test_too_little_data_is_met_with_silence_and_the_number_that_is_missing() -> None:
    """One answer too few: no share, no chance, but how many more it takes; a chapter says the same of itself."""
    said = _readiness(_history(NEEDED - 1, 0.5))
    assert (said.total, said.chance, said.missing) == (None, None, 1)
    chapter = [name for name in NAMES if PROFILES[name].chapter == "1-1-1"]
    few = [answered(PROFILES[name], True, DAY) for name in chapter[: NEEDED_IN_PART - 1]]
    assert all(part.share is None for part in _readiness(few).chapters)
    enough = _readiness([*few, answered(PROFILES[chapter[-1]], True, DAY)])
    assert [part.name for part in enough.chapters if part.share] == ["1"]
    assert enough.missing == NEEDED - NEEDED_IN_PART


def test_every_chapter_and_area_is_named_even_without_answers() -> None:
    """The table is whole from the first day."""
    said = _readiness([])
    assert [part.name for part in said.chapters] == list(CHAPTERS)
    assert [part.name for part in said.areas] == list(AREAS)
    assert (said.answers, said.missing) == (0, NEEDED)


def test_more_right_answers_say_more_and_a_higher_line_says_less() -> None:
    """The estimate follows the answers, the chance the line."""
    weak, strong = _readiness(_history(100, 0.35)), _readiness(_history(100, 0.9))
    assert weak.total
    assert strong.total
    assert weak.total.high < strong.total.low
    chances = [_readiness(_history(100, 0.6), line=line).chance for line in (0.5, 0.65, 0.8)]
    assert chances == sorted(chances, key=lambda chance: -(chance or 0))
    assert weak.chance is not None
    assert strong.chance is not None
    assert weak.chance < 0.1 < 0.9 < strong.chance


def test_the_interval_narrows_with_answers_and_widens_where_there_are_none() -> None:
    """Twenty answers in a chapter are held more loosely than a hundred everywhere."""
    few, many = _readiness(_history(35, 0.6)), _readiness(_history(140, 0.6))
    assert few.total
    assert many.total
    assert many.total.high - many.total.low < few.total.high - few.total.low


def test_a_chapter_with_few_answers_leans_on_the_others() -> None:
    """Eight right answers in one chapter are no proof of a hundred per cent; they say less after a weak history."""
    chapter = [name for name in NAMES if PROFILES[name].chapter == "1-1-1"][:NEEDED_IN_PART]
    others = [name for name in NAMES if PROFILES[name].chapter.startswith(("2", "3", "4"))]
    perfect = [answered(PROFILES[name], True, 39 * DAY) for name in chapter]

    def first(right: bool) -> float:
        share = _readiness([answered(PROFILES[name], right, 38 * DAY) for name in others] + perfect).chapters[0].share
        assert share
        return share.estimate

    assert first(False) < first(True) < 1.0


def test_what_is_not_practised_is_forgotten() -> None:
    """The same answers are worth less after two months."""
    history = _history(100, 0.8, day=1.0)
    soon, late = _readiness(history, day=2.0), _readiness(history, day=60.0)
    assert soon.total
    assert late.total
    assert late.total.estimate < soon.total.estimate
    assert late.total.high - late.total.low > soon.total.high - soon.total.low


def test_the_weights_decide_what_counts() -> None:
    """Strong in mathematics alone: an exam of mathematics looks better than one of deep learning."""
    history = [answered(one, area_of(one.chapter) == "math", 39 * DAY) for one in PROFILES.values()]
    maths, deep = (_readiness(history, weights={area: 1.0}).total for area in ("math", "dl"))
    assert maths
    assert deep
    assert maths.estimate > deep.estimate + 0.2


def test_repeating_one_question_is_no_mastery_of_its_chapter() -> None:
    """Forty right answers to one question say less than one right answer each to forty."""
    topic = [name for name in NAMES if PROFILES[name].chapter.startswith("2")]
    once = [answered(PROFILES[topic[0]], True, 39 * DAY + second) for second in range(36)]
    each = [answered(PROFILES[name], True, 39 * DAY + second) for second, name in enumerate(topic)]
    assert len(topic) == len(once)
    narrow, broad = (_readiness(history).chapters[1].share for history in (once, each))
    assert narrow
    assert broad
    assert narrow.estimate < broad.estimate


def test_answers_taken_back_essays_and_the_future_count_nowhere() -> None:
    """Neither moves a number."""
    essay = Profile(id="essay", kind="essay", chapter="3-1-1")
    known = census_of([*PROFILES.values(), essay])
    history = _history(60, 0.6)
    extra = [
        answered(essay, True, DAY),
        answered(PROFILES[NAMES[0]], False, DAY, undone=True),
        answered(PROFILES[NAMES[0]], False, 90 * DAY),
    ]
    said = [readiness(h, known, 40 * DAY, weights=WEIGHTS, line=0.65) for h in (history, [*history, *extra])]
    assert said[0] == said[1]


def test_a_forecast_is_made_of_what_came_before_the_exam() -> None:
    """What is answered later, and the exam itself, change nothing of it; its result stands beside it."""
    learner = Learner(PROFILES, seed=3)
    for number, name in enumerate(NAMES[:60]):
        learner.answer(name, number * DAY / 10)
    for name in NAMES[60:100]:
        learner.answer(name, 10 * DAY, mode="exam", session="exam-1")
    (then,) = forecasts(learner.history, CENSUS)
    for name in NAMES:
        learner.answer(name, 20 * DAY)
    (now,) = forecasts(learner.history, CENSUS)
    assert then == now
    assert then.questions == 40
    assert then.actual == pytest.approx(sum(past.score for past in learner.history[60:100]) / 40)
    assert then.held == (then.share.low <= then.actual <= then.share.high)


def test_an_exam_without_a_history_has_no_forecast() -> None:
    """The first diagnostic is a surprise."""
    exam = [answered(PROFILES[name], True, DAY, mode="exam", session="e") for name in NAMES[:40]]
    assert forecasts(exam, CENSUS) == ()


_ANSWERS = st.lists(
    st.tuples(st.sampled_from(NAMES), st.floats(0, 39), st.booleans(), st.sampled_from(["practice", "exam"])),
    max_size=60,
)


@settings(max_examples=40)
@given(_ANSWERS)
def test_whatever_was_answered_every_number_is_a_share_within_its_interval(
    answers: list[tuple[str, float, bool, str]],
) -> None:
    """No history makes an estimate leave its interval, or an interval leave 0 to 1."""
    history = [
        answered(PROFILES[n], right, day * DAY, mode=mode)
        for n, day, right, mode in sorted(answers, key=lambda a: a[1])
    ]
    said = _readiness(history)
    assert (said.total is None) == (len(history) < NEEDED)
    for share in [said.total, *(part.share for part in (*said.chapters, *said.areas))]:
        assert share is None or 0 <= share.low <= share.estimate <= share.high <= 1
    assert said.chance is None or 0 <= said.chance <= 1


@settings(max_examples=25)
@given(_ANSWERS.filter(len), st.data())
def test_one_more_right_answer_never_makes_anybody_look_weaker(
    answers: list[tuple[str, float, bool, str]], data: st.DataObject
) -> None:
    """Turning one wrong answer into a right one raises the chance on a question of the same topic, or leaves it."""
    history = [
        answered(PROFILES[n], right, day * DAY, mode=mode)
        for n, day, right, mode in sorted(answers, key=lambda a: a[1])
    ]
    place = data.draw(st.integers(0, len(history) - 1))
    chances = []
    for right in (False, True):
        history[place] = answered(
            PROFILES[history[place].question_id], right, history[place].at, mode=history[place].mode
        )
        ability = ability_of(history, PROFILES, TOPICS, 40 * DAY)
        chances.append(ability.chance(ability.today(PROFILES[history[place].question_id])))
    assert chances[0] <= chances[1] + 1e-6
