"""Losses of numbers, of classes and of distributions, at ordinary and extreme inputs, with every reduction."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, away_from_zero, draw, size
from quizdl.engine import losses, metric_losses
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

REDUCTIONS = ("mean", "sum", "none")


def pair(name: str) -> tuple[Callable[..., Any], Callable[..., Any]]:
    home = losses if hasattr(losses, f"{name}_forward") else metric_losses
    return getattr(home, f"{name}_forward"), getattr(home, f"{name}_backward")


def case(loss: str, what: str, oracle: Callable[..., Any], arguments: dict[str, Any], **options: Any) -> Parity:
    forward, backward = pair(loss)
    return Parity(f"{loss}: {what}", partial(forward, **options), backward, oracle, arguments)


def probabilities(name: str, *shape: int) -> np.ndarray:
    return 1 / (1 + np.exp(-draw(name, x=shape)["x"]))


def reduce(values: Any, reduction: str) -> Any:
    return values if reduction == "none" else getattr(values, reduction)()


# --- numbers


def regression_cases() -> list[Parity]:
    cases = []
    for reduction in REDUCTIONS:
        for what, arguments in {
            "ordinary": draw("regression", y=(3, 2), t=(3, 2)),
            "one": draw("regression one", y=(1,), t=(1,)),
            "extreme, a tie": {"y": np.array([1e3, -1e3, 0.0, 7.0]), "t": np.array([-1e3, -999.5, 0.0, 7.0])},
        }.items():

            def oracle(function: str, torch: Any, y: Any, t: Any, reduction: str = reduction, **options: Any) -> Any:
                return getattr(torch.nn.functional, function)(y, t, reduction=reduction, **options)

            label = f"{what}, {reduction}"
            cases.append(case("mse", label, partial(oracle, "mse_loss"), arguments, reduction=reduction))
            cases.append(case("mae", label, partial(oracle, "l1_loss"), arguments, reduction=reduction))
            for delta in (0.25, 1.0):
                huber = partial(oracle, "huber_loss", delta=delta)
                options = {"delta": delta, "reduction": reduction}
                cases.append(case("huber", f"{label}, delta = {delta}", huber, arguments, **options))
    y, t = np.array([0.0, 2.0, -2.0, 0.5]), np.zeros(4)
    cases.append(
        case(
            "huber",
            "where the two parts meet",
            lambda torch, y, t: torch.nn.functional.huber_loss(y, t, delta=2.0),
            {"y": y, "t": t},
            delta=2.0,
        )
    )
    return cases


# --- classes


def cross_entropy_cases() -> list[Parity]:
    cases = []
    for reduction in REDUCTIONS:
        for N, C in [(1, 1), (4, 3), (1, 5)]:
            t = np.random.RandomState(N).randint(0, C, N)

            def oracle(torch: Any, y: Any, t: Any = t, reduction: str = reduction) -> Any:
                return reduce(-torch.log(y[torch.arange(len(t)), torch.tensor(t)]), reduction)

            y = probabilities(f"cross_entropy {N}", N, C)
            cases.append(case("cross_entropy", f"{(N, C)}, {reduction}", oracle, {"y": y}, t=t, reduction=reduction))
    return cases


def label_cases() -> list[Parity]:
    """Logits and log-probabilities with labels; PyTorch wants the classes second, so rows are put in one axis."""
    cases = []
    shapes = [((1,), 1), ((4,), 3), ((2, 3), 4), ((), 3)]
    for front, C in shapes:
        t = np.asarray(np.random.RandomState(C).randint(0, C, front))
        for ignored in (None, int(t.flat[0]) if t.size > 1 else -1, -100):
            for reduction in REDUCTIONS:
                z = {"z": 5 * draw(f"labels {front}", z=(*front, C))["z"]}
                log_y = {"log_y": z["z"] - 3}
                index = -100 if ignored is None else ignored
                shared = {"t": t, "ignore_index": ignored, "reduction": reduction}
                label = f"{front} labels of {C}, ignoring {ignored}, {reduction}"
                oracle = partial(labelled, t, index, reduction, "nll_loss", {})
                cases.append(case("nll", label, lambda torch, log_y, o=oracle: o(torch, log_y), log_y, **shared))
                for epsilon in (0.0, 0.1):
                    smooth = {"label_smoothing": epsilon}
                    oracle = partial(labelled, t, index, reduction, "cross_entropy", smooth)
                    name = f"{label}, smoothing {epsilon}"
                    cases.append(
                        case(
                            "softmax_cross_entropy", name, lambda torch, z, o=oracle: o(torch, z), z, **shared, **smooth
                        )
                    )
    return cases


def labelled(t: Any, index: int, reduction: str, function: str, options: dict[str, Any], torch: Any, z: Any) -> Any:
    loss = getattr(torch.nn.functional, function)(
        z.reshape(-1, z.shape[-1]), torch.tensor(t).reshape(-1), ignore_index=index, reduction=reduction, **options
    )
    return loss.reshape(t.shape) if reduction == "none" else loss


def extreme_label_cases() -> list[Parity]:
    cases = []
    z = {"z": np.array([[1e3, -1e3, 0.0], [0.0, 0.0, 0.0], [-1e3, -1e3, -1e3], [1e3, 1e3, -1e3]])}
    for t in ([0, 1, 2, 0], [1, 0, 0, 2]):
        for epsilon in (0.0, 0.3, 1.0):
            oracle = partial(labelled, np.array(t), -100, "mean", "cross_entropy", {"label_smoothing": epsilon})
            name = f"logits of 1000 and ties, labels {t}, smoothing {epsilon}"
            cases.append(
                case(
                    "softmax_cross_entropy",
                    name,
                    lambda torch, z, o=oracle: o(torch, z),
                    z,
                    t=t,
                    label_smoothing=epsilon,
                )
            )
    return cases


def logit_cases() -> list[Parity]:
    inputs = {
        "ordinary": (draw("bce", z=(3, 2))["z"], probabilities("bce targets", 3, 2)),
        "one": (draw("bce one", z=(1,))["z"], np.array([1.0])),
        "extreme": (np.array([1e3, -1e3, 1e3, -1e3, 0.0, 40.0]), np.array([0.0, 1.0, 1.0, 0.0, 0.5, 0.25])),
    }

    def oracle(torch: Any, z: Any, t: Any, reduction: str) -> Any:
        return torch.nn.functional.binary_cross_entropy_with_logits(z, t, reduction=reduction)

    return [
        case("bce_with_logits", f"{what}, {r}", partial(oracle, reduction=r), {"z": z, "t": t}, reduction=r)
        for r in REDUCTIONS
        for what, (z, t) in inputs.items()
    ]


def probability_cases() -> list[Parity]:
    inputs = {
        "ordinary": (probabilities("bce y", 3, 2), probabilities("bce targets", 3, 2)),
        "hard targets": (probabilities("bce hard", 2, 2), np.array([[0.0, 1.0], [1.0, 0.0]])),
        "nearly sure": (np.array([1e-11, 1 - 1e-11, 1e-6, 0.5]), np.array([0.0, 1.0, 0.5, 0.5])),
        "sure and right": (np.array([0.0, 1.0]), np.array([0.0, 1.0])),
    }
    cases = [
        case("bce", f"{what}, {r}", partial(bce_by_equations, reduction=r), {"y": y, "t": t}, reduction=r)
        for r in REDUCTIONS
        for what, (y, t) in inputs.items()
    ]
    cases.append(
        Parity(
            "bce: sure and wrong, or sure and asked for half",
            losses.bce_forward,
            None,  # at 0 and 1, PyTorch divides by a 1e-12 that is rounded to float32
            lambda torch, y, t: torch.nn.functional.binary_cross_entropy(y, t),
            {"y": np.array([0.0, 1.0, 0.0, 1.0, 1e-300]), "t": np.array([1.0, 0.0, 0.5, 0.5, 1.0])},
        )
    )
    return cases


def bce_by_equations(torch: Any, y: Any, t: Any, reduction: str) -> Any:
    """PyTorch's loss for y, whose gradient for t is without the limit of −100; added here by the limited logarithms."""
    ours = torch.log(1 - y).clamp_min(-100).detach() - torch.log(y).clamp_min(-100).detach()
    loss = torch.nn.functional.binary_cross_entropy(y, t.detach(), reduction="none")
    return reduce(loss + (t - t.detach()) * ours, reduction)


