"""Computing a tree, held against SymPy and against Python."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quizdl.errors import FormulaError
from quizdl.formula import Binary, Call, Evaluator, Name, Node, Number, Unary, evaluate, parse, to_sympy

FUNCTIONS = [
    "sigmoid",
    "tanh",
    "exp",
    "log",
    "log2",
    "sqrt",
    "abs",
    "floor",
    "ceil",
    "relu",
    "sin",
    "cos",
    "softplus",
    "sign",
]
LEAVES = st.sampled_from([Name("x"), Name("y"), Number(2), Number(0.25), Number(3)])
TREES = st.recursive(
    LEAVES,
    lambda below: st.one_of(
        st.builds(Unary, st.just("-"), below),
        st.builds(Binary, st.sampled_from("+-*/"), below, below),
        st.builds(Binary, st.just("^"), below, st.sampled_from([Number(2), Number(3), Unary("-", Number(1))])),
        st.builds(Call, st.sampled_from(FUNCTIONS), st.tuples(below)),
        st.builds(Call, st.sampled_from(["max", "min"]), st.tuples(below, below)),
    ),
    max_leaves=5,
)
SYMBOLS = {name: sympy.Symbol(name, real=True) for name in ("x", "y")}


@settings(deadline=None)  # SymPy's first call fills its caches
@given(TREES, st.sampled_from([-1.75, -0.3, 0.4, 1.2, 2.6]), st.sampled_from([-2.2, 0.7, 1.9]))
def test_a_value_is_the_one_that_sympy_gives(tree: Node, x: float, y: float) -> None:
    """Plain Python and SymPy read the same tree as the same function."""
    try:
        value = evaluate(tree, {"x": x, "y": y})
    except FormulaError:
        assume(False)
    assume(abs(value) < 1e12)
    # SymPy gets exact fractions, so that a floor or a sign falls where it does not by rounding.
    exact = to_sympy(tree, SYMBOLS).subs({SYMBOLS["x"]: sympy.Rational(str(x)), SYMBOLS["y"]: sympy.Rational(str(y))})
    expected = exact.evalf(20)
    assume(expected.is_real is not False and expected.is_number)
    assume(not _near_a_step(tree, x, y))
    assert math.isclose(value, float(expected), rel_tol=1e-9, abs_tol=1e-9)


def _near_a_step(tree: Node, x: float, y: float) -> bool:
    """Whether a function that jumps is asked within rounding of its jump."""
    from quizdl.formula.tree import walk

    jumps = [one for one in walk(tree) if isinstance(one, Call) and one.function in ("floor", "ceil", "sign")]
    inner = [evaluate(one.arguments[0], {"x": x, "y": y}) for one in jumps]
    return any(abs(value - round(value)) < 1e-9 or abs(value) > 1e15 for value in inner)


@pytest.mark.parametrize(
    "formula",
    ["9**9**9", "9^9^9^9", "2^64^64", "exp(exp(exp(99)))", "(((9^64)^64)^64)^64", "x^x^x", "10^30*1e300*1e300"],
)
def test_what_would_never_end_is_refused_at_once(formula: str) -> None:
    """Sizes are known before they are computed; SymPy is not even asked."""
    tree = parse(formula, ["x"])
    with pytest.raises(FormulaError):
        evaluate(tree, {"x": 99999})


@pytest.mark.parametrize("formula", ["9**9**9", "(2*x)^9^9", "x^(64^64)", "floor(9^9^9) + x"])
def test_sympy_never_gets_a_power_that_it_would_write_out(formula: str) -> None:
    """`9^9^9` has 370 million digits."""
    with pytest.raises(FormulaError):
        to_sympy(parse(formula, ["x"]), SYMBOLS)


@pytest.mark.parametrize(
    ("formula", "value", "kind"),
    [
        ("(n + 2*p - f)//s + 1", 3, int),
        ("n*n", 25, int),
        ("2^3", 8, int),
        ("2^-1", 0.5, float),
        ("n/5", 1.0, float),
        ("floor(7/2)", 3, int),
        ("ceil(7/2)", 4, int),
        ("max(n, 2)", 5, int),
        ("-n % 3", 1, int),
        ("abs(-n)", 5, int),
        ("f < n", True, bool),
        ("0 <= p < f and not n == 4", True, bool),
        ("double(n) + 1", 11, int),
        ("1^(10^30)", 1, int),
        ("(-1)^(10^30 + 1)", -1, int),
        ("0^(10^30)", 0, int),
    ],
)
def test_whole_numbers_stay_whole(formula: str, value: float, kind: type) -> None:
    """An author's sizes are exact; the caller's functions are called with them."""
    result = evaluate(parse(formula, integers=True), {"n": 5, "f": 3, "s": 2, "p": 1}, {"double": lambda n: 2 * n})
    assert result == value
    assert type(result) is kind


@pytest.mark.parametrize(
    "formula",
    ["1/0", "1/(x - x)", "5 % 0", "5//0", "log(0)", "log(-1)", "sqrt(-1)", "(-8)^(1/3)", "0^-1", "q", "f(1)", "bad(1)"],
)
def test_what_has_no_value_is_a_formula_error(formula: str) -> None:
    """Division by zero, a domain, an unknown name or function, a function of the caller's that refuses."""

    def refuse(_: int) -> int:
        raise ValueError("no such layer")

    with pytest.raises(FormulaError):
        evaluate(parse(formula, integers=True), {"x": 2}, {"bad": refuse})


def test_logic_looks_no_further_than_it_must() -> None:
    """`s != 0 and n % s == 0` is safe at s = 0."""
    assert evaluate(parse("s != 0 and 5 % s == 0", integers=True), {"s": 0}) is False
    assert evaluate(parse("s == 0 or 5 % s == 0", integers=True), {"s": 0}) is True


@given(st.floats(-1e4, 1e4))
def test_sigmoid_and_softplus_do_not_overflow_in_either_tail(x: float) -> None:
    """Scores of ±1000 are common in the exam."""
    assert 0 <= evaluate(parse("sigmoid(x)"), {"x": x}) <= 1
    assert evaluate(parse("softplus(x)"), {"x": x}) >= max(x, 0)


@given(TREES, st.lists(st.tuples(st.integers(-3, 3), st.floats(-3, 3)), min_size=1, max_size=4))
def test_an_evaluator_gives_each_time_what_evaluate_gives(tree: Node, points: list[tuple[int, float]]) -> None:
    """Nothing of one evaluation is left for the next, an error neither."""
    ready = Evaluator(tree)
    for x, y in points:
        values = {"x": x, "y": y}
        assert _outcome(lambda values=values: ready(values)) == _outcome(lambda values=values: evaluate(tree, values))


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan, 1 << 5000])
def test_a_value_that_has_left_the_numbers_is_an_error_even_as_a_bare_name(value: float) -> None:
    """It is not handed on."""
    with pytest.raises(FormulaError):
        evaluate(Name("x"), {"x": value})


def _outcome(run: Callable[[], float]) -> tuple[type, str]:
    try:
        value = run()
    except FormulaError as error:
        return type(error), error.message.en
    return type(value), repr(value)
