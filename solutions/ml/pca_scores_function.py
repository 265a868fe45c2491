import numpy as np


def pca_scores(X, k):
    """X (N, D), k from 1 to D. Returns the scores (N, k), the component of largest variance first."""
    centred = X - X.mean(axis=0)
    _, vectors = np.linalg.eigh(centred.T @ centred / len(X))
    directions = vectors[:, ::-1][:, :k]
    largest = directions[np.abs(directions).argmax(axis=0), np.arange(k)]
    return centred @ (directions * np.sign(largest))
