"""An exam's blueprint: areas by weight, sets whole, no repeats, the same for the same seed."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.areas import WEIGHTS, area_of
from quizdl.study.blueprint import Candidate, compose

AREA_CHAPTERS = {"math": ("1-1",), "ml": ("2-1",), "dl": ("3-1", "4-2"), "ops": ("5-1",)}


@st.composite
def pools(draw: st.DrawFn) -> list[Candidate]:
    """Questions alone and in sets of up to five, in all areas and in none, some of one framework alone."""
    found: list[Candidate] = []
    for unit in range(draw(st.integers(0, 30))):
        size = draw(st.sampled_from((1, 1, 1, 2, 3, 5)))
        chapter = draw(st.sampled_from(("1-1", "2-1", "3-1", "4-2", "5-1", "9-9")))
        framework = draw(st.sampled_from((None, None, None, "pytorch", "tensorflow")))
        scope = draw(st.sampled_from((None, None, None, "disputed")))
        group = None if size == 1 else f"s{unit}"
        found += [Candidate(f"q{unit}-{place}", group, chapter, framework, scope) for place in range(size)]
    return found


WEIGHTINGS = st.fixed_dictionaries(dict.fromkeys(WEIGHTS, st.integers(0, 50)))


def _units(candidates: list[Candidate]) -> dict[str, list[str]]:
    units: dict[str, list[str]] = {}
    for one in candidates:
        units.setdefault(one.set or one.id, []).append(one.id)
    return units


@given(pools(), st.integers(0, 80), WEIGHTINGS, st.integers())
def test_sets_stay_whole_in_their_order_and_nothing_comes_twice(
    pool: list[Candidate], count: int, weights: dict[str, float], seed: int
) -> None:
    """Every set is asked side by side as the bank has it, or not at all; never more than were asked for."""
    ids = compose(pool, count, weights, seed)
    assert len(ids) == len(set(ids)) <= count
    for members in _units([one for one in pool if one.framework != "tensorflow"]).values():
        inside = [name for name in ids if name in members]
        assert inside in ([], members)
        if inside:
            start = ids.index(members[0])
            assert ids[start : start + len(members)] == members


@given(pools(), st.integers(0, 80), WEIGHTINGS, st.integers(), st.sampled_from(("pytorch", "tensorflow")))
def test_only_the_chosen_framework_and_on_demand_nothing_disputed(
    pool: list[Candidate], count: int, weights: dict[str, float], seed: int, framework: str
) -> None:
    """What belongs to no framework is everybody's."""
    known = {one.id: one for one in pool}
    asked = [known[name] for name in compose(pool, count, weights, seed, framework=framework, disputed=False)]  # type: ignore[arg-type]
    assert all(one.framework in (None, framework) and one.scope is None for one in asked)


@given(pools(), st.integers(0, 80), WEIGHTINGS, st.integers(), st.randoms(use_true_random=False))
def test_the_same_seed_sets_the_same_exam(
    pool: list[Candidate], count: int, weights: dict[str, float], seed: int, chance: object
) -> None:
    """Also where the bank's files are read in another order."""
    units = list(_units(pool).values())
    chance.shuffle(units)  # type: ignore[attr-defined]
    known = {one.id: one for one in pool}
    moved = [known[name] for members in units for name in members]
    assert compose(pool, count, weights, seed) == compose(moved, count, weights, seed)


@given(pools(), st.integers(0, 80), WEIGHTINGS, st.integers())
def test_as_many_as_the_pool_can_give(pool: list[Candidate], count: int, weights: dict[str, float], seed: int) -> None:
    """All of the pool where it is too small; else exactly the number, where single questions fill what sets leave."""
    eligible = [one for one in pool if one.framework != "tensorflow"]
    found = len(compose(pool, count, weights, seed))
    if len(eligible) <= count:
        assert found == len(eligible)
    singles = sum(one.set is None for one in eligible)
    if len(eligible) >= count and singles >= 4:
        assert found == count


