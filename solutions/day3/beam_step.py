import numpy as np


def beam_step(log_probs, scores, k):
    """log_probs (k, V), scores (k,). Returns (beams (k,), tokens (k,), totals (k,)), best first."""
    totals = (scores[:, None] + log_probs).ravel()
    best = np.argsort(-totals, kind="stable")[:k]
    beams, tokens = np.divmod(best, log_probs.shape[1])
    return beams, tokens, totals[best]
