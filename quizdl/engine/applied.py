"""What questions name of reinforcement learning, detection, Transformers, larger networks and compression.

Most is the engine's own function with a question's arguments. What stands behind one is imported when it is called: no
other answer waits for it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from quizdl.engine import attention, normalisation
from quizdl.engine.activations import log_softmax, softmax
from quizdl.engine.arrays import Array, Ids, Sizes, checked, real, whole
from quizdl.engine.checks import number
from quizdl.engine.convolution import conv2d_forward
from quizdl.engine.convolution1d import conv1d_forward
from quizdl.engine.sizes import need_at_least


def q_learning_step(
    Q: Array, s: int, a: int, r: float, s_next: int, alpha: float, gamma: float, done: bool = False
) -> Array:
    """Q: (S, A) → Q with Q(s, a) ← Q(s, a) + α(r + γ max Q(s', ·) − Q(s, a)); the target is r where done."""
    from quizdl.engine.reinforcement import q_learning_update

    return q_learning_update(Q, s, a, r, s_next, alpha, gamma, bool(done))


def sarsa_step(Q: Array, s: int, a: int, r: float, s_next: int, a_next: int, alpha: float, gamma: float) -> Array:
    """Q: (S, A) → Q with Q(s, a) ← Q(s, a) + α(r + γ Q(s', a') − Q(s, a)), a' being the action then taken."""
    from quizdl.engine.reinforcement import sarsa_update

    return sarsa_update(Q, s, a, r, s_next, a_next, alpha, gamma)


def discounted_returns(r: Array, gamma: float) -> Array:
    """r: (T,) → (T,), G_t = r_t + γ r_{t+1} + γ² r_{t+2} + …"""
    from quizdl.engine.reinforcement import discounted_returns as returns

    return returns(r, gamma)


def policy_gradient_step(theta: Array, a: int, G: float, lr: float) -> Array:
    """theta: (A,) logits, a the action taken, G its return → (A,), θ + lr·G ∇ log π(a), π = softmax(θ) (REINFORCE)."""
    from quizdl.engine.reinforcement import policy_gradient_backward, policy_gradient_forward

    (theta,) = checked(theta=(theta, "A"))
    _, cache = policy_gradient_forward(theta[None], np.array([a]), np.array([G], dtype=theta.dtype))
    return np.asarray(theta - lr * policy_gradient_backward(1.0, cache)["z"][0])


def double_dqn_target(r: Array, Q_online: Array, Q_target: Array, gamma: float, done: Array) -> Array:
    """r, done: (B,), Q_online, Q_target: (B, A) of s' → (B,), r + γ(1 − done) Q_target(s', argmax Q_online(s', ·))."""
    from quizdl.engine.reinforcement import double_dqn_target as target

    return target(r, Q_online, Q_target, gamma, done)


def box_iou(a: Array, b: Array) -> float:
    """a, b: (4,) as x1, y1, x2, y2 → |A ∩ B|/|A ∪ B|; sides are x2 − x1, y2 − y1."""
    from quizdl.engine.detection import iou

    return float(iou(np.asarray(a)[None], np.asarray(b)[None])[0, 0])


def nms(boxes: Array, scores: Array, threshold: float) -> Ids:
    """boxes: (N, 4), scores: (N,) → the rows kept, best score first; an IoU *above* the threshold removes."""
    from quizdl.engine.detection import nms as suppressed

    return suppressed(boxes, scores, threshold)


def ranked_average_precision(scores: Array, right: Array, positives: int) -> float:
    """scores: (N,), right: (N,) 1 where correct, positives ≥ their number → AP over all recalls, interpolated.

    Σ (r_n − r_{n−1})·max of the precisions at recall r_n or more: Pascal VOC since 2010.
    """
    from quizdl.engine.detection import average_precision, precision_recall

    return average_precision(*precision_recall(scores, right, positives))


def eleven_point_precision(scores: Array, right: Array, positives: int) -> float:
    """The same arguments → the mean of the interpolated precision at recall 0, 0.1, …, 1: Pascal VOC 2007."""
    from quizdl.engine.detection import average_precision, precision_recall

    return average_precision(*precision_recall(scores, right, positives), points=11)


def box_offsets(boxes: Array, anchors: Array) -> Array:
    """boxes, anchors: (N, 4) as centre x, y, width, height → (N, 4), Faster R-CNN's t (Ren et al. 2015, eq. 2)."""
    from quizdl.engine.detection import encode_boxes

    boxes, anchors = checked(boxes=(boxes, "N 4"), anchors=(anchors, "N 4"))
    return encode_boxes(_corners(boxes), _corners(anchors))


def masked_attention(Q: Array, K: Array, V: Array, mask: Array) -> Array:
    """Q: (T, d), K: (S, d), V: (S, e), mask: (T, S) 1 where one may look → (T, e), zeros for a row of zeros in mask."""
    return attention.scaled_dot_product_forward(Q, K, V, mask)[0][0]


def causal_attention_weights(scores: Array) -> Array:
    """scores: (T, T) → (T, T), softmax of row t over the columns up to t."""
    scores = real(scores, "scores")
    return attention.masked_softmax(scores, attention.causal_mask(len(scores)))


def padded_attention_weights(scores: Array, lengths: ArrayLike) -> Array:
    """scores: (B, T, S), lengths: (B,) from 1 to S → (B, T, S), softmax over the first lengths[n] keys of sample n."""
    scores = real(scores, "scores")
    return attention.masked_softmax(scores, attention.padding_mask(lengths, scores.shape[-1]))


def multi_head_attention(X: Array, W_q: Array, W_k: Array, W_v: Array, W_o: Array, heads: int) -> Array:
    """X: (T, D), W: (D, D) each → (T, D): self-attention in `heads` blocks of D/heads columns, joined, times W_o."""
    from quizdl.engine.multi_head import multi_head_attention_forward

    (X,) = checked(X=(X, "T D"))
    x = X[None]
    (y, _), _ = multi_head_attention_forward(x, x, x, W_q, W_k, W_v, W_o, heads=heads)
    return np.asarray(y[0])


def depthwise_separable(x: Array, w_d: Array, w_p: Array) -> Array:
    """x: (N, C, H, W), w_d: (C, R, S) a filter for each channel, w_p: (F, C) → (N, F, H', W'); no padding, stride 1."""
    sizes: Sizes = {}
    x, w_d, w_p = checked(sizes, x=(x, "N C H W"), w_d=(w_d, "C R S"), w_p=(w_p, "F C"))
    channels = conv2d_forward(x, w_d[:, None], None, groups=sizes["C"])[0]
    return conv2d_forward(channels, w_p[:, :, None, None], None)[0]


def dilated_causal_conv(x: Array, w: Array, dilation: int) -> Array:
    """x: (T,), w: (K,), its last entry for now → (T,), y_t = Σ_k w_k x_{t − (K − 1 − k)·dilation}, zeros before x."""
    x, w = checked(x=(x, "T"), w=(w, "K"))
    need_at_least(1, dilation=dilation)
    pad = ((len(w) - 1) * dilation, 0)
    y, _ = conv1d_forward(x[None, None], w[None, None], None, pad=pad, dilation=dilation)
    return np.asarray(y[0, 0])


def batch_norm_images(x: Array, eps: float) -> Array:
    """x: (N, C, H, W) → the same shape, each channel normalised over N, H, W; biased variance, eps under the root."""
    (x,) = checked(x=(x, "N C H W"))
    return normalisation.batch_norm_forward(x, eps=eps)[0]


def layer_norm_images(x: Array, eps: float) -> Array:
    """x: (N, C, H, W) → the same shape, each sample normalised over C, H, W; biased variance, eps under the root."""
    (x,) = checked(x=(x, "N C H W"))
    return normalisation.layer_norm_forward(x, eps=eps, axes=3)[0]


def instance_norm_images(x: Array, eps: float) -> Array:
    """x: (N, C, H, W) → the same shape, each channel of each sample normalised over H, W."""
    (x,) = checked(x=(x, "N C H W"))
    return normalisation.instance_norm_forward(x, eps=eps)[0]


def group_norm(x: Array, gamma: Array, beta: Array, groups: int, eps: float) -> Array:
    """x: (N, C, H, W), gamma, beta: (C,) → γx̂ + β, x̂ normalised over H, W and the C/groups channels of a group."""
    (x,) = checked(x=(x, "N C H W"))
    return normalisation.group_norm_forward(x, gamma, beta, groups=int(whole("groups", groups, "")), eps=eps)[0]


def softened_softmax(z: Array, T: float) -> Array:
    """z: (…, C), temperature T > 0 → softmax(z/T) over the last axis (Hinton et al. 2015, eq. 1)."""
    return softmax(real(z, "z") / number("T", T, above=0.0))


def distillation_loss(z: Array, z_teacher: Array, t: ArrayLike, T: float, alpha: float) -> Array:
    """z, z_teacher: (N, C) logits, t: (N,) labels → (1 − α)·CE(t, softmax z) + α·T²·KL(teacher‖student), means over N.

    The divergence is between both softmaxes at temperature T; T² keeps its gradients' size (Hinton et al. 2015, §2).
    """
    sizes: Sizes = {}
    z, z_teacher = checked(sizes, z=(z, "N C"), z_teacher=(z_teacher, "N C"))
    t = whole("t", t, "N", sizes, below=sizes["C"])
    T, alpha = number("T", T, above=0.0), number("alpha", alpha, 0.0, 1.0)
    hard = -log_softmax(z)[np.arange(len(t)), t].mean()
    log_p, log_q = log_softmax(z_teacher / T), log_softmax(z / T)
    soft = np.sum(np.exp(log_p) * (log_p - log_q), axis=1).mean()
    return np.asarray((1 - alpha) * hard + alpha * T**2 * soft, dtype=z.dtype)


def quantise(x: Array, bits: int) -> tuple[Array, Array]:
    """x: any shape → the nearest of 2^bits even levels from min to max: its number from 0, and its value.

    Where all of x is equal, every number is 0 and the values are x. Jacob et al. 2018, §2.1 (affine quantisation).
    """
    need_at_least(1, bits=bits)
    x = real(x)
    low = x.min()
    step = (x.max() - low) / (2**bits - 1)
    q = np.round((x - low) / (step or 1))
    return q, q * step + low


def symmetric_quantise(x: Array, bits: int) -> Array:
    """x: any shape, bits ≥ 2 → whole numbers from −(2^(bits−1) − 1) to 2^(bits−1) − 1, x/s rounded, s = max|x|/that."""
    need_at_least(2, bits=bits)
    x = real(x)
    most = 2 ** (bits - 1) - 1
    return np.round(x / (np.abs(x).max() / most or 1))


def magnitude_prune(w: Array, k: int) -> Array:
    """w: any shape → w with its k entries of smallest magnitude set to 0, equal ones from the lowest flat index."""
    w = real(w, "w")
    k = int(whole("k", k, "", below=w.size + 1))
    pruned = w.flatten()
    pruned[np.argsort(np.abs(pruned), kind="stable")[:k]] = 0
    return pruned.reshape(w.shape)


def ctc_collapse(path: ArrayLike) -> Ids:
    """path: (T,) labels, 0 the blank → (U,), repeats merged, then blanks dropped (Graves et al. 2006, §3.1)."""
    from quizdl.engine.ctc import collapse

    return collapse(path)


def _corners(boxes: Array) -> Array:
    """Centre and size (N, 4) → opposite corners (N, 4)."""
    centre, half = boxes[:, :2], boxes[:, 2:] / 2
    return np.concatenate([centre - half, centre + half], axis=1)


FUNCTIONS: dict[str, Callable[..., object]] = {
    function.__name__: function
    for function in (
        q_learning_step,
        sarsa_step,
        discounted_returns,
        policy_gradient_step,
        double_dqn_target,
        box_iou,
        nms,
        ranked_average_precision,
        eleven_point_precision,
        box_offsets,
        masked_attention,
        causal_attention_weights,
        padded_attention_weights,
        multi_head_attention,
        depthwise_separable,
        dilated_causal_conv,
        batch_norm_images,
        layer_norm_images,
        instance_norm_images,
        group_norm,
        softened_softmax,
        distillation_loss,
        quantise,
        symmetric_quantise,
        magnitude_prune,
        ctc_collapse,
    )
}
"""name → function, as `references.py` lists them."""
