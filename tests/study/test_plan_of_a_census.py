"""A plan over natures is the plan over questions: the same ids in the same order, whatever bank and history."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plain_plan import PlainPlan
from quizdl.areas import WEIGHTS
from quizdl.bank.census import Census, Roll, roll_of
from quizdl.model import Past, Profile
from quizdl.study.outlook import Terms
from quizdl.study.plan import menu
from quizdl.study.readiness import readiness
from simulated_learner import DAY, Learner, answered, census_of, pool

NOW = 50 * DAY
_NATURES = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(["choice", "term", "code", "essay"]),
        "chapter": st.sampled_from(["1-1-1", "3-1-1", "3-1-2", "3-2-1", "9-1"]),
        "level": st.sampled_from(["recall", "apply"]),
        "scope": st.sampled_from([None, None, "disputed"]),
        "whole": st.sampled_from([False, False, True]),
        "framework": st.sampled_from([None, None, "pytorch", "tensorflow"]),
    }
)
_UNITS = st.lists(st.lists(_NATURES, min_size=1, max_size=3), min_size=1, max_size=4)


@st.composite
def _banks(draw: st.DrawFn) -> list[Profile]:
    """A few natures, each several times, in any order; sets and questions by themselves."""
    natures = draw(_UNITS)
    found = []
    for number, which in enumerate(draw(st.lists(st.integers(0, len(natures) - 1), min_size=1, max_size=25))):
        group = f"set-{number}" if len(natures[which]) > 1 or draw(st.booleans()) else None
        found += [
            Profile(id=f"q{number}-{place}", set=group, **fields)  # type: ignore[arg-type]
            for place, fields in enumerate(natures[which])
        ]
    return found


@st.composite
def _histories(draw: st.DrawFn, bank: Sequence[Profile]) -> list[Past]:
    """Answers of all sorts, some to questions that are gone, in the order of time."""
    answers = draw(
        st.lists(
            st.tuples(
                st.floats(0, 50),
                st.sampled_from([*bank, Profile(id="gone", kind="term", chapter="3-1-1")]),
                st.sampled_from(["correct", "wrong", "partial", "unreadable"]),
                st.sampled_from([0.0, 10.0, 40.0, 300.0]),
                st.sampled_from(["practice", "exam"]),
                st.booleans(),
            ),
            max_size=20,
        )
    )
    return [
        answered(one, verdict == "correct", day * DAY, verdict=verdict, seconds=seconds, mode=mode, undone=undone)
        for day, one, verdict, seconds, mode, undone in sorted(answers, key=lambda answer: answer[0])
    ]


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_the_menu_is_that_of_the_plan_question_by_question(data: st.DataObject) -> None:
    """Among all or some; of both frameworks; sets, twins, long and disputed questions; every field is equal."""
    bank = data.draw(_banks())
    history = data.draw(_histories(bank))
    terms = Terms(
        now=NOW,
        exam=NOW + data.draw(st.floats(0.1, 40)) * DAY,
        weights=data.draw(st.sampled_from([WEIGHTS, {"dl": 1.0}])),
        framework=data.draw(st.sampled_from(["pytorch", "tensorflow"])),
    )
    minutes = data.draw(st.floats(0.5, 90))
    among = data.draw(st.none() | st.sets(st.sampled_from([*(one.id for one in bank), "gone"])))
    found = menu(history, census_of(bank), minutes, terms, among=among)
    assert found == PlainPlan(history, bank, terms).menu(minutes, among)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_bank_of_one_s_own_beside_it_is_as_one_bank(data: st.DataObject) -> None:
    """Numbers go on from bank to bank, and the ids of one are led by its name."""
    bank = data.draw(_banks())
    first = bank[: data.draw(st.integers(0, len(bank)))]
    first = [one for one in first if one.set is None or all(other in first for other in bank if other.set == one.set)]
    rest = [one for one in bank if one not in first]
    named = {f"mine.{one.id}" for one in first}
    both = Census({"mine.": roll_of({"": first}, [""]), "": roll_of({"": rest}, [""])})
    ids = {*named, *(one.id for one in rest)}
    assert list(both.known(ids)) == [*(f"mine.{one.id}" for one in first), *(one.id for one in rest)]
    terms = Terms(now=NOW, exam=NOW + 9 * DAY, weights=WEIGHTS)
    one_bank = menu([], census_of([*first, *rest]), 30, terms)
    assert [name.removeprefix("mine.") for name in menu([], both, 30, terms).ids] == list(one_bank.ids)


@pytest.mark.parametrize("seed", range(4))
def test_readiness_counts_what_is_alike(seed: int) -> None:
    """The order of the bank, and what stands in a set, make no difference but in the last digits."""
    bank = pool()
    learner, source = Learner(bank, seed), random.Random(seed)  # noqa: S311
    for number in range(120):
        learner.answer(source.choice(list(bank)), number * DAY / 3)
    apart = [msgspec.structs.replace(one, set=None) for one in source.sample(list(bank.values()), len(bank))]
    said, again = (
        readiness(learner.history, census_of(questions), NOW, weights=WEIGHTS, line=0.65)
        for questions in (bank.values(), apart)
    )
    assert said.total
    assert again.total
    assert again.total.estimate == pytest.approx(said.total.estimate, rel=1e-9)
    for one, other in zip((*said.chapters, *said.areas), (*again.chapters, *again.areas), strict=True):
        assert one.answers == other.answers
        assert one.share
        assert other.share
        assert other.share.estimate == pytest.approx(one.share.estimate, rel=1e-9)


def test_of_a_large_bank_few_questions_are_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that were answered, and those on the menu; a bank of forty times as many costs no more."""
    decoded: list[int] = []
    unit = Roll.unit

    def spy(roll: Roll, number: int) -> tuple[Profile, ...]:
        decoded.append(number)
        return unit(roll, number)

    monkeypatch.setattr(Roll, "unit", spy)
    for size in (12, 480):
        profiles = pool(size)
        history = [answered(profiles[f"q-3-1-1-{number}"], True, (40 + number) * DAY) for number in range(9)]
        decoded.clear()
        today = menu(history, census_of(profiles.values()), 30, Terms(now=NOW, exam=NOW + 9 * DAY, weights=WEIGHTS))
        assert len(decoded) <= 2 * len(history) + len(today.ids)
