"""Batch, layer, instance, group and RMS normalisation: vectors, sequences and images, with and without weights."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import normalisation as n
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

WITH_CHANNELS = [(5, 3), (2, 1), (3, 2, 4), (2, 3, 4, 5), (1, 3, 2, 2), (2, 2, 1, 2, 3)]


def with_weights(what: str, shape: tuple[int, ...], weights: tuple[int, ...], given: str) -> dict[str, np.ndarray]:
    """x, and gamma or beta or both."""
    shapes = {"x": shape} | {name: weights for name in ("gamma", "beta") if name in given}
    return draw(f"{what} {shape} {given}", **shapes)


def ones(gamma: Any, beta: Any) -> Any:
    """gamma, or 1 beside a beta: PyTorch has no gradients for a shift without a scale."""
    return beta.new_ones(beta.shape) if gamma is None and beta is not None else gamma


def unusual(shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Far from 0, in large steps, and one channel that does not vary at all."""
    x = draw(f"unusual {shape}", x=shape)["x"]
    return {"far": 1e3 + x, "wide": 1e3 * x, "constant": np.where(np.arange(shape[1])[:, None, None] == 0, 7.0, x)}


def batch_oracle(eps: float, torch: Any, x: Any, gamma: Any = None, beta: Any = None) -> Any:
    return torch.nn.functional.batch_norm(x, None, None, ones(gamma, beta), beta, training=True, eps=eps)


def batch_cases() -> list[Parity]:
    pair = n.batch_norm_forward, n.batch_norm_backward
    cases = [
        Parity(
            f"batch_norm: {shape}, {given or 'plain'}",
            *pair,
            partial(batch_oracle, 1e-5),
            with_weights("batch", shape, shape[1:2], given),
        )
        for shape in WITH_CHANNELS
        for given in ("gamma beta", "gamma", "beta", "")
    ]
    cases += [
        Parity(f"batch_norm: {what}", *pair, partial(batch_oracle, 1e-5), {"x": x})
        for what, x in unusual((3, 2, 2, 2)).items()
    ]
    name = "batch_norm: eps = 0.1"
    forward = partial(n.batch_norm_forward, eps=0.1)
    cases.append(Parity(name, forward, pair[1], partial(batch_oracle, 0.1), draw(name, x=(4, 2))))
    name = "batch_norm: a single value, which PyTorch refuses"
    cases.append(Parity(name, *pair, lambda torch, x, gamma, beta: 0 * x * gamma + beta, single(name)))
    return cases


def single(name: str) -> dict[str, np.ndarray]:
    return draw(name, x=(1, 2), gamma=(2,), beta=(2,))


def inference_cases() -> list[Parity]:
    cases = []
    for shape in [*WITH_CHANNELS, (1, 1)]:
        for given in ("gamma beta", "gamma", "beta", ""):
            name = f"batch_norm_inference: {shape}, {given or 'plain'}"
            kept = draw(name, mean=shape[1:2], var=shape[1:2])
            running = n.RunningStatistics(kept["mean"], kept["var"] ** 2)

            def forward(x: Any, gamma: Any = None, beta: Any = None, running: Any = running) -> Any:
                return n.batch_norm_inference_forward(x, gamma, beta, running, 1e-3)

            def oracle(torch: Any, x: Any, gamma: Any = None, beta: Any = None, running: Any = running) -> Any:
                mean, var = torch.tensor(running.mean), torch.tensor(running.var)
                return torch.nn.functional.batch_norm(x, mean, var, ones(gamma, beta), beta, eps=1e-3)

            arguments = with_weights("inference", shape, shape[1:2], given)
            cases.append(Parity(name, forward, n.batch_norm_inference_backward, oracle, arguments))
    return cases


