"""What a figure may be: its name, its parameters and their limits. How it looks is the business of `screen/figures`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from quizdl.text import Text

FigureValue: TypeAlias = int | float | str | tuple[tuple[int | float, ...], ...]
"""A whole number, a number, a word, or rows of numbers (a list of numbers is one row)."""

Values: TypeAlias = Mapping[str, FigureValue]


class Whole(NamedTuple):
    """A whole number from low to high, both included."""

    low: int
    high: int


class Decimal(NamedTuple):
    """A number from low to high, both included."""

    low: float
    high: float


class Word(NamedTuple):
    """One of these words."""

    words: tuple[str, ...]


class Numbers(NamedTuple):
    """Rows of numbers, each as long as the others: how many rows and how many columns, and how large a number."""

    rows: Whole
    columns: Whole
    limits: Decimal


Parameter: TypeAlias = Whole | Decimal | Word | Numbers


class Problem(NamedTuple):
    """What is wrong with the values of a figure: the parameter to mend, a sentence, and a hint."""

    parameter: str
    message: Text
    hint: Text


class Specification(NamedTuple):
    """A figure's parameters; those of `optional` may be left out. rule: what must hold between them."""

    required: Mapping[str, Parameter]
    optional: Mapping[str, Parameter]
    rule: Callable[[Values], Problem | None] = lambda values: None

    @property
    def parameters(self) -> dict[str, Parameter]:
        """All that may be given."""
        return {**self.required, **self.optional}


def problem_of(name: str, values: Values) -> Problem | None:
    """The first value of the figure `name` that is outside its limits; None where it can be drawn."""
    specification = FIGURES[name]
    for parameter, value in values.items():
        limits = specification.parameters[parameter]
        if not _within(value, limits):
            return Problem(parameter, *_outside(parameter, value, limits))
    return specification.rule(values)


def whole(values: Values, name: str) -> int:
    """The value of a parameter that is a whole number."""
    value = values[name]
    return int(value) if not isinstance(value, tuple | str) else 0


def _within(value: FigureValue, limits: Parameter) -> bool:
    match limits:
        case Whole(low, high):
            return isinstance(value, int) and low <= value <= high
        case Decimal(low_end, high_end):
            return isinstance(value, int | float) and low_end <= value <= high_end
        case Word(words):
            return value in words
        case Numbers(rows, columns, each):
            return isinstance(value, tuple) and _is_table(value, rows, columns, each)


def _is_table(value: Sequence[Sequence[float]], rows: Whole, columns: Whole, each: Decimal) -> bool:
    lengths = {len(row) for row in value}
    return (
        rows.low <= len(value) <= rows.high
        and len(lengths) == 1
        and columns.low <= lengths.pop() <= columns.high
        and all(each.low <= number <= each.high for row in value for number in row)
    )


def _outside(parameter: str, value: FigureValue, limits: Parameter) -> tuple[Text, Text]:
    shown = str([list(row) for row in value] if isinstance(value, tuple) else value)[:60]
    message = Text(f"図の {parameter} = {shown} は描けません。", f"The figure cannot draw {parameter} = {shown}.")
    match limits:
        case Whole(low, high):
            return message, Text(f"{low} から {high} の整数にしてください。", f"Give a whole number, {low} to {high}.")
        case Decimal(low_end, high_end):
            return message, Text(
                f"{low_end:g} から {high_end:g} の数にしてください。", f"Give a number, {low_end:g} to {high_end:g}."
            )
        case Word(words):
            known = ", ".join(words)
            return message, Text(f"使えるのは {known} です。", f"It is one of {known}.")
        case Numbers(rows, columns, each):
            size = f"{rows.low}–{rows.high} × {columns.low}–{columns.high}"
            low_each, high_each = f"{each.low:g}", f"{each.high:g}"
            return message, Text(
                f"長さのそろった {size} の数（{low_each} から {high_each}）にしてください。",
                f"Give {size} numbers ({low_each} to {high_each}), rows of one length.",
            )


