"""Optimisers: ONNX steps several tensors at once, counts from 0, and adds an L2 penalty to the gradient."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from onnx_adapters.node import Adapter, Node, NotHeldError
from quizdl.engine.adaptive import adagrad_step
from quizdl.engine.optimisers import velocity_step


def each(node: Node, states: int, step: Callable[..., Sequence[Any]]) -> list[Any]:
    """The step of each tensor; inputs and outputs stand tensor by tensor within each of X, G and the states."""
    rate, count, *arrays = node.inputs
    n = len(arrays) // (2 + states)
    groups = [arrays[k * n : (k + 1) * n] for k in range(2 + states)]
    found = [step(float(rate), int(count), *group) for group in zip(*groups, strict=True)]
    return [result[k] for k in range(1 + states) for result in found]


def momentum(node: Node) -> list[Any]:
    """v = α·v + β·g, x = x − R·v; β counts from the second step on."""
    alpha, beta, norm = (node.get(name) for name in ("alpha", "beta", "norm_coefficient"))
    if node.get("mode") != "standard":
        raise NotHeldError("Nesterov with ONNX's dampening")

    def step(rate: float, count: int, x: Any, g: Any, v: Any) -> Sequence[Any]:
        share = beta if count > 0 else 1.0
        return velocity_step(x, g + norm * x, v, rate, alpha, dampening=1 - share)

    return each(node, 1, step)


def adagrad(node: Node) -> list[Any]:
    """The rate decays with the count."""
    norm, eps, decay = (node.get(name, 0.0) for name in ("norm_coefficient", "epsilon", "decay_factor"))

    def step(rate: float, count: int, x: Any, g: Any, h: Any) -> Sequence[Any]:
        return adagrad_step(x, g + norm * x, h, rate / (1 + count * decay), eps)

    return each(node, 1, step)


ADAPTERS: dict[str, Adapter] = {"Momentum": momentum, "Adagrad": adagrad}