def running_cases() -> list[Parity]:
    """The statistics that PyTorch keeps: its momentum weighs the batch, and the variance is the unbiased one."""
    cases = []
    for shape in WITH_CHANNELS:
        for momentum in (0.0, 0.1, 1.0):
            name = f"update_running: {shape}, momentum {momentum}"
            kept = draw(name, mean=shape[1:2], var=shape[1:2])
            running = n.RunningStatistics(kept["mean"], kept["var"] ** 2)

            def forward(x: Any, running: Any = running, momentum: float = momentum) -> Any:
                return tuple(n.update_running(running, x, momentum)), None

            def oracle(torch: Any, x: Any, running: Any = running, momentum: float = momentum) -> Any:
                mean, var = torch.tensor(running.mean), torch.tensor(running.var)
                torch.nn.functional.batch_norm(x, mean, var, training=True, momentum=momentum)
                return mean, var

            cases.append(Parity(name, forward, None, oracle, draw(f"{name} x", x=shape)))
    return cases


def layer_cases() -> list[Parity]:
    cases = []
    for shape, axes in [((4,), 1), ((2, 3), 1), ((2, 3, 5), 1), ((3, 1), 1), ((2, 3, 2, 2), 3), ((2, 3, 4), 2)]:
        for given in ("gamma beta", "gamma", "beta", ""):

            def oracle(torch: Any, x: Any, gamma: Any = None, beta: Any = None, axes: int = axes) -> Any:
                return torch.nn.functional.layer_norm(x, x.shape[-axes:], ones(gamma, beta), beta)

            name = f"layer_norm: {shape}, {axes} axes, {given or 'plain'}"
            arguments = with_weights("layer", shape, shape[-axes:], given)
            forward = partial(n.layer_norm_forward, axes=axes)
            cases.append(Parity(name, forward, n.layer_norm_backward, oracle, arguments))
    rows = np.array([[7.0, 7.0, 7.0], [1e3, -1e3, 0.0], [1000.0, 1000.5, 1001.0], [0.0, 0.0, 0.0]])
    name = "layer_norm: constant, wide, far and zero rows"
    cases.append(Parity(name, n.layer_norm_forward, n.layer_norm_backward, plain_layer, {"x": rows}))
    name = "layer_norm: eps = 0.1"
    forward = partial(n.layer_norm_forward, eps=0.1)
    cases.append(Parity(name, forward, n.layer_norm_backward, partial(plain_layer, eps=0.1), {"x": rows}))
    return cases


def plain_layer(torch: Any, x: Any, eps: float = 1e-5) -> Any:
    return torch.nn.functional.layer_norm(x, x.shape[-1:], eps=eps)


def group_cases() -> list[Parity]:
    cases = []
    for shape, groups in [((3, 4), 2), ((2, 6, 2, 3), 3), ((2, 4, 3), 1), ((2, 4, 3), 4), ((1, 2, 1, 2), 1)]:
        for given in ("gamma beta", "gamma", "beta", ""):

            def oracle(torch: Any, x: Any, gamma: Any = None, beta: Any = None, groups: int = groups) -> Any:
                return torch.nn.functional.group_norm(x, groups, ones(gamma, beta), beta)

            name = f"group_norm: {shape} in {groups}, {given or 'plain'}"
            arguments = with_weights("group", shape, shape[1:2], given)
            forward = partial(n.group_norm_forward, groups=groups)
            cases.append(Parity(name, forward, n.group_norm_backward, oracle, arguments))
    return cases


def instance_cases() -> list[Parity]:
    def oracle(torch: Any, x: Any, gamma: Any = None, beta: Any = None, eps: float = 1e-5) -> Any:
        return torch.nn.functional.instance_norm(x, weight=ones(gamma, beta), bias=beta, eps=eps)

    pair = n.instance_norm_forward, n.instance_norm_backward
    cases = [
        Parity(
            f"instance_norm: {shape}, {given or 'plain'}",
            *pair,
            oracle,
            with_weights("instance", shape, shape[1:2], given),
        )
        for shape in [(2, 3, 4), (1, 1, 2, 2), (2, 3, 2, 3), (1, 2, 2, 1, 3)]
        for given in ("gamma beta", "gamma", "beta", "")
    ]
    cases += [Parity(f"instance_norm: {what}", *pair, oracle, {"x": x}) for what, x in unusual((3, 2, 2, 2)).items()]
    name = "instance_norm: eps = 0.1"
    forward = partial(n.instance_norm_forward, eps=0.1)
    cases.append(Parity(name, forward, pair[1], partial(oracle, eps=0.1), draw(name, x=(2, 2, 3))))
    return cases


