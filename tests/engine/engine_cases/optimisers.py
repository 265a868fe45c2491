"""Optimisers, schedules, clipping and gains: against PyTorch's, step by step; nothing of it is differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, draw
from quizdl.engine import adaptive, clipping, initialisers, optimisers, schedules
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

STEPS = 10


def walk(
    name: str,
    ours: Callable[[], optimisers.Method],
    theirs: Callable[[Any, list[Any]], Any],
    *,
    scale: float = 1.0,
    rates: list[float] | None = None,
) -> Parity:
    """Both parameters after each of ten steps with ten different gradients, one entry of which is always 0.

    rates: the learning rate of each step, where it changes.
    """
    arguments = draw(name, W=(2, 2), b=(1,), dW=(STEPS, 2, 2), db=(STEPS, 1))
    arguments["dW"][:, 0, 0] = 0
    arguments["dW"] *= scale

    def forward(W: np.ndarray, b: np.ndarray, dW: np.ndarray, db: np.ndarray) -> Any:
        optimiser, parameters, path = ours(), {"W": W, "b": b}, []
        for t in range(STEPS):
            optimiser.lr = optimiser.lr if rates is None else rates[t]
            parameters = optimiser.update(parameters, {"W": dW[t], "b": db[t], "x": W})
            path.append(parameters)
        return tuple(np.stack([step[key] for step in path]) for key in ("W", "b")), None

    def oracle(torch: Any, W: Any, b: Any, dW: Any, db: Any) -> Any:
        parameters = [W.clone().requires_grad_(), b.clone().requires_grad_()]
        optimiser, paths = theirs(torch, parameters), ([], [])
        for t in range(STEPS):
            if rates is not None:
                optimiser.param_groups[0]["lr"] = rates[t]
            for parameter, gradient in zip(parameters, (dW[t], db[t]), strict=True):
                parameter.grad = gradient
            optimiser.step()
            for path, parameter in zip(paths, parameters, strict=True):
                path.append(parameter.detach().clone())
        return tuple(torch.stack(path) for path in paths)

    return Parity(f"optimisers: {name}", forward, None, oracle, arguments)


def kept(lr: float = 0.1, mu: float = 0.9, **options: Any) -> optimisers.Momentum:
    """Momentum with the learning rate outside, PyTorch's."""
    return optimisers.Momentum(lr, mu, lr_inside=False, **options)


SGD: dict[str, tuple[Callable[[], optimisers.Method], dict[str, Any]]] = {
    "sgd": (lambda: optimisers.SGD(0.1), {}),
    "sgd, decay": (lambda: optimisers.SGD(0.1, 0.3), {"weight_decay": 0.3}),
    "momentum": (lambda: optimisers.Momentum(0.1, 0.8), {"momentum": 0.8}),
    "momentum, decay": (
        lambda: optimisers.Momentum(0.1, 0.8, weight_decay=0.3),
        {"momentum": 0.8, "weight_decay": 0.3},
    ),
    "momentum, nesterov": (
        lambda: optimisers.Momentum(0.1, 0.8, nesterov=True),
        {"momentum": 0.8, "nesterov": True},
    ),
    "momentum outside": (kept, {"momentum": 0.9}),
    "momentum outside, dampened": (lambda: kept(dampening=0.4), {"momentum": 0.9, "dampening": 0.4}),
    "momentum outside, nesterov, decay": (
        lambda: kept(nesterov=True, weight_decay=0.3),
        {"momentum": 0.9, "nesterov": True, "weight_decay": 0.3},
    ),
}

