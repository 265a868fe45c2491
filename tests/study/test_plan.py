"""The day's menu: its budget, its order, and what becomes of seventy days of it."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.areas import WEIGHTS, area_of
from quizdl.model import Past, Profile
from quizdl.study.budget import pace_of
from quizdl.study.outlook import Terms
from quizdl.study.plan import Menu, menu
from simulated_learner import DAY, Learner, answered, census_of, pool

PROFILES = pool()
NAMES = sorted(PROFILES)
CENSUS = census_of(PROFILES.values())
EXAM_DAY = 70


def _menu(history: Sequence[Past], day: float, minutes: float = 30, exam: float = EXAM_DAY, **fields: object) -> Menu:
    among = fields.pop("among", None)
    terms = Terms(now=day * DAY, exam=exam * DAY, **{"weights": WEIGHTS, **fields})  # type: ignore[arg-type]
    return menu(history, CENSUS, minutes, terms, among=among)  # type: ignore[arg-type]


def _minutes(ids: Sequence[str], history: Sequence[Past]) -> float:
    pace = pace_of(history, PROFILES)
    return sum(pace.seconds(PROFILES[name]) for name in ids) / 60


def _studied(seed: int, day: int, count: int = 80) -> list[Past]:
    learner = Learner(PROFILES, seed)
    source = random.Random(seed)  # noqa: S311
    for number in range(count):
        learner.answer(source.choice(NAMES), day * DAY * (number + 1) / (count + 1))
    return learner.history


def _weeks_missed(seed: int) -> set[int]:
    source = random.Random(seed)  # noqa: S311
    weeks = source.sample(range(1, 9), 2)
    return {day for day in range(EXAM_DAY) if day // 7 in weeks or source.random() < 0.2} - {67, 68, 69}


@pytest.mark.parametrize(("seed", "minutes", "pace"), [(1, 30, 1.0), (2, 20, 1.6), (3, 45, 0.7)])
def test_over_seventy_days_with_missed_weeks_no_day_asks_for_more_than_its_minutes(
    seed: int, minutes: int, pace: float
) -> None:
    """Not the day after a missed week, not the last three; nor does a day leave its minutes unused.

    The real minutes keep to it too, though answers take as long as they take, where a question is not begun that does
    not fit into what is left: none is more than a tenth over, and once the learner's pace is known few are left unused.
    """
    learner, away, real = Learner(PROFILES, seed, pace), _weeks_missed(seed), []
    for day in range(EXAM_DAY):
        if day in away:
            continue
        now = (day + 0.5) * DAY
        today = _menu(learner.history, day + 0.5, minutes)
        assert today.seconds == pytest.approx(60 * _minutes(today.ids, learner.history))
        assert 0.9 * minutes <= today.seconds / 60 <= minutes, f"day {day}"
        assert len(set(today.ids)) == len(today.ids)
        real.append(_work_through(learner, today, now, minutes))
        assert real[-1] <= 1.1 * minutes, f"day {day}"
    assert sum(real[14:]) >= 0.9 * minutes * len(real[14:])


def _work_through(learner: Learner, today: Menu, now: float, minutes: float) -> float:
    """Minutes really taken by a session that ends as `cli/session.py` ends it."""
    taken = 0.0
    for name, expected in zip(today.ids, today.expected, strict=True):
        if taken and taken + expected >= 60 * minutes:
            break
        taken += learner.answer(name, now)
    return taken / 60


def test_overdue_questions_are_chosen_from_not_piled_up() -> None:
    """A month away leaves a hundred questions overdue; the day is as long as any other, not of repetitions alone."""
    history = _studied(seed=5, day=20, count=120)
    today = _menu(history, day=50)
    assert today.seconds <= 30 * 60
    assert today.repeated >= 3
    assert today.new >= 3


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.floats(0, 50), st.booleans(), st.floats(0, 400)), max_size=40),
    st.floats(0.1, 90),
    st.floats(50, 80),
    st.sets(st.sampled_from(NAMES)) | st.none(),
)
def test_whatever_was_answered_the_menu_keeps_to_its_rules(
    answers: list[tuple[str, float, bool, float]], minutes: float, exam: float, among: set[str] | None
) -> None:
    """Never over its budget, nothing twice, nothing that may not be asked, sets side by side, and counted rightly."""
    history = [
        answered(PROFILES[name], right, day * DAY, seconds=seconds)
        for name, day, right, seconds in sorted(answers, key=lambda one: one[1])
    ]
    today = _menu(history, 50.0, minutes, exam + 0.01, among=among)
    assert _minutes(today.ids, history) <= minutes + 1e-9
    assert len(set(today.ids)) == len(today.ids)
    assert among is None or set(today.ids) <= among
    met = {past.question_id for past in history}
    assert today.repeated == len(met & set(today.ids))
    assert today.new == len(today.ids) - today.repeated
    _assert_sets_are_whole(today.ids, among)


def _assert_sets_are_whole(ids: Sequence[str], among: set[str] | None) -> None:
    for name in {PROFILES[one].set for one in ids} - {None}:
        places = [place for place, one in enumerate(ids) if PROFILES[one].set == name]
        whole = [one.id for one in PROFILES.values() if one.set == name and (among is None or one.id in among)]
        assert [ids[place] for place in places] == whole
        assert places == list(range(places[0], places[0] + len(places)))


def test_the_same_history_gives_the_same_menu() -> None:
    """What `quizdl` shows is what `quizdl practice --due` asks."""
    history = _studied(seed=1, day=10)
    assert _menu(history, 11.0) == _menu(history, 11.0)


def test_the_first_menu_covers_topics_by_the_exam_s_weights() -> None:
    """Three hours without a history: every area is there, the heaviest has the most; none that weighs nothing."""
    first = _menu([], 1.0, minutes=180)
    areas = [area_of(PROFILES[name].chapter) for name in first.ids]
    assert set(areas) == set(WEIGHTS)
    assert max(set(areas), key=areas.count) == "dl"
    only = _menu([], 1.0, minutes=60, weights={"math": 1.0})
    assert {area_of(PROFILES[name].chapter) for name in only.ids} == {"math"}


def test_weak_topics_come_before_strong_ones() -> None:
    """Of two topics of one area, asked equally often, the one that went wrong has more new questions on the menu."""
    history = []
    for number, name in enumerate(f"q-{topic}-{place}" for place in range(6, 12) for topic in ("2-1-1", "2-1-2")):
        history.append(answered(PROFILES[name], PROFILES[name].chapter == "2-1-2", 9 * DAY + number))
    new = [
        name for name in NAMES if name not in {past.question_id for past in history} and name[2:7] in ("2-1-1", "2-1-2")
    ]
    today = _menu(history, 9.2, minutes=4, among=set(new))
    topics = [PROFILES[name].chapter for name in today.ids]
    assert topics.count("2-1-1") > topics.count("2-1-2")


def test_what_was_just_answered_is_not_asked_again_while_there_is_anything_else() -> None:
    """Repetitions space themselves: right this morning is no question for the afternoon."""
    history = [answered(PROFILES[name], True, 10 * DAY + number) for number, name in enumerate(NAMES[3:12])]
    assert not set(_menu(history, 10.2).ids) & set(NAMES[3:12])


def test_a_missed_question_comes_back_within_days() -> None:
    """What went wrong is among the first repetitions, though there is much that is new."""
    history = [answered(PROFILES[name], name in NAMES[50:90], 10 * DAY, seconds=20.0) for name in NAMES[40:100]]
    today = _menu(history, 13.0)
    repeated = [name for name in today.ids if name in NAMES[40:100]]
    assert sum(name not in NAMES[50:90] for name in repeated) >= len(repeated) / 2


def test_the_eve_of_the_exam_is_a_day_like_any_other() -> None:
    """However much is overdue: the minutes hold, something new may still be worth it, and without any there is none."""
    eve = _menu(_studied(seed=8, day=66, count=120), 69.0)
    assert eve.seconds <= 30 * 60
    assert eve.repeated >= 3
    assert eve.new >= 3
    all_met = _menu([answered(one, True, 40 * DAY) for one in PROFILES.values()], 69.0)
    assert all_met.new == 0
    assert all_met.seconds > 0.9 * 30 * 60


def test_only_the_chosen_framework_is_asked() -> None:
    """A twin about the other one is not on the menu."""
    twins = [
        msgspec.structs.replace(PROFILES["q-2-1-1-4"], id=f"twin-{name}", framework=name)
        for name in ("pytorch", "tensorflow")
    ]
    terms = Terms(now=DAY, exam=9 * DAY, weights=WEIGHTS, framework="tensorflow")
    assert menu([], census_of(twins), 30, terms).ids == ("twin-tensorflow",)


def test_what_does_not_fit_is_left_out_and_nothing_is_squeezed_in() -> None:
    """A whole function needs seven minutes: in twenty it is not begun, in an hour it is; in none there is no menu."""
    whole = {one.id for one in PROFILES.values() if one.whole}
    assert _menu([], 1.0, minutes=20, among=whole) == Menu()
    assert whole.issuperset(_menu([], 1.0, minutes=60, among=whole).ids)
    assert _menu([], 1.0, minutes=0) == Menu()


def test_disputed_topics_come_later() -> None:
    """Of two questions alike, the one on an undisputed topic is asked first."""
    sure = Profile(id="sure", kind="choice", chapter="3-1-1")
    disputed = Profile(id="disputed", kind="choice", chapter="3-1-1", scope="disputed")
    assert menu([], census_of([disputed, sure]), 1, Terms(now=0.0, exam=DAY, weights=WEIGHTS)).ids == ("sure",)
