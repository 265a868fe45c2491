"""What learners type, and how it is read."""

from __future__ import annotations

import pytest

from quizdl.errors import FormulaError
from quizdl.formula import names_of, parse, show

ALIASES = {"s0": "z0", "g": "sigmoid", "h_{t-1}": "h_prev"}
NAMES = ("x", "y", "z0", "x_1", "W_in", "h_prev", "α", "theta")


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("2x", "2*x"),
        ("2(x+y)", "2*(x + y)"),
        ("(x)(y)", "x*y"),
        ("x y", "x*y"),
        ("xy", "x*y"),
        ("xexp(y)", "x*exp(y)"),
        ("x^2", "x^2"),
        ("x**2", "x^2"),
        ("x²", "x^2"),
        ("x¹⁰", "x^10"),
        ("x⁻¹", "x^(-1)"),
        ("(x+y)²", "(x + y)^2"),
        ("x^-2", "x^(-2)"),
        ("2^3^x", "2^3^x"),
        ("x − y × 2 ÷ y · x ⋅ y", "x - y*2/y*x*y"),
        ("２（ｘ＋ｙ）", "2*(x + y)"),
        ("√x", "sqrt(x)"),
        ("√(x)y", "sqrt(x)*y"),
        ("|x|", "abs(x)"),
        ("|x||y|", "abs(x)*abs(y)"),
        ("||x| − 2|x", "abs(abs(x) - 2)*x"),
        ("|x(|y|)|", "abs(x*abs(y))"),
        ("σ(x)(1−σ(x))", "sigmoid(x)*(1 - sigmoid(x))"),
        ("Sigmoid(X)", "sigmoid(x)"),
        ("g(s0)", "sigmoid(z0)"),
        ("ln(x)", "log(x)"),
        ("log x", "log(x)"),
        ("1 − tanh²(x)", "1 - tanh(x)^2"),
        ("1 - tanh^2(x)", "1 - tanh(x)^2"),
        ("tanh(x)^2", "tanh(x)^2"),
        ("W_in", "W_in"),
        ("Win x", "W_in*x"),
        ("W_{in}x", "W_in*x"),
        ("W_(in)", "W_in"),
        ("x₁ + x1 + x_1 + x_{1}", "x_1 + x_1 + x_1 + x_1"),
        ("h_{t-1} + hₜ₋₁", "h_prev + h_prev"),
        ("alpha + θ", "α + theta"),
        ("αx", "α*x"),
        ("πx + pi", "pi*x + pi"),
        ("e^x", "e^x"),
        ("½x", "1/2*x"),
        ("-x^2", "-x^2"),
        ("(-x)^2", "(-x)^2"),
        ("x--y", "x - (-y)"),
        ("+x", "x"),
        ("[x+{y}]", "x + y"),
        ("1.5e3x", "1500.0*x"),
        ("dz/dx = 2x", "2*x"),
        ("∂z/∂x=2x", "2*x"),
        ("y_1 = x", "x"),
        ("h_{t+1} = x", "x"),
        ("f(x) = x", "x"),
        ("0。5x", "0.5*x"),
    ],
)
def test_a_learners_spelling_is_read(typed: str, read: str) -> None:
    """Every spelling shows as the canonical text."""
    assert show(parse(typed, NAMES, aliases=ALIASES)) == read


