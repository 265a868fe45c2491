import numpy as np


def policy_gradient_step(theta, a, G, lr):
    """theta (A,) logits of a softmax policy, a the action taken, G its return. Returns the new theta (A,)."""
    pi = np.exp(theta - theta.max())
    pi = pi / pi.sum()
    chosen = np.eye(len(theta))[a]
    return theta + lr * G * (chosen - pi)
