"""Non-maximum suppression: ONNX's boxes may be given by any two corners, or by centre and size."""

from __future__ import annotations

import numpy as np

from onnx_adapters.node import Node
from quizdl.engine.detection import nms


def corners(boxes: np.ndarray, centred: bool) -> np.ndarray:
    """(…, 4) as x1, y1, x2, y2 with x1 ≤ x2 and y1 ≤ y2."""
    if centred:
        x, y, width, height = np.moveaxis(boxes, -1, 0)
        return np.stack([x - width / 2, y - height / 2, x + width / 2, y + height / 2], axis=-1)
    y1, x1, y2, x2 = np.moveaxis(boxes, -1, 0)
    return np.stack([np.minimum(x1, x2), np.minimum(y1, y2), np.maximum(x1, x2), np.maximum(y1, y2)], axis=-1)


def suppressed(node: Node) -> list[np.ndarray]:
    """(batch, class, box) of what is kept, the best boxes of each class first."""
    node.only("center_point_box")
    boxes, scores = corners(node.inputs[0], bool(node.get("center_point_box", 0))), node.inputs[1]
    most = int(node.inputs[2][0]) if node.input(2) is not None else 0
    iou = float(node.inputs[3][0]) if node.input(3) is not None else 0.0
    least = float(node.inputs[4][0]) if node.input(4) is not None else -np.inf
    found = []
    for batch, klass in np.ndindex(scores.shape[:2]):
        good = np.flatnonzero(scores[batch, klass] > least)
        kept = good[nms(boxes[batch][good], scores[batch, klass][good], iou)][:most] if good.size else good
        found += [(batch, klass, box) for box in kept]
    return [np.array(found, dtype=np.int64).reshape(-1, 3)]


ADAPTERS = {"NonMaxSuppression": suppressed}
