"""Figures of gated cells: one time step of an LSTM and of a GRU."""

from __future__ import annotations

from quizdl.figures import Values
from quizdl.screen.figures.parts import UNKNOWN, maths, right, up
from quizdl.screen.figures.scene import Box, Circle, Item, Label, Line, Scene
from quizdl.text import Text, same

_TIMES, _PLUS, _TANH, _SIGMA = same("×"), same("+"), same("tanh"), same("σ")

_LSTM_GATES = {
    "forget": (Text("忘却ゲート", "forget gate"), _SIGMA),
    "input": (Text("入力ゲート", "input gate"), _SIGMA),
    "candidate": (Text("候補", "candidate"), _TANH),
    "output": (Text("出力ゲート", "output gate"), _SIGMA),
}

_GRU_PARTS = {
    "update": Text("更新ゲート", "update gate"),
    "reset": Text("リセットゲート", "reset gate"),
    "candidate": Text("候補", "candidate"),
}


def lstm_cell(values: Values) -> Scene:
    """The cell along the top, the gates below, and the hidden state that leaves on the right."""
    forget, enter, candidate, leave = middles = (18, 34, 50, 66)
    product = (enter + candidate) // 2
    items: list[Item] = [Label(11, 13, maths("x_t, h_{t-1}"), "end"), Line(((13, 13), (leave, 13)), head=False)]
    for middle, (name, (label, activation)) in zip(middles, _LSTM_GATES.items(), strict=True):
        shown = UNKNOWN if values.get("hide") == name else label
        items += [Box(middle - 7, 8, 14, 4, (shown, activation)), Line(((middle, 13), (middle, 12)))]
    items += [
        Label(7, 0, maths("c_{t-1}"), "end"),
        Line(((9, 0), (forget - 2, 0))),
        Line(((forget, 0), (product - 2, 0))),
        Line(((product, 0), (73, 0))),
        Label(75, 0, maths("c_t")),
        up(forget, 8, 0),
        Line(((enter, 8), (enter, 4), (product - 2, 4))),
        Line(((candidate, 8), (candidate, 4), (product + 2, 4))),
        up(product, 4, 0),
        Line(((leave, 0), (leave, 1))),
        Box(leave - 4, 2, 9, 3, (_TANH,)),
        Line(((leave, 4), (leave, 5))),
        up(leave, 8, 6),
        Line(((leave, 6), (73, 6))),
        Label(75, 6, maths("h_t")),
        *(Circle(*at, _TIMES) for at in ((forget, 0), (product, 4), (leave, 6))),
        Circle(product, 0, _PLUS),
    ]
    about = Text(
        "前のセル状態 c に忘却ゲートを掛け、入力ゲートと候補の積を足すと、新しいセル状態になります。その tanh に出力"
        "ゲートを掛けると隠れ状態 h になります。どのゲートも入力 x と前の隠れ状態 h から計算します。",
        "The previous cell state c times the forget gate, plus the input gate times the candidate, is the new one; its"
        " tanh times the output gate is the hidden state h. Each gate sees the input x and the previous h.",
    )
    if "hide" in values:
        about = Text(
            "LSTM の 1 時刻です。部品の 1 つの名前が隠されています。", "One step of an LSTM; a part is left unnamed."
        )
    return Scene(Text("LSTM の 1 時刻", "One step of an LSTM"), about, tuple(items))


def gru_cell(values: Values) -> Scene:
    """The state along the top; the update gate mixes it with the candidate, which the reset gate feeds."""
    update, reset, candidate = 20, 43, 63
    old, new = ("z", "1 − z") if values["z_keeps"] == "old" else ("1 − z", "z")
    names = _GRU_PARTS | ({str(values["hide"]): UNKNOWN} if "hide" in values else {})
    items: list[Item] = [
        Label(7, 0, maths("h_{t-1}"), "end"),
        Line(((9, 0), (update - 2, 0))),
        Line(((update, 0), (candidate - 2, 0))),
        Line(((candidate, 0), (72, 0))),
        Label(74, 0, maths("h_t")),
        up(update, 7, 0),
        Label(update + 2, 2, same(old)),
        Line(((update, 4), (candidate - 2, 4))),
        Label((update + candidate) // 2, 3, same(new), "middle"),
        up(candidate, 4, 0),
        Box(update - 8, 7, 16, 4, (names["update"], _SIGMA)),
        up(update, 12, 10),
        Label(update, 13, maths("x_t, h_{t-1}"), "middle"),
        up(candidate, 7, 4),
        Box(candidate - 8, 7, 16, 4, (names["candidate"], _TANH)),
        Label(75, 8, maths("x_t")),
        Line(((73, 8), (candidate + 8, 8))),
        up(candidate, 13, 10),
        Box(reset - 8, 12, 16, 4, (names["reset"], _SIGMA)),
        right(reset + 7, candidate - 1, 13),
        up(reset, 17, 15),
        Label(reset, 18, maths("x_t, h_{t-1}"), "middle"),
        up(candidate, 17, 13),
        Label(candidate, 18, maths("h_{t-1}"), "middle"),
        *(Circle(*at, _TIMES) for at in ((update, 0), (candidate, 4), (candidate, 13))),
        Circle(candidate, 0, _PLUS),
    ]
    about = _gru_in_words(old, new)
    if "hide" in values:
        about = Text(
            "GRU の 1 時刻です。部品の 1 つの名前が隠されています。", "One step of a GRU; a part is left unnamed."
        )
    return Scene(Text("GRU の 1 時刻", "One step of a GRU"), about, tuple(items))


def _gru_in_words(old: str, new: str) -> Text:
    """The description, with the factors of the old state and of the candidate."""
    return Text(
        f"前の状態 h に {old} を、候補に {new} を掛けて足すと、新しい状態です。z は更新ゲートの値です。"
        "候補は、入力 x と、リセットゲートを掛けた前の状態から計算します。",
        f"The new state is the previous h times {old}, plus the candidate times {new}, where z is the update gate. The"
        " candidate sees the input x and the previous state times the reset gate.",
    )
