"""Learning rates as functions of the step, which is counted from 0 (Noam's from 1).

lr is the rate at the beginning, or the highest one. A schedule is used as `optimiser.lr = step_decay(step, 0.1, …)`.
Two are joined by hand: `linear_warmup(step, lr, warmup=W) if step < W else cosine_decay(step − W, lr, period=P)`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from quizdl.engine.checks import number


def step_decay(step: float, lr: float, *, every: int, gamma: float = 0.1) -> float:
    """lr·γ^⌊step/every⌋."""
    _at_least(0, step=step, gamma=gamma)
    _positive(every=every)
    return float(lr * gamma ** (step // every))


def multi_step_decay(step: float, lr: float, *, milestones: Sequence[int], gamma: float = 0.1) -> float:
    """lr·γ^(how many milestones have been reached)."""
    _at_least(0, step=step, gamma=gamma)
    return float(lr * gamma ** sum(step >= milestone for milestone in milestones))


def exponential_decay(step: float, lr: float, *, gamma: float) -> float:
    """lr·γ^step."""
    _at_least(0, step=step, gamma=gamma)
    return float(lr * gamma**step)


def inverse_time_decay(step: float, lr: float, *, rate: float) -> float:
    """lr/(1 + rate·step)."""
    _at_least(0, step=step, rate=rate)
    return float(lr / (1 + rate * step))


def polynomial_decay(step: float, lr: float, *, total: int, power: float = 1.0, floor: float = 0.0) -> float:
    """floor + (lr − floor)·(1 − step/total)^power; the floor from step `total` on.

    With power 1 it falls in a line, as in Goodfellow et al. 2016, eq. 8.14.
    """
    _at_least(0, step=step, power=power)
    _positive(total=total)
    return float(floor + (lr - floor) * (1 - min(step / total, 1)) ** power)


def cosine_decay(
    step: float, lr: float, *, period: int, floor: float = 0.0, restarts: bool = False, growth: int = 1
) -> float:
    """floor + ½(lr − floor)(1 + cos(π·step/period)), half a wave down from lr (Loshchilov & Hutter 2017, eq. 5).

    After the period it stays at the floor; with restarts it begins again at lr, each period `growth` times as long as
    the one before.
    """
    _at_least(0, step=step)
    _positive(period=period)
    _at_least(1, growth=growth)
    if restarts:
        step, period = _since_restart(step, period, growth)
    return float(floor + (lr - floor) * (1 + math.cos(math.pi * min(step / period, 1))) / 2)


def linear_warmup(step: float, lr: float, *, warmup: int, start: float = 0.0) -> float:
    """From start·lr at step 0 in a line to lr at step `warmup`, and lr from there on."""
    _at_least(0, step=step, start=start)
    _positive(warmup=warmup)
    return float(lr * (start + (1 - start) * min(step / warmup, 1)))


def noam(step: float, *, d_model: int, warmup: int = 4000, factor: float = 1.0) -> float:
    """factor·d_model^(−½)·min(step^(−½), step·warmup^(−3/2)), step from 1 (Vaswani et al. 2017, eq. 3).

    It rises in a line for `warmup` steps, and falls with the root of the step after them.
    """
    _at_least(1, step=step)
    _positive(d_model=d_model, warmup=warmup)
    return factor * min(1 / math.sqrt(step), step / (warmup * math.sqrt(warmup))) / math.sqrt(d_model)


def _since_restart(step: float, period: int, growth: int) -> tuple[float, int]:
    """The step within its period, and how long that is."""
    if growth == 1:
        return step % period, period
    while step >= period:
        step, period = step - period, period * growth
    return step, period


def _at_least(least: float, **numbers: float) -> None:
    for name, x in numbers.items():
        number(name, x, least)


def _positive(**numbers: float) -> None:
    for name, x in numbers.items():
        number(name, x, above=0)