def _window_fits(values: Values) -> Problem | None:
    """A window is no wider than what it slides over."""
    if whole(values, "f") <= whole(values, "n") + 2 * whole(values, "p"):
        return None
    return Problem("f", _TOO_WIDE, Text("f を n + 2p 以下にしてください。", "Let f be at most n + 2p."))


def _window_fits_grid(values: Values) -> Problem | None:
    grid = values["grid"]
    if isinstance(grid, tuple) and whole(values, "f") <= min(len(grid), len(grid[0])):
        return None
    return Problem("f", _TOO_WIDE, Text("f を表の縦横以下にしてください。", "Let f be at most the grid's sides."))


_TOO_WIDE = Text("窓が入力より大きくなっています。", "The window is larger than the input.")


def _weights_match(values: Values) -> Problem | None:
    """One weight for each position of the source."""
    weights, length = values.get("weights"), whole(values, "S")
    if not isinstance(weights, tuple) or len(weights[0]) == length:
        return None
    count = len(weights[0])
    return Problem(
        "weights",
        Text(f"重みが {count} 個ですが、S は {length} です。", f"There are {count} weights, but S is {length}."),
        Text("重みを位置ごとに 1 つ書いてください。", "Give each position one weight."),
    )


_LENGTH = Whole(1, 99)
_COUNT = Whole(0, 999_999)
_INPUT = Decimal(-999, 999)
_HIDDEN = Word(("h", "z"))

FIGURES: Mapping[str, Specification] = {
    "rnn-unrolled": Specification(
        {"T": _LENGTH},
        {"state": _HIDDEN, "outputs": Word(("each", "last", "none")), "weights": Word(("hidden", "shown"))},
    ),
    "bidirectional": Specification({"T": _LENGTH}, {}),
    "encoder-decoder": Specification({"S": _LENGTH, "T": _LENGTH}, {}),
    "attention": Specification(
        {"S": Whole(1, 6), "query": _LENGTH},
        {"weights": Numbers(Whole(1, 1), Whole(1, 6), Decimal(0, 1))},
        _weights_match,
    ),
    "lstm-cell": Specification({}, {"hide": Word(("forget", "input", "output", "candidate"))}),
    "gru-cell": Specification({"z_keeps": Word(("old", "new"))}, {"hide": Word(("reset", "update", "candidate"))}),
    "convolution": Specification(
        {"n": Whole(1, 512), "f": Whole(1, 11), "s": Whole(1, 6), "p": Whole(0, 6)}, {}, _window_fits
    ),
    "pooling": Specification(
        {"grid": Numbers(Whole(1, 8), Whole(1, 8), Decimal(-99, 999)), "f": Whole(1, 8), "s": Whole(1, 8)},
        {},
        _window_fits_grid,
    ),
    "computation-graph": Specification(
        {"graph": Word(("product", "sum", "square-of-sum"))},
        {"x": _INPUT, "y": _INPUT, "results": Word(("hidden", "shown"))},
    ),
    "residual-block": Specification({}, {}),
    "two-layer-network": Specification({"i": Whole(1, 9999), "h": Whole(1, 9999), "o": Whole(1, 9999)}, {}),
    "confusion-matrix": Specification({"tp": _COUNT, "fp": _COUNT, "fn": _COUNT, "tn": _COUNT}, {}),
}
"""Every figure by its name.

rnn-unrolled: T steps; longer ones are shortened in the middle. encoder-decoder: S source words, T target words.
attention: S source positions, the query of target step `query`, perhaps with weights. lstm-cell, gru-cell: `hide` puts
a question mark in place of one part's name; z_keeps: whether z multiplies the old state or the candidate.
convolution: an n×n input with padding p, an f×f window in steps of s; large inputs are shown by their corner.
pooling: a grid of numbers with an f×f window in steps of s. computation-graph: x, y: the inputs' values; results:
whether what follows from them is shown. two-layer-network: i inputs, h hidden units, o outputs.
"""
