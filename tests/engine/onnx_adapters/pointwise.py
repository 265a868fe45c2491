"""Activation functions; ONNX's parameters that the engine fixes are held at the engine's value only."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from onnx_adapters.node import Adapter, Node, NotHeldError
from quizdl.engine import activations, rectifiers

SELU = {"alpha": 1.67326319217681884765625, "gamma": 1.05070102214813232421875}


def plain(function: Callable[..., Any]) -> Adapter:
    """An operator without attributes."""

    def adapter(node: Node) -> list[Any]:
        node.only()
        return [function(node.inputs[0])]

    return adapter


def over_axis(function: Callable[..., Any]) -> Adapter:
    """Softmax and its logarithm, over the last axis by default."""

    def adapter(node: Node) -> list[Any]:
        node.only("axis")
        return [function(node.inputs[0], node.get("axis", -1))]

    return adapter


def with_alpha(function: Callable[..., Any], default: float) -> Adapter:
    """An operator whose `alpha` is the function's second argument."""

    def adapter(node: Node) -> list[Any]:
        node.only("alpha")
        return [function(node.inputs[0], node.get("alpha", default))]

    return adapter


def selu(node: Node) -> list[Any]:
    """With Klambauer's constants alone."""
    if any(not math.isclose(node.get(name, value), value) for name, value in SELU.items()):
        raise NotHeldError("SELU with other constants")
    return [rectifiers.selu(node.inputs[0])]


def gelu(node: Node) -> list[Any]:
    """Exact, or its approximation by tanh."""
    node.only("approximate")
    approximate = node.get("approximate", "none") == "tanh"
    return [(rectifiers.gelu_tanh if approximate else rectifiers.gelu)(node.inputs[0])]


def swish(node: Node) -> list[Any]:
    """x·σ(x)."""
    if node.get("alpha", 1.0) != 1:
        raise NotHeldError("Swish with a slope")
    return [rectifiers.silu(node.inputs[0])]


ADAPTERS: dict[str, Adapter] = {
    "Sigmoid": plain(activations.sigmoid),
    "Tanh": plain(activations.tanh),
    "Relu": plain(activations.relu),
    "Softplus": plain(activations.softplus),
    "Softsign": plain(activations.softsign),
    "HardSwish": plain(rectifiers.hard_swish),
    "Mish": plain(rectifiers.mish),
    "LeakyRelu": with_alpha(activations.leaky_relu, 0.01),
    "Elu": with_alpha(rectifiers.elu, 1.0),
    "Selu": selu,
    "Gelu": gelu,
    "Swish": swish,
    "Softmax": over_axis(activations.softmax),
    "LogSoftmax": over_axis(activations.log_softmax),
}
