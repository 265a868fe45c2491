import numpy as np


def auc(positive, negative):
    """positive (P,), negative (M,) scores. Returns the area under the ROC curve, one number."""
    wins = positive[:, None] > negative
    ties = positive[:, None] == negative
    return np.mean(wins + ties / 2)
