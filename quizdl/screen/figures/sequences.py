"""Figures of sequences: a network unrolled in time, one that reads both ways, an encoder with its decoder."""

from __future__ import annotations

from quizdl.figures import Values, whole
from quizdl.screen.figures.parts import DOTS, down, maths, right, shortened, up
from quizdl.screen.figures.scene import Box, Item, Label, Line, Scene
from quizdl.text import Text, same

_BOX = 7
_PITCH = 13


_OUTPUTS = {
    "each": Text("出力は各時刻にあります。", "There is an output at every step."),
    "last": Text("出力は最後の時刻にだけあります。", "There is an output at the last step only."),
    "none": Text("出力は描かれていません。", "Outputs are not drawn."),
}


def rnn_unrolled(values: Values) -> Scene:
    """Hidden states from left to right, inputs below and outputs above."""
    length, state = whole(values, "T"), str(values.get("state", "h"))
    outputs = str(values.get("outputs", "each"))
    items: list[Item] = [Label(0, 4, maths(f"{state}_0"))]
    steps = shortened(length, 5)
    for column, step in enumerate(steps):
        x = 7 + _PITCH * column
        items.append(right(x - (3 if column == 0 else _PITCH - _BOX + 1), x, 4))
        if step is None:
            items.append(Label(x + _BOX // 2, 4, DOTS, "middle"))
            continue
        items += [Box(x, 3, _BOX, 3, (maths(f"{state}_{step}"),)), Label(x + 3, 8, maths(f"x_{step}"), "middle")]
        items.append(up(x + 3, 7, 5))
        if outputs == "each" or (outputs == "last" and step == length):
            items += [up(x + 3, 3, 0), Label(x + 3, 0, maths(f"y_{step}"), "middle")]
    if values.get("weights") == "shown":
        items += [Label(12, 2, maths("W_{out}")), Label(12, 6, maths("W_{in}")), Label(16, 3, maths("W"))]
    title = Text(f"時間方向に展開した RNN（{length} 時刻）", f"An RNN unrolled over {length} time steps")
    about = Text(
        f"隠れ状態が左から右へ {length} 時刻つながり、各時刻で下から入力を受け取ります。{_OUTPUTS[outputs].ja}",
        f"Hidden states lead from left to right over {length} steps, each with an input from below."
        f" {_OUTPUTS[outputs].en}",
    )
    return Scene(title, about, tuple(items))


def bidirectional(values: Values) -> Scene:
    """Two chains of states, one in each direction, that meet in the outputs between them."""
    length = whole(values, "T")
    items: list[Item] = [
        Label(0, 4, Text("逆方向 ◄", "backward ◄")),
        Label(0, 12, Text("順方向 ►", "forward ►")),
    ]
    for column, step in enumerate(shortened(length, 4)):
        x = 12 + _PITCH * column
        if column:
            items += [right(x - _PITCH + _BOX - 1, x, 12), _left(x, x - _PITCH + _BOX - 1, 4)]
        if step is None:
            items += [Label(x + 3, y, DOTS, "middle") for y in (4, 12)]
            continue
        items += [
            Label(x + 3, 0, maths(f"x_{step}"), "middle"),
            down(x + 3, 1, 3),
            Box(x, 3, _BOX, 3, (maths(rf"b_{step}"),)),
            down(x + 3, 5, 8),
            Label(x + 3, 8, maths(f"y_{step}"), "middle"),
            up(x + 3, 11, 8),
            Box(x, 11, _BOX, 3, (maths(rf"f_{step}"),)),
            up(x + 3, 15, 13),
            Label(x + 3, 16, maths(f"x_{step}"), "middle"),
        ]
    title = Text(f"双方向 RNN（{length} 時刻）", f"A bidirectional RNN over {length} time steps")
    about = Text(
        "同じ入力を 2 つの RNN が読みます。順方向の状態 f は左から右へ、逆方向の状態 b は右から左へ伝わり、"
        "各時刻の出力 y は両方を受け取ります。",
        "Two RNNs read the same inputs. The forward states f lead from left to right, the backward states b from right"
        " to left, and each output y takes both.",
    )
    return Scene(title, about, tuple(items))


def _left(start: int, end: int, row: int) -> Line:
    return Line(((start, row), (end + 1, row)))


def encoder_decoder(values: Values) -> Scene:
    """The source is read on the left; its last state starts the decoder on the right."""
    source, target = whole(values, "S"), whole(values, "T")
    items: list[Item] = []
    x, entry = 0, -1
    for length, state, is_target in ((source, "h", False), (target, "s", True)):
        first = x
        for step in shortened(length, 4):
            if entry >= 0:
                items.append(right(entry, x, 4))
            entry = x + 5
            if step is None:
                items.append(Label(x + 3, 4, DOTS, "middle"))
            else:
                items += _step(x, state, step, is_target)
            x += 9
        name = Text("デコーダ", "decoder") if is_target else Text("エンコーダ", "encoder")
        items.append(Label(first, 10, name))
        x += 4
    title = Text("エンコーダ・デコーダ", "Encoder and decoder")
    about = Text(
        f"エンコーダが入力 {source} 語を読み、最後の状態をデコーダに渡します。デコーダは {target} 語を 1 語ずつ出力し、"
        "出力した語を次の時刻の入力にします。",
        f"The encoder reads {source} source words and hands its last state to the decoder. The decoder puts out"
        f" {target} words one by one, each of them the input of the next step.",
    )
    return Scene(title, about, tuple(items))


def _step(x: int, state: str, step: int, is_target: bool) -> list[Item]:
    """One state with what goes in and, in the decoder, what comes out."""
    fed = maths(f"x_{step}")
    if is_target:
        fed = same("<BOS>") if step == 1 else maths(f"y_{step - 1}")
    items: list[Item] = [
        Box(x, 3, 6, 3, (maths(f"{state}_{step}"),)),
        up(x + 3, 7, 5),
        Label(x + 3, 8, fed, "middle"),
    ]
    return [*items, up(x + 3, 3, 0), Label(x + 3, 0, maths(f"y_{step}"), "middle")] if is_target else items
