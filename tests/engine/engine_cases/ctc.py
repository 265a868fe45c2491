"""Connectionist temporal classification: against PyTorch's, with every way in which a target can fit its frames."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine.ctc import best_path, collapse, ctc_loss_backward, ctc_loss_forward, prefix_beam
from quizdl.engine.errors import DTypeError, RangeError, ShapeError

MIXED: dict[str, Any] = {
    "targets": [[1, 1, 2], [3, 2, 1], [4, 4, 4], [2, 3, 4]],
    "input_lengths": [7, 5, 5, 3],
    "target_lengths": [3, 1, 3, 3],
}
"""Four samples: two equal labels in a row; a short target; three equal ones with T just enough; one label a frame."""

IMPOSSIBLE: dict[str, Any] = {
    "targets": [[1, 2, 3], [1, 1, 2], [1, 2, 1], [2, 3, 4]],
    "input_lengths": [2, 3, 6, 0],
    "target_lengths": [3, 2, 3, 2],
}
"""Too many labels; possible, with its one blank; possible; no frame at all."""


def parity(name: str, shape: tuple[int, int, int], targets: Any, *, scale: float = 1.0, **options: Any) -> Parity:
    """The loss and the gradient of z; PyTorch is given the softmax's logarithm, as it wants it."""
    T, B, _ = shape
    frames = options.pop("input_lengths", [T] * B)
    lengths = options.pop("target_lengths", [len(target) for target in targets])
    reduction = options.get("reduction", "none")

    def oracle(torch: Any, z: Any) -> Any:
        return torch.nn.functional.ctc_loss(
            torch.log_softmax(z, -1),
            torch.tensor(targets),
            torch.tensor(frames),
            torch.tensor(lengths),
            **{**options, "reduction": reduction},
        )

    forward = partial(ctc_loss_forward, targets=targets, input_lengths=frames, target_lengths=lengths, **options)
    return Parity(f"ctc: {name}", forward, ctc_loss_backward, oracle, {"z": scale * draw(name, z=shape)["z"]})


PARITY = [
    parity("one frame and one label", (1, 1, 2), [[1]]),
    parity("one frame and nothing but the blank", (1, 1, 1), [[0]], target_lengths=[0]),
    parity("two equal labels need three frames", (3, 1, 3), [[2, 2]]),
    parity("as many frames as labels", (4, 2, 5), [[1, 2, 3, 4], [4, 1, 4, 1]]),
    parity("more frames than needed", (9, 1, 4), [[1, 2, 2, 3]]),
    parity("several lengths", (7, 4, 5), **MIXED),
    parity("several lengths, summed", (7, 4, 5), **MIXED, reduction="sum"),
    parity("several lengths, averaged", (7, 4, 5), **MIXED, reduction="mean"),
    parity("empty targets", (4, 3, 3), [[1, 2], [1, 2], [2, 2]], target_lengths=[0, 2, 0], reduction="mean"),
    parity("another blank", (6, 2, 4), [[0, 0, 1], [2, 1, 0]], blank=3, target_lengths=[3, 2]),
    parity("a blank in the middle", (5, 1, 3), [[2, 0, 0]], blank=1),
    parity("impossible targets", (6, 4, 5), **IMPOSSIBLE),
    parity("impossible targets, averaged", (6, 4, 5), **IMPOSSIBLE, reduction="mean"),
    parity("impossible targets count nothing", (6, 4, 5), **IMPOSSIBLE, zero_infinity=True),
    parity("impossible targets add nothing", (6, 4, 5), **IMPOSSIBLE, zero_infinity=True, reduction="mean"),
    parity("all classes alike", (5, 2, 3), [[1, 2], [1, 1]], scale=0.0),
    parity("sure of the wrong classes", (5, 2, 3), [[1, 2], [1, 1]], scale=1e3),
    parity("a longer sequence", (30, 1, 4), [[1, 2, 3, 3, 1, 2, 2, 1]]),
]


