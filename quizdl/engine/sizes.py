"""Widths of outputs, in plain Python: what an exam asks to be worked out by hand.

`n` is a width in pixels or units, `f` a filter's width, `s` a stride, `p` the padding on each side, `d` a dilation.
A size that would not be positive is a ShapeError, any other number out of range a RangeError, both ValueErrors.
"""

from __future__ import annotations

from collections.abc import Sequence

from quizdl.engine.errors import DTypeError, RangeError, ShapeError


def conv_output_size(n: int, f: int, s: int = 1, p: int = 0, d: int = 1) -> int:
    """Width after a convolution: ⌊(n + 2p − d(f − 1) − 1)/s⌋ + 1."""
    need_sizes(n=n, f=f)
    need_at_least(1, s=s, d=d)
    need_at_least(0, p=p)
    span = d * (f - 1) + 1
    if span > n + 2 * p:
        raise ShapeError(
            "f",
            f"フィルタの幅が {span} で、パディング後の入力 {n} + 2*{p} = {n + 2 * p} より大きくなっています",
            f"the filter spans {span}, more than the padded input of {n} + 2*{p} = {n + 2 * p}",
        )
    return (n + 2 * p - span) // s + 1


def conv_transpose_output_size(n: int, f: int, s: int = 1, p: int = 0, output_padding: int = 0, d: int = 1) -> int:
    """Width after a transposed convolution: (n − 1)s − 2p + d(f − 1) + output_padding + 1."""
    need_sizes(n=n, f=f)
    need_at_least(1, s=s, d=d)
    need_at_least(0, p=p, output_padding=output_padding)
    size = (n - 1) * s - 2 * p + d * (f - 1) + output_padding + 1
    if size <= 0:
        raise ShapeError(
            "p",
            f"パディング {p} で何も残りません。出力の幅が {size} になります",
            f"the padding {p} cuts away everything: the output would be {size} wide",
        )
    return size


def pool_output_size(
    n: int,
    f: int,
    s: int | None = None,
    p: int = 0,
    *,
    d: int = 1,
    ceil_mode: bool = False,
    starts_inside: bool = True,
) -> int:
    """Width after pooling; without `s` the windows do not overlap (s = f).

    With `ceil_mode` a last, incomplete window counts: ⌈(n + 2p − d(f − 1) − 1)/s⌉ + 1. As in PyTorch, it must start in
    the input or its left padding; with starts_inside=False it may lie in the right padding alone (Caffe, older ONNX).
    """
    s = f if s is None else s
    need_sizes(n=n, f=f)
    need_at_least(1, s=s, d=d)
    need_at_least(0, p=p)
    room = n + 2 * p - d * (f - 1) - 1
    size = -(-room // s) + 1
    if size < 1 or not ceil_mode:
        return conv_output_size(n, f, s, p, d)
    incomplete = room % s != 0
    return size - 1 if incomplete and starts_inside and (size - 1) * s >= n + p else size


def receptive_field(layers: Sequence[tuple[int, int]]) -> int:
    """How many input pixels one output pixel sees, through layers of (filter width f, stride s), first layer first.

    r = 1 + Σ (f_l − 1)·Π of the strides before l.
    """
    field, jump = 1, 1
    for f, s in layers:
        need_sizes(f=f)
        need_at_least(1, s=s)
        field += (f - 1) * jump
        jump *= s
    return field


def need_sizes(**sizes: int) -> None:
    """Raises ShapeError unless each is a positive whole number."""
    for name, size in sizes.items():
        _need_whole(name, size)
        if size <= 0:
            raise ShapeError(name, f"正の数が必要ですが、{size} です", f"must be positive, not {size}")


def need_at_least(least: int, **numbers: int) -> None:
    """Raises RangeError unless each is a whole number from `least` on."""
    for name, number in numbers.items():
        _need_whole(name, number)
        if number < least:
            raise RangeError(
                name, f"{least} 以上が必要ですが、{number} です", f"must be at least {least}, not {number}"
            )


def need_groups(groups: int, c_in: int, c_out: int) -> None:
    """Raises RangeError unless the groups share the channels evenly."""
    need_sizes(c_in=c_in, c_out=c_out)
    need_at_least(1, groups=groups)
    if c_in % groups or c_out % groups:
        raise RangeError(
            "groups",
            f"{groups} 個のグループに等しく分けられません: 入力 {c_in} チャネル、出力 {c_out} チャネル",
            f"{groups} groups do not share the channels evenly: {c_in} in, {c_out} out",
        )


def head_width(d_model: int, heads: int) -> int:
    """d_model/heads. Raises RangeError unless that is a whole number."""
    need_sizes(d_model=d_model)
    need_at_least(1, heads=heads)
    if d_model % heads:
        raise RangeError(
            "heads",
            f"d_model = {d_model} は {heads} 個のヘッドに等しく分けられません",
            f"{heads} heads do not share d_model = {d_model} evenly",
        )
    return d_model // heads


def _need_whole(name: str, x: int) -> None:
    if not hasattr(x, "__index__"):
        raise DTypeError(name, f"整数が必要ですが、{x} です", f"expected a whole number, found {x}")
