"""Normalisation: ONNX's momentum weighs the running statistics and its running variance is the biased one."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnx_adapters.node import Node, NotHeldError
from quizdl.engine import normalisation
from quizdl.engine.normalisation import RunningStatistics


def batch(node: Node) -> list[Any]:
    """At test time, or in training with the new running statistics."""
    node.only("epsilon", "momentum", "training_mode")
    x, gamma, beta, mean, var = node.inputs
    eps, running = node.get("epsilon", 1e-5), RunningStatistics(mean, var)
    if not node.get("training_mode", 0):
        return [normalisation.batch_norm_inference(x, gamma, beta, running, eps)]
    y, _ = normalisation.batch_norm_forward(x, gamma, beta, eps)
    momentum = node.get("momentum", 0.9)
    new = normalisation.update_running(running, x, momentum, momentum_weighs="running", unbiased=False)
    return [y, new.mean, new.var]


def flattened(node: Node) -> tuple[list[Any], tuple[int, ...], int]:
    """The inputs with the normalised axes made one, the shape of x, and where those axes begin."""
    node.only("axis", "epsilon")
    shape = node.inputs[0].shape
    axis = node.get("axis", -1) % len(shape)
    return [node.inputs[0].reshape(*shape[:axis], -1), *(x.ravel() for x in node.inputs[1:])], shape, axis


def layer(node: Node) -> list[Any]:
    """The normalised rows, their means and the inverses of their deviations."""
    (x, *weights), shape, axis = flattened(node)
    eps = node.get("epsilon", 1e-5)
    y, _ = normalisation.layer_norm_forward(x, *weights, eps=eps)
    kept = (*shape[:axis], *(1,) * (len(shape) - axis))
    deviation = 1 / np.sqrt(x.var(axis=-1) + np.float32(eps))
    return [y.reshape(shape), x.mean(axis=-1).reshape(kept), deviation.reshape(kept)]


def rms(node: Node) -> list[Any]:
    """Divided by the root of the mean square."""
    (x, *weights), shape, _ = flattened(node)
    return [normalisation.rms_norm_forward(x, *weights, eps=node.get("epsilon", 1e-5))[0].reshape(shape)]


def instance(node: Node) -> list[Any]:
    """Each channel of each sample by itself."""
    node.only("epsilon")
    return [normalisation.instance_norm_forward(*node.inputs, eps=node.get("epsilon", 1e-5))[0]]


def group(node: Node) -> list[Any]:
    """Groups of channels, one scale a channel."""
    node.only("epsilon", "num_groups")
    x, gamma, beta = node.inputs
    if len(gamma) != x.shape[1]:
        raise NotHeldError("one scale a group")
    groups = node.get("num_groups")
    return [normalisation.group_norm_forward(x, gamma, beta, groups=groups, eps=node.get("epsilon", 1e-5))[0]]


ADAPTERS = {
    "BatchNormalization": batch,
    "LayerNormalization": layer,
    "RMSNormalization": rms,
    "InstanceNormalization": instance,
    "GroupNormalization": group,
}