def gaussian_cases() -> list[Parity]:
    def oracle(torch: Any, mu_1: Any, log_var_1: Any, mu_2: Any, log_var_2: Any, reduction: str) -> Any:
        normal = torch.distributions.Normal
        first, second = normal(mu_1, (log_var_1 / 2).exp()), normal(mu_2, (log_var_2 / 2).exp())
        return reduce(torch.distributions.kl_divergence(first, second).sum(-1), reduction)

    cases = []
    for shape in [(1,), (4, 3), (1, 1), (2, 3, 2)]:
        for reduction in REDUCTIONS:
            name = f"{shape}, {reduction}"
            arguments = draw(f"kl {shape}", mu_1=shape, log_var_1=shape, mu_2=shape, log_var_2=shape)
            cases.append(
                case("kl_gaussians", name, partial(oracle, reduction=reduction), arguments, reduction=reduction)
            )
    return cases


PARITY = [
    *regression_cases(),
    *cross_entropy_cases(),
    *label_cases(),
    *extreme_label_cases(),
    *logit_cases(),
    *probability_cases(),
    *gaussian_cases(),
]


# --- slopes


def any_reduction(rng: Rng) -> dict[str, Any]:
    return {"reduction": str(rng.choice(REDUCTIONS))}


def mse(rng: Rng) -> Slope:
    shape = size(rng), size(rng)
    arguments = {"y": rng.standard_normal(shape), "t": rng.standard_normal(shape)}
    return Slope(*pair("mse"), arguments, any_reduction(rng))


