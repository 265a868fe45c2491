"""Numeric: tolerance, units, named mistakes, and causes common to all numbers."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quizdl.grading import grade
from quizdl.model import Answer, Asked, AskedMistake, Numeric, Tolerance, Verdict
from quizdl.text import Text, same

WHY = Text("理由です。", "The reason.")
EXACT = Tolerance()
KEYS = st.floats(-1e6, 1e6).filter(lambda key: abs(key) > 1e-6)


def ask(key: float, tolerance: Tolerance = EXACT, unit: Text | None = None, **mistakes: float) -> Asked:
    return Asked(
        question=Numeric(
            id="q",
            chapter="3-5",
            prompt=same("?"),
            explanation=same("!"),
            source=("d3-001",),
            answer="k",
            tolerance=tolerance,
            unit=unit,
        ),
        seed=0,
        prompt=same("?"),
        explanation=same("!"),
        key=(repr(key),),
        mistakes=tuple(AskedMistake(id=name, answer=(repr(value),), why=WHY) for name, value in mistakes.items()),
    )


def answer(text: str, asked: Asked) -> Verdict:
    return grade(asked, Answer(text=text))


@given(KEYS)
def test_the_key_itself_is_right(key: float) -> None:
    """However it is written out."""
    for written in (repr(key), f"{key:.15e}", f"{key:,.20f}", repr(key).replace("-", "−")):
        assert answer(written, ask(key)).verdict == "correct"


@given(KEYS, st.floats(1e-9, 0.4), st.floats(-0.999, 0.999), st.floats(1.001, 3))
def test_the_tolerance_decides(key: float, rel: float, inside: float, outside: float) -> None:
    """Anything within it is right, anything beyond it wrong, on both sides."""
    asked = ask(key, Tolerance(rel=rel))
    assert answer(repr(key + inside * rel * abs(key)), asked).verdict == "correct"
    for side in (-1, 1):
        assert answer(repr(key + side * outside * rel * abs(key)), asked).verdict == "wrong"


def test_the_edge_of_a_decimal_tolerance_is_inside() -> None:
    """0.255 − 0.25 is a little more than 0.005 in binary."""
    assert answer("0.255", ask(0.25, Tolerance(rel=0, abs=0.005))).verdict == "correct"


@pytest.mark.parametrize(
    "typed",
    ["1/4", "０．２５", ".25", "2.5e-1", "2.5×10^-1", "0.25 秒", "0.25s", "０.２５ｓ", "= 0.25", "約0.25", "0.250"],
)
def test_a_number_is_read_with_its_unit_in_any_dress(typed: str) -> None:
    """The unit may be there, in either language, or not."""
    assert answer(typed, ask(0.25, unit=Text("秒", "s"))).verdict == "correct"


def test_a_percent_sign_is_a_hundredth_unless_percent_is_the_unit() -> None:
    """25% is 0.25; asked in percent, 25% is 25."""
    assert answer("25%", ask(0.25)).verdict == "correct"
    assert answer("25％", ask(25.0, unit=same("%"))).verdict == "correct"


def test_another_unit_is_not_the_answer() -> None:
    """The error points at the unit."""
    verdict = answer("0.25 km", ask(0.25, unit=same("m")))
    assert verdict.verdict == "unreadable"
    assert verdict.feedback[1].en == "The place:\n0.25 km\n    ^"


def test_a_named_mistake_is_recognised_within_the_tolerance() -> None:
    """Its id and its reason are given."""
    verdict = answer("0.334", ask(0.25, Tolerance(rel=0.01), forgot=1 / 3, other=0.5))
    assert (verdict.verdict, verdict.mistake, verdict.feedback) == ("wrong", "forgot", (WHY,))


def test_no_mistake_is_named_where_two_fit() -> None:
    """A false cause is worse than none: all that is said is that it is not the answer."""
    verdict = answer("0.5", ask(0.25, Tolerance(rel=0.1), one=0.5, two=0.51))
    assert verdict.mistake is None
    assert [text.en for text in verdict.feedback] == ["This is not the answer."]


@pytest.mark.parametrize(
    ("typed", "key", "cause"),
    [
        ("-0.3", 0.3, "sign"),
        ("4", 0.25, "reciprocal"),
        ("37", 0.37, "percent"),
        ("0.37", 37.0, "percent"),
        ("0.33", 1 / 3, "rounding"),
        ("0.66", 2 / 3, "rounding"),
        ("0.67", 2 / 3, "rounding"),
        ("8", 7.7, "rounding"),
    ],
)
def test_a_common_cause_is_named(typed: str, key: float, cause: str) -> None:
    """Sign, reciprocal, percentage, rounding."""
    verdict = answer(typed, ask(key))
    assert verdict.mistake == f"generic:{cause}"
    assert len(verdict.feedback) == 1


@pytest.mark.parametrize(("typed", "key"), [("0.1", 10.0), ("-1", 0.1), ("5", 0.0), ("0", 0.3), ("0.5", 0.7)])
def test_no_common_cause_is_named_where_none_or_several_fit(typed: str, key: float) -> None:
    """0.1 for 10 is the reciprocal and a hundredth."""
    assert answer(typed, ask(key)).mistake is None


def test_a_named_mistake_wins_over_a_common_cause() -> None:
    """The author knows better."""
    assert answer("-0.3", ask(0.3, forgot_the_sign=-0.3)).mistake == "forgot_the_sign"


@given(KEYS, st.floats(-1e6, 1e6))
def test_a_wrong_number_gets_nothing_and_at_most_one_cause(key: float, got: float) -> None:
    """And says how it was read where it was written otherwise."""
    assume(not math.isclose(key, got, rel_tol=1e-5))
    verdict = answer(f"{got!r} ", ask(key))
    assert (verdict.verdict, verdict.score, verdict.passed, verdict.total) == ("wrong", 0, 0, 1)
    assert len(verdict.feedback) <= 1


def test_the_reading_is_echoed() -> None:
    """`1/4` is 0.25; what was typed so needs no echo."""
    assert answer("1/4", ask(0.25)).parsed == "0.25"
    assert answer("１，２９２，４１７", ask(1292417.0)).parsed == "1292417"
    assert answer("0.25", ask(0.25)).parsed is None
