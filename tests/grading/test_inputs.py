"""Arguments are drawn by the bank's specs: repeatable, within bounds, and refused clearly where malformed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import BankError, InputError
from quizdl.grading.inputs import RANDOM_CASES, check_inputs, draw_cases, simple_cases
from quizdl.model import Code
from quizdl.text import same

SEEDS = st.integers(0, 2**32 - 1)
DIMS = {"B": (1, 4), "H": (2, 5)}


def question(inputs: dict[str, Any], **fields: Any) -> Code:
    """A code question whose function takes these inputs."""
    arguments = ", ".join(inputs)
    written = {
        "id": "drawn",
        "chapter": "3-5",
        "prompt": same("?"),
        "explanation": same("!"),
        "source": ("d3-001",),
        "function": "drawn",
        "template": f"def drawn({arguments}):\n    ...\n",
        "reference": "sigmoid",
        "dims": DIMS,
    }
    return Code(**{**written, **fields}, inputs=inputs)


def drawn(spec: dict[str, Any], seed: int, **fields: Any) -> list[Any]:
    """What one argument of this spec becomes over the random cases of one seed."""
    return [case.inputs["x"] for case in draw_cases(question({"x": spec}, **fields), seed)]


MANY = {
    "a": {"normal": ["B", "H"]},
    "b": {"integers": {"low": 0, "high": "H", "dims": ["B"]}},
    "c": {"normal": {"dims": [1, 3], "size": [1, 4], "scale": [0.1, 100]}},
    "d": {"probabilities": ["B", "H"]},
    "e": {"choice": [1, 2.5, [1, 2]]},
}


@given(SEEDS)
def test_the_same_seed_draws_the_same_cases(seed: int) -> None:
    """A dispute can be replayed by its input seed."""
    first, again = (draw_cases(question(MANY), seed) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        assert all(np.array_equal(one.inputs[name], other.inputs[name]) for name in MANY)


@given(SEEDS, st.integers(0, 8))
def test_more_cases_begin_with_the_same_ones(seed: int, count: int) -> None:
    """Asking for more cases only adds cases behind."""
    few, many = (draw_cases(question(MANY), seed, number) for number in (count, count + 3))
    assert all(np.array_equal(one.inputs["a"], other.inputs["a"]) for one, other in zip(few, many, strict=False))


def test_the_stream_is_frozen() -> None:
    """These numbers must never change: recorded attempts are replayed by their seed."""
    spec = {"a": {"normal": ["B"]}, "b": {"integers": {"low": 0, "high": 100}}, "c": {"uniform": [0, 1]}}
    case = draw_cases(question(spec), 2024, count=1)[0]
    assert np.round(np.asarray(case.inputs["a"]), 6).tolist() == FROZEN["a"]
    assert case.inputs["b"] == FROZEN["b"]
    assert round(float(str(case.inputs["c"])), 6) == FROZEN["c"]


FROZEN: dict[str, Any] = {"a": [0.307685, -0.533395, -0.290605], "b": 44, "c": 0.019107}


def test_different_seeds_draw_different_cases() -> None:
    """Hidden inputs cannot be learnt from an earlier submission."""
    assert drawn({"normal": []}, 1) != drawn({"normal": []}, 2)


@given(SEEDS)
def test_sizes_are_shared_within_a_case(seed: int) -> None:
    """`x (B, H)`, `W (H, H)` and `ids (B,)` of one case fit together."""
    spec = {"x": {"normal": ["B", "H"]}, "W": {"normal": ["H", "H"]}, "ids": {"zeros": ["B"]}}
    for case in draw_cases(question(spec), seed):
        x, W, ids = (np.asarray(case.inputs[name]) for name in spec)
        assert x.shape == (*ids.shape, *W.shape[:1])
        assert DIMS["H"][0] <= W.shape[0] == W.shape[1] <= DIMS["H"][1]


def test_edges_come_first_in_the_functions_order() -> None:
    """Placed cases precede the random ones, with arguments by position as the function has them."""
    edges = ({"y": 2, "x": [[1, 2], [3, 4]]}, {"x": {"zeros": [2, 3]}, "y": -1.5})
    cases = draw_cases(question({"x": {"normal": ["B"]}, "y": {"normal": []}}, edges=edges), 0)
    assert [case.edge for case in cases] == [True, True] + [False] * RANDOM_CASES
    assert all(list(case.inputs) == ["x", "y"] for case in cases)
    first = cases[0].inputs
    assert (np.asarray(first["x"]).dtype, first["y"], type(first["y"])) == (np.float64, 2, int)
    assert np.array_equal(np.asarray(cases[1].inputs["x"]), np.zeros((2, 3)))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"int": [[1, 2]]}, np.array([[1, 2]])),
        ({"full": {"dims": [2], "value": 1000}}, np.array([1000.0, 1000.0])),
        ({"ones": [1, 2]}, np.ones((1, 2))),
        ([0, 1], np.array([0.0, 1.0])),
        ({"zeros": []}, 0.0),
        (True, True),
        (3, 3),
    ],
)
def test_edges_are_written_plainly(written: object, expected: object) -> None:
    """Lists are decimals, `int` whole numbers, tables arrays, and numbers stay as written."""
    edge = draw_cases(question({"x": {"normal": []}}, edges=({"x": written},)), 0)[0].inputs["x"]
    assert type(edge) is type(expected)
    assert np.array_equal(edge, expected)  # type: ignore[arg-type]
    assert np.asarray(edge).dtype == np.asarray(expected).dtype


@given(SEEDS)
def test_edges_may_be_drawn_where_only_their_size_matters(seed: int) -> None:
    """An edge with T = 1 need not type its weights."""
    edges = ({"x": {"normal": [1, "H"]}, "W": {"normal": ["H", 2]}},)
    edge = draw_cases(question({"x": {"normal": ["B", "H"]}, "W": {"normal": ["H", 2]}}, edges=edges), seed)[0].inputs
    assert np.asarray(edge["x"]).shape[1] == np.asarray(edge["W"]).shape[0]


@given(SEEDS, st.floats(-10, 10), st.floats(0, 10))
def test_uniform_stays_between_its_bounds(seed: int, low: float, width: float) -> None:
    """Scalars are Python floats from low to high."""
    values = drawn({"uniform": [low, low + width]}, seed)
    assert all(type(value) is float and low <= value <= low + width for value in values)


@given(SEEDS, st.integers(-5, 5), st.integers(1, 9))
def test_integers_leave_out_their_upper_bound(seed: int, low: int, width: int) -> None:
    """Whole numbers from low up to, not including, high; a scalar is a Python int."""
    spec = {"low": low, "high": low + width}
    assert all(type(value) is int and low <= value < low + width for value in drawn({"integers": spec}, seed))
    arrays = drawn({"integers": {**spec, "dims": ["B"]}}, seed)
    assert all(array.dtype == np.int64 and (array >= low).all() and (array < low + width).all() for array in arrays)


def test_every_whole_number_of_a_range_comes_up() -> None:
    """Both ends of `dims` and the last class of `integers` are drawn."""
    assert set(drawn({"integers": {"low": 0, "high": 3, "dims": []}}, 0)) == {0, 1, 2}
    assert {len(array) for array in drawn({"zeros": ["N"]}, 0, dims={"N": (1, 2)})} == {1, 2}


@given(SEEDS)
def test_names_of_sizes_stand_for_numbers(seed: int) -> None:
    """Class numbers stay below the number of classes of the same case."""
    spec = {"scores": {"normal": ["B", "H"]}, "t": {"integers": {"low": 0, "high": "H", "dims": ["B"]}}}
    for case in draw_cases(question(spec), seed):
        assert np.asarray(case.inputs["t"]).max() < np.asarray(case.inputs["scores"]).shape[1]


@given(SEEDS)
def test_one_hot_rows_hold_a_single_one(seed: int) -> None:
    """Rows of an identity matrix, and one vector where there is one axis."""
    for rows in drawn({"one_hot": ["B", "H"]}, seed):
        assert (rows.sum(axis=-1) == 1).all()
        assert set(np.unique(rows)) <= {0.0, 1.0}
    assert all(vector.shape == (4,) for vector in drawn({"one_hot": [4]}, seed))


@given(SEEDS)
def test_probabilities_are_positive_and_sum_to_one(seed: int) -> None:
    """Cross-entropy of them is finite."""
    for rows in drawn({"probabilities": ["B", "H"]}, seed):
        assert (rows > 0).all()
        assert np.allclose(rows.sum(axis=-1), 1)


@given(SEEDS)
def test_masks_and_lengths_keep_their_range(seed: int) -> None:
    """Masks are 0.0 and 1.0 as `keep` says, lengths whole numbers from 1 to high."""
    assert all(set(np.unique(mask)) <= {0.0, 1.0} for mask in drawn({"mask": {"dims": ["B", "H"]}}, seed))
    assert all(mask.all() for mask in drawn({"mask": {"dims": ["B"], "keep": 1}}, seed))
    lengths = np.concatenate(drawn({"lengths": {"count": "B", "high": "H"}}, seed))
    assert lengths.dtype == np.int64
    assert lengths.min() >= 1
    assert lengths.max() <= DIMS["H"][1]


@given(SEEDS)
def test_rank_and_size_are_drawn_within_their_ranges(seed: int) -> None:
    """`dims` beside `size` is a range of ranks."""
    shapes = [array.shape for array in drawn({"normal": {"dims": [1, 3], "size": [2, 4]}}, seed)]
    assert all(1 <= len(shape) <= 3 and all(2 <= length <= 4 for length in shape) for shape in shapes)
    assert len({len(shape) for shape in shapes}) > 1


def test_a_scale_range_reaches_both_orders_of_magnitude() -> None:
    """`scale: [0.01, 100]` is drawn log-uniformly, so that small and large gradients both come."""
    sizes = [float(np.abs(array).max()) for array in drawn({"normal": {"dims": [50], "scale": [0.01, 100]}}, 3)]
    assert min(sizes) < 1 < 30 < max(sizes)


@given(SEEDS)
def test_simple_cases_are_small_and_round(seed: int) -> None:
    """Candidates for a counterexample hold one decimal at most, and start at the least sizes."""
    spec = {"x": {"normal": ["B", "H"]}, "p": {"uniform": [0.25, 0.75]}}
    cases = simple_cases(question(spec), seed, 6)
    assert np.asarray(cases[0].inputs["x"]).shape == (1, 2)
    for case in cases:
        x = np.asarray(case.inputs["x"])
        assert np.array_equal(x, np.round(x, 1))
        assert 0.25 <= float(str(case.inputs["p"])) <= 0.75


MALFORMED: list[dict[str, Any]] = [
    {},
    {"norml": ["B"]},
    {"normal": ["B"], "uniform": [0, 1]},
    {"normal": 3},
    {"normal": {"dims": ["B"], "sclae": 3}},
    {"normal": {"dims": ["B"], "scale": 0}},
    {"normal": {"dims": ["B"], "scale": [3, 1]}},
    {"normal": {"dims": ["B", "H"], "size": [1, 3]}},
    {"normal": {"dims": [3, 1], "size": [1, 3]}},
    {"normal": [-1]},
    {"normal": [2.5]},
    {"normal": [10**6, 10**6]},
    {"uniform": [1, 0]},
    {"uniform": [0, 1, 2]},
    {"uniform": ["low", 1]},
    {"integers": [0, 5]},
    {"integers": {"low": 5, "high": 5}},
    {"one_hot": []},
    {"one_hot": [0]},
    {"mask": {"dims": ["B"], "keep": 2}},
    {"lengths": ["B"]},
    {"full": {"dims": [2]}},
    {"choice": []},
    {"choice": [None]},
    {"int": [1.5]},
    {"int": [[1], [1, 2]]},
    {"probabilities": "B"},
]


@pytest.mark.parametrize("spec", MALFORMED, ids=str)
def test_malformed_specs_are_refused_with_their_place(spec: dict[str, Any]) -> None:
    """The message names the question and the argument, and the error the place in the file."""
    with pytest.raises(BankError) as caught:
        check_inputs(question({"x": spec}, place="day3/rnn.yaml:7:1"))
    assert caught.value.message.en.startswith("drawn: inputs.x: ")
    assert caught.value.message.ja.startswith("drawn: inputs.x: ")
    assert caught.value.where == "day3/rnn.yaml:7:1"


def test_an_unknown_size_is_refused() -> None:
    """A size that `dims` does not name is a slip."""
    with pytest.raises(BankError, match=r"inputs\.x"):
        check_inputs(question({"x": {"normal": ["Q"]}}))


@given(SEEDS)
def test_a_size_may_be_a_formula(seed: int) -> None:
    """Gates side by side are `4*H` wide."""
    spec = {"z": {"normal": ["B", "4*H"]}, "h": {"normal": ["H"]}}
    for case in draw_cases(question(spec), seed):
        assert np.asarray(case.inputs["z"]).shape[1] == 4 * np.asarray(case.inputs["h"]).shape[0]


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ({"edges": ({"x": 1.0},)}, r"edges\[1\]"),
        ({"edges": ({"x": 1.0, "y": 2.0, "z": 3.0},)}, r"edges\[1\]"),
        ({"edges": ({"x": [[1], [1, 2]], "y": 2.0},)}, r"edges\[1\]\.x"),
        ({"edges": ({"x": None, "y": 2.0},)}, r"edges\[1\]\.x"),
        ({"dims": {"B": (3, 2)}}, r"dims\.B"),
        ({"dims": {"B": (0, 2)}}, r"dims\.B"),
        ({"aspects": ("shape",)}, "aspects"),
        ({"aspects": ("values", "edges")}, "aspects"),
        ({"template": "def drawn(y, x):\n    ..."}, "inputs"),
        ({"template": "def drawn(x):\n    ..."}, "inputs"),
        ({"template": "def other(x, y):\n    ..."}, "template"),
        ({"template": "def drawn(x, y:\n    ..."}, "template"),
    ],
)
def test_faults_around_the_specs_are_refused_too(fields: dict[str, Any], place: str) -> None:
    """Edges, dims, aspects and the template's arguments have to fit together."""
    with pytest.raises(BankError, match=f"^drawn: {place}: "):
        check_inputs(question({"x": {"normal": []}, "y": {"normal": []}}, **fields))


def test_a_sound_question_passes_the_check() -> None:
    """What the other tests break is whole before."""
    check_inputs(question(MANY, edges=(), aspects=("shape", "values")))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_an_input_error(seed: int) -> None:
    """It says which seeds there are, and is not taken for a fault of the bank."""
    with pytest.raises(InputError) as caught:
        draw_cases(question({"x": {"normal": []}}), seed)
    assert not isinstance(caught.value, BankError)
    assert caught.value.hint is not None
