"""The fully connected layer."""

from __future__ import annotations

from quizdl.engine.arrays import Array, Cache, Gradients, arriving, checked, rows


def affine_forward(x: Array, W: Array, b: Array) -> tuple[Array, Cache]:
    """y = xW + b; x: (…, I), W: (I, O), b: (O,) → (…, O). O(N·I·O)."""
    x, W, b = checked(x=(x, "... I"), W=(W, "I O"), b=(b, "O"))
    return x @ W + b, (x, W)


def affine_backward(dy: Array, cache: Cache) -> Gradients:
    """dx = dy Wᵀ, dW = xᵀ dy, db = Σ dy over all rows."""
    x, W = cache
    dy = arriving(dy, (*x.shape[:-1], W.shape[1]))
    dx = dy @ W.T
    dW = rows(x).T @ rows(dy)
    db = rows(dy).sum(axis=0)
    return {"x": dx, "W": dW, "b": db}