def mae(rng: Rng) -> Slope:
    t = rng.standard_normal((size(rng), size(rng)))
    return Slope(*pair("mae"), {"y": t + away_from_zero(rng, *t.shape), "t": t}, any_reduction(rng))


def huber(rng: Rng) -> Slope:
    t = rng.standard_normal((size(rng), size(rng)))
    gap = rng.choice([-2.0, -0.5, 0.5, 2.0], t.shape) + 0.2 * rng.uniform(-1, 1, t.shape)
    return Slope(*pair("huber"), {"y": t + gap, "t": t}, {"delta": 1.0, **any_reduction(rng)})


def cross_entropy(rng: Rng) -> Slope:
    N, C = size(rng), size(rng)
    arguments = {"y": rng.uniform(0.1, 0.9, (N, C))}
    return Slope(*pair("cross_entropy"), arguments, {"t": rng.integers(0, C, N), **any_reduction(rng)})


def labels(rng: Rng) -> tuple[tuple[int, ...], dict[str, Any]]:
    T, B, C = size(rng), size(rng), size(rng)
    return (T, B, C), {"t": rng.integers(-1, C, (T, B)), "ignore_index": -1, **any_reduction(rng)}


def nll(rng: Rng) -> Slope:
    shape, options = labels(rng)
    return Slope(*pair("nll"), {"log_y": rng.standard_normal(shape)}, options)


def softmax_cross_entropy(rng: Rng) -> Slope:
    shape, options = labels(rng)
    options["label_smoothing"] = float(rng.uniform(0, 0.5)) * (rng.random() < 0.7)
    return Slope(*pair("softmax_cross_entropy"), {"z": rng.standard_normal(shape)}, options)


def bce(rng: Rng) -> Slope:
    shape = size(rng), size(rng)
    arguments = {"y": rng.uniform(0.1, 0.9, shape), "t": rng.uniform(0.1, 0.9, shape)}
    return Slope(*pair("bce"), arguments, any_reduction(rng))


def bce_with_logits(rng: Rng) -> Slope:
    shape = size(rng), size(rng)
    arguments = {"z": away_from_zero(rng, *shape), "t": rng.uniform(0.1, 0.9, shape)}
    return Slope(*pair("bce_with_logits"), arguments, any_reduction(rng))


def kl_gaussians(rng: Rng) -> Slope:
    shape = size(rng), size(rng)
    arguments = {name: 0.5 * rng.standard_normal(shape) for name in ("mu_1", "log_var_1", "mu_2", "log_var_2")}
    return Slope(*pair("kl_gaussians"), arguments, any_reduction(rng))


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    maker.__name__: maker
    for maker in (mse, mae, huber, cross_entropy, nll, softmax_cross_entropy, bce, bce_with_logits, kl_gaussians)
}


