"""The ways an argument can be drawn, as the bank writes them: `{normal: [B, H]}`, `{integers: {low: 0, high: V}}`, …

Every draw comes from `np.random.RandomState`, whose stream is frozen: the same seed gives the same arguments on every
NumPy. Whole numbers are made from `random_sample`, because `randint` follows the platform's integer width.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

from quizdl.errors import BankError, FormulaError
from quizdl.text import Text

Array: TypeAlias = NDArray[Any]
Size: TypeAlias = int | str
Number: TypeAlias = int | float | str

MOST_ELEMENTS = 10_000
"""An argument larger than this is a slip of the author's, refused before it is allocated."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where draws come from: a generator and the sizes that the arguments of one case share.

    slack: with it, sizes stay within `slack` of the least allowed. decimals: with it, decimals are rounded.
    Both make the small, readable cases that a counterexample is looked for among.
    """

    rng: np.random.RandomState
    sizes: Mapping[str, int] = field(default_factory=dict)
    slack: int | None = None
    decimals: int | None = None

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.rng.random_sample() * (high - low + 1))

    def extent(self, low: int, high: int) -> int:
        """A size from low to high, kept small where small cases are wanted."""
        return self.whole(low, high if self.slack is None else min(high, low + self.slack))

    def rounded(self, drawn: Array) -> Array:
        """Rounder numbers where they are wanted; a zero that rounding made has no sign."""
        return drawn if self.decimals is None else np.round(drawn, self.decimals) + 0.0

    def number(self, value: Number) -> int | float:
        """A number as written, the size of that name, or a formula over the sizes (`4*H`)."""
        if not isinstance(value, str):
            return value
        return self.sizes[value] if value in self.sizes else self._formula(value)

    def _formula(self, text: str) -> int | float:
        from quizdl.formula import evaluate, parse

        try:
            return evaluate(parse(text, tuple(self.sizes), integers=True), self.sizes)
        except FormulaError as error:
            known = ", ".join(self.sizes) or "-"
            raise fault(
                f"サイズ「{text}」を読めません(使える名前: {known})。{error.message.ja}",
                f"Cannot read the size `{text}` (known names: {known}). {error.message.en}",
            ) from error

    def shape(self, dims: tuple[Size, ...]) -> tuple[int, ...]:
        """The axes' lengths. Raises BankError where one is not a whole number or all together are too many."""
        lengths = tuple(self.number(size) for size in dims)
        if not all(isinstance(length, int) and length >= 0 for length in lengths):
            raise fault(
                f"軸の長さが 0 以上の整数ではありません: {lengths}", f"An axis is no whole number from 0: {lengths}"
            )
        if math.prod(lengths) > MOST_ELEMENTS:
            raise fault(
                f"形 {lengths} は大きすぎます(要素は {MOST_ELEMENTS} 個まで)。",
                f"The shape {lengths} is too large (at most {MOST_ELEMENTS} elements).",
            )
        return tuple(int(length) for length in lengths)


def fault(ja: str, en: str) -> BankError:
    """A fault of the bank's, to which the caller adds where it is."""
    return BankError(Text(ja, en))


def _plain(drawn: Array) -> object:
    """An array without axes becomes the Python number that a learner expects."""
    return drawn if drawn.ndim else drawn.item()


