import numpy as np


def minus_log_sigmoid(x):
    return np.maximum(-x, 0) + np.log1p(np.exp(-np.abs(x)))


def skipgram_negative_loss(v_c, u_o, U_neg):
    """v_c (D,), u_o (D,), U_neg (K, D). Returns the loss, a scalar."""
    return minus_log_sigmoid(u_o @ v_c) + minus_log_sigmoid(-U_neg @ v_c).sum()
