"""Hierarchical encoder-decoders of dialogues: HRED (Sordoni et al. 2015) and VHRED (Serban et al. 2017), of GRUs.

    h_m = last state of GRU_encoder(words of turn m)             c_m = GRU_context(h_m, c_{m−1}),  c_0 = 0
    d_0 = tanh(c_{m−1} W_0 + b_0)                                d_n = GRU_decoder(w_n, d_{n−1})
    P(w_{n+1} | turn so far, turns before) = softmax(ω O),  ω = d_n H_o + w_n E_o + b_o

VHRED has a latent variable z_m for each turn. Its prior knows the turns before, its posterior (in training) the turn
too; the decoder gets [c_{m−1}; z_m] in the place of c_{m−1}, and at every step beside the word:

    a = tanh(c_{m−1} W + b) for the prior, tanh([c_{m−1}; h_m] W + b) for the posterior
    μ = a W_μ + b_μ,  log σ² = a W_σ + b_σ,  z_m = μ + σ ⊙ ε,  loss = cross-entropy + weight·KL(posterior ‖ prior)

(The paper has σ² = softplus(…); log σ² is the form of this engine's VAE.) Word ids are (T, M, B): M turns of at most T
words, each begun and ended by signs of their own. Letters: D a word's vector, H_u, H_c, H_d the states of utterances,
context and decoder, O the size of ω, A that of a, Z that of z.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from quizdl.engine.activations import log_softmax, tanh_forward
from quizdl.engine.affine import affine_forward
from quizdl.engine.arrays import Array, Ids, Sizes, checked, whole
from quizdl.engine.checks import number
from quizdl.engine.elementary import concat_forward
from quizdl.engine.embedding import embedding_forward
from quizdl.engine.errors import RangeError, ShapeError
from quizdl.engine.gru import Keeps, gru_forward
from quizdl.engine.losses import kl_gaussians_forward, softmax_cross_entropy_forward
from quizdl.engine.parameters import fitted, part, replayed_as, width, within
from quizdl.engine.stacked import KINDS
from quizdl.engine.tape import Recording, Value, Values, apply, constant, one, recorded
from quizdl.engine.vae import reparameterize_forward

Sample: TypeAlias = Literal["posterior", "prior"]

State: TypeAlias = dict[str, Array]
"""What `response_step` goes on from, each with the batch as its first axis: d (B, H_d), and what is given, (B, …)."""

_HRED: Mapping[str, str] = {
    "E": "V D",
    **within("encoder.", KINDS["gru"].shapes("D", "H_u")),
    **within("context.", KINDS["gru"].shapes("H_u", "H_c")),
    "initial.W": "H_c H_d",
    "initial.b": "H_d",
    **within("decoder.", KINDS["gru"].shapes("D", "H_d")),
    "output.H": "H_d O",
    "output.E": "D O",
    "output.b": "O",
    "output.O": "O V",
}

_LATENT = {"b": "A", "mu.W": "A Z", "mu.b": "Z", "log_var.W": "A Z", "log_var.b": "Z"}

_VHRED: Mapping[str, str] = {
    **_HRED,
    "initial.W": "H_c+Z H_d",
    **within("decoder.", KINDS["gru"].shapes("D+H_c+Z", "H_d")),
    **within("prior.", {"W": "H_c A", **_LATENT}),
    **within("posterior.", {"W": "H_c+H_u A", **_LATENT}),
}


_QUIET: Any = {"over": "ignore", "invalid": "ignore"}
"""Where log σ² is so large that σ overflows, z is ∞ and what follows from it NaN; that is said by the values alone."""


class _Dialogue(NamedTuple):
    """The words (T, M, B), the lengths of the turns (M, B), and the conventions of the GRUs."""

    words: Ids
    lengths: Ids
    conventions: Mapping[str, Any]

    @property
    def turns(self) -> Ids:
        """(B,): the number of each dialogue's last turn that has words, counted from 1."""
        numbers = np.arange(1, len(self.lengths) + 1)[:, None]
        return np.asarray(np.where(self.lengths > 0, numbers, 0).max(axis=0))

    @property
    def labels(self) -> Ids:
        """(T − 1, M·B): the words to be predicted, −1 after the end of each turn."""
        inside = np.arange(len(self.words))[:, None, None] < self.lengths
        return np.where(inside, self.words, -1)[1:].reshape(len(self.words) - 1, -1)


