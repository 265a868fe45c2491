"""The mistakes that people really make in these layers, each as a change of one place in the engine."""

from __future__ import annotations

from typing import NamedTuple


class Mutation(NamedTuple):
    """In quizdl/engine/<file>.py, `old` becomes `new`, wherever it stands; `families` are likely to notice first."""

    name: str
    file: str
    old: str
    new: str
    families: tuple[str, ...] = ()


P, C = ("pooling",), ("convolution",)
R, A, H, N, L, U = ("recurrent",), ("attention",), ("heads",), ("normalisation",), ("losses",), ("optimisers",)
MASKED_LATE = """alpha = _softmax(scores, None, axis=-1)
    alpha = alpha if mask is None else alpha * mask"""

MUTATIONS = [
    # LSTM
    Mutation("lstm: gates in PyTorch's order", "lstm", "    i, f, o, g = gates\n", "    i, f, g, o = gates\n", R),
    Mutation(
        "lstm: input and forget gate swapped",
        "lstm",
        "slope_i *= g\n    slope_f *= c",
        "slope_f *= g\n    slope_i *= c",
        R,
    ),
    Mutation("lstm: peepholes swapped", "lstm", "z[:2] += P[:2, None] * c", "z[:2] += P[1::-1, None] * c", R),
    Mutation("lstm: output peephole sees the old cell", "lstm", "z[2] += P[2] * c_new", "z[2] += P[2] * c", R),
    Mutation("lstm: dz_o's peephole forgotten", "lstm", "dc += dz_o * P[2]", "dc += 0 * dz_o", R),
    Mutation("lstm: gradient of the peepholes from the new cell", "lstm", "(dz[0] * c).sum", "(dz[0] * c_new).sum", R),
    Mutation("lstm: initial h dropped", "lstm", "h[0] = initial_state(h0)", "h[0] = 0", R),
    Mutation("lstm: initial c dropped", "lstm", "c[0] = initial_state(c0)", "c[0] = 0", R),
    Mutation("lstm: bias dropped", "lstm", "[W, U, b[:, None, :]]", "[W, U, 0 * b[:, None, :]]", R),
    Mutation("lstm: the last cell's gradient dropped", "lstm", '"dc_last": dc_last', '"dc_last": None', R),
    Mutation("lstm: dU from the new state", "lstm", "(rows(joined).T", "(rows(np.roll(joined, -1, 0)).T", R),
    Mutation("lstm: no tanh on the way out", "lstm", "np.tanh(c_new, out=h_new)", "h_new[...] = c_new", R),
    Mutation("lstm: candidate through the sigmoid", "lstm", "np.tanh(z[3], out=g)", "squash(z[3], g)", R),
    # GRU
    Mutation(
        "gru: z keeps the other one",
        "gru",
        '(1 - z, z) if weights.z_keeps == "new"',
        '(z, 1 - z) if weights.z_keeps == "new"',
        R,
    ),
    Mutation("gru: the sign of dz is wrong", "gru", "(z, 1 - z, -1)", "(z, 1 - z, 1)", R),
    Mutation(
        "gru: reset_after ignored",
        "gru",
        "return Weights(W, U, bias, reset_after,",
        "return Weights(W, U, bias, False,",
        R,
    ),
    Mutation("gru: reset and update gate swapped", "gru", "    r, z, n = a\n", "    z, r, n = a\n", R),
    Mutation("gru: bias inside the reset left outside", "gru", "[not weights.reset_after]", "[True]", R),
    Mutation("gru: initial h dropped", "gru", "h[0] = initial_state(h0)", "h[0] = 0", R),
    Mutation("gru: b_h dropped", "gru", "return b + outside", "return b", R),
    Mutation("gru: r forgotten in ds", "gru", "dh * keep + ds * r +", "dh * keep + ds +", R),
    # RNN and what all share
    Mutation("rnn: slope of tanh from the old state", "recurrent", "(1 - h[t + 1] ** 2)", "(1 - h[t] ** 2)", R),
    Mutation("rnn: initial h dropped", "recurrent", "h[0] = initial_state(h0)", "h[0] = 0", R),
    Mutation("rnn: bias dropped", "recurrent", "a = x @ W + b", "a = x @ W + 0 * b", R),
    Mutation(
        "rnn: nothing carried back through time",
        "recurrent",
        "delta = dh[t] + carried",
        "delta = dh[t] + 0 * carried",
        R,
    ),
    Mutation("sequences: lengths ignored", "sequences", "if lengths is not None:", "if False:", R),
    Mutation("sequences: padding is read backwards", "sequences", "lengths - 1 - t, t)", "T - 1 - t, t)", R),
    Mutation(
        "sequences: padding is not blanked",
        "sequences",
        "return y if self.ended is None else",
        "return y if True else",
        R,
    ),
    Mutation("sequences: reverse ignored", "sequences", "if not self.reverse:", "if True:", R),
    Mutation(
        "bidirectional: the directions exchanged",
        "bidirectional",
        "np.concatenate([h_f, h_b]",
        "np.concatenate([h_b, h_f]",
        R,
    ),
    Mutation(
        "bidirectional: x hears one direction",
        "bidirectional",
        'ahead.pop("x") + back.pop("x")',
        'ahead.pop("x") + 0 * back.pop("x")',
        R,
    ),
    # attention
    Mutation("attention: 1/√d forgotten", "attention", "1 / math.sqrt(Q.shape[-1])", "1.0", A),
    Mutation("attention: divided by d", "attention", "1 / math.sqrt(Q.shape[-1])", "1 / Q.shape[-1]", A),
    Mutation(
        "attention: masked after the softmax", "attention", "alpha = _softmax(scores, mask, axis=-1)", MASKED_LATE, A
    ),
    Mutation("attention: the mask upside down", "attention", "allowed: Mask = mask\n", "allowed: Mask = ~mask\n", A),
    Mutation("attention: the scale forgotten in dQ", "attention", "ds @ K * scale", "ds @ K", A),
    Mutation(
        "attention: softmax's Jacobian without its sum",
        "attention",
        "ds = _softmax_backward(weights, alpha)",
        "ds = weights * alpha",
        A,
    ),
    Mutation(
        "multi-head: 1/√d of the whole width",
        "multi_head",
        "1 / math.sqrt(q.shape[-1])",
        "1 / math.sqrt(Q.shape[-1])",
        H,
    ),
    Mutation(
        "multi-head: heads cut without transposing",
        "multi_head",
        "x.reshape(B, T, heads, E // heads).transpose(0, 2, 1, 3)",
        "x.reshape(B, heads, T, E // heads)",
        H,
    ),
    Mutation(
        "multi-head: keys and values exchanged",
        "multi_head",
        "v = split_heads(project(V, W_v, b_v), heads)",
        "v = split_heads(project(K, W_v, b_v), heads)",
        H,
    ),
    # normalisation
    Mutation(
        "batch norm: the sample variance",
        "normalisation",
        "(centred**2).mean(axis=axes, keepdims=True)",
        "centred.var(axis=axes, keepdims=True, ddof=1)",
        N,
    ),
    Mutation(
        "normalisation: eps outside the root",
        "normalisation",
        "np.sqrt(mean_square + eps)",
        "np.sqrt(mean_square) + eps",
        N,
    ),
    Mutation(
        "normalisation: nothing back through the mean",
        "normalisation",
        "(dx_hat - mean - x_hat * along)",
        "(dx_hat - x_hat * along)",
        N,
    ),
    Mutation(
        "normalisation: nothing back through the variance",
        "normalisation",
        "(dx_hat - mean - x_hat * along)",
        "(dx_hat - mean)",
        N,
    ),
    Mutation("batch norm: the biased variance kept", "normalisation", "ddof=int(unbiased)", "ddof=0", N),
    # losses, activations, layers
    Mutation(
        "cross-entropy: ignored labels count in the mean",
        "losses",
        "_number_of(counted, each)), (log_y, each",
        "each.size), (log_y, each",
        L,
    ),
    Mutation(
        "cross-entropy: smoothing without the 1 − ε", "losses", "(1 - epsilon) * each - epsilon", "each - epsilon", L
    ),
    Mutation(
        "mse: a factor of two lost",
        "losses",
        "spread(dloss, gap, reduction) * 2 * gap",
        "spread(dloss, gap, reduction) * gap",
        L,
    ),
    Mutation(
        "sigmoid: the slope taken twice",
        "activations",
        "arriving(dy, y.shape) * y * (1 - y)",
        "arriving(dy, y.shape) * sigmoid(y) * (1 - sigmoid(y))",
        ("activations",),
    ),
    Mutation(
        "softmax: over the wrong axis",
        "activations",
        "e.sum(axis=axis, keepdims=True)",
        "e.sum(axis=0, keepdims=True)",
        ("activations",),
    ),
    Mutation(
        "gelu: a sigmoid for the normal distribution",
        "rectifiers",
        "cdf = normal_cdf(x)",
        "cdf = 1 / (1 + np.exp(-1.702 * x))",
        ("activations",),
    ),
    Mutation("affine: bias gradient of one row", "affine", "rows(dy).sum(axis=0)", "rows(dy)[0]", ("affine",)),
    Mutation(
        "embedding: a word met twice taught once",
        "embedding",
        "np.add.reduceat(values[order], starts, axis=0)",
        "values[order][starts]",
        ("affine", "words"),
    ),
    Mutation("dropout: not scaled up", "dropout", "mask / (1 - p)", "mask", ("dropout",)),
    # optimisers and clipping
    Mutation(
        "clipping: each tensor by itself",
        "clipping",
        "sum(float(np.sum(np.square(g, dtype=np.float64))) for g in arrays.values())",
        "max(float(np.sum(np.square(g, dtype=np.float64))) for g in arrays.values())",
        U,
    ),
    Mutation("clipping: PyTorch's 1e-6 forgotten", "clipping", "threshold / (norm + eps)", "threshold / norm", U),
    Mutation("adam: no bias correction", "optimisers", "m_hat = m / (1 - b1**t)", "m_hat = m", U),
    # images
    Mutation(
        "max-pool: padded with 0", "pooling", "pad_images(x, place.pad, -np.inf)", "pad_images(x, place.pad, 0.0)", P
    ),
    Mutation(
        "max-pool: gradient to every maximum",
        "pooling",
        "dpadded[entry] += dy * won",
        "dpadded[entry] += dy * (padded[entry] == y)",
        P,
    ),
    Mutation(
        "max-pool: the last maximum wins",
        "pooling",
        "    for entry in place.entries:\n        won = padded",
        "    for entry in reversed(place.entries):\n        won = padded",
        P,
    ),
    Mutation("average pool: padding not counted", "pooling", "if count_include_pad else", "if False else", P),
    Mutation(
        "convolution: the filters flipped",
        "convolution",
        "kernel = w.reshape(groups, F // groups, -1)",
        "kernel = w[..., ::-1, ::-1].reshape(groups, F // groups, -1)",
        C,
    ),
    Mutation(
        "convolution: bias dropped", "convolution", "bias = 0.0 if b is None else b[:, None, None]", "bias = 0.0", C
    ),
    Mutation(
        "convolution: bias gradient of one sample",
        "convolution",
        '"b": dy.sum(axis=(0, 2, 3))',
        '"b": dy[0].sum(axis=(1, 2))',
        C,
    ),
    Mutation(
        "small convolution: the border is the last pixel",
        "small_convolution",
        "numbered = np.full((N, C, *place.padded), zero)",
        "numbered = np.full((N, C, *place.padded), zero - 1)",
        C,
    ),
    Mutation(
        "small convolution: bias dropped", "small_convolution", "if b is not None:", "if b is not None and False:", C
    ),
    Mutation(
        "small convolution: the filters flipped on the way back",
        "small_convolution",
        "dx = w.swapaxes(0, 1)",
        "dx = w[..., ::-1, ::-1].swapaxes(0, 1)",
        C,
    ),
    Mutation(
        "small convolution: stride and dilation exchanged",
        "small_convolution",
        "placement((H, W), (R, S), stride, pad, dilation)",
        "placement((H, W), (R, S), dilation, pad, stride)",
        C,
    ),
    Mutation(
        "transposed convolution: padding kept",
        "transposed_convolution",
        "y = unpad_images(spread(x, w, place, groups), place.pad)",
        "y = spread(x, w, place, groups)",
        C,
    ),
    # the tape
    Mutation(
        "tape: a value used twice hears once", "tape", "gradient if known is None else known + gradient", "gradient"
    ),
    Mutation(
        "elementary: broadcasting is not undone", "elementary", "if dy.shape == shape:", "if True:", ("elementary",)
    ),
]