def _bank(sizes: dict[str, tuple[int, int, int]]) -> list[Candidate]:
    """Per area: single questions, sets, and how large these are."""
    found: list[Candidate] = []
    for area, (singles, sets, size) in sizes.items():
        chapter = AREA_CHAPTERS[area][0]
        found += [Candidate(f"{area}-{n}", None, chapter) for n in range(singles)]
        found += [Candidate(f"{area}-s{n}-{m}", f"{area}-s{n}", chapter) for n in range(sets) for m in range(size)]
    return found


@st.composite
def roomy_banks(draw: st.DrawFn) -> tuple[list[Candidate], int]:
    """Banks in which every area has more than it will ever need, with the size of the largest set."""
    size = draw(st.integers(2, 5))
    singles = st.integers(0, 12)
    return _bank({area: (draw(singles) + 8, 30 + draw(singles), size) for area in WEIGHTS}), size


@settings(max_examples=40)
@given(roomy_banks(), st.integers(20, 60), st.integers())
def test_each_area_is_within_one_set_of_its_share(bank: tuple[list[Candidate], int], count: int, seed: int) -> None:
    """And all of them together are exactly the number asked for."""
    pool, size = bank
    area = {one.id: area_of(one.chapter) for one in pool}
    ids = compose(pool, count, WEIGHTS, seed)
    found = Counter(area[name] for name in ids)
    assert len(ids) == count
    for name, weight in WEIGHTS.items():
        assert abs(found[name] - count * weight / 100) <= size


@settings(max_examples=40)
@given(roomy_banks(), st.integers(10, 40), st.integers())
def test_nothing_recent_is_asked_while_there_is_enough(
    bank: tuple[list[Candidate], int], count: int, seed: int
) -> None:
    """Three exams in a row share no question."""
    pool, _ = bank
    seen: set[str] = set()
    for number in range(3):
        ids = set(compose(pool, count, WEIGHTS, seed + number, seen))
        assert not ids & seen
        seen |= ids


def test_recent_questions_come_back_where_there_are_no_others() -> None:
    """As few as possible, and the weights hold."""
    pool = _bank({"math": (10, 0, 1), "ml": (20, 0, 1)})
    recent = {f"math-{n}" for n in range(8)}
    ids = compose(pool, 10, {"math": 50, "ml": 50}, 1, recent)
    found = Counter(name.partition("-")[0] for name in ids)
    assert len(ids) == 10
    assert abs(found["math"] - 5) <= 1
    assert len(set(ids) & recent) == found["math"] - 2
    assert set(compose(pool, 30, {"math": 1, "ml": 1}, 1, {one.id for one in pool})) == {one.id for one in pool}


def test_areas_come_in_the_reports_order_and_weigh_nothing_where_they_are_not() -> None:
    """Maths first; the share of an area without questions goes to the others; numbers of no syllabus fill up."""
    pool = [*_bank({"ops": (9, 0, 1), "math": (9, 0, 1)}), Candidate("own", None, "9-9")]
    order = [name.partition("-")[0] for name in compose(pool, 12, WEIGHTS, 3)]
    assert order == ["math"] * 8 + ["ops"] * 4
    assert "own" in compose(pool, 19, WEIGHTS, 3)
    assert compose([Candidate("own", None, "9-9")], 5, WEIGHTS, 3) == ["own"]
    assert compose([], 5, WEIGHTS, 3) == []


@pytest.mark.parametrize("scale", [2.0**-900, 2.0**1018])
def test_weights_may_be_in_any_unit(scale: float) -> None:
    """However small or large: the same parts give the same exam."""
    pool = _bank(dict.fromkeys(WEIGHTS, (60, 0, 1)))
    weights = {area: scale * weight for area, weight in WEIGHTS.items()}
    assert compose(pool, 60, weights, 3) == compose(pool, 60, WEIGHTS, 3)


def test_a_question_more_in_the_bank_changes_little() -> None:
    """Chance is drawn from each unit's own id."""
    pool = _bank({"ml": (200, 0, 1)})
    before = set(compose(pool, 50, {"ml": 1}, 5))
    after = set(compose([*pool, Candidate("new", None, "2-1")], 50, {"ml": 1}, 5))
    assert len(before - after) <= 1
