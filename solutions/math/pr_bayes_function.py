def bayes_posterior(prior, likelihood, x):
    """prior (C,), likelihood (C, K) with P(k | c) in row c, x from 0 to K - 1. Returns P(c | x), (C,)."""
    joint = prior * likelihood[:, x]
    return joint / joint.sum()