ADAPTIVE: dict[str, tuple[Callable[[], optimisers.Method], str, dict[str, Any]]] = {
    "adagrad": (adaptive.AdaGrad, "Adagrad", {}),
    "adagrad, all options": (
        lambda: adaptive.AdaGrad(0.1, 1e-3, lr_decay=0.2, initial=0.5, weight_decay=0.3),
        "Adagrad",
        {"lr": 0.1, "eps": 1e-3, "lr_decay": 0.2, "initial_accumulator_value": 0.5, "weight_decay": 0.3},
    ),
    "rmsprop": (adaptive.RMSProp, "RMSprop", {}),
    "rmsprop, other rates": (
        lambda: adaptive.RMSProp(0.1, 0.7, 1e-2, weight_decay=0.3),
        "RMSprop",
        {"lr": 0.1, "alpha": 0.7, "eps": 1e-2, "weight_decay": 0.3},
    ),
    "rmsprop, momentum": (lambda: adaptive.RMSProp(mu=0.9), "RMSprop", {"momentum": 0.9}),
    "rmsprop, centred": (lambda: adaptive.RMSProp(centred=True), "RMSprop", {"centered": True}),
    "rmsprop, centred with momentum": (
        lambda: adaptive.RMSProp(0.01, 0.8, mu=0.7, centred=True),
        "RMSprop",
        {"lr": 0.01, "alpha": 0.8, "momentum": 0.7, "centered": True},
    ),
    "adadelta": (adaptive.AdaDelta, "Adadelta", {}),
    "adadelta, all options": (
        lambda: adaptive.AdaDelta(0.5, 0.7, 1e-3, weight_decay=0.3),
        "Adadelta",
        {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.3},
    ),
    "adam": (optimisers.Adam, "Adam", {}),
    "adam, all options": (
        lambda: optimisers.Adam(0.1, 0.8, 0.95, 1e-3, weight_decay=0.3),
        "Adam",
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.3},
    ),
    "amsgrad": (
        lambda: optimisers.Adam(0.1, 0.5, 0.6, amsgrad=True),
        "Adam",
        {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True},
    ),
    "amsgrad, decay": (
        lambda: optimisers.Adam(0.1, 0.5, 0.6, amsgrad=True, weight_decay=0.3),
        "Adam",
        {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True, "weight_decay": 0.3},
    ),
    "adamw": (optimisers.AdamW, "AdamW", {}),
    "adamw, all options": (
        lambda: optimisers.AdamW(0.1, 0.8, 0.95, 1e-3, weight_decay=0.3),
        "AdamW",
        {"lr": 0.1, "betas": (0.8, 0.95), "eps": 1e-3, "weight_decay": 0.3},
    ),
    "adamw, amsgrad": (
        lambda: optimisers.AdamW(0.1, 0.5, 0.6, amsgrad=True),
        "AdamW",
        {"lr": 0.1, "betas": (0.5, 0.6), "amsgrad": True},
    ),
}


def _torch(name: str, options: dict[str, Any]) -> Callable[[Any, list[Any]], Any]:
    return lambda torch, parameters: getattr(torch.optim, name)(parameters, **options)


HALVED = [0.1 * 0.5**t for t in range(STEPS)]

WALKS = [
    *(walk(name, ours, _torch("SGD", {"lr": 0.1, **options})) for name, (ours, options) in SGD.items()),
    *(walk(name, ours, _torch(theirs, options)) for name, (ours, theirs, options) in ADAPTIVE.items()),
    walk("momentum outside, a falling rate", kept, _torch("SGD", {"lr": 0.1, "momentum": 0.9}), rates=HALVED),
    walk("adam, a falling rate", optimisers.Adam, _torch("Adam", {}), rates=HALVED),
    walk("adam, large gradients", optimisers.Adam, _torch("Adam", {}), scale=1e3),
    walk("rmsprop, large gradients", adaptive.RMSProp, _torch("RMSprop", {}), scale=1e3),
    walk("adadelta, small gradients", adaptive.AdaDelta, _torch("Adadelta", {}), scale=1e-6),
]