# --- misuses

ZEROS, HALVES, ONES = np.zeros((2, 3)), np.full((2, 3), 0.5), np.ones((2, 3))
PAIRS: dict[str, dict[str, Any]] = {
    "mse": {"y": ZEROS, "t": ZEROS},
    "mae": {"y": ZEROS, "t": ZEROS},
    "huber": {"y": ZEROS, "t": ZEROS},
    "bce": {"y": HALVES, "t": HALVES},
    "bce_with_logits": {"z": ZEROS, "t": HALVES},
    "kl_gaussians": {"mu_1": ZEROS, "log_var_1": ZEROS, "mu_2": ZEROS, "log_var_2": ZEROS},
    "cross_entropy": {"y": HALVES, "t": [0, 2]},
    "nll": {"log_y": ZEROS, "t": [0, 2]},
    "softmax_cross_entropy": {"z": ZEROS, "t": [0, 2]},
}
WITH_LABELS = ("cross_entropy", "nll", "softmax_cross_entropy")


def misuse(loss: str, known: dict[str, Any], error: type[Exception], **wrong: Any) -> Misuse:
    """The argument that is wrong comes first."""
    forward, arguments = pair(loss)[0], {**known, **wrong}
    return Misuse(lambda: forward(**arguments), error, next(iter(wrong)))


def late(loss: str, known: dict[str, Any], dloss: Any, **options: Any) -> Misuse:
    forward, backward = pair(loss)
    return Misuse(lambda: backward(dloss, forward(**known, **options)[1]), ShapeError, "dloss")


def on_each_argument(table: dict[str, dict[str, Any]], with_labels: tuple[str, ...]) -> list[Misuse]:
    """Text, another shape, nothing at all, labels that are none, and a gradient of the wrong shape."""
    found = []
    for loss, known in table.items():
        _, *others = known
        found += [misuse(loss, known, DTypeError, **{name: "text"}) for name in known]
        found += [misuse(loss, known, ShapeError, **{name: np.ones((3, 2), dtype=int)}) for name in others]
        empty = {name: np.zeros((0, 3)) for name in known} | ({"t": []} if loss in with_labels else {})
        found.append(misuse(loss, {}, ShapeError, **empty))
        found.append(misuse(loss, known, RangeError, reduction="median"))
        found.append(late(loss, known, np.zeros((2, 3))))
        if loss in with_labels:
            found.append(misuse(loss, known, DTypeError, t=[0.0, 1.0]))
            found += [misuse(loss, known, RangeError, t=t) for t in ([0, 3], [-1, 0])]
            found.append(misuse(loss, known, ShapeError, t=0))
    return found


def wrong(loss: str, error: type[Exception], **wrong: Any) -> Misuse:
    return misuse(loss, PAIRS[loss], error, **wrong)


MISUSES = [
    *on_each_argument(PAIRS, WITH_LABELS),
    *(wrong(loss, RangeError, t=[-1, 4], ignore_index=-1) for loss in ("nll", "softmax_cross_entropy")),
    late("mse", PAIRS["mse"], 1.0, reduction="none"),
    late("softmax_cross_entropy", PAIRS["softmax_cross_entropy"], np.zeros(3), reduction="none"),
    wrong("cross_entropy", RangeError, y=-HALVES),
    wrong("cross_entropy", ShapeError, y=np.zeros(3)),
    wrong("softmax_cross_entropy", RangeError, label_smoothing=1.5),
    wrong("softmax_cross_entropy", ShapeError, z=np.zeros((2, 0))),
    wrong("bce", RangeError, y=-HALVES),
    wrong("bce", RangeError, y=3 * HALVES),
    wrong("bce", RangeError, t=3 * HALVES),
    wrong("bce_with_logits", RangeError, t=-ONES),
    wrong("huber", RangeError, delta=0.0),
    wrong("huber", RangeError, delta=np.inf),
    wrong("kl_gaussians", ShapeError, mu_1=0.0, log_var_1=0.0, mu_2=0.0, log_var_2=0.0),
]
