import numpy as np


def iou(a, b):
    """a, b (4,) as (x1, y1, x2, y2). Returns the area in both over the area in either."""
    begin = np.maximum(a[:2], b[:2])
    end = np.minimum(a[2:], b[2:])
    width, height = np.maximum(end - begin, 0)
    overlap = width * height
    area_a = (a[2] - a[0]) * (a[3] - a[1])
    area_b = (b[2] - b[0]) * (b[3] - b[1])
    return overlap / (area_a + area_b - overlap)
