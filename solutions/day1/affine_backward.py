import numpy as np


def affine_backward(dy, x, W):
    """The gradients of an affine layer's input, weights and bias, given dy, the gradient of its output."""
    dx = np.dot(dy, W.T)
    dW = np.dot(x.T, dy)
    db = np.sum(dy, axis=0)
    return dx, dW, db