class Spec(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One way to draw an argument. `short` names the fields that a bare list fills."""

    short: ClassVar[tuple[str, ...]] = ("dims",)

    def draw(self, source: Source) -> object:
        """One argument: a Python number or an array."""
        raise NotImplementedError

    def allows(self, value: float) -> bool:
        """Whether an entry may be replaced by this rounder number without leaving what the author meant."""
        return False


class _Shaped(Spec, frozen=True):
    """dims: the axes' lengths; together with size, the least and greatest number of axes, each of such a length."""

    dims: tuple[Size, ...] = ()
    size: tuple[int, int] | None = None

    def shape(self, source: Source) -> tuple[int, ...]:
        if self.size is None:
            return source.shape(self.dims)
        rank = source.extent(*self._ranks())
        return source.shape(tuple(source.extent(*self.size) for _ in range(rank)))

    def _ranks(self) -> tuple[int, int]:
        match self.dims:
            case (int(low), int(high)) if 0 <= low <= high:
                return low, high
        raise fault(
            f"size があるとき dims は [最小の軸数, 最大の軸数] です: {list(self.dims)}",
            f"With `size`, `dims` is [fewest axes, most axes], not {list(self.dims)}.",
        )


class Normal(_Shaped, frozen=True):
    """Normally distributed; the standard deviation `scale` may be a range, drawn log-uniformly."""

    scale: float | tuple[float, float] = 1.0

    def draw(self, source: Source) -> object:
        shape = self.shape(source)
        low, high = self.scale if isinstance(self.scale, tuple) else (self.scale, self.scale)
        if not 0 < low <= high:
            raise fault(f"scale は正の数です: {self.scale}", f"`scale` must be positive: {self.scale}.")
        scale = low * (high / low) ** source.rng.random_sample()
        return _plain(source.rounded(np.asarray(scale * source.rng.standard_normal(shape))))

    def allows(self, value: float) -> bool:
        return True


class Uniform(_Shaped, frozen=True, kw_only=True):
    """Decimals from low to high."""

    short: ClassVar[tuple[str, ...]] = ("low", "high")
    low: Number
    high: Number

    def draw(self, source: Source) -> object:
        low, high = source.number(self.low), source.number(self.high)
        if low > high:
            raise fault(f"low {low} が high {high} より大きいです。", f"low {low} is above high {high}.")
        drawn = np.asarray(low + (high - low) * source.rng.random_sample(self.shape(source)))
        return _plain(np.clip(source.rounded(drawn), low, high))

    def allows(self, value: float) -> bool:
        if isinstance(self.low, str) or isinstance(self.high, str):
            return False
        return self.low <= value <= self.high


class Integers(_Shaped, frozen=True, kw_only=True):
    """Whole numbers from low up to, not including, high."""

    short: ClassVar[tuple[str, ...]] = ()
    low: Number
    high: Number

    def draw(self, source: Source) -> object:
        low, high = source.number(self.low), source.number(self.high)
        if low >= high:
            raise fault(f"low {low} は high {high} より小さくします。", f"low {low} must be below high {high}.")
        return _plain(_whole_numbers(source, low, high, self.shape(source)))


class OneHot(Spec, frozen=True):
    """Rows (on the last axis) with a single 1."""

    dims: tuple[Size, ...]

    def draw(self, source: Source) -> object:
        *rows, classes = source.shape(self.dims) or (0,)
        if not classes:
            raise fault("one_hot には長さ 1 以上の軸が要ります。", "`one_hot` needs an axis of length 1 or more.")
        return np.eye(classes)[_whole_numbers(source, 0, classes, tuple(rows))]


class Mask(_Shaped, frozen=True):
    """Ones with probability `keep`, else zeros."""

    keep: Number = 0.5

    def draw(self, source: Source) -> object:
        keep = source.number(self.keep)
        if not 0 <= keep <= 1:
            raise fault(f"keep は 0 から 1 です: {keep}", f"`keep` must be from 0 to 1: {keep}.")
        return _plain(np.asarray(source.rng.random_sample(self.shape(source)) < keep, dtype=float))


class Probabilities(Spec, frozen=True):
    """Positive rows that sum to 1 on the last axis."""

    dims: tuple[Size, ...]

    def draw(self, source: Source) -> object:
        weights = 0.01 + source.rng.standard_exponential(source.shape(self.dims))
        drawn = weights / weights.sum(axis=-1, keepdims=True)
        return drawn if source.decimals is None else _in_tenths(drawn)


def _in_tenths(rows: Array) -> Array:
    """Rows of probabilities in whole tenths, none of them 0, where there are few enough; the largest takes the rest."""
    tenths = np.maximum(np.round(rows, 1), 0.1)
    largest = rows.argmax(axis=-1)[..., np.newaxis]
    others = tenths.sum(axis=-1, keepdims=True) - np.take_along_axis(tenths, largest, axis=-1)
    np.put_along_axis(tenths, largest, np.round(1 - others, 1), axis=-1)
    return rows if np.any(tenths < 0.05) else np.round(tenths, 1)


class Lengths(Spec, frozen=True):
    """`count` lengths of sequences, each from 1 to `high`."""

    short: ClassVar[tuple[str, ...]] = ()
    count: Size
    high: Number

    def draw(self, source: Source) -> object:
        return _whole_numbers(source, 1, source.number(self.high) + 1, source.shape((self.count,)))


class Zeros(Spec, frozen=True):
    """All zeros."""

    dims: tuple[Size, ...]

    def draw(self, source: Source) -> object:
        return _plain(np.zeros(source.shape(self.dims)))


class Ones(Spec, frozen=True):
    """All ones."""

    dims: tuple[Size, ...]

    def draw(self, source: Source) -> object:
        return _plain(np.ones(source.shape(self.dims)))


class Full(Spec, frozen=True):
    """The same decimal everywhere."""

    short: ClassVar[tuple[str, ...]] = ()
    dims: tuple[Size, ...]
    value: float

    def draw(self, source: Source) -> object:
        return _plain(np.full(source.shape(self.dims), self.value, dtype=float))


class OneOf(Spec, frozen=True):
    """One of the values listed."""

    short: ClassVar[tuple[str, ...]] = ("values",)
    values: tuple[Any, ...]

    def draw(self, source: Source) -> object:
        if not self.values:
            raise fault("choice の一覧が空です。", "The list of `choice` is empty.")
        return placed(self.values[source.whole(0, len(self.values) - 1)], source)


class Whole(Spec, frozen=True):
    """An array of whole numbers as written."""

    short: ClassVar[tuple[str, ...]] = ("values",)
    values: tuple[Any, ...]

    def draw(self, source: Source) -> object:
        return _written(list(self.values), np.int64)


def _whole_numbers(source: Source, low: int | float, high: int | float, shape: tuple[int, ...]) -> NDArray[np.int64]:
    drawn = low + np.floor(source.rng.random_sample(shape) * (high - low))
    return np.asarray(drawn, dtype=np.int64)


SPECS: dict[str, type[Spec]] = {
    "normal": Normal,
    "uniform": Uniform,
    "integers": Integers,
    "one_hot": OneHot,
    "mask": Mask,
    "probabilities": Probabilities,
    "lengths": Lengths,
    "zeros": Zeros,
    "ones": Ones,
    "full": Full,
    "choice": OneOf,
    "int": Whole,
}


def spec_of(written: Mapping[str, object]) -> Spec:
    """What `{name: fields}` means; a list fills the fields that people leave unnamed.

    >>> spec_of({"normal": ["B", "H"]})
    Normal(dims=('B', 'H'), size=None, scale=1.0)
    """
    if len(written) != 1 or next(iter(written)) not in SPECS:
        raise fault(
            f"{list(written)} は読めません。次のうち 1 つだけを書きます: {', '.join(SPECS)}",
            f"Cannot read {list(written)}: write exactly one of {', '.join(SPECS)}.",
        )
    (name, fields), *_ = written.items()
    kind = SPECS[name]
    try:
        return msgspec.convert(_named(kind, fields), kind)
    except msgspec.ValidationError as error:
        raise fault(f"{name} の書き方が違います: {error}", f"`{name}` is not written as expected: {error}") from error


def _named(kind: type[Spec], fields: object) -> object:
    if not isinstance(fields, list):
        return fields
    if len(kind.short) == 1:
        return {kind.short[0]: fields}
    return dict(zip(kind.short, fields, strict=True)) if len(kind.short) == len(fields) else fields


def placed(value: object, source: Source) -> object:
    """A value as an author writes it in `edges`: a list is an array of decimals, a table is drawn, the rest stays."""
    if isinstance(value, dict):
        return spec_of(value).draw(source)
    if isinstance(value, list | tuple):
        return _written(list(value), np.float64)
    if isinstance(value, bool | int | float | str):
        return value
    raise fault(f"値 {value!r} は使えません。", f"The value {value!r} cannot be used.")


def _written(values: list[object], kind: type[np.float64 | np.int64]) -> Array:
    try:
        array = np.array(values)
        if array.size and not np.can_cast(array.dtype, kind, "same_kind"):
            raise ValueError(array.dtype)
        return array.astype(kind)
    except (TypeError, ValueError, OverflowError) as error:
        name = "int" if kind is np.int64 else "float"
        raise fault(
            f"{values!r} は {name} の配列ではありません(行の長さも揃えます)。",
            f"{values!r} is no array of {name} (rows must be of equal length too).",
        ) from error
