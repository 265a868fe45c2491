"""Restricted Boltzmann machines of binary units, and deep belief networks made of them.

    E(v, h) = −b·v − c·h − v W h,   p(v, h) = exp(−E)/Z                      (Smolensky 1986; Hinton 2002)
    p(h=1|v) = σ(vW + c),           p(v=1|h) = σ(hWᵀ + b)
    F(v) = −b·v − Σ softplus(vW + c),   p(v) = exp(−F)/Z

v: (…, V) visible, h: (…, H) hidden, W: (V, H), b: (V,) visible biases, c: (H,) hidden biases. "Mean field" means that
probabilities are used where a sample of 0 and 1 could be. Gradients are those of a cost that is descended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from quizdl.engine.activations import sigmoid, softplus
from quizdl.engine.arrays import Array, Cache, Gradients, arriving, checked, real
from quizdl.engine.errors import RangeError
from quizdl.engine.perceptron import checked_network, dense, depth, positive
from quizdl.engine.tape import Recording, Value, Values, recorded, replayed

ENUMERABLE = 16
"""So many units have 2¹⁶ states: the most that is summed over."""


def init_rbm(rng: np.random.Generator, visible: int, hidden: int, dtype: DTypeLike = np.float64) -> dict[str, Array]:
    """W from N(0, 0.01²), biases 0 (Hinton 2010, §8)."""
    positive(visible=visible, hidden=hidden)
    W = (0.01 * rng.standard_normal((visible, hidden))).astype(dtype)
    return {"W": W, "b": np.zeros(visible, dtype=dtype), "c": np.zeros(hidden, dtype=dtype)}


def energy_forward(v: Array, h: Array, W: Array, b: Array, c: Array) -> tuple[Array, Cache]:
    """E(v, h) = −b·v − c·h − v W h; v: (N, V), h: (N, H) → (N,). Hinton 2010, eq. 1. O(N·V·H)."""
    v, h, W, b, c = checked(v=(v, "N V"), h=(h, "N H"), W=(W, "V H"), b=(b, "V"), c=(c, "H"))
    E = -(v @ b) - h @ c - ((v @ W) * h).sum(axis=-1)
    return E, (v, h, W, b, c)


def energy_backward(dE: Array, cache: Cache) -> Gradients:
    """dW = −vᵀh, db = −v, dc = −h, dv = −(b + hWᵀ), dh = −(c + vW), each weighed with dE."""
    v, h, W, b, c = cache
    d = -arriving(dE, v.shape[:1], "dE")[:, None]
    return {
        "v": d * (b + h @ W.T),
        "h": d * (c + v @ W),
        "W": v.T @ (d * h),
        "b": (d * v).sum(axis=0),
        "c": (d * h).sum(axis=0),
    }


def free_energy_forward(v: Array, W: Array, b: Array, c: Array) -> tuple[Array, Cache]:
    """F(v) = −b·v − Σ softplus(vW + c) = −log Σ_h exp(−E(v, h)); (N, V) → (N,). Hinton 2010, §16.1. O(N·V·H)."""
    v, W, b, c = checked(v=(v, "N V"), W=(W, "V H"), b=(b, "V"), c=(c, "H"))
    a = v @ W + c
    return -(v @ b) - softplus(a).sum(axis=-1), (v, W, b, a)


def free_energy_backward(dF: Array, cache: Cache) -> Gradients:
    """dW = −vᵀ p(h=1|v), db = −v, dc = −p(h=1|v), dv = −(b + p(h=1|v)Wᵀ), each weighed with dF."""
    v, W, b, a = cache
    d = -arriving(dF, v.shape[:1], "dF")[:, None]
    p = sigmoid(a)
    return {"v": d * (b + p @ W.T), "W": v.T @ (d * p), "b": (d * v).sum(axis=0), "c": (d * p).sum(axis=0)}


def hidden_probabilities(v: Array, W: Array, c: Array) -> Array:
    """p(h=1|v) = σ(vW + c); (N, V) → (N, H). Hinton 2010, eq. 7."""
    v, W, c = checked(v=(v, "N V"), W=(W, "V H"), c=(c, "H"))
    return sigmoid(v @ W + c)


def visible_probabilities(h: Array, W: Array, b: Array) -> Array:
    """p(v=1|h) = σ(hWᵀ + b); (N, H) → (N, V). Hinton 2010, eq. 8."""
    h, W, b = checked(h=(h, "N H"), W=(W, "V H"), b=(b, "V"))
    return sigmoid(h @ W.T + b)


def bernoulli(rng: np.random.Generator, p: Array) -> Array:
    """1 with probability p, else 0, in p's shape and dtype."""
    p = real(p, "p")
    return (rng.random(p.shape) < p).astype(p.dtype)


