import numpy as np


def relu_backward(dy, x):
    """Lets dy through where the input x was positive and stops it elsewhere, also at 0."""
    return np.where(x > 0, dy, 0)
