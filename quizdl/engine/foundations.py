"""The small functions of a first network: layers, outputs, losses, updates and initial scales, each a line or two.

What the course's first two days ask to be written by hand. Rows are samples; the caller's arguments are never changed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from quizdl.engine import activations, adaptive, losses
from quizdl.engine.activations import sigmoid, softmax
from quizdl.engine.affine import affine_forward
from quizdl.engine.arrays import Array, Ids, real, reals
from quizdl.engine.pooling import global_avg_pool_forward


def affine(x: Array, W: Array, b: Array) -> Array:
    """x: (N, I), W: (I, O), b: (O,) → (N, O), xW + b."""
    return affine_forward(x, W, b)[0]


def relu(x: Array) -> Array:
    """x: any shape → max(0, x)."""
    return activations.relu(x)


def leaky_relu(x: Array, slope: float) -> Array:
    """x: any shape → x where x > 0, else slope·x."""
    return activations.leaky_relu(x, slope)


def step_function(x: Array) -> Array:
    """x: any shape → 1 where x > 0, else 0."""
    return (real(x) > 0).astype(np.float64)


def sigmoid_grad(x: Array) -> Array:
    """x: any shape → σ(x)(1 − σ(x))."""
    y = sigmoid(x)
    return y * (1 - y)


def two_layer_relu(x: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Array:
    """x: (N, I), W1: (I, H), b1: (H,), W2: (H, O), b2: (O,) → (N, O), max(0, xW1 + b1)W2 + b2."""
    return affine(relu(affine(x, W1, b1)), W2, b2)


def two_layer_probabilities(x: Array, W1: Array, b1: Array, W2: Array, b2: Array) -> Array:
    """The same arguments, σ in the hidden layer and softmax over each row of the output → (N, O)."""
    return softmax(affine(sigmoid(affine(x, W1, b1)), W2, b2))


def one_hot(t: Ids, classes: int) -> Array:
    """t: (N,) labels from 0 → (N, classes), 1 at the label."""
    return np.asarray(np.asarray(t)[:, None] == np.arange(classes), dtype=np.float64)


def labels(d: Array) -> Ids:
    """d: (N, C) one-hot rows → (N,) the class of each row."""
    return np.asarray(real(d).argmax(axis=1))


def accuracy(y: Array, t: Ids) -> float:
    """y: (N, C) scores, t: (N,) labels → the share of rows whose largest score stands at the label."""
    return float(np.mean(real(y).argmax(axis=1) == np.asarray(t)))


def half_mean_squared_error(d: Array, y: Array) -> Array:
    """d, y: one shape → the mean over all entries of (d − y)², halved."""
    d, y = reals(d, y)
    return np.asarray(np.mean((d - y) ** 2) / 2)


def mean_absolute_error(y: Array, t: Array) -> Array:
    """y, t: one shape → the mean over all entries of |y − t|."""
    return losses.mae(y, t)


def binary_cross_entropy(y: Array, t: Array) -> Array:
    """y: probabilities inside (0, 1), t: 0 or 1, one shape → the mean of −t log y − (1 − t) log(1 − y)."""
    y, t = reals(y, t)
    return np.asarray(-np.mean(t * np.log(y) + (1 - t) * np.log(1 - y)))


def cross_entropy_one_hot(y: Array, d: Array) -> Array:
    """y: (N, C) probabilities, d: (N, C) one-hot → −Σ d log y, the mean over the rows."""
    y, d = reals(y, d)
    return np.asarray(-np.sum(d * np.log(y)) / len(y))


def softmax_cross_entropy_grad(z: Array, d: Array) -> Array:
    """z: (N, C) logits, d: (N, C) one-hot → (softmax(z) − d)/N, the gradient of the mean cross-entropy."""
    z, d = reals(z, d)
    return np.asarray((softmax(z) - d) / len(z))


def weight_gradient(x: Array, delta: Array) -> Array:
    """x: (N, I) what went into the layer, delta: (N, O) → (I, O), xᵀ delta."""
    x, delta = reals(x, delta)
    return x.T @ delta


def bias_gradient(delta: Array) -> Array:
    """delta: (N, O) → (O,), the sum over the samples."""
    return np.asarray(real(delta).sum(axis=0))


def hidden_delta_sigmoid(delta: Array, W: Array, u: Array) -> Array:
    """delta: (N, O), W: (H, O), u: (N, H) what went into σ → (N, H), (delta Wᵀ) ⊙ σ'(u)."""
    delta, W, u = reals(delta, W, u)
    return delta @ W.T * sigmoid_grad(u)


def hidden_delta_relu(delta: Array, W: Array, u: Array) -> Array:
    """delta: (N, O), W: (H, O), u: (N, H) what went into ReLU → (N, H), (delta Wᵀ) where u > 0, else 0."""
    delta, W, u = reals(delta, W, u)
    return delta @ W.T * (u > 0)


def central_difference(f_plus: Array, f_minus: Array, h: float) -> Array:
    """f_plus, f_minus: f(w + h) and f(w − h), one shape → their difference over 2h."""
    f_plus, f_minus = reals(f_plus, f_minus)
    return np.asarray((f_plus - f_minus) / (2 * h))