class GibbsStep(NamedTuple):
    """One step of the chain: samples, and the probabilities that they were drawn from."""

    v: Array
    h: Array
    v_probability: Array
    h_probability: Array


def gibbs_step(
    rng: np.random.Generator,
    v: Array,
    W: Array,
    b: Array,
    c: Array,
    *,
    mean_field_visible: bool = False,
) -> GibbsStep:
    """h ~ p(h|v), then v ~ p(v|h): the hidden units that came of v, and the new v. O(N·V·H).

    With `mean_field_visible` the new v are the probabilities themselves (Hinton 2010, §3.2).
    """
    v, W, b, c = checked(v=(v, "N V"), W=(W, "V H"), b=(b, "V"), c=(c, "H"))
    h_probability = sigmoid(v @ W + c)
    h = bernoulli(rng, h_probability)
    v_probability = sigmoid(h @ W.T + b)
    v_new = v_probability if mean_field_visible else bernoulli(rng, v_probability)
    return GibbsStep(v_new, h, v_probability, h_probability)


def contrastive_divergence(
    rng: np.random.Generator,
    v: Array,
    W: Array,
    b: Array,
    c: Array,
    *,
    k: int = 1,
    mean_field_visible: bool = False,
    mean_field_hidden: bool = True,
) -> tuple[Gradients, Array]:
    """CD-k: −(⟨v h⟩_data − ⟨v h⟩_k)/N for W, −(v − v_k) for b, −(h − h_k) for c; and v_k, the reconstruction.

    The chain starts at the data v: (N, V) and is driven by samples of h. With `mean_field_hidden` the statistics take
    p(h|v) at both ends instead of samples (Hinton 2010, §3.1 and §3.3), else the last h is a sample too.
    Hinton 2002; Hinton 2010, eq. 9. O(k·N·V·H).
    """
    v, W, b, c = checked(v=(v, "N V"), W=(W, "V H"), b=(b, "V"), c=(c, "H"))
    positive(k=k)
    first = gibbs_step(rng, v, W, b, c, mean_field_visible=mean_field_visible)
    v_k = first.v
    for _ in range(k - 1):
        v_k = gibbs_step(rng, v_k, W, b, c, mean_field_visible=mean_field_visible).v
    h_k = sigmoid(v_k @ W + c)
    if mean_field_hidden:
        h = first.h_probability
    else:
        h, h_k = first.h, bernoulli(rng, h_k)
    N = len(v)
    dW = -(v.T @ h - v_k.T @ h_k) / N
    db = -(v - v_k).mean(axis=0)
    dc = -(h - h_k).mean(axis=0)
    return {"W": dW, "b": db, "c": dc}, v_k


def all_states(units: int, dtype: DTypeLike = np.float64) -> Array:
    """(2ⁿ, n): every state of n binary units. Raises RangeError for more than 16."""
    positive(units=units)
    if units > ENUMERABLE:
        raise RangeError(
            "units",
            f"列挙できるのは {ENUMERABLE} 個までですが、{units} 個です",
            f"at most {ENUMERABLE} units can be enumerated, found {units}",
        )
    bits = np.arange(2**units)[:, None] >> np.arange(units) & 1
    return bits.astype(dtype)


def log_partition(W: Array, b: Array, c: Array) -> Array:
    """log Z = log Σ_v exp(−F(v)), over all 2^V states, or over those of h where they are fewer. O(2^min(V, H)·V·H)."""
    W, b, c = checked(W=(W, "V H"), b=(b, "V"), c=(c, "H"))
    if len(b) > len(c):
        W, b, c = W.T, c, b  # the two layers play the same part
    F, _ = free_energy_forward(all_states(len(b), W.dtype), W, b, c)
    return _log_sum_exp(-F)


def rbm_nll_forward(v: Array, W: Array, b: Array, c: Array) -> tuple[Array, Cache]:
    """−mean log p(v) = mean F(v) + log Z, exactly, over all visible states; v: (N, V). O((N + 2^V)·V·H)."""
    v, W, b, c = checked(v=(v, "N V"), W=(W, "V H"), b=(b, "V"), c=(c, "H"))
    F, data = free_energy_forward(v, W, b, c)
    F_all, model = free_energy_forward(all_states(len(b), W.dtype), W, b, c)
    log_Z = _log_sum_exp(-F_all)
    return np.asarray(F.mean() + log_Z), (data, model, np.exp(-F_all - log_Z))


