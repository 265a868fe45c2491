"""Cases of the Transformer: its layers, its stacks, and both stacks together."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import numpy as np

from engine_cases.attention import some_mask
from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import transformer, transformer_layers
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

TORCH_PARTS = {"attention": "self_attn", "cross": "multihead_attn"}

PAIRS = {
    "encoder layer": (transformer_layers.encoder_layer_forward, transformer_layers.encoder_layer_backward),
    "decoder layer": (transformer_layers.decoder_layer_forward, transformer_layers.decoder_layer_backward),
    "encoder": (transformer.encoder_forward, transformer.encoder_backward),
    "decoder": (transformer.decoder_forward, transformer.decoder_backward),
}


def letters_of(what: str, layers: int, norm: str) -> Mapping[str, str]:
    """The shapes of a layer's or a stack's parameters, in letters."""
    cross = what.startswith("decoder")
    if what.endswith("layer"):
        return transformer_layers.layer_shapes(cross=cross)
    return transformer.stack_shapes(layers, norm, cross=cross)


def shapes_of(letters: Mapping[str, str], **sizes: int) -> dict[str, tuple[int, ...]]:
    """The same in numbers."""
    return {name: tuple(sizes[letter] for letter in shape.split()) for name, shape in letters.items()}


def parameters(name: str, letters: Mapping[str, str], **sizes: int) -> dict[str, np.ndarray]:
    """Normal numbers for all of them, smaller ones for words and matrices."""
    drawn = draw(name, **shapes_of(letters, **sizes))
    return {key: w / math.sqrt(len(w)) if w.ndim == 2 else w for key, w in drawn.items()}


def torch_layer(p: Mapping[str, Any], torch: Any) -> dict[str, Any]:
    """A layer's parameters under PyTorch's names: matrices transposed, those of q, k and v one below the other."""
    found = {}
    for ours, theirs in TORCH_PARTS.items():
        if f"{ours}.W_q" in p:
            found[f"{theirs}.in_proj_weight"] = torch.cat([p[f"{ours}.W_{k}"].T for k in "qkv"])
            found[f"{theirs}.in_proj_bias"] = torch.cat([p[f"{ours}.b_{k}"] for k in "qkv"])
            found[f"{theirs}.out_proj.weight"] = p[f"{ours}.W_o"].T
            found[f"{theirs}.out_proj.bias"] = p[f"{ours}.b_o"]
    for k in (1, 2):
        found[f"linear{k}.weight"] = p[f"feed_forward.W_{k}"].T
        found[f"linear{k}.bias"] = p[f"feed_forward.b_{k}"]
    for k in (1, 2, 3):
        if f"norm_{k}.gamma" in p:
            found |= {f"norm{k}.weight": p[f"norm_{k}.gamma"], f"norm{k}.bias": p[f"norm_{k}.beta"]}
    return found


def torch_stack(p: Mapping[str, Any], torch: Any) -> dict[str, Any]:
    """A stack's parameters under PyTorch's names."""
    found = {}
    for k in range(transformer.depth(p)):
        found |= {f"layers.{k}.{name}": w for name, w in torch_layer(below(p, f"{k}."), torch).items()}
    if "norm.gamma" in p:
        found |= {"norm.weight": p["norm.gamma"], "norm.bias": p["norm.beta"]}
    return found


def run_torch(
    torch: Any,
    what: str,
    p: Mapping[str, Any],
    *inputs: Any,
    heads: int,
    norm: str,
    activation: Any,
    eps: float = 1e-5,
    **masks: Any,
) -> Any:
    """PyTorch's layer or stack with these parameters; `masks` under its own names."""
    prefix = "" if what.endswith("layer") else "0."
    D, F = p[f"{prefix}feed_forward.W_1"].shape
    kind = torch.nn.TransformerDecoderLayer if what.startswith("decoder") else torch.nn.TransformerEncoderLayer
    options = {"batch_first": True, "norm_first": norm == "pre", "layer_norm_eps": eps, "dtype": torch.float64}
    module = kind(D, heads, F, 0.0, activation, **options)
    if what.endswith("layer"):
        return torch.func.functional_call(module, torch_layer(p, torch), inputs, masks)
    last = torch.nn.LayerNorm(D, eps, dtype=torch.float64) if norm == "pre" else None
    if what == "decoder":
        stack = torch.nn.TransformerDecoder(module, transformer.depth(p), last)
    else:
        stack = torch.nn.TransformerEncoder(module, transformer.depth(p), last, enable_nested_tensor=False)
    return torch.func.functional_call(stack, torch_stack(p, torch), inputs, masks)


