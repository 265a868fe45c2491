"""Expression: equal functions are right however they are written, others are refuted by a point."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.formula import Binary, Call, Name, Node, Number, Unary, evaluate, parse, show
from quizdl.grading import grade
from quizdl.grading.equality import compare
from quizdl.model import Answer, Asked, AskedMistake, Expression, Verdict
from quizdl.text import Text, same


def ask(key: str, symbols: dict[str, str], aliases: dict[str, str] | None = None, **mistakes: str) -> Asked:
    return Asked(
        question=Expression(
            id="q",
            chapter="3-5",
            prompt=same("?"),
            explanation=same("!"),
            source=("d3-001",),
            symbols=symbols,  # type: ignore[arg-type]
            answer=key,
            aliases=aliases or {},
        ),
        seed=0,
        prompt=same("?"),
        explanation=same("!"),
        key=(key,),
        mistakes=tuple(
            AskedMistake(id=name, answer=(text,), why=same(f"why {name}")) for name, text in mistakes.items()
        ),
    )


def answer(text: str, key: str, **symbols: str) -> Verdict:
    return grade(ask(key, symbols), Answer(text=text))


@pytest.mark.parametrize(
    ("key", "typed", "domain"),
    [
        ("2*(x + y)", "2x+2y", "real"),
        ("2*(x + y)", "２（ｘ＋ｙ）", "real"),
        ("2*(x + y)", "dz/dx = 2(y+x)", "real"),
        ("3*x/10", "0.1x + 0.2x", "real"),
        ("x", "sqrt(x^2)", "positive"),
        ("x", "exp(ln x)", "positive"),
        ("log(x^2)", "2 log(x)", "positive"),
        ("x", "x²/x", "real"),
        ("1 - x", "sqrt((1-x)^2)", "unit"),
        ("tanh(x)", "2σ(2x) − 1", "real"),
        ("tanh(x)", "(e^x − e^-x)/(e^x + e^-x)", "real"),
        ("sigmoid(x)*(1 - sigmoid(x))", "exp(-x)/(1+exp(-x))²", "real"),
        ("sigmoid(x)*(1 - sigmoid(x))", "(1 − tanh²(x/2))/4", "real"),
        ("sigmoid(x)*(1 - sigmoid(x))", "1/(1+e^x) − 1/(1+e^x)^2", "real"),
        ("2/(1 + exp(2*x^2))", "1 − tanh(x²)", "real"),
        ("1 + tanh(x)", "(1 − tanh²(x))/(1 − tanh(x))", "real"),
        ("softplus(x)", "x + log(1 + exp(−x))", "real"),
        ("max(x, y)", "(x + y + |x − y|)/2", "real"),
        ("relu(x)", "(x + |x|)/2", "real"),
        ("floor((x + 2*y)/3) + 1", "floor((x+2y)/3 + 1)", "integer"),
        ("sqrt(1 - x^2 - y^2)", "(1 − x² − y²)^(1/2)", "real"),
        ("0*x", "sin(x)^2 + cos(x)^2 − 1", "real"),
        ("1/4", "sin(pi/6)/2", "real"),
        ("(x - 1)^8", "(1-x)^8", "real"),
    ],
)
def test_the_same_function_is_right_however_it_is_written(key: str, typed: str, domain: str) -> None:
    """Also where rounding would make them differ: digits are added until the values are settled."""
    assert answer(typed, key, x=domain, y=domain).verdict == "correct"


@pytest.mark.parametrize(
    ("key", "typed", "domain"),
    [
        ("x", "sqrt(x^2)", "real"),
        ("x", "|x|", "real"),
        ("x", "exp(log(x))", "real"),
        ("x", "x + 0*log(x)", "real"),
        ("log(x^2)", "2log(x)", "real"),
        ("2*x", "2x + 0.000001", "real"),
        ("tanh(x)", "sigmoid(2x)", "real"),
        ("1", "tanh(100 x^2)", "real"),
        ("relu(x)", "x", "real"),
        ("floor(x/2)", "x/2", "integer"),
        ("x", "1/0", "real"),
        ("x", "0", "real"),
        ("1/4", "1/3", "real"),
    ],
)
def test_another_function_is_refuted_by_a_point(key: str, typed: str, domain: str) -> None:
    """The feedback shows where, and both values."""
    verdict = answer(typed, key, x=domain)
    assert verdict.verdict == "wrong"
    assert "the right value is" in verdict.feedback[-1].en


def test_a_witness_can_be_worked_out_by_hand() -> None:
    """Small whole numbers where they show the difference."""
    assert answer("x", "2*(x + y)", x="real", y="real").feedback == (
        Text(
            "x = 1, y = 2 のとき、あなたの式の値は 1、正しい値は 6 です。",
            "At x = 1, y = 2 yours is 1; the right value is 6.",
        ),
    )


def test_a_witness_shows_what_is_undefined() -> None:
    """Not a number of its own."""
    assert "yours is undefined" in answer("log(−x²)", "x", x="real").feedback[-1].en


TREES = st.recursive(
    st.sampled_from([Name("x"), Name("y"), Number(2), Number(0.5), Number(1)]),
    lambda below: st.one_of(
        st.builds(Unary, st.just("-"), below),
        st.builds(Binary, st.sampled_from("+-*/"), below, below),
        st.builds(Binary, st.just("^"), below, st.sampled_from([Number(2), Number(3)])),
        st.builds(Call, st.sampled_from(["sigmoid", "tanh", "exp", "relu", "sin", "abs"]), st.tuples(below)),
    ),
    max_leaves=6,
)
XY = {"x": "real", "y": "real"}


def _rewritten(tree: Node) -> Node:
    """The same function, written with operands swapped, differences as sums and powers as products."""
    match tree:
        case Binary("+", left, right):
            return Binary("+", _rewritten(right), _rewritten(left))
        case Binary("-", left, right):
            return Binary("+", Unary("-", _rewritten(right)), _rewritten(left))
        case Binary("*", left, right):
            return Binary("*", _rewritten(right), _rewritten(left))
        case Binary("/", left, right):
            return Binary("*", Binary("/", Number(1), _rewritten(right)), _rewritten(left))
        case Binary("^", base, Number(2)):
            return Binary("*", _rewritten(base), _rewritten(base))
        case Call("sigmoid", (argument,)):
            return Binary("/", Number(1), Binary("+", Number(1), Call("exp", (Unary("-", _rewritten(argument)),))))
        case Call("relu", (argument,)):
            return Call("max", (Number(0), _rewritten(argument)))
        case Call("sin" | "tanh" as odd, (argument,)):
            return Unary("-", Call(odd, (Unary("-", _rewritten(argument)),)))
        case Unary("-", operand):
            return Binary("-", Number(0), _rewritten(operand))
    return tree


@settings(deadline=None)  # the first call imports mpmath
@given(TREES)
def test_a_formula_is_never_refuted_by_another_way_of_writing_it(tree: Node) -> None:
    """Whatever cancels, overflows or is undefined on the way."""
    assert compare(_rewritten(tree), tree, XY).equal is not False


@settings(deadline=None)  # the first call imports mpmath
@given(TREES, TREES)
def test_a_refutation_is_a_point_at_which_plain_arithmetic_differs_too(one: Node, other: Node) -> None:
    """Where both have ordinary values, Python's floats see the difference as well."""
    compared = compare(one, other, XY)
    if compared.refuting is None or not compared.refuting.compared:
        return
    got, expected = float(compared.refuting.got), float(compared.refuting.expected)
    if 1e-3 < abs(got - expected) < 1e3 and abs(got) < 1e3:
        point = compared.refuting.point
        assert abs(evaluate(one, point) - evaluate(other, point)) > 1e-6