def scheduled(
    name: str, ours: Callable[[int, float], float], theirs: Callable[[Any, Any], Any], steps: int = 24, first: int = 0
) -> Parity:
    """The learning rates of all steps; PyTorch's come from a scheduler on an optimiser with nothing to do."""

    def forward(lr: np.ndarray) -> Any:
        return np.array([ours(first + step, float(lr)) for step in range(steps)]), None

    def oracle(torch: Any, lr: Any) -> Any:
        optimiser = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=float(lr))
        scheduler, rates = theirs(torch.optim.lr_scheduler, optimiser), []
        for _ in range(steps):
            rates.append(scheduler.get_last_lr()[0])
            optimiser.step()
            scheduler.step()
        return torch.tensor(rates, dtype=torch.float64)

    return Parity(f"schedules: {name}", forward, None, oracle, {"lr": np.array(0.3)})


SCHEDULED = [
    scheduled(
        "step", lambda t, lr: schedules.step_decay(t, lr, every=5, gamma=0.3), lambda s, o: s.StepLR(o, 5, gamma=0.3)
    ),
    scheduled(
        "milestones",
        lambda t, lr: schedules.multi_step_decay(t, lr, milestones=[3, 4, 11], gamma=0.3),
        lambda s, o: s.MultiStepLR(o, [3, 4, 11], gamma=0.3),
    ),
    scheduled(
        "exponential",
        lambda t, lr: schedules.exponential_decay(t, lr, gamma=0.9),
        lambda s, o: s.ExponentialLR(o, 0.9),
    ),
    scheduled(
        "cosine",
        lambda t, lr: schedules.cosine_decay(t, lr, period=23, floor=0.02),
        lambda s, o: s.CosineAnnealingLR(o, 23, eta_min=0.02),
    ),
    scheduled(
        "cosine, restarts",
        lambda t, lr: schedules.cosine_decay(t, lr, period=5, floor=0.02, restarts=True),
        lambda s, o: s.CosineAnnealingWarmRestarts(o, 5, eta_min=0.02),
    ),
    scheduled(
        "cosine, longer and longer",
        lambda t, lr: schedules.cosine_decay(t, lr, period=3, restarts=True, growth=2),
        lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, T_mult=2),
    ),
    scheduled(
        "linear warm-up",
        lambda t, lr: schedules.linear_warmup(t, lr, warmup=7, start=0.2),
        lambda s, o: s.LinearLR(o, 0.2, 1.0, total_iters=7),
    ),
    scheduled(
        "polynomial",
        lambda t, lr: schedules.polynomial_decay(t, lr, total=17, power=1.7),
        lambda s, o: s.PolynomialLR(o, 17, 1.7),
    ),
    scheduled(
        "inverse time",
        lambda t, lr: schedules.inverse_time_decay(t, lr, rate=0.3),
        lambda s, o: s.LambdaLR(o, lambda t: 1 / (1 + 0.3 * t)),
    ),
    scheduled(
        "noam",
        lambda t, lr: schedules.noam(t, d_model=16, warmup=6, factor=lr),
        lambda s, o: s.LambdaLR(o, lambda t: 16**-0.5 * min((t + 1) ** -0.5, (t + 1) * 6**-1.5)),
        first=1,
    ),
    scheduled(
        "warm-up, then cosine",
        lambda t, lr: (
            schedules.linear_warmup(t, lr, warmup=6, start=0.1)
            if t < 6
            else schedules.cosine_decay(t - 6, lr, period=18)
        ),
        lambda s, o: s.SequentialLR(
            o, [s.LinearLR(o, 0.1, 1.0, total_iters=6), s.CosineAnnealingLR(o, 18)], milestones=[6]
        ),
    ),
]


def clipped(name: str, threshold: float, scale: float = 1.0) -> Parity:
    """All gradients and their norm, with PyTorch's eps."""

    def forward(W: np.ndarray, b: np.ndarray) -> Any:
        gradients, norm = clipping.clip_by_global_norm({"W": W, "b": b}, threshold, eps=1e-6)
        return (gradients["W"], gradients["b"], np.array(norm)), None

    def oracle(torch: Any, **gradients: Any) -> Any:
        parameters = [torch.zeros_like(g, requires_grad=True) for g in gradients.values()]
        for parameter, g in zip(parameters, gradients.values(), strict=True):
            parameter.grad = g.clone()
        norm = torch.nn.utils.clip_grad_norm_(parameters, threshold)
        return *(parameter.grad for parameter in parameters), norm

    arguments = {key: scale * g for key, g in draw(name, W=(3, 4), b=(1,)).items()}
    return Parity(f"clipping: {name}", forward, None, oracle, arguments)