def activation_of(torch: Any, activation: str) -> Any:
    """What PyTorch's layers call it."""
    return partial(torch.nn.functional.gelu, approximate="tanh") if activation == "gelu_tanh" else activation


def layers(
    what: str,
    special: str,
    sizes: tuple[int, int, int, int, int],
    heads: int,
    norm: str,
    *,
    count: int = 2,
    activation: str = "relu",
    masks: tuple[str, ...] = (),
    factor: float = 1.0,
    eps: float = 1e-5,
) -> Parity:
    """A layer or a stack against PyTorch's, for the sizes B, T, S, D, F; `masks`: which of two masks there are."""
    name = f"{what}, {norm}-norm: {special}"
    B, T, S, D, F = sizes
    p = parameters(name, letters_of(what, count, norm), D=D, E=D, F=F)
    shapes = {"x": (B, T, D), "memory": (B, S, D)} if what.startswith("decoder") else {"x": (B, T, D)}
    arguments = {key: factor * x for key, x in draw(f"{name}, x", **shapes).items()} | {"p": p}
    found: dict[str, Any] = {}
    if "mask" in masks:
        found["mask"] = some_mask(name, T, T)
    if "memory_mask" in masks and "memory" in shapes:
        found["memory_mask"] = some_mask(name, T, S)

    def oracle(torch: Any, p: Any, **inputs: Any) -> Any:
        theirs = {f"{key}_mask": None for key in (("tgt", "memory") if "memory" in inputs else ("src",))}
        if "memory" in inputs:
            causal = future(torch, T)
            theirs["tgt_mask"] = causal | torch.tensor(~found["mask"]) if "mask" in found else causal
            theirs["memory_mask"] = torch.tensor(~found["memory_mask"]) if "memory_mask" in found else None
        else:
            theirs["mask" if what == "encoder" else "src_mask"] = torch.tensor(~found["mask"]) if found else None
            theirs = {key: mask for key, mask in theirs.items() if mask is not None}
        chosen = {"heads": heads, "norm": norm, "activation": activation_of(torch, activation), "eps": eps}
        return run_torch(torch, what, p, *inputs.values(), **chosen, **theirs)

    forward, backward = PAIRS[what]
    options = {"heads": heads, "norm": norm, "activation": activation, "eps": eps, **found}
    return Parity(name, partial(forward, **options), backward, oracle, arguments)


def feed_forward(special: str, activation: str, *, biases: tuple[str, ...], factor: float = 1.0) -> Parity:
    """Against the equation."""
    name = f"feed-forward: {special}"
    shapes = {"x": (2, 3, 4), "W_1": (4, 5), "b_1": (5,), "W_2": (5, 4), "b_2": (4,)}
    present = {key: shape for key, shape in shapes.items() if key[0] != "b" or key in biases}
    absent = dict.fromkeys(shapes.keys() - present.keys())

    def oracle(torch: Any, x: Any, W_1: Any, W_2: Any, b_1: Any = 0, b_2: Any = 0) -> Any:
        named = activation_of(torch, activation)
        phi = named if callable(named) else getattr(torch.nn.functional, named)
        return phi(x @ W_1 + b_1) @ W_2 + b_2

    forward = partial(transformer_layers.feed_forward_forward, **absent, activation=activation)
    arguments = {key: factor * x for key, x in draw(name, **present).items()}
    return Parity(name, forward, transformer_layers.feed_forward_backward, oracle, arguments)


def placed(torch: Any, ids: np.ndarray, E: Any) -> Any:
    """E[ids]·√D + the sinusoids of the places, by their frequencies."""
    D = E.shape[1]
    column = torch.arange(D, dtype=torch.float64)
    angle = torch.arange(ids.shape[1])[:, None] * torch.exp(-math.log(1e4) * (column - column % 2) / D)
    return E[torch.tensor(ids)] * D**0.5 + torch.where(column % 2 == 0, torch.sin(angle), torch.cos(angle))


def future(torch: Any, T: int) -> Any:
    """True where PyTorch may not look."""
    return torch.ones(T, T, dtype=torch.bool).triu(1)