def hred_forward(
    p: Mapping[str, Array],
    words: ArrayLike,
    *,
    lengths: ArrayLike | None = None,
    reset_after: bool = False,
    z_keeps: Keeps = "new",
) -> tuple[tuple[Array, Array], Recording]:
    """The mean cross-entropy of all words but each turn's first, and their logits (T − 1, M, B, V).

    words: (T, M, B) ids, T ≥ 2; lengths: (M, B), how many of them each turn has, 0 for none: what stands after is not
    read and does not count. The right words go in whatever was predicted (teacher forcing). O(T·M·B·(H² + O·V)).
    """
    p, sizes = _fitted(p, _HRED)
    dialogue = _dialogue(words, lengths, sizes, {"reset_after": reset_after, "z_keeps": z_keeps})
    outputs, cache = recorded(_hred, p=p, options={"dialogue": dialogue})
    return outputs, cache


def hred_backward(dloss: float | Array | None, dlogits: Array | None, cache: Recording) -> dict[str, Array]:
    """The gradient of every parameter; None where nothing arrives."""
    return replayed_as(cache, dloss=dloss, dlogits=dlogits)


def vhred_forward(
    p: Mapping[str, Array],
    words: ArrayLike,
    eps: Array,
    *,
    lengths: ArrayLike | None = None,
    kl_weight: float = 1.0,
    sample: Sample = "posterior",
    reset_after: bool = False,
    z_keeps: Keeps = "new",
) -> tuple[tuple[Array, Array, Array, Array], Recording]:
    """The loss; the mean cross-entropy of a word; the mean KL of a turn; the logits (T − 1, M, B, V).

    With kl_weight 1 the loss is the negative evidence lower bound divided by the number of words that count: the mean
    cross-entropy + kl_weight·(sum of the KL over the turns)/words. eps: (M, B, Z), drawn from N(0, 1) outside.
    sample: whose μ and σ make z, the posterior's in training. The rest as in `hred_forward`.
    """
    p, sizes = _fitted(p, _VHRED)
    dialogue = _dialogue(words, lengths, sizes, {"reset_after": reset_after, "z_keeps": z_keeps})
    (eps,) = checked(sizes, eps=(eps, "M B Z"))
    if sample not in ("posterior", "prior"):
        raise RangeError(
            "sample",
            f"posterior か prior が必要ですが、{sample!r} です",
            f"expected posterior or prior, found {sample!r}",
        )
    weight = number("kl_weight", kl_weight, 0)
    eps = eps.reshape(-1, eps.shape[-1]).astype(p["E"].dtype, copy=False)
    options = {"dialogue": dialogue, "eps": eps, "weight": weight, "sample": sample}
    with np.errstate(**_QUIET):
        outputs, cache = recorded(_vhred, p=p, options=options)
    return outputs, cache


def vhred_backward(
    dloss: float | Array | None,
    dcross_entropy: float | Array | None,
    dkl: float | Array | None,
    dlogits: Array | None,
    cache: Recording,
) -> dict[str, Array]:
    """The gradient of every parameter; None where nothing arrives. The draw ε gets none."""
    with np.errstate(**_QUIET):
        return replayed_as(cache, dloss=dloss, dcross_entropy=dcross_entropy, dkl=dkl, dlogits=dlogits)


def kl_annealing(step: float, steps: float) -> float:
    """min(1, step/steps): the weight of the KL term grows from 0 to 1, so that z is used before it is punished.

    Bowman et al. 2016, §3.1; Serban et al. 2017.
    """
    return min(1.0, number("step", step, 0) / number("steps", steps, above=0))


def begin_response(
    p: Mapping[str, Array],
    words: ArrayLike,
    eps: Array | None = None,
    *,
    lengths: ArrayLike | None = None,
    reset_after: bool = False,
    z_keeps: Keeps = "new",
) -> State:
    """Reads a dialogue (T, M, B) → the state from which `response_step` writes the next turn.

    eps: (B, Z), from which a VHRED's prior makes z; None is z = μ. HRED has none.
    """
    latent = "prior.W" in p
    p, sizes = _fitted(p, _VHRED if latent else _HRED)
    dialogue = _dialogue(words, lengths, sizes, {"reset_after": reset_after, "z_keeps": z_keeps})
    if latent:
        eps = np.zeros((dialogue.words.shape[2], sizes["Z"])) if eps is None else eps
        (eps,) = checked(sizes, eps=(eps, "B Z"))
        eps = eps.astype(p["E"].dtype, copy=False)
    elif eps is not None:
        raise RangeError("eps", "HRED には潜在変数がありません", "HRED has no latent variable")
    with np.errstate(**_QUIET):
        (given, d), _ = recorded(_begin, p=p, options={"dialogue": dialogue, "eps": eps})
    return {"d": d, "given": given}


