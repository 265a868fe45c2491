import numpy as np


def bptt_delta(delta_next, U, z):
    """The error one step back in time, through sigmoid hidden units.

    delta_next: (B, H), the error at the next pre-activation; U: (H, H), used as z @ U in the forward pass;
    z: (B, H), the activated state of this time. Returns (B, H).
    """
    slope = z * (1 - z)
    return np.dot(delta_next, U.T) * slope