def below(p: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """The parameters whose names begin with this, without it."""
    return {key.removeprefix(prefix): w for key, w in p.items() if key.startswith(prefix)}


def mean_cross_entropy(torch: Any, logits: Any, labels: np.ndarray, ignored: int | None) -> Any:
    """PyTorch's, over all places; −100 is what it ignores if nothing is said."""
    ignored = -100 if ignored is None else ignored
    functional = torch.nn.functional
    return functional.cross_entropy(logits.flatten(0, 1), torch.tensor(labels.ravel()), ignore_index=ignored)


def translation(
    special: str,
    sizes: tuple[int, int, int],
    norm: str,
    *,
    words: tuple[int, int] = (5, 6),
    D: int = 4,
    heads: int = 2,
    tied: bool = False,
    lengths: list[int] | None = None,
    ignored: int | None = None,
    activation: str = "relu",
) -> Parity:
    """The whole Transformer for the sizes B, S, T: embeddings, both stacks of PyTorch's, output and loss."""
    name = f"transformer, {norm}-norm: {special}"
    (B, S, T), (V_s, V_t) = sizes, words
    letters = transformer.transformer_shapes(1, 1, norm, tied)
    p = parameters(name, letters, V_s=V_s, V_t=V_t, D=D, E=D, F=3)
    source = np.abs(draw(f"{name}, source", ids=(B, S))["ids"] * 100).astype(int) % V_s
    target = np.abs(draw(f"{name}, target", ids=(B, T))["ids"] * 100).astype(int) % V_t
    if ignored is not None:
        target[0, -1] = ignored

    def oracle(torch: Any, p: Any) -> Any:
        hidden = None if lengths is None else torch.arange(S) >= torch.tensor(lengths)[:, None]
        options = {"heads": heads, "norm": norm, "activation": activation}
        x = placed(torch, source, p["source.E"])
        memory = run_torch(torch, "encoder", below(p, "encoder."), x, **options, src_key_padding_mask=hidden)
        masks = {"tgt_mask": future(torch, T - 1), "memory_key_padding_mask": hidden}
        y = placed(torch, np.maximum(target, 0)[:, :-1], p["target.E"])  # padding of −100 goes in as some word
        y = run_torch(torch, "decoder", below(p, "decoder."), y, memory, **options, **masks)
        logits = y @ (p["target.E"].T if tied else p["output.W"]) + p["output.b"]
        return mean_cross_entropy(torch, logits, target[:, 1:], ignored), logits

    options = {"heads": heads, "norm": norm, "tied": tied, "lengths": lengths, "ignore_index": ignored}
    forward = partial(transformer.transformer_forward, source=source, target=target, activation=activation, **options)
    return Parity(name, forward, transformer.transformer_backward, oracle, {"p": p})


PARITY = [
    feed_forward("relu", "relu", biases=("b_1", "b_2")),
    feed_forward("gelu", "gelu", biases=("b_2",)),
    feed_forward("gelu by tanh, without biases", "gelu_tanh", biases=()),
    feed_forward("relu, one thousand times as large", "relu", biases=("b_1",), factor=1e3),
    *(
        layers(what, special, sizes, heads, norm, activation=activation, masks=masks)
        for what in ("encoder layer", "decoder layer")
        for norm in ("pre", "post")
        for special, sizes, heads, activation, masks in (
            ("relu", (2, 3, 2, 4, 3), 2, "relu", ()),
            ("gelu, masks", (2, 3, 4, 4, 3), 2, "gelu", ("mask", "memory_mask")),
            ("one head, sizes 1", (1, 1, 1, 3, 1), 1, "relu", ()),
        )
    ),
    *(
        layers(what, special, sizes, heads, norm, count=count, activation=activation, masks=masks)
        for what in ("encoder", "decoder")
        for norm in ("pre", "post")
        for special, sizes, heads, count, activation, masks in (
            ("two layers", (2, 3, 2, 4, 3), 2, 2, "relu", ()),
            ("three layers, gelu, mask", (1, 3, 2, 2, 3), 1, 3, "gelu", ("mask",)),
        )
    ),
    layers("encoder layer", "gelu by tanh, eps", (2, 2, 1, 2, 3), 1, "pre", activation="gelu_tanh", eps=0.1),
    layers("encoder layer", "one thousand times as large", (2, 3, 1, 4, 3), 2, "post", factor=1e3),
    layers("encoder layer", "x of zeros", (2, 3, 1, 4, 3), 2, "pre", factor=0.0),
    translation("odd sizes", (2, 3, 4), "post"),
    translation("tied, padded source, ignored label", (2, 4, 3), "post", tied=True, lengths=[2, 4], ignored=3),
    translation("padded source, labels of −100", (3, 2, 3), "pre", lengths=[2, 1, 2], ignored=-100, activation="gelu"),
    translation("sizes 1", (1, 1, 2), "pre", words=(1, 1), D=3, heads=1),
]


def layer_slope(what: str, rng: Rng) -> Slope:
    heads, norm = size(rng, 2), str(rng.choice(["pre", "post"]))
    B, T, S, D = size(rng, 3), size(rng), size(rng), heads * size(rng, 3)
    count = size(rng, 2)
    letters = letters_of(what, count, norm)
    kept = {key: shape for key, shape in letters.items() if not _optional(key) or rng.random() < 0.8}
    p = {key: rng.standard_normal(shape) for key, shape in shapes_of(kept, D=D, E=D, F=size(rng)).items()}
    arguments: dict[str, Any] = {"x": rng.standard_normal((B, T, D)), "p": p}
    options = {"heads": heads, "norm": norm, "activation": "gelu", "eps": 0.1, "mask": rng.random((B, T, T)) < 0.7}
    if what.startswith("decoder"):
        arguments["memory"] = rng.standard_normal((B, S, D))
        options["memory_mask"] = rng.random((T, S)) < 0.7
    return Slope(*PAIRS[what], arguments, options)


def _optional(name: str) -> bool:
    return name.rpartition(".")[2] in transformer_layers.OPTIONAL


def feed_forward_slope(rng: Rng) -> Slope:
    D, F = size(rng), size(rng)
    shapes = {"x": (size(rng), size(rng), D), "W_1": (D, F), "b_1": (F,), "W_2": (F, D), "b_2": (D,)}
    arguments = {key: rng.standard_normal(shape) for key, shape in shapes.items()}
    pair = transformer_layers.feed_forward_forward, transformer_layers.feed_forward_backward
    return Slope(*pair, arguments, {"activation": str(rng.choice(["gelu", "gelu_tanh"]))})


def transformer_slope(rng: Rng) -> Slope:
    heads, norm, tied = size(rng, 2), str(rng.choice(["pre", "post"])), bool(rng.random() < 0.5)
    B, S, T, D, V_s, V_t = size(rng, 3), size(rng), 1 + size(rng, 3), heads * size(rng, 2), size(rng), size(rng)
    letters = transformer.transformer_shapes(size(rng, 2), size(rng, 2), norm, tied)
    shapes = shapes_of(letters, V_s=V_s, V_t=V_t, D=D, E=D, F=size(rng))
    p = {key: 0.5 * rng.standard_normal(shape) for key, shape in shapes.items()}
    options = {"heads": heads, "norm": norm, "tied": tied, "activation": "gelu", "eps": 0.1}
    options |= {"source": rng.integers(0, V_s, (B, S)), "target": rng.integers(0, V_t, (B, T))}
    options |= {"lengths": rng.integers(0, S + 1, B), "ignore_index": int(rng.integers(0, V_t))}
    return Slope(transformer.transformer_forward, transformer.transformer_backward, {"p": p}, options)


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    **{what.replace(" ", "_"): partial(layer_slope, what) for what in PAIRS},
    "feed_forward": feed_forward_slope,
    "transformer": transformer_slope,
}