@pytest.mark.parametrize(
    ("typed", "place"),
    [
        ("", 0),
        ("   ", 3),
        ("2x +", 4),
        ("x + foo", 4),
        ("ｘ＋ｆｏｏ", 2),
        ("x² + foo", 5),
        ("½ + foo", 4),
        ("x⁻¹⁰ + q", 7),
        ("\u200bx\u200b + q", 6),
        ("x_t", 0),
        ("x2", 0),
        ("x)", 1),
        ("(x", 0),
        ("2(x+(y)", 1),
        ("x $ y", 2),
        ("x + 'y'", 4),
        ("2 3", 2),
        ("(x)2", 3),
        ("x % y", 2),
        ("x < y", 2),
        ("x, y", 1),
        ("2x = x + x", 3),
        ("y = x = 2", 2),
        ("y = ", 4),
        ("x^65", 1),
        ("9^-999", 1),
        ("exp(x, y)", 0),
        ("exp()", 4),
        ("max", 3),
        ("tanh^-1(x)", 4),
        ("٣x", 0),
        ("x!", 1),
        ("x_{\x1b[31m}", 3),
        ("|x", 0),
        ("x|", 2),
    ],
)
def test_an_error_points_at_the_place_as_typed(typed: str, place: int) -> None:
    """Whatever normalisation did to the lengths before it."""
    with pytest.raises(FormulaError) as caught:
        parse(typed, NAMES)
    assert caught.value.position == place


@pytest.mark.parametrize("typed", ["1/2x", "x/y(x+1)", "1/2|x|", "e^2x", "2e^-2x", "√2x", "log 2x", "√x^2", "sin x y"])
def test_what_has_two_readings_is_refused(typed: str) -> None:
    """A guess would mark somebody's right answer wrong."""
    with pytest.raises(FormulaError, match="two ways"):
        parse(typed, NAMES)


@pytest.mark.parametrize("typed", ["x^2y", "e^(2x)", "e^x y", "(1/2)x", "1/(2x)", "x y/2", "√(2)x", "1/2*x"])
def test_what_has_one_reading_is_not_refused(typed: str) -> None:
    """The refusal does not spread."""
    assert names_of(parse(typed, NAMES)) <= {"x", "y"}


def test_an_unknown_name_lists_the_known_ones() -> None:
    """The message says what may be written."""
    with pytest.raises(FormulaError) as caught:
        parse("a + x", ("x", "y"))
    assert "Known: x, y" in caught.value.message.en
    assert "使える記号: x, y" in caught.value.message.ja


def test_declared_names_win_over_constants_and_functions() -> None:
    """A question may call its symbols e, sigma or E."""
    assert names_of(parse("e*sigma", ("e", "sigma"))) == {"e", "sigma"}
    assert show(parse("σ(x)", ("sigma", "x"))) == "sigma*x"
    assert show(parse("2e3", ("e", "e_3"))) == "2*e_3"


def test_case_tells_names_apart_where_both_exist() -> None:
    """`w` is `W` only where there is no `w`."""
    assert show(parse("Ww", ("W", "w"))) == "W*w"
    assert show(parse("w", ("W",))) == "W"


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("(n - f)//s + 1", "(n - f)//s + 1"),
        ("f <= n + 2*p", "f <= n + 2*p"),
        ("0 <= p < f and not n % 2 == 0", "0 <= p < f and not n % 2 == 0"),
        ("conv_output_size(n, f, s, p)", "conv_output_size(n, f, s, p)"),
        ("floor((n + 2p)/s)", "floor((n + 2*p)/s)"),
    ],
)
def test_authors_write_whole_number_arithmetic_and_conditions(written: str, read: str) -> None:
    """Any identifier is a name to them, and one before a bracket a function."""
    assert show(parse(written, integers=True)) == read


@pytest.mark.parametrize(
    "typed",
    ["x" * 501, "(" * 60 + "x" + ")" * 60, "-" * 300 + "x", "x" + "+x" * 240, "2^" * 200 + "2", "|" * 400, "1" * 31],
)
def test_what_is_too_large_is_refused(typed: str) -> None:
    """Length, nesting, nodes and digits have an end."""
    with pytest.raises(FormulaError):
        parse(typed, NAMES)


def test_importing_the_room_needs_neither_numpy_nor_sympy() -> None:
    """The first question of a session reads formulas; it must not wait for SymPy."""
    import subprocess
    import sys

    script = "import quizdl.formula, sys; print([m for m in ('numpy', 'sympy', 'mpmath') if m in sys.modules])"
    assert subprocess.check_output([sys.executable, "-c", script], text=True, encoding="utf-8").strip() == "[]"