def rbm_nll_backward(dloss: float | Array, cache: Cache) -> Gradients:
    """⟨∂F/∂θ⟩ over the data − ⟨∂F/∂θ⟩ over p(v): for W it is −⟨v h⟩_data + ⟨v h⟩_model (Hinton 2010, eq. 5)."""
    data, model, p = cache
    N = len(data[0])
    d = np.asarray(arriving(dloss, (), "dloss"), dtype=p.dtype)
    positive_phase = free_energy_backward(np.full(N, d / N, dtype=p.dtype), data)
    negative_phase = free_energy_backward(d * p, model)
    gradients = {name: positive_phase[name] - negative_phase[name] for name in ("W", "b", "c")}
    return {"v": positive_phase["v"], **gradients}


def train_rbm(
    rng: np.random.Generator, v: Array, hidden: int, *, steps: int, lr: float, k: int = 1
) -> dict[str, Array]:
    """W, b, c after so many steps of CD-k on all of v: (N, V), which may be probabilities. O(steps·k·N·V·H)."""
    positive(steps=steps)
    (v,) = checked(v=(v, "N V"))
    p = init_rbm(rng, v.shape[1], hidden, v.dtype)
    for _ in range(steps):
        gradients, _ = contrastive_divergence(rng, v, p["W"], p["b"], p["c"], k=k)
        p = {name: w - lr * gradients[name] for name, w in p.items()}
    return p


def train_dbn(
    rng: np.random.Generator, v: Array, sizes: Sequence[int], *, steps: int, lr: float, k: int = 1
) -> dict[str, Array]:
    """One RBM on another: each is trained on the probabilities p(h|v) of the one below. Hinton et al. 2006, §4.

    v: (N, V), sizes: the hidden layers' from below → `0.W`, `0.b`, `0.c`, `1.W`, …; b faces down, c up.
    """
    (h,) = checked(v=(v, "N V"))
    p: dict[str, Array] = {}
    for layer, hidden in enumerate(sizes):
        rbm = train_rbm(rng, h, hidden, steps=steps, lr=lr, k=k)
        h = hidden_probabilities(h, rbm["W"], rbm["c"])
        p |= {f"{layer}.{name}": w for name, w in rbm.items()}
    return p


def upward(v: Value, p: Values) -> Value:
    """h ← σ(hW + c), layer after layer."""
    h = v
    for k in range(depth(p)):
        h = dense(h, p[f"{k}.W"], p[f"{k}.c"], "sigmoid")
    return h


def dbn_forward(v: Array, p: Mapping[str, Array]) -> tuple[Array, Recording]:
    """The upward pass, in mean field: p(h=1|…) of the uppermost layer; (N, V) → (N, H). O(N·Σ V·H)."""
    v, p = checked_network(p, _shapes(p), v=(v, "N V"))
    y, cache = recorded(upward, v=v, p=p)
    return y, cache


def dbn_backward(dh: Array, cache: Recording) -> dict[str, Array]:
    """Gradients of v and of every parameter; those of b, which only the way down uses, are 0."""
    return replayed(arriving(dh, cache.outputs[0].shape, "dh"), cache=cache)


def dbn_sample(rng: np.random.Generator, p: Mapping[str, Array], count: int, *, steps: int) -> Array:
    """(count, V) samples: Gibbs steps in the uppermost RBM, from random v, then down layer by layer.

    The lowest layer's are probabilities, all others are samples. Hinton et al. 2006, §7. O(count·steps·V·H).
    """
    positive(count=count, steps=steps)
    (p,) = checked_network(p, _shapes(p))
    top = depth(p) - 1
    W, b, c = (p[f"{top}.{name}"] for name in "Wbc")
    v = bernoulli(rng, np.full((count, len(b)), 0.5, dtype=W.dtype))
    for _ in range(steps):
        step = gibbs_step(rng, v, W, b, c)
        v = step.v
    probability = step.v_probability
    for k in reversed(range(top)):
        probability = visible_probabilities(bernoulli(rng, probability), p[f"{k}.W"], p[f"{k}.b"])
    return probability


def _shapes(p: Mapping[str, Array]) -> dict[str, str]:
    shapes: dict[str, str] = {}
    for k in range(max(depth(p), 1)):
        below, above = "V" if k == 0 else f"H{k}", f"H{k + 1}"
        shapes |= {f"{k}.W": f"{below} {above}", f"{k}.b": below, f"{k}.c": above}
    return shapes


def _log_sum_exp(x: Array) -> Array:
    top = x.max()
    return np.asarray(top + np.log(np.exp(x - top).sum()))
