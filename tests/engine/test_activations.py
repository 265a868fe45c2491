"""Activation functions beyond parity: the error function's digits, identities, dtypes, emptiness, NaN."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine_cases.activations import CORNERS, ELEMENTWISE, OVER_AN_AXIS, pair
from quizdl.engine import activations, rectifiers, special

real_numbers = st.floats(allow_nan=False, allow_infinity=False)


def chebyshev_as_powers(f: object, terms: int, nodes: int = 60) -> list[mpmath.mpf]:
    """The Chebyshev series of f on [−1, 1], cut after `terms`, as coefficients of 1, t, t², …"""
    angles = [mpmath.pi * (j + mpmath.mpf(1) / 2) / nodes for j in range(nodes)]
    values = [f(mpmath.cos(angle)) for angle in angles]  # type: ignore[operator]
    series = [2 * mpmath.fdot(values, [mpmath.cos(k * a) for a in angles]) / nodes for k in range(terms)]
    series[0] /= 2
    powers = [mpmath.mpf(0)] * terms
    before, this = [mpmath.mpf(1)], [mpmath.mpf(0), mpmath.mpf(1)]
    for c in series:
        for k, coefficient in enumerate(before):
            powers[k] += c * coefficient
        twice_shifted = [mpmath.mpf(0), *(2 * c for c in this)]
        before, this = this, [a - b for a, b in zip(twice_shifted, [*before, 0, 0], strict=False)]
    return powers


def test_the_coefficients_of_erfc_are_those_of_its_chebyshev_series() -> None:
    """erfc(z)(1 + 2z)exp(z²) with t = (3 − z)/(3 + z), in 50 digits, rounded to float64."""
    with mpmath.workdps(50):

        def f(t: mpmath.mpf) -> mpmath.mpf:
            z = 3 * (1 - t) / (1 + t)
            return mpmath.erfc(z) * (1 + 2 * z) * mpmath.exp(z * z)

        derived = chebyshev_as_powers(f, len(special.ERFC_COEFFICIENTS))
    np.testing.assert_allclose(special.ERFC_COEFFICIENTS, [float(c) for c in derived], rtol=1e-15, atol=1e-18)


def test_the_coefficients_of_erf_are_those_of_its_chebyshev_series() -> None:
    """erf(x)/x as a function of s = x² from 0 to ¼, where t = 8s − 1."""
    with mpmath.workdps(50):
        terms = len(special.ERF_COEFFICIENTS)
        in_t = chebyshev_as_powers(lambda t: mpmath.erf(mpmath.sqrt((t + 1) / 8)) / mpmath.sqrt((t + 1) / 8), terms)
        derived = [
            sum(in_t[k] * math.comb(k, j) * 8**j * (-1) ** (k - j) for k in range(j, terms)) for j in range(terms)
        ]
    np.testing.assert_allclose(special.ERF_COEFFICIENTS, [float(c) for c in derived], rtol=1e-15)


@given(x=real_numbers)
def test_erf_and_erfc_are_right_to_fifteen_digits(x: float) -> None:
    """Against mpmath, for any float, also where erfc is too small to be seen beside 1."""
    with mpmath.workdps(40):
        erf, erfc = mpmath.erf(x), mpmath.erfc(min(x, 30))
        assert abs(special.erf(x) - erf) <= 1e-15 * abs(erf) + 5e-324
        assert abs(special.erfc(x) - erfc) <= 1e-15 * erfc + 5e-324


def test_erf_and_erfc_are_right_all_along_the_line() -> None:
    """At 3000 places where something happens, and at both sides of the two seams."""
    seams = [0.5, np.nextafter(0.5, 0), np.nextafter(0.5, 1), 26.5, 27.0, 27.3, 30.0, 31.0]
    x = np.concatenate([np.random.default_rng(0).uniform(-6, 27, 3000), seams, [-s for s in seams]])
    np.testing.assert_allclose(special.erf(x), [math.erf(v) for v in x], rtol=1e-15)
    with mpmath.workdps(40):
        np.testing.assert_allclose(special.erfc(x), [float(mpmath.erfc(v)) for v in x], rtol=1e-15, atol=5e-324)


def test_erf_at_the_ends_and_at_zero() -> None:
    """±∞, both zeros, the smallest number, NaN; float32 stays float32."""
    np.testing.assert_array_equal(special.erf([np.inf, -np.inf, 0.0, 5e-324]), [1, -1, 0, 5e-324])
    np.testing.assert_array_equal(special.erfc([np.inf, -np.inf, 0.0, 1e308]), [0, 2, 1, 0])
    assert math.copysign(1, special.erf(-0.0)) == -1
    assert np.isnan(special.erf(np.nan))
    assert np.isnan(special.erfc(np.nan))
    assert special.erf(np.float32(0.3)).dtype == special.erfc(np.float32(0.3)).dtype == np.float32


def test_gelu_keeps_its_digits_far_below_zero() -> None:
    """x·Φ(x) at −30 is −1.5e-196: x/2·(1 + erf) would give 0 from −9 on."""
    for x in (-5.0, -12.0, -30.0):
        with mpmath.workdps(40):
            expected = x * mpmath.ncdf(x)
        assert float(rectifiers.gelu(x)) == pytest.approx(float(expected), rel=1e-12)


def test_the_approximate_gelu_is_near_the_exact_one() -> None:
    """Off by more than 1e-4 somewhere, and by less than 5e-4 everywhere."""
    x = np.linspace(-10, 10, 4001)
    assert 1e-4 < np.max(np.abs(rectifiers.gelu(x) - rectifiers.gelu_tanh(x))) < 5e-4


def test_selu_keeps_mean_zero_and_variance_one() -> None:
    """∫ selu φ = 0 and ∫ selu² φ = 1, φ being the standard normal density (Klambauer et al. 2017)."""
    step = 1e-4
    z = np.arange(-12, 12, step) + step / 2
    density = special.normal_pdf(z)
    assert np.sum(density) * step == pytest.approx(1, abs=1e-8)
    assert np.sum(rectifiers.selu(z) * density) * step == pytest.approx(0, abs=1e-7)
    assert np.sum(rectifiers.selu(z) ** 2 * density) * step == pytest.approx(1, abs=1e-7)


@given(x=st.floats(-50, 50))
def test_the_family_is_one(x: float) -> None:
    """tanh is a stretched sigmoid; softplus(x) − softplus(−x) = x; the gated ones are x times a gate."""
    assert activations.tanh(x) == pytest.approx(2 * activations.sigmoid(2 * x) - 1, abs=1e-15)
    assert activations.softplus(x) - activations.softplus(-x) == pytest.approx(x, abs=1e-13)
    assert activations.sigmoid(x) + activations.sigmoid(-x) == pytest.approx(1, abs=1e-15)
    assert rectifiers.silu(x) == x * activations.sigmoid(x)
    assert rectifiers.hard_swish(x) == pytest.approx(x * activations.hard_sigmoid(x), rel=1e-15)
    assert rectifiers.gelu(x) - rectifiers.gelu(-x) == pytest.approx(x, rel=1e-15)
    assert special.normal_cdf(x) + special.normal_cdf(-x) == pytest.approx(1, abs=1e-15)


@pytest.mark.parametrize("name", [name for name in ELEMENTWISE if name != "identity"])
def test_the_bare_function_is_the_forward(name: str) -> None:
    """name(x) gives what name_forward(x) gives, for arrays, lists and single numbers."""
    forward, _ = pair(name)
    bare = getattr(rectifiers if hasattr(rectifiers, f"{name}_forward") else activations, name)
    np.testing.assert_array_equal(bare(CORNERS), forward(CORNERS)[0])
    np.testing.assert_array_equal(bare([1, -2]), forward([1, -2])[0])
    assert bare(2).shape == ()
    assert bare(np.float32(2)).dtype == np.float32


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_extremes_are_finite_and_quiet(name: str, dtype: type) -> None:
    """±1000 and both zeros, forward and backward, without a warning (warnings are errors here)."""
    forward, backward = pair(name)
    y, cache = forward(np.array([-1e3, -0.0, 0.0, 1e3], dtype=dtype))
    dx = backward(np.ones_like(y), cache)["x"]
    assert np.all(np.isfinite(y))
    assert np.all(np.isfinite(dx))


@pytest.mark.parametrize("name", [*ELEMENTWISE, *OVER_AN_AXIS])
def test_nan_goes_through_quietly(name: str) -> None:
    """Neither replaced by a number nor announced."""
    y, _ = pair(name)[0](np.array([np.nan, 1.0]))
    assert np.isnan(y[0])
    assert name in OVER_AN_AXIS or np.isfinite(y[1])


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_of_nothing_comes_nothing(name: str) -> None:
    """An empty array goes in and comes out, forward and backward."""
    forward, backward = pair(name)
    y, cache = forward(np.zeros((0, 3)))
    assert y.shape == backward(y, cache)["x"].shape == (0, 3)


def test_a_step_has_no_slope() -> None:
    """Its backward gives zeros whatever arrives; at 0 itself the value is a matter of convention."""
    y, cache = activations.step_forward(np.array([-2.0, 0.0, 3.0]))
    np.testing.assert_array_equal(y, [0, 0, 1])
    np.testing.assert_array_equal(activations.step_backward(np.full(3, 7.0), cache)["x"], [0, 0, 0])
    np.testing.assert_array_equal(activations.step([0.0], at_zero=0.5), [0.5])


@given(shift=st.floats(-1e3, 1e3))
def test_a_softmax_sums_to_one_and_ignores_a_common_shift(shift: float) -> None:
    """exp(x + s)/Σ exp(x + s) = exp(x)/Σ exp(x); log_softmax is its logarithm."""
    x = np.array([[0.3, -1.2, 2.0], [5.0, 5.0, 5.0]])
    y = activations.softmax(x + shift)
    np.testing.assert_allclose(y.sum(axis=-1), 1)
    np.testing.assert_allclose(y, activations.softmax(x), rtol=1e-12)
    np.testing.assert_allclose(np.exp(activations.log_softmax(x + shift)), y, rtol=1e-12)


def test_a_score_of_minus_infinity_gets_probability_zero() -> None:
    """As masks need it, and the gradient there is 0, not NaN."""
    y, cache = activations.softmax_forward(np.array([0.0, -np.inf, 0.0]))
    np.testing.assert_array_equal(y, [0.5, 0, 0.5])
    np.testing.assert_array_equal(activations.softmax_backward(np.array([1.0, 5.0, 0.0]), cache)["x"], [0.25, 0, -0.25])


def test_prelu_with_a_fixed_slope_is_leaky_relu() -> None:
    """One slope for all, with or without an axis, or the same for each channel."""
    x = np.random.default_rng(0).standard_normal((2, 3, 4))
    for slope in (0.2, [0.2], [0.2, 0.2, 0.2]):
        np.testing.assert_array_equal(rectifiers.prelu_forward(x, slope)[0], activations.leaky_relu(x, 0.2))  # type: ignore[arg-type]


def test_a_slope_is_learnt() -> None:
    """Gradient descent finds |x| as relu with a slope of −1 on the negative side."""
    rng = np.random.default_rng(0)
    x, slope = rng.standard_normal(64), np.array(0.25)
    for _ in range(60):
        y, cache = rectifiers.prelu_forward(x, slope)
        slope = slope - 0.5 * rectifiers.prelu_backward(2 * (y - np.abs(x)) / x.size, cache)["slope"]
    assert slope == pytest.approx(-1, abs=1e-6)