def clipped_by_value(x: np.ndarray) -> Any:
    return clipping.clip_by_value(x, 0.5), None


def values_clipped(torch: Any, x: Any) -> Any:
    return x.clamp(-0.5, 0.5)


def gains(slope: np.ndarray) -> Any:
    names = [*initialisers.GAINS, "leaky_relu"]
    return np.array([initialisers.gain_for(name, float(slope)) for name in names]), None


def torch_gains(torch: Any, slope: Any) -> Any:
    names = [*initialisers.GAINS, "leaky_relu"]
    found = [torch.nn.init.calculate_gain(name, float(slope) if name == "leaky_relu" else None) for name in names]
    return torch.tensor(found, dtype=torch.float64)


PARITY = [
    *WALKS,
    *SCHEDULED,
    clipped("above the threshold", 0.5),
    clipped("below the threshold", 1e3),
    clipped("nothing to clip", 1.0, scale=0.0),
    clipped("a threshold of nothing", 0.0),
    clipped("large gradients", 1.0, scale=1e3),
    Parity("clipping: by value", clipped_by_value, None, values_clipped, draw("by value", x=(3, 4))),
    Parity("initialisers: gains", gains, None, torch_gains, {"slope": np.array(0.3)}),
]

W = np.ones((2, 3))
RNG = np.random.default_rng(0)

STEPPED = [
    Misuse(lambda: optimisers.sgd_step(W, np.ones(3), 0.1), ShapeError, "g"),
    Misuse(lambda: optimisers.sgd_step(np.array("a"), W, 0.1), DTypeError, "w"),
    Misuse(lambda: optimisers.momentum_step(W, W, np.ones((3, 2)), 0.1, 0.9), ShapeError, "v"),
    Misuse(lambda: optimisers.nesterov_step(W, W, np.ones((1, 3)), 0.1, 0.9), ShapeError, "v"),
    Misuse(lambda: optimisers.velocity_step(W, W, np.ones(2), 0.1, 0.9), ShapeError, "v"),
    Misuse(lambda: optimisers.velocity_step(W, np.ones(3), None, 0.1, 0.9), ShapeError, "g"),
    Misuse(lambda: optimisers.adam_step(W, W, np.ones(3), W, 1), ShapeError, "m"),
    Misuse(lambda: optimisers.adam_step(W, W, W, W, 0), RangeError, "t"),
    Misuse(lambda: optimisers.amsgrad_step(W, W, W, W, np.ones(3), 1), ShapeError, "v_max"),
    Misuse(lambda: optimisers.amsgrad_step(W, W, W, W, W, 0), RangeError, "t"),
    Misuse(lambda: optimisers.adamw_step(W, np.ones(3), W, W, 1), ShapeError, "g"),
    Misuse(lambda: optimisers.decayed(W, np.ones(3), 0.1), ShapeError, "g"),
    Misuse(lambda: adaptive.adagrad_step(W, W, np.ones(3)), ShapeError, "h"),
    Misuse(lambda: adaptive.rmsprop_step(W, W, np.ones(3)), ShapeError, "h"),
    Misuse(lambda: adaptive.centred_rmsprop_step(W, W, W, np.ones(3)), ShapeError, "m"),
    Misuse(lambda: adaptive.adadelta_step(W, W, W, np.ones(3)), ShapeError, "s"),
    Misuse(lambda: optimisers.SGD(-0.1), RangeError, "lr"),
    Misuse(lambda: optimisers.SGD(float("nan")), RangeError, "lr"),
    Misuse(lambda: optimisers.SGD(0.1, -1), RangeError, "weight_decay"),
    Misuse(lambda: optimisers.Momentum(0.1, -0.5), RangeError, "mu"),
    Misuse(lambda: optimisers.Momentum(0.1, dampening=0.5), RangeError, "dampening"),
    Misuse(lambda: optimisers.Adam(b1=1.0), RangeError, "b1"),
    Misuse(lambda: optimisers.Adam(b2=-0.1), RangeError, "b2"),
    Misuse(lambda: optimisers.AdamW(eps=-1e-8), RangeError, "eps"),
    Misuse(lambda: optimisers.AdamW(weight_decay=-1), RangeError, "weight_decay"),
    Misuse(lambda: adaptive.AdaGrad(lr_decay=-1), RangeError, "lr_decay"),
    Misuse(lambda: adaptive.RMSProp(rho=1.0), RangeError, "rho"),
    Misuse(lambda: adaptive.AdaDelta(rho=-1), RangeError, "rho"),
    Misuse(lambda: optimisers.SGD(0.1).update({"W": W}, {"x": W}), RangeError, "gradients"),
    Misuse(lambda: optimisers.SGD(0.1).update({"W": W}, {"W": W.T}), ShapeError, "g"),
]

