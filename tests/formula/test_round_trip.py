"""Reading and writing: any text is read or refused, and what is written reads back as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import FormulaError
from quizdl.formula import (
    Binary,
    Call,
    Compare,
    Constant,
    Name,
    Node,
    Number,
    Unary,
    bind,
    evaluate,
    names_of,
    parse,
    parse_number,
    parse_shape,
    show,
)

NAMES = ("x", "y", "W_in", "h1")

NUMBERS = st.one_of(
    st.integers(0, 999),
    st.floats(0, 1e6, allow_nan=False, width=32),
    st.sampled_from([0.1, 1e-7, 1.5e-12, 1e21, 2.5e30, 1e-40]),
).map(Number)
LEAVES = NUMBERS | st.sampled_from([*map(Name, NAMES), Constant("e"), Constant("pi")])


def _no_literal(node: Node) -> bool:
    """Literal exponents are capped: none may be drawn there."""
    return not isinstance(node.operand if isinstance(node, Unary) else node, Number)


def _grown(below: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    exponents = st.builds(Number, st.integers(0, 9)) | below.filter(_no_literal)
    return st.one_of(
        st.builds(Unary, st.just("-"), below),
        st.builds(Binary, st.sampled_from("+-*/"), below, below),
        st.builds(Binary, st.just("^"), below, exponents),
        st.builds(Call, st.sampled_from(["sigmoid", "tanh", "exp", "log", "sqrt", "abs"]), st.tuples(below)),
        st.builds(Call, st.sampled_from(["max", "min"]), st.tuples(below, below)),
    )


TREES = st.recursive(LEAVES, _grown, max_leaves=12)
"""Trees as a learner's text makes them."""

AUTHORS = st.recursive(
    st.one_of(
        st.builds(lambda sign, *of: Compare((sign,), of), st.sampled_from(["<", "==", "!=", ">="]), TREES, TREES),
        st.builds(lambda *of: Compare(("<=", "<"), of), TREES, TREES, TREES),
        st.builds(Binary, st.sampled_from(["//", "%"]), TREES, TREES),
        st.builds(lambda *of: Call("lstm_params", of), TREES, TREES),
    ),
    lambda below: st.one_of(
        st.builds(Unary, st.just("not"), below), st.builds(Binary, st.sampled_from(["and", "or"]), below, below)
    ),
    max_leaves=3,
)
"""Trees that only authors may write."""

SCRIBBLES = st.text(
    st.sampled_from("xyWinh1_{}()[]|^*/+-−×·÷√²³⁻¹₁ₜσα.,=% ２ｘ（）eE09<>!π½٣\u200b\u202e'\n") | st.characters(),
    max_size=60,
)
"""Any text, rich in what the grammar knows."""


@given(TREES)
def test_what_is_shown_reads_back_as_an_equal_tree(tree: Node) -> None:
    """`parse(show(tree)) == tree` for a learner's formula."""
    assert parse(show(tree), NAMES) == tree


@given(AUTHORS)
def test_what_is_shown_of_an_authors_formula_reads_back_as_an_equal_tree(tree: Node) -> None:
    """The same with comparisons, logic, whole-number division and functions of the author's room."""
    assert parse(show(tree), integers=True) == tree


def _refusal(read: Callable[[], object]) -> FormulaError | None:
    """The refusal, or None where the text was read; any other exception goes through."""
    try:
        read()
    except FormulaError as error:
        return error
    return None


@given(SCRIBBLES, st.booleans(), st.sampled_from([None, NAMES]))
def test_any_text_is_read_or_refused_at_a_place_within_it(
    text: str, integers: bool, names: tuple[str, ...] | None
) -> None:
    """Nothing but FormulaError leaves the parser, with a place in the text; what was read shows and reads back."""
    refusal = _refusal(lambda: parse(text, names, aliases={"g": "sigmoid"}, integers=integers))
    if refusal is None:
        tree = parse(text, names, aliases={"g": "sigmoid"}, integers=integers)
        assert parse(show(tree), names, integers=integers) == tree
    else:
        assert 0 <= refusal.position <= len(text)


@pytest.mark.parametrize("read", [parse_number, parse_shape])
@given(text=SCRIBBLES)
def test_any_text_is_a_number_or_a_shape_or_refused_at_a_place_within_it(
    read: Callable[[str], object], text: str
) -> None:
    """`parse_number` and `parse_shape` raise nothing but FormulaError either."""
    refusal = _refusal(lambda: read(text))
    assert refusal is None or 0 <= refusal.position <= len(text)


@given(st.one_of(TREES, AUTHORS), st.integers(-3, 3), st.floats(-1e308, 1e308))
def test_a_tree_computes_to_a_finite_number_or_is_refused(tree: Node, whole: int, decimal: float) -> None:
    """`evaluate` never gives NaN or infinity, nor any other exception than FormulaError."""
    try:
        value = evaluate(tree, dict.fromkeys(NAMES, whole) | {"y": decimal})
    except FormulaError:
        return
    assert value - value == 0


@given(TREES, st.integers(-9, 9))
def test_bound_names_are_gone_and_the_value_stays(tree: Node, value: int) -> None:
    """Binding a name and computing, or computing with its value, is one; negative numbers too."""
    bound = bind(tree, {"x": value})
    assert names_of(bound) == names_of(tree) - {"x"}
    assert parse(show(bound), NAMES) == bound
    others = {"y": 2, "W_in": 0.5, "h1": 3}
    try:
        expected = evaluate(tree, {"x": value, **others})
    except FormulaError:
        with pytest.raises(FormulaError):
            evaluate(bound, others)
        return
    assert evaluate(bound, others) == expected
