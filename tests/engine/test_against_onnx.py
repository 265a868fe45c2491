"""The engine gives what ONNX's operators give: its own node cases, and random weights for the recurrent ones.

ONNX's recurrent node cases have constant weights and miss the order of gates and peepholes, lengths and initial states;
the cases with random weights, judged by onnxruntime, do not.
"""

from __future__ import annotations

import importlib.util
import warnings
from collections import Counter
from importlib import import_module
from itertools import product
from pkgutil import iter_modules
from typing import Any

import numpy as np
import pytest

import onnx_adapters
from onnx_adapters.node import Adapter, Node, NotHeldError

if importlib.util.find_spec("onnx") is None:
    pytest.skip("ONNX is the oracle here: pip install 'quizdl[oracles]'", allow_module_level=True)

import onnx
from onnx import helper, numpy_helper

WRITTEN_BY_HAND = {"test_averagepool_2d_ceil_last_window_starts_on_pad"}
"""Cases whose expected outputs were typed with four digits."""

ADAPTERS: dict[str, Adapter] = {}
for module in iter_modules(onnx_adapters.__path__):
    ADAPTERS |= getattr(import_module(f"onnx_adapters.{module.name}"), "ADAPTERS", {})


def node_cases() -> list[Any]:
    """ONNX's cases of one node each whose operator has an adapter."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # some cases of other operators overflow on purpose
        from onnx.backend.test.case.node import collect_testcases

        cases = collect_testcases(None)
    found = {case.name: case for case in cases if len(case.model.graph.node) == 1}
    return [case for case in found.values() if case.model.graph.node[0].op_type in ADAPTERS]


def node_of(case: Any, inputs: list[Any]) -> Node:
    """The case's node; inputs that are left out in the middle are None."""
    proto = case.model.graph.node[0]
    given = dict(zip((value.name for value in case.model.graph.input), inputs, strict=True))
    attributes = {attribute.name: helper.get_attribute_value(attribute) for attribute in proto.attribute}
    opset = case.model.opset_import[0].version
    return Node(proto.op_type, attributes, [given.get(name) for name in proto.input], opset)


def array_of(value: Any) -> Any:
    return numpy_helper.to_array(value) if isinstance(value, onnx.TensorProto) else value


CASES = node_cases()


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_node_case_of_onnx_gives_its_outputs(case: Any) -> None:
    """Every output that the case names and the engine has."""
    inputs, outputs = case.data_sets[0]
    node = node_of(case, [array_of(value) for value in inputs])
    try:
        found = ADAPTERS[node.operator](node)
    except NotHeldError as reason:
        pytest.skip(f"not held: {reason}")
    names = list(case.model.graph.node[0].output)
    expected = dict(zip((value.name for value in case.model.graph.output), outputs, strict=True))
    compared = 0
    for name, ours in zip(names, found, strict=False):
        if name and ours is not None:
            theirs = array_of(expected[name])
            assert np.shape(ours) == np.shape(theirs)
            rough = case.name in WRITTEN_BY_HAND
            np.testing.assert_allclose(ours, theirs, rtol=1e-3 if rough else 1e-5, atol=1e-6)
            compared += 1
    assert compared


def test_most_cases_are_held() -> None:
    """What is skipped is the exception: by operator, more cases run than are refused."""
    held: Counter[str] = Counter()
    for case in CASES:
        inputs, _ = case.data_sets[0]
        node = node_of(case, [array_of(value) for value in inputs])
        try:
            ADAPTERS[node.operator](node)
        except NotHeldError:
            continue
        held[node.operator] += 1
    assert held.keys() == ADAPTERS.keys()
    assert sum(held.values()) > len(CASES) / 2


def random_nodes() -> list[Any]:
    """Every option of the recurrent operators, with weights that tell gates, peepholes and biases apart."""
    found = []
    for operator, direction, extra in product(
        ("RNN", "LSTM", "GRU"), ("forward", "reverse", "bidirectional"), ("plain", "lengths", "all")
    ):
        variants: tuple[dict[str, Any], ...] = ({},)
        if operator == "GRU":
            variants = ({"linear_before_reset": 0}, {"linear_before_reset": 1})
        found += [(operator, direction, extra, variant) for variant in variants]
    return found


@pytest.mark.skipif(importlib.util.find_spec("onnxruntime") is None, reason="onnxruntime is not installed")
@pytest.mark.parametrize(("operator", "direction", "extra", "variant"), random_nodes())
def test_recurrent_layers_with_random_weights_are_onnxruntimes(
    operator: str, direction: str, extra: str, variant: dict[str, Any]
) -> None:
    """Both directions, ragged lengths, biases, initial states and peepholes, in float32."""
    import onnxruntime

    T, B, inner, H = 5, 3, 2, 4
    k, directions = {"RNN": 1, "LSTM": 4, "GRU": 3}[operator], 2 if direction == "bidirectional" else 1
    rng = np.random.default_rng(len(operator) * 100 + len(direction) * 10 + len(extra))

    def normal(*shape: int) -> np.ndarray:
        return rng.standard_normal(shape).astype(np.float32)

    inputs: dict[str, Any] = {"X": normal(T, B, inner), "W": normal(directions, k * H, inner)}
    inputs["R"] = normal(directions, k * H, H)
    if extra != "plain":
        inputs["B"] = normal(directions, 2 * k * H)
        inputs["sequence_lens"] = np.array([5, 2, 3], dtype=np.int32)
    if extra == "all":
        inputs["initial_h"] = normal(directions, B, H)
        if operator == "LSTM":
            inputs["initial_c"], inputs["P"] = normal(directions, B, H), normal(directions, 3 * H)
    outputs = ["Y", "Y_h", *(["Y_c"] if operator == "LSTM" else [])]
    attributes = {"hidden_size": H, "direction": direction, **variant}
    proto = helper.make_node(operator, list(inputs), outputs, **attributes)
    graph = helper.make_graph(
        [proto],
        "one",
        [
            helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(x.dtype), x.shape)
            for name, x in inputs.items()
        ],
        [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None) for name in outputs],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 14)], ir_version=8)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    theirs = session.run(None, inputs)
    ours = ADAPTERS[operator](Node(operator, attributes, list(inputs.values())))
    for found, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