@settings(deadline=None)  # the first call imports mpmath
@given(TREES)
def test_equality_does_not_depend_on_which_side_is_the_key(tree: Node) -> None:
    """Both ways round."""
    other = Binary("+", tree, Name("y"))
    assert compare(tree, other, XY).equal == compare(other, tree, XY).equal


def test_a_named_mistake_is_recognised_in_any_writing() -> None:
    """By the same equality; its reason comes before the witness."""
    asked = ask("2*(x + y)", XY, inner_only="2*x", forgot="x + y")
    verdict = grade(asked, Answer(text="y+x"))
    assert (verdict.verdict, verdict.mistake) == ("wrong", "forgot")
    assert [text.en for text in verdict.feedback] == ["why forgot", "At x = 1, y = 2 yours is 3; the right value is 6."]


@pytest.mark.parametrize(
    ("typed", "cause", "told"),
    [
        ("-2x-2y", "generic:sign", "The sign is the other way round."),
        ("x+y", "generic:factor", "It is 1/2 times the right answer."),
        ("6(x+y)", "generic:factor", "It is 3 times the right answer."),
        ("2π(x+y)", "generic:factor", "It is 3.14159 times the right answer."),
    ],
)
def test_a_constant_factor_is_named(typed: str, cause: str, told: str) -> None:
    """With the ratio."""
    verdict = answer(typed, "2*(x + y)", x="real", y="real")
    assert verdict.mistake == cause
    assert verdict.feedback[0].en == told