x = np.zeros((2, 3, 4))
LAYER = {key: np.ones(shape) for key, shape in shapes_of(transformer_layers.layer_shapes(), D=4, E=4, F=3).items()}
CROSS_LAYER = {
    key: np.ones(shape) for key, shape in shapes_of(transformer_layers.layer_shapes(cross=True), D=4, E=4, F=3).items()
}
WHOLE = {
    key: np.ones(shape)
    for key, shape in shapes_of(transformer.transformer_shapes(1, 1, "pre", False), V_s=5, V_t=6, D=4, E=4, F=3).items()
}
BEGUN = {"memory": x, "mask": None, "inputs": np.zeros((2, 0), int)}


def _layer(x: Any = x, p: Mapping[str, Any] = LAYER, **options: Any) -> Callable[[], object]:
    return lambda: transformer_layers.encoder_layer_forward(x, p, **{"heads": 2, **options})


def _cross(memory: Any = x, **options: Any) -> Callable[[], object]:
    return lambda: transformer_layers.decoder_layer_forward(x, memory, CROSS_LAYER, heads=2, **options)


def _whole(source: Any = ((0, 4),), target: Any = ((0, 5),), **options: Any) -> Callable[[], object]:
    chosen = {"heads": 2, "norm": "pre", **options}
    return lambda: transformer.transformer_forward(WHOLE, source, target, **chosen)


