"""What the tour of the engine shows: equations beside the very lines that compute them, and examples to run."""

from __future__ import annotations

from typing import NamedTuple

from quizdl.text import Text


class Line(NamedTuple):
    """An equation, and the line of `quizdl/engine` that computes it."""

    equation: str
    code: str


class Family(NamedTuple):
    """Layers and networks that belong together. modules: all files of the family. lab: where one shows it at work."""

    title: Text
    modules: tuple[str, ...]
    lines: tuple[Line, ...]
    labs: tuple[str, ...] = ()
    example: str = ""


FAMILIES = (
    Family(
        Text("全結合・活性化・損失", "Fully connected layers, activations, losses"),
        ("affine", "activations", "rectifiers", "special", "losses", "metric_losses", "elementary", "perceptron"),
        (
            Line("$y = xW + b$", "return x @ W + b, (x, W)"),
            Line("$dW = x^\\top dy$", "dW = rows(x).T @ rows(dy)"),
            Line("$\\sigma(x) = 1/(1 + e^{-x})$", "return np.asarray(1 / (1 + np.exp(-x)))"),
            Line("$-\\log y_t$", "each = -np.log(right)"),
            Line("$\\max(0, m - ty)$", 'short = np.maximum(number("margin", margin) - t * y, 0)'),
        ),
        example="""\
>>> import numpy as np
>>> from quizdl.engine.optimisers import Adam
>>> from quizdl.engine.perceptron import init_perceptron, perceptron_backward, perceptron_forward
>>> x, t = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]]), np.array([[0.0], [1], [1], [0]])  # XOR
>>> p, adam = init_perceptron(np.random.default_rng(0), (2, 8, 1)), Adam(lr=0.05)
>>> for _ in range(300):
...     y, cache = perceptron_forward(x, p)
...     p = adam.update(p, perceptron_backward(2 * (y - t) / len(x), cache))
>>> (y > 0.5).astype(int).ravel()
array([0, 1, 1, 0])
""",
    ),
    Family(
        Text("初期値・最適化・学習率・クリッピング", "Initial weights, optimisers, learning rates, clipping"),
        ("initialisers", "optimisers", "adaptive", "schedules", "clipping", "gradient_check"),
        (
            Line("$m \\leftarrow \\beta_1 m + (1-\\beta_1)g$", "m = b1 * m + (1 - b1) * g"),
            Line("$\\hat m = m/(1-\\beta_1^t)$", "m_hat = m / (1 - b1**t)"),
            Line(
                "$w \\leftarrow w - \\eta\\,\\hat m/(\\sqrt{\\hat v}+\\epsilon)$",
                "w = w - lr * m_hat / (np.sqrt(v_hat) + eps)",
            ),
            Line("$h \\leftarrow h + g^2$", "h = h + g**2"),
            Line(
                "$g\\,\\theta/\\lVert g\\rVert$",
                "return _scaled(gradient, threshold / norm) if norm > threshold else gradient",
            ),
        ),
        ("optimisers", "vanishing-gradient"),
    ),
    Family(
        Text("正則化・正規化", "Dropout and normalisation"),
        ("dropout", "dropconnect", "normalisation"),
        (
            Line("$x \\odot m/(1-p)$", "scale = mask / (1 - p) if p < 1 else np.zeros_like(mask)"),
            Line(
                "$\\gamma\\hat x + \\beta$",
                "return _scale_and_shift(x_hat, gamma, beta), (x_hat, std, gamma, beta, axes)",
            ),
        ),
        ("digits-cnn",),
    ),
    Family(
        Text("畳み込み・プーリング・画像のネットワーク", "Convolution, pooling, networks for images"),
        (
            "convolution",
            "small_convolution",
            "convolution1d",
            "transposed_convolution",
            "windows",
            "pooling",
            "blocks",
            "grad_cam",
            "sizes",
            "counters",
            "flops",
        ),
        (
            Line(
                "$y = w \\cdot \\mathrm{im2col}(x)$",
                "outputs = _products(kernel, block).reshape(F, -1, H, place.row)",
            ),
            Line("$\\max$", "np.maximum(y, padded[entry], out=y)"),
            Line("$\\alpha_k = \\overline{dA^k}$", "alpha = dA.mean(axis=(2, 3))"),
        ),
        ("digits-cnn",),
        """\
>>> import numpy as np
>>> from quizdl.engine.blocks import init_residual, residual_backward, residual_forward
>>> from quizdl.engine.transposed_convolution import conv_transpose2d_forward
>>> rng = np.random.default_rng(0)
>>> x, p = rng.standard_normal((2, 4, 8, 8)), init_residual(rng, 4, 8, stride=2)
>>> y, cache = residual_forward(x, p, stride=2)  # relu(F(x) + x), x projected by a 1×1 convolution
>>> y.shape, residual_backward(np.ones_like(y), cache)["x"].shape
((2, 8, 4, 4), (2, 4, 8, 8))
>>> conv_transpose2d_forward(y, rng.standard_normal((8, 3, 2, 2)), None, stride=2)[0].shape
(2, 3, 8, 8)
""",
    ),
    Family(
        Text("再帰型ネットワーク", "Recurrent networks"),
        ("recurrent", "lstm", "gru", "concatenated", "bidirectional", "stacked", "truncated", "sequences"),
        (
            Line("$h_t = \\tanh(x_t W + h_{t-1} U + b)$", "y = np.tanh(x @ W + h @ U + b)"),
            Line(
                "$dW = x^\\top\\delta,\\ dU = h^\\top\\delta$",
                'return {"x": da @ W.T, "h": da @ U.T, "W": x.T @ da, "U": h.T @ da, "b": da.sum(axis=0)}',
            ),
            Line("$z = xW + hU + b$ (LSTM: i, f, o, g)", "z = x @ W + h @ U + b[:, None, :]"),
            Line("$c' = f \\odot c + i \\odot g$", "c_new += i * g"),
            Line("$n = \\tanh(xW + (r \\odot h)U + b)$", "n += (r * s) @ U[2]"),
            Line("$h' = (1-z) \\odot n + z \\odot h$", "return keep * h + take * n, s"),
        ),
        ("binary-addition", "sine-wave", "adding-problem", "vanishing-gradient", "sentiment"),
    ),
    Family(
        Text("木の形のネットワーク", "Networks on trees"),
        ("recursive",),
        (Line("$p = \\tanh([l; r]W + b)$", "p = np.tanh(children @ W + b)"),),
        example="""\
>>> import numpy as np
>>> from quizdl.engine.recursive import greedy_tree, tree_backward, tree_forward
>>> rng = np.random.default_rng(0)
>>> leaves, W, b, u = rng.standard_normal((4, 3)), rng.standard_normal((6, 3)), np.zeros(3), rng.standard_normal(3)
>>> root, cache = tree_forward(leaves, W, b, ((0, 1), (2, 3)))
>>> root.shape, sorted(tree_backward(np.ones(3), cache))
((3,), ['W', 'b', 'leaves'])
>>> tree, best = greedy_tree(leaves, W, b, u)  # the best-scoring neighbours are merged first
>>> bool(np.allclose(best, tree_forward(leaves, W, b, tree)[0]))
True
""",
    ),
    Family(
        Text("系列から系列へ・アテンション・Transformer", "Sequence to sequence, attention, Transformers"),
        (
            "seq2seq",
            "hred",
            "attention",
            "multi_head",
            "positional",
            "transformer",
            "transformer_layers",
            "language_models",
            "decoding",
            "memory_network",
        ),
        (
            Line("$QK^\\top$", "scores = Q @ transposed(K)"),
            Line(
                "$\\mathrm{softmax}(QK^\\top/\\sqrt d)V$",
                "return (alpha @ V, alpha), (Q, K, V, alpha, scale, None if bias is None else bias.shape)",
            ),
            Line("$v \\cdot \\tanh(sW_s + HW_h)$", "a = np.tanh(s @ W_s + H @ W_h)"),
            Line("$t/10000^{2i/D}$", "angle = np.arange(T)[:, None] / 10000 ** (2 * (column // 2) / D)"),
            Line(
                "$p_i = \\mathrm{softmax}(u \\cdot m_i)$",
                "p = masked_softmax((m * u).sum(axis=-1), mask, axis=0)",
            ),
        ),
        ("number-addition", "translate", "dialogue"),
        """\
>>> import numpy as np
>>> from quizdl.engine.memory_network import init_memory_network, memory_network_backward, memory_network_forward
>>> rng = np.random.default_rng(0)
>>> p = init_memory_network(rng, words=10, D=6, hops=2)
>>> sentences, question = rng.integers(0, 10, (4, 3, 1)), rng.integers(0, 10, (4, 1))  # words × sentences × batch
>>> (logits, looked), cache = memory_network_forward(p, sentences, question, hops=2)
>>> logits.shape, looked.shape, bool(np.allclose(looked.sum(axis=1), 1))
((1, 10), (2, 3, 1), True)
>>> from quizdl.engine.language_models import generate, init_gpt
>>> (said,) = generate(init_gpt(rng, 10, 8, 6, 12, 2), [[1, 2]], heads=2, max_length=3)
>>> len(said.tokens)
3
""",
    ),
    Family(
        Text("単語ベクトル", "Word vectors"),
        ("embedding", "word2vec"),
        (
            Line("$E_{w}$", "return E[ids], (ids, E.shape, padding_idx)"),
            Line(
                "$-\\log\\sigma(u_o v_c) - \\sum\\log\\sigma(-u_n v_c)$",
                "loss = softplus(-sign * scores).sum(axis=1).mean()",
            ),
        ),
        ("word2vec",),
    ),
    Family(
        Text("オートエンコーダ・VAE・VQ-VAE・RBM", "Autoencoders, VAE, VQ-VAE, Boltzmann machines"),
        ("autoencoders", "vae", "vq_vae", "boltzmann"),
        (
            Line("$\\sigma = e^{\\log\\sigma^2/2}$", "sigma = np.exp(log_var / 2)"),
            Line(
                "$-\\frac12\\sum(1 + \\log\\sigma^2 - \\mu^2 - \\sigma^2)$",
                "kl = -0.5 * np.sum(1 + log_var - mu**2 - variance, axis=-1)",
            ),
            Line("$z_q = e_k$", "z_q = E[k]"),
            Line("$E = -bv - ch - vWh$", "E = -(v @ b) - h @ c - ((v @ W) * h).sum(axis=-1)"),
        ),
        ("autoencoders",),
        """\
>>> import numpy as np
>>> from quizdl.engine.boltzmann import rbm_nll_forward, train_rbm
>>> from quizdl.engine.vq_vae import init_vq_vae, vq_vae_codes
>>> rng = np.random.default_rng(0)
>>> v = np.repeat([[1.0, 1, 0, 0], [0, 0, 1, 1]], 10, axis=0)
>>> before = rbm_nll_forward(v, *(np.zeros(shape) for shape in ((4, 3), 4, 3)))[0]  # 4 log 2, knowing nothing
>>> p = train_rbm(rng, v, 3, steps=400, lr=0.2)  # contrastive divergence, CD-1
>>> bool(rbm_nll_forward(v, p["W"], p["b"], p["c"])[0] < before / 2)
True
>>> vq_vae_codes(v, init_vq_vae(rng, 4, 8, codes=5, latent=2)).shape
(20, 1)
""",
    ),
    Family(
        Text("敵対的生成ネットワーク", "Generative adversarial networks"),
        ("gan",),
        (
            Line("$-\\log D(x) - \\log(1 - D(G(z)))$", "cost = softplus(-s_real).mean() + softplus(s_fake).mean()"),
            Line("$\\overline{D(G(z))} - \\overline{D(x)}$", "cost = s_fake.mean() - s_real.mean()"),
        ),
        example="""\
>>> import numpy as np
>>> from quizdl.engine.gan import discriminator_step, generator_forward, generator_step, init_gan
>>> rng = np.random.default_rng(0)
>>> G, D = init_gan(rng, noise=2, hidden=16, data=1)
>>> for _ in range(800):
...     x, z = rng.normal(3, 0.5, (64, 1)), rng.standard_normal((64, 2))  # the data's mean is 3
...     D, _ = discriminator_step(x, z, D, G, lr=0.1)
...     G, _ = generator_step(z, G, D, lr=0.05)
>>> made = generator_forward(rng.standard_normal((500, 2)), G)[0]
>>> bool(1.5 < made.mean() < 4.5)
True
""",
    ),
    Family(
        Text("音声: WaveNet と CTC", "Speech: WaveNet and CTC"),
        ("wavenet", "ctc"),
        (
            Line(
                "$\\tanh(W_f * x) \\odot \\sigma(W_g * x)$",
                "z = one(apply(tanh_forward, x=f)) * one(apply(sigmoid_forward, x=g))",
            ),
            Line(
                "$-\\log p(l \\mid x)$",
                "log_p = _log_sum(alpha[frames, batch, 2 * lengths + 2], alpha[frames, batch, 2 * lengths + 1])",
            ),
        ),
        example="""\
>>> import numpy as np
>>> from quizdl.engine.ctc import best_path, collapse, ctc_loss_forward
>>> from quizdl.engine.wavenet import causal_receptive_field, init_wavenet, wavenet_forward
>>> rng = np.random.default_rng(0)
>>> p = init_wavenet(rng, 1, 4, channels=3, skip=5, blocks=3)
>>> x = rng.standard_normal((1, 1, 20))
>>> y, changed = wavenet_forward(x, p, dilations=(1, 2, 4))[0], x.copy()
>>> changed[..., 10:] += 1  # what comes later changes nothing before it
>>> bool(np.array_equal(y[..., :10], wavenet_forward(changed, p, dilations=(1, 2, 4))[0][..., :10]))
True
>>> causal_receptive_field(2, (1, 2, 4)), collapse([0, 1, 1, 0, 1, 2, 2])
(8, array([1, 1, 2]))
>>> bool(ctc_loss_forward(rng.standard_normal((6, 1, 3)), [[1, 2]])[0][0] > 0)
True
""",
    ),
    Family(
        Text("物体検出", "Object detection"),
        ("detection",),
        (Line("$P = TP/(TP + FP)$", "return found / np.arange(1, len(found) + 1), found / positives"),),
        example="""\
>>> import numpy as np
>>> from quizdl.engine.detection import average_precision, iou, match_boxes, nms, precision_recall
>>> boxes, scores = np.array([[0.0, 0, 4, 4], [0, 0, 4, 3], [6, 6, 9, 9]]), np.array([0.9, 0.8, 0.7])
>>> truth = np.array([[0.0, 0, 4, 4], [5, 5, 9, 9]])
>>> iou(boxes, truth).round(2)[:, 0]
array([1.  , 0.75, 0.  ])
>>> kept = nms(boxes, scores, 0.5)
>>> kept
array([0, 2])
>>> right = match_boxes(boxes[kept], scores[kept], truth, 0.5)
>>> float(average_precision(*precision_recall(scores[kept], right, len(truth))))
1.0
""",
    ),
    Family(
        Text("強化学習", "Reinforcement learning"),
        ("reinforcement", "grid_world"),
        (
            Line("$r + \\gamma\\max_a Q(s', a)$", "y = r if done else r + gamma * Q[s_next].max()"),
            Line("$r + \\gamma Q(s', a')$", "y = r if done else r + gamma * Q[s_next, a_next]"),
        ),
        example="""\
>>> import numpy as np
>>> from quizdl.engine.grid_world import grid_world, value_iteration
>>> from quizdl.engine.reinforcement import greedy_policy, q_learning
>>> world = grid_world(["S..", ".#.", "..G"], step_reward=-0.1)
>>> rng = np.random.default_rng(0)
>>> learnt = q_learning(rng, world, episodes=500, alpha=0.5, gamma=0.9, epsilon=0.2)
>>> best = value_iteration(world, 0.9)  # known exactly, as the world is small
>>> bool(abs(learnt.table[0].max() - best[0].max()) < 0.05)
True
""",
    ),
    Family(
        Text("機械学習の古典", "Classic machine learning"),
        ("classic", "classic_statistics", "foundations", "course", "applied"),
        (),
    ),
    Family(
        Text("共通の部品", "What all of them share"),
        ("arrays", "checks", "errors", "parameters", "tape", "references"),
        (),
    ),
)

UNDER_TAPE = Text(
    "大きなネットワークの逆伝播は、使った層の順伝播と逆伝播の組から、`tape.py` が後ろ向きにたどって求めます。",
    "A whole network's backward is made by `tape.py` from the forward and backward pairs of its layers, in reverse.",
)
