"""Images for the autoencoders: five outlined shapes, drawn somewhat off centre and in various sizes, or one's own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from quizdl.engine.arrays import Ids
from quizdl.errors import InputError
from quizdl.labs import data_files
from quizdl.labs.core import Array
from quizdl.text import Text

SHAPES = ("○", "□", "△", "×", "＋")

SIZE = 12
"""Pixels along each side of a drawn image."""

_TEST = 500
"""Images that are kept from training, at most; of a small file a fifth."""

_FEWEST = 50
_MOST_PIXELS = 4096


class Images(NamedTuple):
    """Rows of pixels in [0, 1] to train on (N, H·W) and kept from training; the kind of each, if it is known."""

    train: Array
    test: Array
    train_kinds: Ids | None
    test_kinds: Ids | None
    shape: tuple[int, int]
    names: tuple[str, ...]


def drawn_shapes(rng: np.random.Generator, count: int) -> tuple[Array, Ids]:
    """(count, SIZE²) images in [0, 1] and the kind (count,) of each, an index into SHAPES.

    An outline is where the distance to the shape's edge is small; ink fades over one pixel, as a pen's does.
    """
    kinds = rng.integers(0, len(SHAPES), count)
    middle = (SIZE - 1) / 2 + rng.uniform(-0.5, 0.5, (2, count, 1, 1))
    r = rng.uniform(3.0, 4.5, (count, 1, 1))
    y, x = np.mgrid[:SIZE, :SIZE][:, None] - middle
    inside = np.maximum(np.abs(x), np.abs(y)) < r + 0.3
    edges = np.stack(
        [
            np.hypot(x, y) - r,
            np.maximum(np.abs(x), np.abs(y)) - 0.85 * r,
            np.maximum(y - 0.7 * r, (2 * np.abs(x) - y - r) / np.sqrt(5)),
            np.where(inside, np.minimum(np.abs(x - y), np.abs(x + y)) / np.sqrt(2), SIZE),
            np.where(inside, np.minimum(np.abs(x), np.abs(y)), SIZE),
        ]
    )
    ink = np.clip(1.3 - np.abs(edges[kinds, np.arange(count)]), 0, 1)
    return ink.reshape(count, -1).astype(np.float32), kinds


def shapes(rng: np.random.Generator, count: int) -> Images:
    """So many drawn images to train on, and others to look at."""
    train, train_kinds = drawn_shapes(rng, count)
    test, test_kinds = drawn_shapes(rng, _TEST)
    return Images(train, test, train_kinds, test_kinds, (SIZE, SIZE), SHAPES)


def own_images(rng: np.random.Generator, data: data_files.Images, count: int) -> Images:
    """Of a learner's images, at most `count` to train on, picked at random. Raises InputError for too few."""
    images, labels = data
    if len(images) < _FEWEST or images[0].size > _MOST_PIXELS:
        raise InputError(
            Text(
                f"画像の配列の形は {images.shape} ですが、{_FEWEST} 枚以上、1枚 {_MOST_PIXELS} 画素以下が必要です。",
                f"The images have the shape {images.shape}; at least {_FEWEST} are needed, of at most {_MOST_PIXELS}"
                " pixels each.",
            ),
            Text(
                "MNIST の train-images-idx3-ubyte のようなファイルを指定してください。",
                "Give a file such as MNIST's train-images-idx3-ubyte.",
            ),
        )
    order = rng.permutation(len(images))
    held_back = min(_TEST, len(images) // 5)
    test, train = order[:held_back], order[held_back : held_back + count]
    rows = images.reshape(len(images), -1)
    names, kinds = (None, None) if labels is None else np.unique(labels, return_inverse=True)
    return Images(
        (rows[train] / 255).astype(np.float32),
        (rows[test] / 255).astype(np.float32),
        None if kinds is None else kinds[train],
        None if kinds is None else kinds[test],
        (int(images.shape[1]), int(images.shape[2])),
        () if names is None else tuple(str(name) for name in names),
    )
