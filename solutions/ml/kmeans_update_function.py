import numpy as np


def kmeans_update(X, labels, centres):
    """X (N, D), labels (N,) of whole numbers below K, centres (K, D). Returns the new centres (K, D)."""
    new = np.array(centres, dtype=float)
    for k in range(len(centres)):
        members = X[labels == k]
        if len(members):
            new[k] = members.mean(axis=0)
    return new