def rms_cases() -> list[Parity]:
    def oracle(torch: Any, x: Any, gamma: Any = None, eps: float = 1e-5) -> Any:
        return torch.nn.functional.rms_norm(x, x.shape[-1:], gamma, eps)

    pair = n.rms_norm_forward, n.rms_norm_backward
    cases = [
        Parity(f"rms_norm: {shape}, {given or 'plain'}", *pair, oracle, with_weights("rms", shape, shape[-1:], given))
        for shape in [(4,), (2, 3), (3, 1), (2, 2, 5)]
        for given in ("gamma", "")
    ]
    rows = np.array([[7.0, 7.0], [1e3, -1e3], [0.0, 0.0]])
    cases.append(Parity("rms_norm: constant, wide and zero rows", *pair, oracle, {"x": rows}))
    forward = partial(n.rms_norm_forward, eps=0.1)
    cases.append(Parity("rms_norm: eps = 0.1", forward, pair[1], partial(oracle, eps=0.1), {"x": rows}))
    return cases


PARITY = [
    *batch_cases(),
    *inference_cases(),
    *running_cases(),
    *layer_cases(),
    *group_cases(),
    *instance_cases(),
    *rms_cases(),
]


# --- slopes


def some_weights(rng: Rng, *shape: int) -> dict[str, np.ndarray]:
    return {name: rng.standard_normal(shape) for name in ("gamma", "beta") if rng.random() < 0.7}


def channels(rng: Rng, axes: int | None = None) -> tuple[int, ...]:
    axes = int(rng.integers(2, 5)) if axes is None else axes
    return tuple(size(rng) for _ in range(axes))


def batch_norm(rng: Rng) -> Slope:
    shape = channels(rng)
    arguments = {"x": rng.standard_normal(shape), **some_weights(rng, shape[1])}
    return Slope(n.batch_norm_forward, n.batch_norm_backward, arguments, {"eps": 0.1})


def batch_norm_inference(rng: Rng) -> Slope:
    shape = channels(rng)
    running = n.RunningStatistics(rng.standard_normal(shape[1]), rng.random(shape[1]) + 0.1)
    arguments = {"x": rng.standard_normal(shape), "gamma": rng.standard_normal(shape[1])}
    arguments["beta"] = rng.standard_normal(shape[1])
    pair = n.batch_norm_inference_forward, n.batch_norm_inference_backward
    return Slope(*pair, arguments, {"running": running})


def layer_norm(rng: Rng) -> Slope:
    shape = channels(rng)
    axes = int(rng.integers(1, len(shape) + 1))
    arguments = {"x": rng.standard_normal(shape), **some_weights(rng, *shape[-axes:])}
    return Slope(n.layer_norm_forward, n.layer_norm_backward, arguments, {"eps": 0.1, "axes": axes})


def instance_norm(rng: Rng) -> Slope:
    shape = channels(rng, int(rng.integers(3, 5)))
    arguments = {"x": rng.standard_normal(shape), **some_weights(rng, shape[1])}
    return Slope(n.instance_norm_forward, n.instance_norm_backward, arguments, {"eps": 0.1})


def group_norm(rng: Rng) -> Slope:
    N, per_group, *pixels = channels(rng)
    groups = size(rng)
    C = groups * per_group
    arguments = {"x": rng.standard_normal((N, C, *pixels)), **some_weights(rng, C)}
    return Slope(n.group_norm_forward, n.group_norm_backward, arguments, {"groups": groups, "eps": 0.1})