def response_step(
    p: Mapping[str, Array], tokens: ArrayLike, state: State, *, reset_after: bool = False, z_keeps: Keeps = "new"
) -> tuple[Array, State]:
    """log P(next word) (B, V) after the words tokens (B,), and the state after them.

    `functools.partial(response_step, p)` is a step of `decoding.greedy_decode` and `decoding.beam_search`.
    """
    latent = "prior.W" in p
    p, sizes = _fitted(p, _VHRED if latent else _HRED)
    inputs = whole("tokens", tokens, "B", sizes, below=sizes["V"])[None]
    options = {"inputs": inputs, "conventions": {"reset_after": reset_after, "z_keeps": z_keeps}}
    given = state["given"] if latent else None
    with np.errstate(**_QUIET):
        (logits, d), _ = recorded(_decode, p=p, d=state["d"], given=given, options=options)
    return log_softmax(logits[0]), {**state, "d": d}


def init_hred(
    rng: np.random.Generator,
    words: int,
    D: int,
    H: int,
    *,
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """H_u = H_c = H_d = H and O = D; vectors from N(0, 1), the rest evenly from ±1/√(what is read)."""
    return _init(rng, _HRED, {"V": words, "D": D, "O": D, **dict.fromkeys(("H_u", "H_c", "H_d"), H)}, dtype)


def init_vhred(
    rng: np.random.Generator,
    words: int,
    D: int,
    H: int,
    Z: int,
    *,
    dtype: DTypeLike = np.float64,
) -> dict[str, Array]:
    """As `init_hred`, with A = H."""
    sizes = {"V": words, "D": D, "O": D, "A": H, "Z": Z, **dict.fromkeys(("H_u", "H_c", "H_d"), H)}
    return _init(rng, _VHRED, sizes, dtype)


def _init(
    rng: np.random.Generator, shapes: Mapping[str, str], sizes: Mapping[str, int], dtype: DTypeLike
) -> dict[str, Array]:
    p: dict[str, Array] = {}
    for name, letters in shapes.items():
        shape = [sum(int(sizes.get(size, 0) or size) for size in letter.split("+")) for letter in letters.split()]
        if name == "E":
            p[name] = rng.standard_normal(shape)
        elif name.endswith(".b"):
            p[name] = np.zeros(shape)
        elif not name.endswith(".b_h"):
            bound = 1 / math.sqrt(shape[-2])
            p[name] = rng.uniform(-bound, bound, shape)
    return {name: w.astype(dtype) for name, w in p.items()}


def _hred(p: Values, dialogue: _Dialogue) -> tuple[Value, Value]:
    before, _, _ = _read(p, dialogue)
    return _write(p, dialogue, before, every_step=False)


def _vhred(p: Values, dialogue: _Dialogue, eps: Array, weight: float, sample: str) -> tuple[Value, Value, Value, Value]:
    before, _, h = _read(p, dialogue)
    prior = _gaussian(before, part(p, "prior."))
    posterior = _gaussian(_beside(before, h), part(p, "posterior."))
    mu, log_var = posterior if sample == "posterior" else prior
    z = one(apply(reparameterize_forward, mu=mu, log_var=log_var, eps=eps))
    cross_entropy, logits = _write(p, dialogue, _beside(before, z), every_step=True)
    (there,) = np.nonzero(dialogue.lengths.ravel() > 0)
    kl = _divergence(posterior, prior, there)
    counted = max(int((dialogue.labels >= 0).sum()), 1)
    return cross_entropy + kl * (weight * len(there) / counted), cross_entropy, kl, logits


def _read(p: Values, dialogue: _Dialogue) -> tuple[Value, Value, Value]:
    """The context before each turn (M·B, H_c), after the last one (B, H_c), and each turn's own h (M·B, H_u)."""
    (T, M, B), conventions = dialogue.words.shape, dialogue.conventions
    w = one(apply(embedding_forward, ids=dialogue.words.reshape(T, M * B), E=p["E"]))
    encoder, context = part(p, "encoder."), part(p, "context.")
    _, h = apply(gru_forward, x=w, h0=None, **encoder, lengths=dialogue.lengths.ravel(), **conventions)
    turns = h.reshape(M, B, h.shape[-1])
    c, c_last = apply(gru_forward, x=turns, h0=None, **context, lengths=dialogue.turns, **conventions)
    nothing = constant(c, np.zeros_like(c.data[:1]))
    before = one(apply(concat_forward, parts=[nothing, c[:-1]], axis=0))
    return before.reshape(M * B, c.shape[-1]), c_last, h


def _begin(p: Values, dialogue: _Dialogue, eps: Array | None) -> tuple[Value, Value]:
    """What the decoder is given after the last turn, and the state with which it begins."""
    _, given, _ = _read(p, dialogue)
    if eps is not None:
        mu, log_var = _gaussian(given, part(p, "prior."))
        given = _beside(given, one(apply(reparameterize_forward, mu=mu, log_var=log_var, eps=eps)))
    return given, _initial(p, given)


def _gaussian(known: Value, p: Mapping[str, Any]) -> tuple[Value, Value]:
    """μ and log σ² (M·B, Z) of what z is thought to be by one who knows this much."""
    a = one(apply(tanh_forward, x=apply(affine_forward, x=known, W=p["W"], b=p["b"])))
    mu = one(apply(affine_forward, x=a, W=p["mu.W"], b=p["mu.b"]))
    log_var = one(apply(affine_forward, x=a, W=p["log_var.W"], b=p["log_var.b"]))
    return mu, log_var


def _divergence(posterior: tuple[Value, Value], prior: tuple[Value, Value], there: Ids) -> Value:
    """The mean of KL(posterior ‖ prior) over the turns that are there; 0 where none is."""
    if not len(there):
        return constant(prior[0], np.zeros((), dtype=prior[0].data.dtype))
    everybody = len(there) == len(prior[0])
    mu_1, log_var_1, mu_2, log_var_2 = (x if everybody else x[there] for x in (*posterior, *prior))
    return one(apply(kl_gaussians_forward, mu_1=mu_1, log_var_1=log_var_1, mu_2=mu_2, log_var_2=log_var_2))


def _write(p: Values, dialogue: _Dialogue, given: Value, every_step: bool) -> tuple[Value, Value]:
    """The mean cross-entropy of the turns, and their logits, written by a decoder that was given this (M·B, …)."""
    T, M, B = dialogue.words.shape
    inputs = dialogue.words[:-1].reshape(T - 1, M * B)
    logits, _ = _decode(p, inputs, _initial(p, given), given if every_step else None, dialogue.conventions)
    loss = one(apply(softmax_cross_entropy_forward, z=logits, t=dialogue.labels, ignore_index=-1))
    return loss, logits.reshape(T - 1, M, B, logits.shape[-1])


def _initial(p: Values, given: Value) -> Value:
    return one(apply(tanh_forward, x=apply(affine_forward, x=given, W=p["initial.W"], b=p["initial.b"])))


def _decode(
    p: Values, inputs: Ids, d: Value, given: Value | None, conventions: Mapping[str, Any]
) -> tuple[Value, Value]:
    """The logits (T, N, V) after each word of inputs (T, N), and the last state; `given` stands beside every word."""
    w = one(apply(embedding_forward, ids=inputs, E=p["E"]))
    x = w
    if given is not None:
        repeated = given.reshape(1, *given.shape) + np.zeros((len(inputs), 1, 1), dtype=given.data.dtype)
        x = _beside(w, repeated)
    states, last = apply(gru_forward, x=x, h0=d, **part(p, "decoder."), **conventions)
    omega = states @ p["output.H"] + one(apply(affine_forward, x=w, W=p["output.E"], b=p["output.b"]))
    return omega @ p["output.O"], last


def _beside(*parts: Value) -> Value:
    return one(apply(concat_forward, parts=list(parts)))


def _fitted(p: Mapping[str, Array], shapes: Mapping[str, str]) -> tuple[dict[str, Array], Sizes]:
    sizes: Sizes = {}
    D, H_u, H_c, Z = (width(p.get(name)) for name in ("E", "encoder.U", "context.U", "prior.mu.W"))
    if shapes is _VHRED:
        sizes = {"H_c+Z": H_c + Z, "D+H_c+Z": D + H_c + Z, "H_c+H_u": H_c + H_u}
    return fitted(p, shapes, sizes, optional=("b_h",)), sizes


def _dialogue(words: ArrayLike, lengths: ArrayLike | None, sizes: Sizes, conventions: Mapping[str, Any]) -> _Dialogue:
    words = whole("words", words, "T M B", sizes, below=sizes["V"])
    T, M, B = words.shape
    if T < 2:
        raise ShapeError(
            "words",
            "各発話には最初の記号と、予測する単語が 1 つ以上必要です (T ≥ 2)",
            "expected turns of a sign for the beginning and at least one word to predict (T ≥ 2)",
        )
    if lengths is None:
        return _Dialogue(words, np.full((M, B), T), conventions)
    return _Dialogue(words, whole("lengths", lengths, "M B", sizes, below=T + 1), conventions)
