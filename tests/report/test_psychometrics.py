"""Item statistics equal what one computes by hand, and what NumPy computes; where nothing varies there is no number."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quizdl.report.psychometrics import Table, correlation, cronbach_alpha, discrimination, histogram, quantile, spread

SCORES = st.sampled_from([0.0, 0.25, 1 / 3, 0.5, 2 / 3, 1.0])
TABLES = st.integers(2, 6).flatmap(
    lambda questions: st.lists(st.lists(SCORES, min_size=questions, max_size=questions), min_size=2, max_size=40)
)


def _table(rows: list[list[float]]) -> Table:
    return Table(len(rows[0]) if rows else 0, rows)


def test_alpha_of_a_small_table_is_the_one_computed_by_hand() -> None:
    """Variances of the questions 2/9, 2/9, 2/9, of the totals 2/3·… : with totals 3, 1, 0 it is 14/9."""
    table = [[1.0, 1.0, 1.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]]
    assert cronbach_alpha(_table(table)) == pytest.approx(3 / 2 * (1 - (3 * 2 / 9) / (14 / 9)))


def test_discrimination_by_hand() -> None:
    """The question (1, 1, 0, 0) against the others' sums (2, 1, 1, 0): r = ½ / √(¼ · ½)."""
    table = [[1.0, 1.0, 1.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    assert discrimination(_table(table), 0) == pytest.approx(0.25 / math.sqrt(0.25 * 0.5))


@given(TABLES)
def test_alpha_is_numpys(table: list[list[float]]) -> None:
    """k/(k−1) · (1 − Σσ²/σ²), and at most 1."""
    scores = np.array(table)
    total = scores.sum(axis=1).var()
    assume(total > 1e-9)
    k = scores.shape[1]
    expected = k / (k - 1) * (1 - scores.var(axis=0).sum() / total)
    found = cronbach_alpha(_table(table))
    assert found == pytest.approx(expected, abs=1e-9)
    assert found is not None
    assert found <= 1 + 1e-12


@given(TABLES, st.data())
def test_discrimination_is_numpys_point_biserial(table: list[list[float]], data: st.DataObject) -> None:
    """Pearson's r of a column with the sum of the others, never with itself among them."""
    place = data.draw(st.integers(0, len(table[0]) - 1))
    scores = np.array(table)
    item, rest = scores[:, place], np.delete(scores, place, axis=1).sum(axis=1)
    assume(item.std() > 1e-9 and rest.std() > 1e-9)
    assert discrimination(_table(table), place) == pytest.approx(np.corrcoef(item, rest)[0, 1], abs=1e-9)


@given(st.lists(st.booleans(), min_size=2, max_size=30), st.data())
def test_of_right_and_wrong_it_is_the_textbooks_point_biserial(right: list[bool], data: st.DataObject) -> None:
    """(M₁ − M₀)/s · √(pq)."""
    rest = [float(data.draw(st.integers(0, 4))) for _ in right]
    assume(0 < sum(right) < len(right) and len(set(rest)) > 1)
    of_right = [value for value, is_right in zip(rest, right, strict=True) if is_right]
    of_wrong = [value for value, is_right in zip(rest, right, strict=True) if not is_right]
    share = len(of_right) / len(right)
    expected = (np.mean(of_right) - np.mean(of_wrong)) / np.std(rest) * math.sqrt(share * (1 - share))
    assert correlation([float(one) for one in right], rest) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(
    "table",
    [
        pytest.param([], id="nobody"),
        pytest.param([[1.0, 0.5]], id="one learner"),
        pytest.param([[1.0], [0.0]], id="one question"),
        pytest.param([[1.0, 1.0], [1.0, 1.0]], id="everybody has everything right"),
        pytest.param([[0.1, 0.2, 0.3]] * 7, id="equal rows whose sums are not exact"),
        pytest.param([[1.0, 0.0], [0.0, 1.0]], id="totals that do not differ"),
    ],
)
def test_where_totals_do_not_vary_there_is_no_alpha(table: list[list[float]]) -> None:
    """Dividing by nothing would give a number that means nothing."""
    assert cronbach_alpha(_table(table)) is None


@given(st.integers(1, 30), SCORES, SCORES)
def test_constant_scores_tell_nobody_apart(learners: int, first: float, second: float) -> None:
    """Neither a question that is alike for all, nor others that are."""
    assert discrimination(_table([[first, second]] * learners), 0) is None
    varied = [[first, float(number % 2)] for number in range(learners)]
    assert discrimination(_table(varied), 0) is None
    assert discrimination(_table(varied), 1) is None
    assert correlation([first], [second]) is None


@given(st.lists(st.floats(0, 100), min_size=1, max_size=60))
def test_the_spread_is_numpys(values: list[float]) -> None:
    """Mean, deviation of the sample, quartiles."""
    found = spread(values)
    assert found is not None
    expected = np.quantile(values, [0, 0.25, 0.5, 0.75, 1])
    shown = (found.lowest, found.lower, found.median, found.upper, found.highest)
    assert shown == pytest.approx(tuple(expected), abs=1e-9)
    assert found.mean == pytest.approx(float(np.mean(values)), abs=1e-9)
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    assert found.deviation == pytest.approx(deviation, abs=1e-6)


def test_there_is_no_spread_of_nothing() -> None:
    """An empty class is no error."""
    assert spread([]) is None


@given(st.lists(st.floats(0, 100), max_size=60), st.integers(1, 20))
def test_a_histogram_counts_everybody_once(values: list[float], bins: int) -> None:
    """100 % included."""
    assert sum(histogram(values, bins)) == len(values)


def test_whole_percentages_fall_on_the_right_side_of_a_bin() -> None:
    """30 % as a product of floats is not 29.999…"""
    assert histogram([100 * 0.1 * count for count in range(11)]) == (1, 1, 1, 1, 1, 1, 1, 1, 1, 2)
    assert quantile([5.0], 0.75) == 5.0
