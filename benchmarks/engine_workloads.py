"""What `benchmarks.engine` measures: each workload as our layer, as PyTorch's, as its bare matrix products."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import numpy as np

from benchmarks import naive
from quizdl.engine.convolution import conv2d_backward, conv2d_forward
from quizdl.engine.gru import gru_backward, gru_forward
from quizdl.engine.lstm import lstm_backward, lstm_forward
from quizdl.engine.multi_head import multi_head_attention_backward, multi_head_attention_forward
from quizdl.engine.transformer import encoder_forward, init_encoder
from quizdl.engine.word2vec import skipgram_negative_backward, skipgram_negative_forward

Array = np.ndarray[Any, Any]
Run = Callable[[], object]


class Workload(NamedTuple):
    """A name, the ratio to PyTorch that is the goal and the one that is the most, by dtype, and the contestants."""

    name: str
    goals: Mapping[str, tuple[float, float]]
    ours: Callable[[Any], Mapping[str, Run]]
    theirs: Callable[[Any, str], Run]


def draw(dtype: Any, *shapes: tuple[int, ...]) -> list[Array]:
    """Small normal numbers, the same for every contestant."""
    rng = np.random.default_rng(0)
    return [(0.1 * rng.standard_normal(shape)).astype(dtype) for shape in shapes]


def leaves(torch: Any, arrays: Iterable[Array]) -> list[Any]:
    """The arrays as tensors whose gradients are wanted."""
    return [torch.tensor(x, requires_grad=True) for x in arrays]


def products(dtype: Any, *sizes: tuple[int, int, int, int]) -> Run:
    """Each (times, M, K, N): that many products of (M, K) with (K, N) matrices, and nothing else."""
    pairs = [(times, *draw(dtype, (M, K), (K, N)), np.empty((M, N), dtype)) for times, M, K, N in sizes]

    def run() -> None:
        for times, a, b, out in pairs:
            for _ in range(times):
                np.matmul(a, b, out=out)

    return run


def convolution(name: str, N: int, C: int, size: int, F: int, goals: Mapping[str, tuple[float, float]]) -> Workload:
    """A 3×3 convolution with padding 1, forward and backward."""
    shapes = (N, C, size, size), (F, C, 3, 3), (F,), (N, F, size, size)

    def ours(dtype: Any) -> Mapping[str, Run]:
        x, w, b, dy = draw(dtype, *shapes)
        pixels, window = size * size, C * 9
        return {
            "ours": lambda: conv2d_backward(dy, conv2d_forward(x, w, b, 1, 1)[1]),
            "floor": products(dtype, (N, F, window, pixels), (N, F, pixels, window), (N, window, F, pixels)),
            "naive": lambda: naive.conv2d(x, w, b, 1, dy),
        }

    def theirs(torch: Any, dtype: str) -> Run:
        *arrays, dy = draw(dtype, *shapes)
        tensors, above = leaves(torch, arrays), torch.tensor(dy)

        def run() -> None:
            forget(tensors)
            torch.nn.functional.conv2d(*tensors, padding=1).backward(above)

        return run

    return Workload(name, goals, ours, theirs)


def recurrent(
    name: str, kind: str, T: int, B: int, inner: int, H: int, goals: Mapping[str, tuple[float, float]]
) -> Workload:
    """An LSTM or a GRU in PyTorch's conventions over a whole sequence, forward and backward."""
    k = {"lstm": 4, "gru": 3}[kind]
    shapes = (T, B, inner), (k, inner, H), (k, H, H), (k, H), (k, H), (T, B, H)

    def ours(dtype: Any) -> Mapping[str, Run]:
        x, W, U, b, b_h, dh = draw(dtype, *shapes)
        flat = [np.concatenate(list(w), axis=-1) for w in (W, U, b, b_h)]
        once = (1, T * B, inner, k * H), (1, T * B, k * H, inner), (1, inner, T * B, k * H), (1, H, T * B, k * H)
        floor = products(dtype, *once, (T, B, H, k * H), (T, B, k * H, H))
        if kind == "lstm":
            run = lambda: lstm_backward(dh, None, None, lstm_forward(x, None, None, W, U, b)[1])  # noqa: E731
            slow = lambda: naive.lstm(x, *flat[:3], dh)  # noqa: E731
        else:
            options: dict[str, Any] = {"reset_after": True, "z_keeps": "old"}
            run = lambda: gru_backward(dh, None, gru_forward(x, None, W, U, b, b_h, **options)[1])  # noqa: E731
            slow = lambda: naive.gru(x, *flat, dh)  # noqa: E731
        return {"ours": run, "floor": floor, "naive": slow}

    def theirs(torch: Any, dtype: str) -> Run:
        x, *_, dh = draw(dtype, *shapes)
        layer = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[kind](inner, H, dtype=getattr(torch, dtype))
        (x,), above = leaves(torch, [x]), torch.tensor(dh)

        def run() -> None:
            layer.zero_grad()
            x.grad = None
            layer(x)[0].backward(above)

        return run

    return Workload(name, goals, ours, theirs)