def take_batch(x: Array, i: int, batch_size: int) -> Array:
    """x: (N, …), i: the first row → the rows i to i + batch_size − 1, as far as there are any."""
    return real(x)[i : i + batch_size]


def xavier_weights(z: Array) -> Array:
    """z: (n_in, n_out) standard normal numbers → z/√n_in, the course's Xavier for sigmoid and tanh."""
    z = real(z)
    return z / math.sqrt(len(z))


def he_weights(z: Array) -> Array:
    """z: (n_in, n_out) standard normal numbers → z·√(2/n_in), for ReLU (He et al. 2015)."""
    z = real(z)
    return z * math.sqrt(2 / len(z))


def standardise(x: Array, eps: float) -> Array:
    """x: (N, D) → each column with mean 0, divided by √(its population variance + eps)."""
    x = real(x)
    return np.asarray((x - x.mean(axis=0)) / np.sqrt(x.var(axis=0) + eps))


def scale_and_shift(x: Array, gamma: Array, beta: Array, mean: Array, var: Array, eps: float) -> Array:
    """x: (N, D), the others (D,) → γ(x − mean)/√(var + eps) + β: batch normalisation at test time."""
    x, gamma, beta, mean, var = reals(x, gamma, beta, mean, var)
    return np.asarray(gamma * (x - mean) / np.sqrt(var + eps) + beta)


def adagrad_step(w: Array, g: Array, h: Array, lr: float, eps: float) -> tuple[Array, Array]:
    """w, g, h: one shape → w, h with h = h + g², w = w − lr·g/(√h + eps) (Duchi et al. 2011)."""
    return adaptive.adagrad_step(w, g, h, lr, eps)


def rmsprop_step(w: Array, g: Array, h: Array, lr: float, decay: float, eps: float) -> tuple[Array, Array]:
    """w, g, h: one shape → w, h with h = decay·h + (1 − decay)·g², w = w − lr·g/(√h + eps)."""
    return adaptive.rmsprop_step(w, g, h, lr, decay, eps)


def weight_decay_gradient(grad: Array, param: Array, rate: float) -> Array:
    """grad, param: one shape → grad + rate·param, the gradient with the penalty ½·rate·Σ param²."""
    grad, param = reals(grad, param)
    return grad + rate * param


def lasso_gradient(grad: Array, param: Array, rate: float) -> Array:
    """grad, param: one shape → grad + rate·sign(param), the gradient with the penalty rate·Σ |param|; 0 at 0."""
    grad, param = reals(grad, param)
    return grad + rate * np.sign(param)


def l1_norm(w: Array) -> float:
    """w: any shape → Σ |w|."""
    return float(np.abs(real(w)).sum())


def l2_penalty(w: Array, rate: float) -> float:
    """w: any shape → ½·rate·Σ w²."""
    return float(0.5 * rate * np.square(real(w)).sum())


def dropout_test_time(x: Array, p: float) -> Array:
    """x: any shape, p: the probability of dropping → x(1 − p), the test time of dropout without scaling in training."""
    return real(x) * (1 - p)


def dropout_backward(dy: Array, mask: Array, p: float) -> Array:
    """dy, mask: one shape → dy·mask/(1 − p), the backward of inverted dropout."""
    dy, mask = reals(dy, mask)
    return dy * mask / (1 - p)


def global_average_pool(x: Array) -> Array:
    """x: (N, C, H, W) → (N, C), the mean over each channel's pixels."""
    return global_avg_pool_forward(x)[0]


def average_pool2d(x: Array, k: int) -> Array:
    """x: (N, C, H, W) with H and W multiples of k → (N, C, H/k, W/k), the mean of each k×k window."""
    x = real(x)
    N, C, H, W = x.shape
    return np.asarray(x.reshape(N, C, H // k, k, W // k, k).mean(axis=(3, 5)))


def pad_images(x: Array, pad: int) -> Array:
    """x: (N, C, H, W) → (N, C, H + 2·pad, W + 2·pad), with zeros all around."""
    return np.pad(real(x), ((0, 0), (0, 0), (pad, pad), (pad, pad)))


def residual(x: Array, W: Array) -> Array:
    """x: (N, D), W: (D, D) → max(0, xW) + x, a layer with a skip connection."""
    x, W = reals(x, W)
    return relu(x @ W) + x


FUNCTIONS: dict[str, Callable[..., object]] = {
    function.__name__: function
    for function in (
        affine,
        relu,
        leaky_relu,
        step_function,
        sigmoid_grad,
        two_layer_relu,
        two_layer_probabilities,
        one_hot,
        labels,
        accuracy,
        half_mean_squared_error,
        mean_absolute_error,
        binary_cross_entropy,
        cross_entropy_one_hot,
        softmax_cross_entropy_grad,
        weight_gradient,
        bias_gradient,
        hidden_delta_sigmoid,
        hidden_delta_relu,
        central_difference,
        take_batch,
        xavier_weights,
        he_weights,
        standardise,
        scale_and_shift,
        adagrad_step,
        rmsprop_step,
        weight_decay_gradient,
        lasso_gradient,
        l1_norm,
        l2_penalty,
        dropout_test_time,
        dropout_backward,
        global_average_pool,
        average_pool2d,
        pad_images,
        residual,
    )
}
"""name → function, as `references.py` lists them."""