def ctc(rng: Rng) -> Slope:
    """Targets that fit their frames; the labels are all classes but the blank."""
    T, B, K, L = size(rng, 6), size(rng, 3), 1 + size(rng, 3), size(rng, 3)
    blank = int(rng.integers(K))
    labels = np.delete(np.arange(K), blank)
    targets = rng.choice(labels, (B, L))
    frames = rng.integers(1, T + 1, B)
    lengths = [fitting(target, int(n)) for target, n in zip(targets, frames, strict=True)]
    options = {
        "targets": targets,
        "input_lengths": frames,
        "target_lengths": np.array(lengths),
        "blank": blank,
        "reduction": str(rng.choice(["none", "sum", "mean"])),
    }
    return Slope(ctc_loss_forward, ctc_loss_backward, {"z": rng.standard_normal((T, B, K))}, options)


def fitting(target: np.ndarray, frames: int) -> int:
    """How many labels from the first on fit, each repeat needing a frame more."""
    needed = np.arange(1, len(target) + 1) + np.cumsum(np.append(0, target[1:] == target[:-1]))
    return int(np.sum(needed <= frames))


SLOPES = {"ctc": ctc}

Z = np.zeros((3, 2, 4))
FITTING = ctc_loss_forward(Z, [[1], [2]])

MISUSES = [
    Misuse(lambda: ctc_loss_forward(np.zeros((3, 4)), [[1], [2]]), ShapeError, "z"),
    Misuse(lambda: ctc_loss_forward(np.zeros((0, 2, 4)), [[1], [2]]), ShapeError, "z"),
    Misuse(lambda: ctc_loss_forward(np.full((3, 2, 4), "a"), [[1], [2]]), DTypeError, "z"),
    Misuse(lambda: ctc_loss_forward(Z, [1, 2]), ShapeError, "targets"),
    Misuse(lambda: ctc_loss_forward(Z, [[1]]), ShapeError, "targets"),
    Misuse(lambda: ctc_loss_forward(Z, [[1.5], [2.0]]), DTypeError, "targets"),
    Misuse(lambda: ctc_loss_forward(Z, [[1], [4]]), RangeError, "targets"),
    Misuse(lambda: ctc_loss_forward(Z, [[1], [-1]]), RangeError, "targets"),
    Misuse(lambda: ctc_loss_forward(Z, [[1], [0]]), RangeError, "targets"),
    Misuse(lambda: ctc_loss_forward(Z, [[1], [2]], [3]), ShapeError, "input_lengths"),
    Misuse(lambda: ctc_loss_forward(Z, [[1], [2]], [3, 4]), RangeError, "input_lengths"),
    Misuse(lambda: ctc_loss_forward(Z, [[1], [2]], None, [1, 2]), RangeError, "target_lengths"),
    Misuse(lambda: ctc_loss_forward(Z, [[1], [2]], None, [1, -1]), RangeError, "target_lengths"),
    Misuse(lambda: ctc_loss_forward(Z, [[1], [2]], blank=4), RangeError, "blank"),
    Misuse(lambda: ctc_loss_forward(Z, [[1], [2]], blank=0.5), DTypeError, "blank"),
    Misuse(lambda: ctc_loss_forward(Z, [[1], [2]], reduction="average"), RangeError, "reduction"),
    Misuse(lambda: ctc_loss_backward(np.ones(3), FITTING[1]), ShapeError, "dloss"),
    Misuse(lambda: ctc_loss_backward(1.0, FITTING[1]), ShapeError, "dloss"),
    Misuse(lambda: collapse([[0, 1]]), ShapeError, "path"),
    Misuse(lambda: collapse([0.5]), DTypeError, "path"),
    Misuse(lambda: best_path(np.zeros((3, 4))), ShapeError, "z"),
    Misuse(lambda: best_path(Z, [3, 4]), RangeError, "input_lengths"),
    Misuse(lambda: prefix_beam(Z, 0), RangeError, "width"),
    Misuse(lambda: prefix_beam(Z, 2, blank=-1), RangeError, "blank"),
]
