import numpy as np


def nms(boxes, scores, threshold):
    """boxes (N, 4) as (x1, y1, x2, y2), scores (N,). Returns the kept rows, best score first."""
    area = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    waiting = np.argsort(-scores, kind="stable")
    kept = []
    while len(waiting):
        best, waiting = waiting[0], waiting[1:]
        kept.append(best)
        begin = np.maximum(boxes[best, :2], boxes[waiting, :2])
        end = np.minimum(boxes[best, 2:], boxes[waiting, 2:])
        shared = np.maximum(end - begin, 0).prod(axis=1)
        overlap = shared / (area[best] + area[waiting] - shared)
        waiting = waiting[overlap <= threshold]
    return np.array(kept, dtype=int)
