"""Pictures of digits: scikit-learn's 1,797 of 8 × 8 pixels (from UCI's Optical Recognition set), or a learner's own."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from quizdl.errors import InputError
from quizdl.labs.core import Array
from quizdl.labs.data_files import Images
from quizdl.text import Text, same

_FEWEST = 40
_MOST_PIXELS = 64 * 64


class Pictures(NamedTuple):
    """x (N, 1, H, W) from 0 to 1, float32, and t (N,), each a place in the list of class names."""

    x: Array
    t: NDArray[np.intp]


class Split(NamedTuple):
    """What is trained on, what is only looked at, and the classes' names."""

    train: Pictures
    test: Pictures
    names: tuple[str, ...]


def bundled() -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """The digits that come with scikit-learn: no download. Raises InputError where it is not installed."""
    try:
        from sklearn.datasets import load_digits  # half a second, and only this lab needs it
    except ImportError as error:
        raise InputError(
            Text(
                "同梱の手書き数字を読むには scikit-learn が必要です（--data で自分の IDX 画像を使うなら不要です）。",
                "The digits come with scikit-learn, which is not installed (with --data, your own IDX images do"
                " without it).",
            ),
            same("python -m pip install 'quizdl[digits]'"),
        ) from error
    digits = load_digits()
    return (digits.images * (255 / 16)).round().astype(np.uint8), digits.target.astype(np.intp)


def own(data: object) -> tuple[NDArray[np.uint8], NDArray[np.intp]]:
    """What --data held, once it can be learnt from. Raises InputError."""
    if not isinstance(data, Images):
        raise TypeError("the lab accepts idx")
    if data.labels is None:
        raise InputError(
            Text("画像のラベルのファイルが見つかりません。", "There is no file of labels beside the images."),
            Text(
                "MNIST のように …images-idx3-ubyte と …labels-idx1-ubyte を同じフォルダーに置いてください。",
                "Put …labels-idx1-ubyte beside …images-idx3-ubyte, as MNIST has it.",
            ),
        )
    shape, kinds = data.images.shape, len(np.unique(data.labels))
    if len(data.images) < _FEWEST or min(shape[1:]) < 4 or shape[1] * shape[2] > _MOST_PIXELS or kinds < 2:
        raise InputError(
            Text(
                f"画像の配列の形は {shape}、クラスは {kinds} 種類です。"
                f"{_FEWEST} 枚以上、縦横 4 画素以上、1枚 {_MOST_PIXELS} 画素以下、2 クラス以上が必要です。",
                f"The images have the shape {shape} and {kinds} classes; needed are at least {_FEWEST} images of at"
                f" least 4 × 4 and at most {_MOST_PIXELS} pixels, and at least 2 classes.",
            ),
            Text(
                "MNIST の train-images-idx3-ubyte のようなファイルを指定してください。",
                "Give a file such as MNIST's train-images-idx3-ubyte.",
            ),
        )
    return data.images, data.labels


def split(rng: np.random.Generator, images: NDArray[np.uint8], labels: NDArray[np.intp], most: int) -> Split:
    """At most `most` of the images, picked at random; a quarter of them is kept for testing."""
    order = rng.permutation(len(images))[:most]
    kinds, t = np.unique(labels, return_inverse=True)
    x = (images[order, None] / 255).astype(np.float32)
    held_back = len(order) // 4
    test, train = Pictures(x[:held_back], t[order[:held_back]]), Pictures(x[held_back:], t[order[held_back:]])
    return Split(train, test, tuple(str(kind) for kind in kinds))


def of_classes(pictures: Pictures, first: int, end: int) -> Pictures:
    """Those of the classes first … end − 1, which are counted from 0 then."""
    rows = (pictures.t >= first) & (pictures.t < end)
    return Pictures(pictures.x[rows], pictures.t[rows] - first)


def few_of_each(rng: np.random.Generator, pictures: Pictures, count: int) -> Pictures:
    """`count` pictures of every class, drawn at random; all of a class that has fewer."""
    rows = np.concatenate(
        [rng.permutation(np.flatnonzero(pictures.t == kind))[:count] for kind in np.unique(pictures.t)]
    )
    return Pictures(pictures.x[rows], pictures.t[rows])
