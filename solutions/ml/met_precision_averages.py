import numpy as np


def precision_averages(tp, fp):
    """tp, fp (C,) counts of each class. Returns (macro, micro) average of precision."""
    said = tp + fp
    macro = np.where(said == 0, 0, tp / np.maximum(said, 1)).mean()
    micro = tp.sum() / said.sum()
    return macro, micro
