"""Figures of what flows where: computation graphs, a residual block, a network of two layers."""

from __future__ import annotations

from itertools import pairwise

from quizdl.figures import Values, whole
from quizdl.screen.figures.parts import DOTS, brief, maths, right, shortened
from quizdl.screen.figures.scene import Box, Circle, Item, Label, Line, Mesh, Point, Scene
from quizdl.text import Text, same

_ABOUT = {
    "product": Text("x と y を掛けて z にする計算グラフです。", "x and y are multiplied to give z."),
    "sum": Text("x と y を足して z にする計算グラフです。", "x and y are added to give z."),
    "square-of-sum": Text(
        "x と y を足して t にし、t を 2 乗して z にする計算グラフです。",
        "x and y are added to give t, and t is squared to give z.",
    ),
}


def computation_graph(values: Values) -> Scene:
    """Inputs on the left, one circle an operation, the result on the right."""
    graph = str(values["graph"])
    known = {name: value for name, value in values.items() if name in ("x", "y") and isinstance(value, int | float)}
    if len(known) == 2 and values.get("results") == "shown":
        known |= _computed(graph, known["x"], known["y"])
    items: list[Item] = [
        Label(12, 0, _named("x", known), "end"),
        Label(12, 4, _named("y", known), "end"),
        Line(((14, 0), (20, 0), (20, 1))),
        Line(((14, 4), (20, 4), (20, 3))),
        Circle(20, 2, same("×" if graph == "product" else "+")),
    ]
    end = 20
    if graph == "square-of-sum":
        items += [
            Line(((20, 2), (43, 2))),
            Label(32, 1, _named("t", known), "middle"),
            Box(44, 1, 7, 3, (maths("t^2"),)),
        ]
        end = 50
    items += [Line(((end, 2), (end + 8, 2))), Label(end + 10, 2, _named("z", known))]
    return Scene(Text("計算グラフ", "Computation graph"), _ABOUT[graph], tuple(items))


def _computed(graph: str, x: float, y: float) -> dict[str, int | float]:
    """What follows from the inputs."""
    if graph == "product":
        return {"z": x * y}
    return {"z": x + y} if graph == "sum" else {"t": x + y, "z": (x + y) ** 2}


def _named(name: str, known: dict[str, int | float]) -> Text:
    return same(f"{name} = {brief(known[name])}" if name in known else name)


def residual_block(values: Values) -> Scene:
    """Two layers in a row, and a path around them."""
    layer = Text("重み層", "weights")
    items: tuple[Item, ...] = (
        Label(0, 4, same("x")),
        right(2, 10, 4),
        Box(10, 3, 12, 3, (layer,)),
        right(21, 26, 4),
        Box(26, 3, 8, 3, (same("ReLU"),)),
        right(33, 38, 4),
        Box(38, 3, 12, 3, (layer,)),
        right(49, 54, 4),
        Circle(55, 4, same("+")),
        Line(((5, 4), (5, 1), (55, 1), (55, 3))),
        Label(30, 0, Text("恒等", "identity"), "middle"),
        Line(((55, 4), (60, 4))),
        Box(61, 3, 8, 3, (same("ReLU"),)),
        right(68, 73, 4),
        Label(74, 4, same("y")),
    )
    about = Text(
        "入力 x は 2 つの重み層を通り、そのまま回り込んだ x と足し合わされます。",
        "The input x passes two layers with weights; then x itself, led around them, is added.",
    )
    return Scene(Text("残差ブロック", "Residual block"), about, items)


def two_layer_network(values: Values) -> Scene:
    """Units as boxes in three columns, every one joined to all of the next."""
    layers = (
        ("x", whole(values, "i"), Text("入力層", "input")),
        ("h", whole(values, "h"), Text("中間層", "hidden")),
        ("y", whole(values, "o"), Text("出力層", "output")),
    )
    columns = [shortened(length, 4) for _, length, _ in layers]
    tallest = max(len(column) for column in columns)
    items: list[Item] = []
    places: list[list[Point]] = []
    for number, ((name, length, title), column) in enumerate(zip(layers, columns, strict=True)):
        x, top = 27 * number, 2 + 3 * (tallest - len(column)) // 2
        items.append(Label(x + 5, 0, Text(f"{title.ja} {length}", f"{title.en} {length}"), "middle"))
        places.append([])
        for row, unit in enumerate(column):
            if unit is None:
                items.append(Label(x + 5, top + 3 * row + 1, DOTS, "middle"))
            else:
                items.append(Box(x, top + 3 * row, 10, 3, (maths(f"{name}_{unit}"),)))
                places[-1].append((x, top + 3 * row + 1))
    for number, (left, to) in enumerate(pairwise(places)):
        rail = 27 * number + 18
        items.append(Mesh(tuple((x + 9, y) for x, y in left), tuple((x - 1, y) for x, y in to), rail))
    i, h, o = (length for _, length, _ in layers)
    about = Text(
        f"入力 {i} 個、中間層 {h} 個、出力 {o} 個の全結合ネットワークです。",
        f"A fully connected network with {i} inputs, {h} hidden units and {o} outputs.",
    )
    return Scene(Text("2 層のネットワーク", "A network of two layers"), about, tuple(items))