@pytest.mark.parametrize(
    ("key", "typed"), [("1/4", "1/2"), ("x", "|x|"), ("x", "x^2"), ("x", "0"), ("x", "exp(log(x))")]
)
def test_no_factor_is_named_where_there_is_none(key: str, typed: str) -> None:
    """Two numbers always have a ratio: it says nothing."""
    assert answer(typed, key, x="real").mistake is None


def test_the_reading_is_echoed() -> None:
    """In the canonical form, right or wrong."""
    asked = ask("sigmoid(W_in*x_1)", {"W_in": "real", "x_1": "real", "z0": "real"}, {"s0": "z0", "g": "sigmoid"})
    assert grade(asked, Answer(text="g(Win x1)")).parsed == "sigmoid(W_in*x_1)"
    assert grade(asked, Answer(text="s0²")).parsed == "z0^2"


@pytest.mark.parametrize(
    ("typed", "pointed"),
    [
        ("2x + foo", "2x + foo\n     ^"),
        ("２ｘ＋ｆｏｏ", "２ｘ＋ｆｏｏ\n      ^"),
        ("x² + $", "x² + $\n     ^"),
        ("(x", "(x\n^"),
    ],
)
def test_what_cannot_be_read_is_pointed_at(typed: str, pointed: str) -> None:
    """A full-width character is two columns wide."""
    verdict = answer(typed, "x", x="real")
    assert verdict.verdict == "unreadable"
    assert verdict.feedback[1] == Text(f"場所:\n{pointed}", f"The place:\n{pointed}")


@pytest.mark.parametrize(
    "typed",
    [
        "9**9**9",
        "x^x^x^x^x^x",
        "exp(exp(exp(exp(x^2 + 9))))",
        "((((x^64)^64)^64)^64)^64",
        "sin(exp(exp(exp(x))))",
        "floor(exp(exp(exp(x))))",
        "log(log(log(x)))",
        "+".join(["sin(x^60)"] * 40),
        "-" * 39 + "x",
    ],
)
def test_a_monstrous_formula_is_graded_like_any_other(typed: str) -> None:
    """It is wrong, not the grader's failure; no process is even started for it."""
    assert answer(typed, "x + 7", x="real").verdict == "wrong"


def test_what_sampling_cannot_tell_is_proved() -> None:
    """A formula that has no value anywhere can still be the same formula."""
    assert answer("log(−1 − x²) + 0", "log(-1 - x^2)", x="real").verdict == "correct"


def test_what_no_proof_settles_in_time_is_the_graders_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is right, or wrong, by silence."""
    monkeypatch.setattr("quizdl.grading.proof._MOST_SECONDS", 0.001)
    verdict = answer("log(−1 − x²) + 0", "log(-1 - x^2)", x="real")
    assert (verdict.verdict, verdict.score) == ("grader_error", 0)


def test_a_broken_key_is_a_grader_error() -> None:
    """Never the learner's fault."""
    assert answer("x", "x +", x="real").verdict == "grader_error"


def test_sympy_is_not_imported_to_decide_an_ordinary_case() -> None:
    """A quarter of a second that a learner would wait."""
    script = """
import sys
from quizdl.model import *
from quizdl.grading.equality import compare
from quizdl.formula import parse
assert compare(parse("2σ(2x) - 1"), parse("tanh(x)"), {"x": "real"}).equal
assert compare(parse("x"), parse("tanh(x)"), {"x": "real"}).equal is False
print([name for name in ("sympy", "numpy") if name in sys.modules])
"""
    assert subprocess.check_output([sys.executable, "-c", script], text=True, encoding="utf-8").strip() == "[]"


def test_show_of_the_key_is_itself_right() -> None:
    """The echo of a right answer can be typed back in."""
    for key in ("2*(x + y)", "x^(-1)", "exp(-x^2/2)"):
        assert answer(show(parse(key, ["x", "y"])), key, x="nonzero", y="real").verdict == "correct"
