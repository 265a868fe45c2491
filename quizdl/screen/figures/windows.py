"""Figures of windows that slide: convolution over squares, pooling over numbers."""

from __future__ import annotations

from collections.abc import Iterator

from quizdl.figures import Values, whole
from quizdl.screen.figures.parts import brief
from quizdl.screen.figures.scene import Item, Label, Mark, Point, Scene, Table, Tiles
from quizdl.screen.kinsoku import cell_width
from quizdl.text import Text, same

_MOST = 18
"""Squares in a row: two pictures of these stand side by side."""


def convolution(values: Values) -> Scene:
    """The padded input twice, with the first window and with the second one."""
    n, f, s, p = (whole(values, name) for name in ("n", "f", "s", "p"))
    side = n + 2 * p
    shown = side if side <= _MOST else min(max(s + f + 1, 8), _MOST - 1)  # what goes on takes a column too
    starts = [0, s] if s + f <= side else [0]
    names = (Text("1 番目の窓", "first window"), Text("2 番目の窓", "second window"))
    items: list[Item] = []
    for number, start in enumerate(starts):
        x = max(2 * (shown + (side > shown)) + 4, 18) * number
        rows = tuple(tuple(_mark(c, r, n, p, start, f) for c in range(shown)) for r in range(shown))
        items += [Label(x, 0, names[number]), Tiles(x, 2, rows, more=side > shown)]
    items += _legend(3 + shown + (side > shown), p > 0)
    title = Text(
        f"{n}×{n} の入力と {f}×{f} のフィルタ（ストライド {s}、パディング {p}）",
        f"A {n}×{n} input and an {f}×{f} filter, stride {s}, padding {p}",
    )
    about = Text(
        f"{n}×{n} の入力のまわりに幅 {p} のパディングがあります。{f}×{f} の窓は左上から始まり、"
        f"{s} 画素ずつ右へ動きます。",
        f"Around the {n}×{n} input lies a padding {p} wide. The {f}×{f} window begins at the top left and moves"
        f" right in steps of {s}.",
    )
    return Scene(title, about, tuple(items))


def _mark(column: int, row: int, n: int, p: int, start: int, f: int) -> Mark:
    inside = start <= column < start + f and row < f
    is_edge = not (p <= column < p + n and p <= row < p + n)
    if is_edge:
        return "edge-inside" if inside else "edge"
    return "inside" if inside else "plain"


def _legend(row: int, has_edge: bool) -> Iterator[Item]:
    """What each square means."""
    meanings: dict[Mark, Text] = {
        "plain": Text("入力", "input"),
        "inside": Text("窓の中の入力", "input in the window"),
        "edge": Text("余白", "padding"),
        "edge-inside": Text("窓の中の余白", "padding in the window"),
    }
    x = 0
    for mark, meaning in meanings.items():
        if has_edge or not mark.startswith("edge"):
            yield Tiles(x, row, ((mark,),))
            yield Label(x + 2, row, meaning)
            x += 5 + max(cell_width(meaning.ja), cell_width(meaning.en))


def pooling(values: Values) -> Scene:
    """The numbers, with the first and the second window."""
    grid, f, s = values["grid"], whole(values, "f"), whole(values, "s")
    rows = grid if isinstance(grid, tuple) else ()
    has_second = s + f <= len(rows[0])
    table = Table(
        0,
        0,
        8,
        tuple(tuple(same(brief(number)) for number in row) for row in rows),
        first=_window(0, f),
        second=_window(s, f) if has_second else frozenset(),
    )
    foot = table.size[1] + 1
    items: list[Item] = [table, *_windows_legend(foot, has_second, overlap=has_second and s < f)]
    title = Text(f"{f}×{f} の窓（ストライド {s}）", f"A {f}×{f} window in steps of {s}")
    about = Text(
        f"{len(rows)}×{len(rows[0])} の数の表の上を、{f}×{f} の窓が左上から {s} ずつ動きます。",
        f"A {f}×{f} window moves over {len(rows)}×{len(rows[0])} numbers from the top left, in steps of {s}.",
    )
    return Scene(title, about, tuple(items))


def _window(start: int, f: int) -> frozenset[Point]:
    return frozenset((column, row) for column in range(start, start + f) for row in range(f))


def _windows_legend(row: int, has_second: bool, overlap: bool) -> Iterator[Item]:
    signs = [("[]", Text("1 番目の窓", "first window"))]
    signs += [("()", Text("2 番目の窓", "second window"))] if has_second else []
    signs += [("<>", Text("両方", "both"))] if overlap else []
    for number, (sign, meaning) in enumerate(signs):
        yield Table(21 * number, row, 3, ((same(" "),),), *_sample(sign))
        yield Label(21 * number + 6, row + 1, meaning)


def _sample(sign: str) -> tuple[frozenset[Point], frozenset[Point]]:
    cell = frozenset({(0, 0)})
    return (cell if sign in ("[]", "<>") else frozenset(), cell if sign in ("()", "<>") else frozenset())
