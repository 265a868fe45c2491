"""Activation functions at ordinary and extreme inputs, at corners, over every axis, with slopes that are learnt."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import NONE, Misuse, Parity, Rng, Slope, away_from_zero, draw, size
from quizdl.engine import activations, rectifiers
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

CORNERS = np.array([[-3.0, -1.0, -0.0, 0.0, 1.0, 3.0, 6.0, -6.0]])
"""Where some of them have a corner, exactly."""

ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "sigmoid": lambda torch, x: torch.sigmoid(x),
    "tanh": lambda torch, x: torch.tanh(x),
    "hard_tanh": lambda torch, x: torch.nn.functional.hardtanh(x),
    # PyTorch's own hardsigmoid multiplies float64 gradients by a sixth that is rounded to float32
    "hard_sigmoid": lambda torch, x: torch.nn.functional.relu6(x + 3) / 6,
    "softsign": lambda torch, x: torch.nn.functional.softsign(x),
    "relu": lambda torch, x: torch.relu(x),
    "leaky_relu": lambda torch, x: torch.nn.functional.leaky_relu(x),
    "softplus": lambda torch, x: torch.nn.functional.softplus(x, threshold=40),
    "identity": lambda torch, x: x * 1,
    "elu": lambda torch, x: torch.nn.functional.elu(x),
    "selu": lambda torch, x: torch.nn.functional.selu(x),
    "gelu": lambda torch, x: torch.nn.functional.gelu(x),
    "gelu_tanh": lambda torch, x: torch.nn.functional.gelu(x, approximate="tanh"),
    "silu": lambda torch, x: torch.nn.functional.silu(x),
    "mish": lambda torch, x: torch.nn.functional.mish(x),
    "hard_swish": lambda torch, x: torch.nn.functional.hardswish(x),
}

OVER_AN_AXIS: dict[str, Callable[..., Any]] = {
    "softmax": lambda torch, x, axis: torch.softmax(x, axis),
    "log_softmax": lambda torch, x, axis: torch.log_softmax(x, axis),
}


def pair(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    home = rectifiers if hasattr(rectifiers, f"{name}_forward") else activations
    return getattr(home, f"{name}_forward"), getattr(home, f"{name}_backward")


def elementwise_cases() -> list[Parity]:
    cases = []
    for activation, oracle in ELEMENTWISE.items():
        inputs = {
            "one number": draw(f"{activation} one", x=(1,))["x"],
            "three axes": draw(f"{activation} three", x=(2, 1, 3))["x"],
            "wide": 10 * draw(f"{activation} wide", x=(3, 4))["x"],
            "extreme": 1e3 * draw(f"{activation} extreme", x=(2, 3))["x"],
            "corners": CORNERS,
        }
        cases += [Parity(f"{activation}: {what}", *pair(activation), oracle, {"x": x}) for what, x in inputs.items()]
    return cases


def axis_cases() -> list[Parity]:
    cases = []
    for activation, oracle in OVER_AN_AXIS.items():
        ties = np.array([[2.0, 2.0, -1.0], [0.0, 0.0, 0.0]])
        inputs = [(draw(f"{activation} {axis}", x=(2, 3, 4))["x"], axis) for axis in (0, 1, 2, -1, -3)]
        inputs += [(1e3 * draw(f"{activation} extreme", x=(3, 4))["x"], -1), (ties, -1), (ties, 0)]
        inputs += [(draw(f"{activation} one", x=(3, 1))["x"], -1), (draw(f"{activation} row", x=(4,))["x"], 0)]
        forward, backward = pair(activation)
        for k, (x, axis) in enumerate(inputs):
            name = f"{activation}: case {k}, {x.shape} over axis {axis}"
            cases.append(Parity(name, partial(forward, axis=axis), backward, partial(over, oracle, axis), {"x": x}))
    return cases


def over(oracle: Callable[..., Any], axis: int, torch: Any, x: Any) -> Any:
    return oracle(torch, x, axis)


def with_options(
    activation: str, options: Mapping[str, Any], oracle: Callable[..., Any], arguments: dict[str, Any], what: str = ""
) -> Parity:
    forward, backward = pair(activation)
    said = ", ".join(f"{key} = {value}" for key, value in options.items())
    return Parity(f"{activation}: {what}{said}", partial(forward, **options), backward, oracle, arguments)


def option_cases() -> list[Parity]:
    x = {"x": np.concatenate([2 * draw("with options", x=(2, 8))["x"], CORNERS])}
    return [
        *(
            with_options("elu", {"alpha": alpha}, lambda torch, x, a=alpha: torch.nn.functional.elu(x, a), x)
            for alpha in (0.3, 2.0)
        ),
        *(
            with_options(
                "leaky_relu", {"slope": slope}, lambda torch, x, s=slope: torch.nn.functional.leaky_relu(x, s), x
            )
            for slope in (0.0, 0.2, 1.5)
        ),
        *(
            with_options(
                "glu", {"axis": axis}, lambda torch, x, a=axis: torch.nn.functional.glu(x, a), draw("glu", x=s)
            )
            for axis, s in ((-1, (3, 2)), (0, (2, 1)), (1, (2, 4, 3)))
        ),
        *(
            Parity(
                f"step: {at_zero} at 0",
                partial(activations.step_forward, at_zero=at_zero),
                None,
                lambda torch, x, a=at_zero: torch.heaviside(x, torch.tensor(a, dtype=x.dtype)),
                {"x": CORNERS},
            )
            for at_zero in (0.0, 0.5, 1.0)
        ),
    ]


def prelu_cases() -> list[Parity]:
    cases = []
    shapes = [
        ((2, 3), (3,)),
        ((3, 2), (2,)),
        ((2, 3), (1,)),
        ((2, 3, 4, 2), (3,)),
        ((2, 3, 4), (1,)),
        ((1, 1, 2), (1,)),
        ((5,), (1,)),
    ]
    for x, slope in shapes:
        name = f"prelu: {x} with slopes {slope}"
        arguments = draw(name, x=x, slope=slope)
        arguments["x"].flat[0] = 0.0
        cases.append(
            Parity(name, *pair("prelu"), lambda torch, x, slope: torch.nn.functional.prelu(x, slope), arguments)
        )
    return cases


PARITY = [*elementwise_cases(), *axis_cases(), *option_cases(), *prelu_cases()]


# --- slopes


def off_corners(rng: Rng, *shape: int) -> np.ndarray:
    """No entry near 0, ±1 or ±3."""
    return rng.choice([-4, -2, -0.5, 0.5, 2, 4], shape) + 0.3 * rng.uniform(-1, 1, shape)


def elementwise(name: str, rng: Rng) -> Slope:
    return Slope(*pair(name), {"x": off_corners(rng, size(rng), size(rng))})


def over_an_axis(name: str, rng: Rng) -> Slope:
    x = rng.standard_normal((size(rng), size(rng), size(rng)))
    return Slope(*pair(name), {"x": x}, {"axis": int(rng.integers(-3, 3))})


def elu_alpha(rng: Rng) -> Slope:
    x = away_from_zero(rng, size(rng), size(rng))
    return Slope(*pair("elu"), {"x": x}, {"alpha": float(rng.uniform(-1, 2))})


def leaky_slope(rng: Rng) -> Slope:
    x = away_from_zero(rng, size(rng), size(rng))
    return Slope(*pair("leaky_relu"), {"x": x}, {"slope": float(rng.uniform(-1, 2))})


def step_at_zero(rng: Rng) -> Slope:
    x = away_from_zero(rng, size(rng), size(rng))
    return Slope(*pair("step"), {"x": x}, {"at_zero": 0.5})


def prelu(rng: Rng) -> Slope:
    shape = tuple(size(rng) for _ in range(size(rng)))
    channels = shape[1:2] if len(shape) > 1 else (1,)
    slope = [(), (1,), channels][rng.integers(3)]
    return Slope(*pair("prelu"), {"x": away_from_zero(rng, *shape), "slope": rng.standard_normal(slope)})


def glu(rng: Rng) -> Slope:
    shape = [size(rng), size(rng), size(rng)]
    axis = int(rng.integers(-3, 3))
    shape[axis] *= 2
    return Slope(*pair("glu"), {"x": rng.standard_normal(shape)}, {"axis": axis})


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    **{name: partial(elementwise, name) for name in ELEMENTWISE},
    **{name: partial(over_an_axis, name) for name in OVER_AN_AXIS},
    **{maker.__name__: maker for maker in (elu_alpha, leaky_slope, step_at_zero, prelu, glu)},
}


# --- misuses


def misuse(name: str, error: type[Exception], argument: str, *given: Any, **options: Any) -> Misuse:
    return Misuse(lambda: pair(name)[0](*given, **options), error, argument)


def wrong_arrival(name: str, x: Any, dy: Any, options: Mapping[str, Any] = NONE) -> Misuse:
    forward, backward = pair(name)
    return Misuse(lambda: backward(dy, forward(x, **options)[1]), ShapeError, "dy")


MISUSES = [
    *(misuse(name, DTypeError, "x", "text") for name in (*ELEMENTWISE, *OVER_AN_AXIS, "step", "glu")),
    *(misuse(name, DTypeError, "x", [[1.0], [1.0, 2.0]]) for name in ("sigmoid", "softmax", "gelu")),
    *(misuse(name, DTypeError, "x", np.array([None])) for name in ("relu", "log_softmax", "mish")),
    *(misuse(name, DTypeError, "x", np.array([1j])) for name in ("tanh", "elu", "hard_swish")),
    *(wrong_arrival(name, np.zeros((2, 3)), np.zeros(3)) for name in (*ELEMENTWISE, *OVER_AN_AXIS, "step")),
    *(misuse(name, ShapeError, "x", 1.0) for name in (*OVER_AN_AXIS, "glu")),
    *(misuse(name, ShapeError, "x", np.zeros((2, 0))) for name in (*OVER_AN_AXIS, "glu")),
    *(misuse(name, RangeError, "axis", np.zeros((2, 2)), axis) for name in (*OVER_AN_AXIS, "glu") for axis in (2, -3)),
    misuse("glu", ShapeError, "x", np.zeros((2, 3))),
    wrong_arrival("glu", np.zeros((2, 4)), np.zeros((2, 4))),
    misuse("elu", RangeError, "alpha", np.zeros(2), np.nan),
    misuse("elu", DTypeError, "alpha", np.zeros(2), "1"),
    misuse("leaky_relu", ShapeError, "slope", np.zeros(2), [0.1, 0.2]),
    misuse("leaky_relu", RangeError, "slope", np.zeros(2), np.inf),
    misuse("step", RangeError, "at_zero", np.zeros(2), 2),
    misuse("prelu", ShapeError, "slope", np.zeros((2, 3)), np.zeros(2)),
    misuse("prelu", ShapeError, "slope", np.zeros((2, 3)), np.zeros((1, 3))),
    misuse("prelu", ShapeError, "slope", np.zeros((2, 0)), np.zeros(0)),
    misuse("prelu", DTypeError, "slope", np.zeros((2, 3)), "steep"),
    Misuse(
        lambda: rectifiers.prelu_backward(np.zeros(3), rectifiers.prelu_forward(np.zeros((2, 3)), np.zeros(3))[1]),
        ShapeError,
        "dy",
    ),
]