def multi_head(name: str, B: int, T: int, D: int, heads: int, goals: Mapping[str, tuple[float, float]]) -> Workload:
    """Self-attention with biases, forward and backward."""
    shapes = (B, T, D), *[(D, D)] * 4, *[(D,)] * 4, (B, T, D)

    def ours(dtype: Any) -> Mapping[str, Run]:
        x, *weights, dy = draw(dtype, *shapes)
        d = D // heads
        products_ = (12, B * T, D, D), (3 * B * heads, T, d, T), (3 * B * heads, T, T, d)
        return {
            "ours": lambda: multi_head_attention_backward(
                dy, None, multi_head_attention_forward(x, x, x, *weights, heads=heads)[1]
            ),
            "floor": products(dtype, *products_),
        }

    def theirs(torch: Any, dtype: str) -> Run:
        x, *_, dy = draw(dtype, *shapes)
        layer = torch.nn.MultiheadAttention(D, heads, batch_first=True, dtype=getattr(torch, dtype))
        (x,), above = leaves(torch, [x]), torch.tensor(dy)

        def run() -> None:
            layer.zero_grad()
            x.grad = None
            layer(x, x, x, need_weights=False)[0].backward(above)

        return run

    return Workload(name, goals, ours, theirs)


def encoder(
    name: str, B: int, T: int, D: int, heads: int, inner: int, goals: Mapping[str, tuple[float, float]]
) -> Workload:
    """Two post-norm layers with ReLU, forward alone."""

    def ours(dtype: Any) -> Mapping[str, Run]:
        (x,) = draw(dtype, (B, T, D))
        p = init_encoder(np.random.default_rng(0), D, inner, 2, dtype=dtype)
        d = D // heads
        floor = (8, B * T, D, D), (2, B * T, D, inner), (2, B * T, inner, D)
        scores = (2 * B * heads, T, d, T), (2 * B * heads, T, T, d)
        return {"ours": lambda: encoder_forward(x, p, heads=heads), "floor": products(dtype, *floor, *scores)}

    def theirs(torch: Any, dtype: str) -> Run:
        layer = torch.nn.TransformerEncoderLayer(
            D, heads, inner, dropout=0.0, batch_first=True, dtype=getattr(torch, dtype)
        )
        stack = torch.nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        x = torch.tensor(draw(dtype, (B, T, D))[0])
        return lambda: stack(x)

    return Workload(name, goals, ours, theirs)


def skip_gram(name: str, V: int, D: int, B: int, K: int, goals: Mapping[str, tuple[float, float]]) -> Workload:
    """Skip-gram with K negatives a word; PyTorch's gradients are dense, as ours are."""
    rng = np.random.default_rng(1)
    center, context, negatives = rng.integers(0, V, B), rng.integers(0, V, B), rng.integers(0, V, (B, K))

    def ours(dtype: Any) -> Mapping[str, Run]:
        W_in, W_out = draw(dtype, (V, D), (V, D))
        forward = skipgram_negative_forward
        return {"ours": lambda: skipgram_negative_backward(1.0, forward(W_in, W_out, center, context, negatives)[1])}

    def theirs(torch: Any, dtype: str) -> Run:
        W_in, W_out = leaves(torch, draw(dtype, (V, D), (V, D)))
        ids = [torch.tensor(x) for x in (center, context, negatives)]
        f = torch.nn.functional

        def run() -> None:
            forget([W_in, W_out])
            v, u, u_k = f.embedding(ids[0], W_in), f.embedding(ids[1], W_out), f.embedding(ids[2], W_out)
            wrong = f.logsigmoid(-(u_k @ v[:, :, None])[:, :, 0]).sum(1)
            (-(f.logsigmoid((u * v).sum(1)) + wrong).mean()).backward()

        return run

    return Workload(name, goals, ours, theirs)


def forget(tensors: Iterable[Any]) -> None:
    """Gradients are made anew each time, as ours are."""
    for tensor in tensors:
        tensor.grad = None


def goals(float64: tuple[float, float], float32: tuple[float, float]) -> Mapping[str, tuple[float, float]]:
    """(goal, at most) in each precision."""
    return {"float64": float64, "float32": float32}


TINY = goals((0.5, 0.5), (0.5, 0.5))

WORKLOADS = [
    convolution("conv N32 C16 28x28 F32", 32, 16, 28, 32, goals((0.95, 1.4), (2.2, 2.6))),
    recurrent("LSTM T50 B32 I64 H128", "lstm", 50, 32, 64, 128, goals((0.9, 1.1), (1.4, 1.8))),
    recurrent("GRU T50 B32 I64 H128", "gru", 50, 32, 64, 128, goals((0.85, 1.1), (0.65, 0.95))),
    multi_head("MHA B8 T64 D128 h8", 8, 64, 128, 8, goals((0.9, 1.1), (0.9, 1.1))),
    encoder("encoder x2 B8 T64 D128", 8, 64, 128, 8, 512, goals((1.1, 1.25), (1.2, 1.4))),
    skip_gram("SGNS V10k D100 B256 K5", 10_000, 100, 256, 5, goals((1.35, 1.7), (1.3, 1.9))),
    convolution("tiny conv N2 C3 8x8 F4", 2, 3, 8, 4, TINY),
    recurrent("tiny LSTM T5 B1 I3 H4", "lstm", 5, 1, 3, 4, TINY),
    recurrent("tiny GRU T5 B1 I3 H4", "gru", 5, 1, 3, 4, TINY),
    multi_head("tiny MHA B2 T4 D8 h2", 2, 4, 8, 2, TINY),
]
