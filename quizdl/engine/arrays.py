"""What the engine calls an array, how other numbers become one, and how a call's shapes are checked."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from quizdl.engine.errors import DTypeError, RangeError, ShapeError

Array: TypeAlias = NDArray[np.floating[Any]]

Ids: TypeAlias = NDArray[np.integer[Any]]

Mask: TypeAlias = NDArray[np.bool_]

Cache: TypeAlias = tuple[Any, ...]
"""What a forward keeps for its backward; nobody else looks inside, and nobody changes it."""

Gradients: TypeAlias = dict[str, Array]
"""One gradient for each differentiable argument, under the argument's name."""

Sizes: TypeAlias = dict[str, int]
"""What each letter of a call's shapes stands for: {"T": 50, "B": 32, …}."""

# Taken and given back at once, never touched: from now on glibc keeps freed memory of up to 64 MiB for the next layer
# instead of returning it to the kernel. A fresh page costs about 2 µs, which was a third of an LSTM's time.
np.empty(2**25 - 2**16, dtype=np.uint8)


def real(x: ArrayLike, name: str = "x") -> Array:
    """x as an array of floats: float32 stays float32, whole numbers and truth values become float64.

    Raises DTypeError for anything that is not real numbers, such as text, complex numbers or rows of unequal length.
    """
    try:
        x = np.asarray(x)
    except ValueError as error:
        raise DTypeError(name, "行の長さがそろっていません", "the rows are of unequal length") from error
    if x.dtype.kind == "f":
        return x
    if x.dtype.kind not in "iub":
        raise DTypeError(name, f"実数の配列が必要ですが、{x.dtype} です", f"expected real numbers, found {x.dtype}")
    return x.astype(np.float64)


def reals(*arrays: ArrayLike) -> tuple[Array, ...]:
    """Each of the arrays as `real` gives it."""
    return tuple(real(x) for x in arrays)


def alike(*arrays: ArrayLike) -> tuple[Array, ...]:
    """Each of the arrays as `real` gives it, all in the widest dtype among them."""
    converted = reals(*arrays)
    dtype = np.result_type(*converted)
    return tuple(x.astype(dtype, copy=False) for x in converted)


def checked(sizes: Sizes | None = None, /, **arguments: tuple[ArrayLike | None, str]) -> tuple[Any, ...]:
    """The arguments as floats of one dtype, once their shapes agree; None stays None.

    Each comes with its shape in letters: checked(x=(x, "T B I"), W=(W, "4 I H")). A letter must be the same size
    wherever it stands, and at least 1; `...` at the beginning is any number of axes. `sizes` collects what the letters
    stand for. Raises ShapeError or DTypeError, naming the argument.
    """
    arrays, found, dtypes = [], [], set()
    for name, (given, shape) in arguments.items():
        x = None if given is None else real(given, name)
        arrays.append(x)
        if x is not None:
            found.append((name, x.shape, shape))
            dtypes.add(x.dtype)
    if sizes is None:
        _agreed((), tuple(found))
    else:
        sizes |= _agreed(tuple(sizes.items()), tuple(found))
    if len(dtypes) > 1:
        widest = np.result_type(*dtypes)
        return tuple(None if x is None else x.astype(widest, copy=False) for x in arrays)
    return tuple(arrays)


def whole(name: str, x: ArrayLike, shape: str, sizes: Sizes | None = None, *, below: int | None = None) -> Ids:
    """x as an array of whole numbers (ids, labels, lengths) of the given shape, each from 0 to `below` − 1.

    Raises DTypeError for fractions and NaN, ShapeError for the wrong shape, RangeError for an id outside.
    """
    ids = np.asarray(x)
    if ids.dtype.kind not in "iu" and ids.size:
        raise DTypeError(name, f"整数が必要ですが、{ids.dtype} です", f"expected whole numbers, found {ids.dtype}")
    ids = ids.astype(np.intp, copy=False)
    _fit(name, ids.shape, shape, {} if sizes is None else sizes)
    if below is not None and ids.size and not 0 <= ids.min() <= ids.max() < below:
        found = int(ids.min() if ids.min() < 0 else ids.max())
        raise RangeError(
            name,
            f"0 から {below - 1} の番号が必要ですが、{found} があります",
            f"expected 0 to {below - 1}, found {found}",
        )
    return ids


def arriving(dy: ArrayLike, shape: tuple[int, ...], name: str = "dy") -> Array:
    """The gradient that arrives from above, which has the shape of the output that it belongs to."""
    dy = real(dy, name)
    if dy.shape != shape:
        raise ShapeError(
            name,
            f"出力と同じ形 {shape} が必要ですが、{dy.shape} です",
            f"expected the output's shape {shape}, found {dy.shape}",
        )
    return dy


def rows(x: Array) -> Array:
    """(…, D) → (N, D): everything but the last axis becomes one."""
    return x.reshape(-1, x.shape[-1])


def transposed(W: Array) -> Array:
    """W with its last two axes exchanged: (…, I, H) → (…, H, I)."""
    return np.swapaxes(W, -1, -2)


@lru_cache(maxsize=512)
def _letters(shape: str) -> tuple[bool, tuple[str, ...], tuple[int | None, ...]]:
    """Is anything allowed in front; the letters; and, where a letter is a number, the number."""
    letters = tuple(shape.split())
    anything = bool(letters) and letters[0] == "..."
    letters = letters[1:] if anything else letters
    return anything, letters, tuple(int(letter) if letter.isdigit() else None for letter in letters)


@lru_cache(maxsize=1024)
def _agreed(known: tuple[tuple[str, int], ...], arguments: tuple[tuple[str, tuple[int, ...], str], ...]) -> Sizes:
    """What the letters stand for once all arguments fit; a layer meets the same few shapes over and over."""
    sizes = dict(known)
    for name, found, shape in arguments:
        _fit(name, found, shape, sizes)
    return sizes


def _fit(name: str, found: tuple[int, ...], shape: str, sizes: Sizes) -> None:
    anything, letters, numbers = _letters(shape)
    axes = found[len(found) - len(letters) :] if anything and len(found) >= len(letters) else found
    if len(axes) != len(letters):
        raise _misfit(name, found, shape, sizes)
    for letter, number, size in zip(letters, numbers, axes, strict=True):
        expected = sizes.setdefault(letter, size) if number is None else number
        if size != expected or size == 0:
            raise _misfit(name, found, shape, sizes)


def _misfit(name: str, found: tuple[int, ...], shape: str, sizes: Sizes) -> ShapeError:
    """For example: W: expected (4, I, H) with I = 3, found (4, 2, 5)."""
    _, letters, numbers = _letters(shape)
    wanted = "(" + ", ".join(shape.split()) + (",)" if len(shape.split()) == 1 else ")")
    named = [
        letter for letter, number in zip(letters, numbers, strict=True) if number is None and sizes.get(letter, 0) > 0
    ]
    known = ", ".join(f"{letter} = {sizes[letter]}" for letter in dict.fromkeys(named))
    if 0 in found:
        return ShapeError(
            name,
            f"{wanted} の各軸は 1 以上が必要ですが、{found} は空です",
            f"expected {wanted}, every axis at least 1; {found} is empty",
        )
    return ShapeError(
        name,
        f"形 {wanted}" + (f"（{known}）" if known else "") + f" が必要ですが、{found} です",
        f"expected {wanted}" + (f" with {known}" if known else "") + f", found {found}",
    )