def rms_norm(rng: Rng) -> Slope:
    shape = channels(rng)
    gamma = {"gamma": rng.standard_normal(shape[-1])} if rng.random() < 0.7 else {}
    return Slope(n.rms_norm_forward, n.rms_norm_backward, {"x": rng.standard_normal(shape), **gamma}, {"eps": 0.1})


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    maker.__name__: maker
    for maker in (batch_norm, batch_norm_inference, layer_norm, instance_norm, group_norm, rms_norm)
}


# --- misuses

X, ONES = np.zeros((2, 4, 3)), np.ones(4)
RUNNING = n.RunningStatistics(np.zeros(4), ONES)
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "batch_norm": (n.batch_norm_forward, {"x": X, "gamma": ONES, "beta": ONES}),
    "batch_norm_inference": (
        n.batch_norm_inference_forward,
        {"x": X, "gamma": ONES, "beta": ONES, "running": RUNNING},
    ),
    "layer_norm": (n.layer_norm_forward, {"x": X, "gamma": np.ones(3), "beta": np.ones(3)}),
    "instance_norm": (n.instance_norm_forward, {"x": X, "gamma": ONES, "beta": ONES}),
    "group_norm": (n.group_norm_forward, {"x": X, "gamma": ONES, "beta": ONES, "groups": 2}),
    "rms_norm": (n.rms_norm_forward, {"x": X, "gamma": np.ones(3)}),
}


def misuse(name: str, error: type[Exception], argument: str, **wrong: Any) -> Misuse:
    forward, arguments = CALLS[name]
    return Misuse(lambda: forward(**{**arguments, **wrong}), error, argument)


def late(name: str) -> Misuse:
    forward, arguments = CALLS[name]
    backward = getattr(n, f"{name}_backward")
    return Misuse(lambda: backward(np.zeros((2, 3)), forward(**arguments)[1]), ShapeError, "dy")


MISUSES = [
    *(late(name) for name in CALLS),
    *(misuse(name, DTypeError, "x", x="text") for name in CALLS),
    *(misuse(name, DTypeError, "gamma", gamma="text") for name in CALLS),
    *(misuse(name, ShapeError, "x", x=np.zeros((2, 4, 0))) for name in CALLS),
    *(misuse(name, ShapeError, "x", x=np.float64(1)) for name in CALLS),
    *(misuse(name, ShapeError, "gamma", gamma=np.ones(2)) for name in CALLS),
    *(misuse(name, RangeError, "eps", eps=-1e-5) for name in CALLS),
    *(misuse(name, ShapeError, "beta", beta=np.ones((1, 4))) for name in CALLS if name != "rms_norm"),
    misuse("batch_norm", ShapeError, "x", x=np.zeros(4)),
    misuse("instance_norm", ShapeError, "x", x=np.zeros((2, 4))),
    misuse("group_norm", RangeError, "groups", groups=3),
    misuse("group_norm", RangeError, "groups", groups=0),
    misuse("layer_norm", RangeError, "axes", axes=0),
    misuse("layer_norm", ShapeError, "x", axes=4),
    misuse("batch_norm_inference", ShapeError, "mean", running=n.RunningStatistics(np.zeros(3), np.ones(3))),
    misuse("batch_norm_inference", RangeError, "var", running=n.RunningStatistics(np.zeros(4), -ONES)),
    Misuse(lambda: n.update_running(RUNNING, X, 1.1), RangeError, "momentum"),
    Misuse(lambda: n.update_running(RUNNING, X, momentum_weighs="both"), RangeError, "momentum_weighs"),  # type: ignore[arg-type]
    Misuse(lambda: n.update_running(RUNNING, np.zeros((1, 4))), ShapeError, "x"),
    Misuse(lambda: n.update_running(RUNNING, np.zeros((2, 3))), ShapeError, "mean"),
]
