"""The figure of attention: one query looks at every position of the source."""

from __future__ import annotations

from quizdl.figures import Values, whole
from quizdl.screen.figures.parts import brief, maths, right, up
from quizdl.screen.figures.scene import Box, Item, Label, Scene
from quizdl.text import Text, same

_LEFT = 15
_PITCH = 10


def attention(values: Values) -> Scene:
    """The source at the bottom, its weights in the middle, the context at the top; the query comes from the left."""
    length, query = whole(values, "S"), whole(values, "query")
    weights = values.get("weights")
    given = weights[0] if isinstance(weights, tuple) else None
    width = max(_PITCH * length - 2, 24)
    offset = _LEFT + (width - (_PITCH * length - 2)) // 2
    middle = _LEFT + width // 2
    items: list[Item] = [
        Box(middle - 9, 0, 18, 3, (Text("文脈", "context"),)),
        up(middle, 4, 2),
        Box(_LEFT, 4, width, 3, (Text("重み付き和", "weighted sum"),)),
        Box(_LEFT, 10, width, 3, (Text("スコア → softmax", "scores → softmax"),)),
        Label(5, 11, Text("クエリ", "query"), "end"),
        Label(10, 11, maths(f"s_{query}"), "end"),
        right(12, _LEFT, 11),
    ]
    for number in range(length):
        x = offset + _PITCH * number + 3
        weight = maths(rf"\alpha_{number + 1}") if given is None else same(brief(given[number]))
        items += [
            up(x, 10, 6),
            Label(x + 2, 8, weight),
            up(x, 14, 12),
            Box(x - 3, 14, 7, 3, (maths(f"h_{number + 1}"),)),
        ]
    about = Text(
        f"クエリ s{query} と、入力側の {length} 個の状態 h のそれぞれからスコアを求め、softmax で重みにします。"
        "状態をこの重みで足し合わせたものが文脈です。",
        f"The query s{query} is scored against each of the {length} source states h, and a softmax makes weights of the"
        " scores. The states, added up with these weights, are the context.",
    )
    return Scene(Text("アテンション", "Attention"), about, tuple(items))