def _stack(p: Mapping[str, Any], norm: Any) -> Callable[[], object]:
    return lambda: transformer.encoder_forward(x, p, heads=2, norm=norm)


def _fed(**changed: Any) -> Callable[[], object]:
    weights = {"x": x, "W_1": np.ones((4, 3)), "b_1": np.ones(3), "W_2": np.ones((3, 4)), "b_2": np.ones(4)}
    return lambda: transformer_layers.feed_forward_forward(**{**weights, **changed})


MISUSES = [
    Misuse(_layer(x[0]), ShapeError, "x"),
    Misuse(_layer(x[:, :, :3]), ShapeError, "attention.W_q"),
    Misuse(_layer(np.zeros((2, 0, 4))), ShapeError, "x"),
    Misuse(_layer(p={key: w for key, w in LAYER.items() if key != "attention.W_o"}), ShapeError, "attention.W_o"),
    Misuse(_layer(p={**LAYER, "attention.w_q": x}), RangeError, "attention.w_q"),
    Misuse(_layer(p={**LAYER, "feed_forward.b_1": np.ones(4)}), ShapeError, "feed_forward.b_1"),
    Misuse(_layer(p={**LAYER, "norm_1.gamma": ["a"] * 4}), DTypeError, "norm_1.gamma"),
    Misuse(_layer(heads=3), RangeError, "heads"),
    Misuse(_layer(norm="both"), RangeError, "norm"),
    Misuse(_layer(activation="tanh"), RangeError, "activation"),
    Misuse(_layer(mask=np.ones((2, 2))), ShapeError, "mask"),
    Misuse(_layer(eps=-1.0), RangeError, "eps"),
    Misuse(lambda: transformer_layers.encoder_layer_backward(np.ones((2, 3)), _layer()()[1]), ShapeError, "dy"),
    Misuse(_cross(x[:1]), ShapeError, "memory"),
    Misuse(_cross(x[0]), ShapeError, "memory"),
    Misuse(_cross(mask=np.ones((2, 2))), ShapeError, "mask"),
    Misuse(_cross(memory_mask=np.ones((3, 2))), ShapeError, "memory_mask"),
    Misuse(_stack({}, "post"), ShapeError, "0.attention.W_q"),
    Misuse(_stack(WHOLE, "either"), RangeError, "norm"),
    Misuse(_stack({f"0.{key}": w for key, w in LAYER.items()}, "pre"), ShapeError, "norm.gamma"),
    Misuse(_whole(((0, 5),)), RangeError, "source"),
    Misuse(_whole((0, 4)), ShapeError, "source"),
    Misuse(_whole(((0.5, 4),)), DTypeError, "source"),
    Misuse(_whole(target=((0, 6),)), RangeError, "target"),
    Misuse(_whole(target=((0,),)), ShapeError, "target"),
    Misuse(_whole(target=((0, 1), (0, 1))), ShapeError, "target"),
    Misuse(_whole(tied=True), RangeError, "output.W"),
    Misuse(_whole(norm="post"), RangeError, "encoder.norm.gamma"),
    Misuse(_whole(lengths=[3]), RangeError, "lengths"),
    Misuse(_whole(lengths=[1, 2]), ShapeError, "lengths"),
    Misuse(lambda: transformer.transformer_backward(np.ones(2), None, _whole()()[1]), ShapeError, "dloss"),
    Misuse(lambda: transformer.transformer_backward(None, np.ones(2), _whole()()[1]), ShapeError, "dlogits"),
    Misuse(lambda: transformer.encode(WHOLE, [[5]], heads=2, norm="pre"), RangeError, "source"),
    Misuse(lambda: transformer.decode_step(WHOLE, [1], BEGUN, heads=2, norm="pre"), ShapeError, "tokens"),
    Misuse(lambda: transformer.decode_step(WHOLE, [1, 6], BEGUN, heads=2, norm="pre"), RangeError, "tokens"),
    Misuse(_fed(x=x[0]), ShapeError, "x"),
    Misuse(_fed(W_2=np.ones((4, 4))), ShapeError, "W_2"),
    Misuse(_fed(activation="none"), RangeError, "activation"),
    Misuse(lambda: transformer_layers.feed_forward_backward(np.ones(3), _fed()()[1]), ShapeError, "dy"),
]