CLIPPED = [
    Misuse(lambda: clipping.clip_by_norm(W, -1), RangeError, "threshold"),
    Misuse(lambda: clipping.clip_by_norm("a", 1), DTypeError, "gradient"),
    Misuse(lambda: clipping.clip_by_global_norm({"W": W}, float("nan")), RangeError, "threshold"),
    Misuse(lambda: clipping.clip_by_global_norm({"W": W}, 1, eps=-1), RangeError, "eps"),
    Misuse(lambda: clipping.clip_by_global_norm({"W": W, "b": "a"}, 1), DTypeError, "b"),
    Misuse(lambda: clipping.clip_by_value(W, -1), RangeError, "limit"),
]

RATES = [
    Misuse(lambda: schedules.step_decay(-1, 0.1, every=5), RangeError, "step"),
    Misuse(lambda: schedules.step_decay(1, 0.1, every=0), RangeError, "every"),
    Misuse(lambda: schedules.multi_step_decay(1, 0.1, milestones=[1], gamma=-1), RangeError, "gamma"),
    Misuse(lambda: schedules.exponential_decay(-1, 0.1, gamma=0.9), RangeError, "step"),
    Misuse(lambda: schedules.inverse_time_decay(1, 0.1, rate=-1), RangeError, "rate"),
    Misuse(lambda: schedules.polynomial_decay(1, 0.1, total=0), RangeError, "total"),
    Misuse(lambda: schedules.cosine_decay(1, 0.1, period=0), RangeError, "period"),
    Misuse(lambda: schedules.cosine_decay(1, 0.1, period=2, growth=0), RangeError, "growth"),
    Misuse(lambda: schedules.linear_warmup(1, 0.1, warmup=0), RangeError, "warmup"),
    Misuse(lambda: schedules.noam(0, d_model=8), RangeError, "step"),
    Misuse(lambda: schedules.noam(1, d_model=0), RangeError, "d_model"),
]

INITIALISED = [
    Misuse(lambda: initialisers.xavier_uniform(RNG, (3,)), ShapeError, "shape"),
    Misuse(lambda: initialisers.xavier_normal(RNG, (3, 0)), ShapeError, "shape"),
    Misuse(lambda: initialisers.he_normal(RNG, (3, 3), layout="conv"), ShapeError, "shape"),
    Misuse(lambda: initialisers.he_normal(RNG, (3, 3), layout="conv2d"), RangeError, "layout"),
    Misuse(lambda: initialisers.he_uniform(RNG, (3, 3), mode="both"), RangeError, "mode"),
    Misuse(lambda: initialisers.lecun_normal(RNG, (3, 3), dtype=int), DTypeError, "dtype"),
    Misuse(lambda: initialisers.orthogonal(RNG, ()), ShapeError, "shape"),
    Misuse(lambda: initialisers.gain_for("softmax"), RangeError, "activation"),
]

MISUSES = [*STEPPED, *CLIPPED, *RATES, *INITIALISED]
