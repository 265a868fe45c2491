"""Cross-entropy: ONNX has the classes on axis 1, and weighs them, which is a weight on each single loss."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from onnx_adapters.node import Node
from quizdl.engine.activations import log_softmax
from quizdl.engine.losses import nll_forward, softmax_cross_entropy_forward


def classes_last(x: Any) -> np.ndarray:
    """(N, C, …) → (N, …, C)."""
    return np.moveaxis(x, 1, -1)


def loss(node: Node, forward: Callable[..., Any]) -> Any:
    """The loss of (N, C, …) scores; with class weights, from the single losses."""
    node.only("reduction", "ignore_index")
    x, t, weight = classes_last(node.inputs[0]), node.inputs[1], node.input(2)
    ignored, reduction = node.get("ignore_index"), node.get("reduction", "mean")
    if weight is None:
        return forward(x, t, ignore_index=ignored, reduction=reduction)[0]
    counted = np.ones(t.shape, bool) if ignored is None else t != ignored
    weights = np.where(counted, weight[np.where(counted, t, 0)], 0).astype(x.dtype)
    single = forward(x, t, ignore_index=ignored, reduction="none")[0] * weights
    return {"none": single, "sum": single.sum(), "mean": single.sum() / weights.sum()}[reduction]


def softmax_cross_entropy(node: Node) -> list[Any]:
    """The loss, and the log-probabilities with the classes back on axis 1."""
    log_y = np.moveaxis(log_softmax(classes_last(node.inputs[0])), -1, 1)
    return [loss(node, softmax_cross_entropy_forward), log_y]


def negative_log_likelihood(node: Node) -> list[Any]:
    """The loss of log-probabilities."""
    return [loss(node, nll_forward)]


ADAPTERS = {"SoftmaxCrossEntropyLoss": softmax_cross_entropy, "NegativeLogLikelihoodLoss": negative_log_likelihood}
