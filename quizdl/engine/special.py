"""The error function and its complement, to within two or three units of the last place in float64.

For |x| ≤ ½, erf(x) = x·A(x²). For z ≥ 0, erfc(z) = exp(−z²)·B(t)/(1 + 2z) with t = (3 − z)/(3 + z), which takes all of
[0, ∞) to (−1, 1]; erfc(z)(1 + 2z)exp(z²) hardly changes there (from 1 to 2/√π), so that few terms are enough.
Shepherd & Laframboise (1981) proposed the factor 1 + 2z and such a t.

A and B are Chebyshev series cut where the next term is below 10⁻¹⁷, written as powers. Their coefficients come from
(2/n) Σ_j f(cos θ_j)·cos(kθ_j), θ_j = π(j + ½)/n, in 50 digits of mpmath; the tests derive them anew.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine.arrays import Array, real

# fmt: off
ERF_COEFFICIENTS = (
    1.1283791670955126, -0.37612638903183476, 0.11283791670925457, -0.026866170632921085, 0.005223977373542183,
    -0.0008548297798086192, 0.00012053337222877719, -1.4845900896375835e-05, 1.4726381680017032e-06,
)
"""A: the coefficients of 1, x², x⁴, … in erf(x)/x, for x² from 0 to ¼."""

ERFC_COEFFICIENTS = (
    1.2530080582697296, 0.13562110612458117, -0.0475622943534492, -0.1296451587027594, -0.11927366341538638,
    -0.0683080273440099, -0.02377051491717134, -0.0025293918156939696, 0.0018886903449991718, 0.0007798322696543306,
    -0.00010515971958448065, -0.0001250993424583729, 4.949196649968345e-06, 2.0100542268525612e-05,
    -7.308281468783614e-07, -3.472370944977168e-06, 3.5576086684080595e-07, 6.166011460398726e-07,
    -1.4047654315428462e-07, -1.0183620603842736e-07, 4.1064013667940355e-08, 1.3312919661038687e-08,
    -8.217595058711455e-09, -9.862533510345587e-10, 8.393734858690877e-10,
)
"""B: the coefficients of 1, t, t², … in erfc(z)(1 + 2z)exp(z²), for t from −1 to 1."""
# fmt: on

_NOTHING_LEFT = 30.0  # erfc is 0 in float64 from 27.3 on


def erf(x: ArrayLike) -> Array:
    """2/√π ∫₀ˣ exp(−u²) du, from −1 to 1. Computed in float64; float32 in, float32 out. O(size of x)."""
    x = real(x)
    z = np.minimum(np.abs(x.astype(np.float64)), _NOTHING_LEFT)
    small = np.minimum(z, 0.5)
    y = np.where(z <= 0.5, small * _polynomial(ERF_COEFFICIENTS, small * small), 1 - _erfc(z))
    return np.asarray(np.copysign(y, x), dtype=x.dtype)


def erfc(x: ArrayLike) -> Array:
    """1 − erf(x), from 2 to 0, without the loss of digits where erf is near 1. Dtypes and cost as `erf`."""
    x = real(x)
    y = _erfc(np.minimum(np.abs(x.astype(np.float64)), _NOTHING_LEFT))
    return np.where(x < 0, 2 - y, y).astype(x.dtype)


def normal_cdf(x: ArrayLike) -> Array:
    """Φ(x) = ½ erfc(−x/√2), the probability that a standard normal number is below x."""
    return np.asarray(erfc(-real(x) / math.sqrt(2)) / 2)


def normal_pdf(x: ArrayLike) -> Array:
    """φ(x) = exp(−x²/2)/√(2π); where x² overflows, exp(−∞) = 0 is the right value."""
    x = real(x)
    with np.errstate(over="ignore"):
        return np.asarray(np.exp(-x * x / 2) / math.sqrt(2 * math.pi))


def _erfc(z: Array) -> Array:
    """erfc of z ≥ 0. The square is split in two, because rounding z² to 53 bits would cost exp(−z²) z² of them."""
    high = z.astype(np.float32).astype(np.float64)  # 24 bits: its square is exact
    e = np.exp(-high * high) * np.exp((high - z) * (high + z))
    y: Array = e * _polynomial(ERFC_COEFFICIENTS, (3 - z) / (3 + z)) / (1 + 2 * z)
    return y


def _polynomial(coefficients: tuple[float, ...], t: Array) -> Array:
    """Σ c_k t^k by Horner's rule, in place."""
    y = np.full_like(t, coefficients[-1])
    for c in coefficients[-2::-1]:
        y *= t
        y += c
    return y
