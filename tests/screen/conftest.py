"""Small questions of every kind, made by hand, and a way to see a page as plain lines."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from rich.console import Console, RenderableType

from quizdl.model import (
    Asked,
    AskedMistake,
    AskedOption,
    Choice,
    Code,
    Essay,
    Expression,
    Numeric,
    Option,
    Order,
    RubricPoint,
    Shape,
    SharedStem,
    Term,
    Words,
)
from quizdl.text import Text, same

Show = Callable[..., str]

_CONTEXT: dict[str, Any] = {
    "chapter": "3-5-1",
    "source": ("d3-002",),
    "section": "rnn",
    "section_title": Text("再帰型ニューラルネットワーク", "Recurrent neural networks"),
    "day": 3,
    "version": "0123456789ab",
}
_EXPLANATION = Text(
    "$h_t = \\tanh(W_{in} x_t + W h_{t-1} + b)$ です。\n時刻によらず、同じ重みを使います。",
    "It is $h_t = \\tanh(W_{in} x_t + W h_{t-1} + b)$.\nThe same weights serve at every step.",
)


def _asked(question: Any, **fields: Any) -> Asked:
    known = {"question": question, "seed": 0, "prompt": question.prompt, "explanation": question.explanation}
    return Asked(**{**known, "hints": question.hints, **fields})


def _choice() -> Asked:
    options = (
        (
            "hidden-to-hidden",
            Text("前の時刻の隠れ層から、現在の隠れ層への重み", "From the previous hidden layer"),
            True,
        ),
        (
            "output-to-hidden",
            Text("前の時刻の出力層から、現在の隠れ層への重み", "From the previous output layer"),
            False,
        ),
        ("product", same("`E.dot(w)`"), False),
        ("formula", same("$\\frac{\\partial E}{\\partial W}$"), False),
    )
    why = Text("出力を戻すのはジョーダン型です。", "Feeding back the output makes a Jordan network.")
    question = Choice(
        id="rnn-third-weight",
        level="recall",
        prompt=Text(
            "単純な RNN には 3 種類の重みがあります。1 つは入力から現在の隠れ層への重み $W_{in}$、もう 1 つは現在の"
            "隠れ層から出力への重み $W_{out}$ です。残りの 1 つを選んでください。",
            "A simple RNN has three kinds of weights. $W_{in}$ leads from the input to the current hidden layer,"
            " $W_{out}$ from the current hidden layer to the output. Which is the third?",
        ),
        explanation=_EXPLANATION,
        hints=(Text("「再帰」とは、どの層の値が戻ることでしょうか。", "Recurrent: which layer returns?"),),
        options=tuple(
            Option(id=name, text=text, correct=right, why=None if right else why) for name, text, right in options
        ),
        **_CONTEXT,
    )
    shown = tuple(
        AskedOption(letter=letter, id=option.id, text=option.text, correct=option.correct, why=option.why)
        for letter, option in zip("ABCD", question.options, strict=True)
    )
    return _asked(question, key=("hidden-to-hidden",), options=shown)


def _code() -> Asked:
    question = Code(
        id="gradient-clipping",
        points=2,
        prompt=Text(
            "勾配のノルムがしきい値を超えたとき、ノルムがしきい値に等しくなるように勾配を縮めてください。",
            "Scale the gradient down so that its norm equals the threshold where it exceeds it.",
        ),
        explanation=Text(
            "ノルムで割ると長さが 1 になり、`threshold` を掛けるとちょうどしきい値になります。\n\n"
            "- 向きは変わりません。\n- `rate >= 1` のときは何もしません。\n\n```\ngradient * rate\n```",
            "Divided by its norm the gradient has length 1; times `threshold`, that of the threshold.\n\n"
            "- Its direction stays.\n- Nothing happens where `rate >= 1`.\n\n```\ngradient * rate\n```",
        ),
        function="gradient_clipping",
        template=(
            "import numpy as np\n\n\ndef gradient_clipping(gradient, threshold):\n    norm = np.linalg.norm(gradient)\n"
            "    rate = threshold / norm\n    if rate < 1:\n        return ____\n    return gradient\n"
        ),
        reference="clip_by_norm",
        inputs={},
        answer="gradient * rate",
        **_CONTEXT,
    )
    why = Text("しきい値で割っています。", "It is divided by the threshold.")
    mistake = AskedMistake(id="divided-by-threshold", answer=("gradient / threshold",), why=why)
    return _asked(question, key=("gradient * rate",), mistakes=(mistake,))


def _in_set() -> Asked:
    stem = Text(
        "単語の列を 1 本のベクトルに符号化する関数です。`E` は埋め込み行列です。",
        "This function encodes a sequence of words as one vector. `E` is the embedding.",
    )
    code = "for w in words:\n    e = （あ）\n    h = activation(（い） + U.dot(h) + b)\n"
    question = Term(
        id="sentence-encoder-a",
        prompt=Text("（あ）の処理を何と呼びますか。", "What is the step （あ） called?"),
        explanation=_EXPLANATION,
        accept=Words(ja=("埋め込み",), en=("embedding",)),
        set=SharedStem(id="sentence-encoder", stem=stem, code=code),
        **_CONTEXT,
    )
    return _asked(question, key=("埋め込み", "embedding"), stem=stem, code=code)


def _others() -> dict[str, Asked]:
    prompt = Text("答えてください。", "Answer.")
    common: dict[str, Any] = {"prompt": prompt, "explanation": _EXPLANATION, **_CONTEXT}
    steps = (Text("埋め込む", "embed"), Text("符号化する", "encode"), Text("復号する", "decode"))
    shown = tuple(
        AskedOption(letter=letter, id=str(number), text=steps[number - 1])
        for letter, number in zip("ABC", (2, 3, 1), strict=True)
    )
    points = tuple(
        RubricPoint(id=text.en, text=text, phrases=Words(ja=(text.ja,), en=(text.en,)))
        for text in (Text("文脈", "context"), Text("履歴", "history"))
    )
    return {
        "numeric": _asked(Numeric(id="n", answer="1/4", unit=Text("ビット", "bits"), **common), key=("0.25",)),
        "shape": _asked(Shape(id="s", answer=("2", "3"), **common), key=("2", "3")),
        "expression": _asked(Expression(id="e", symbols={"x": "real"}, answer="2*x", **common), key=("2*x",)),
        "order": _asked(Order(id="o", steps=steps, **common), key=("1", "2", "3"), options=shown),
        "essay": _asked(Essay(id="w", rubric=points, **common), key=("context", "history")),
        "function": _asked(
            Code(
                id="lstm-step",
                function="lstm_step",
                template="def lstm_step():\n    ...\n",
                reference="r",
                inputs={},
                **common,
            ),
            key=("def lstm_step():\n    return 1\n",),
        ),
    }


SAMPLES: dict[str, Asked] = {"choice": _choice(), "code": _code(), "set": _in_set(), **_others()}


@pytest.fixture(params=sorted(SAMPLES))
def asked(request: pytest.FixtureRequest) -> Asked:
    """A question of each kind in turn."""
    return SAMPLES[request.param]


@pytest.fixture
def sample() -> Callable[[str], Asked]:
    """One of SAMPLES by name."""
    return SAMPLES.__getitem__


@pytest.fixture
def show() -> Show:
    """Prints a page on a console of some width, without colour, and gives its text."""

    def print_page(page: RenderableType, width: int = 80, **settings: Any) -> str:
        file = io.StringIO()
        console = Console(file=file, width=width, _environ={}, **settings)
        console.print(page)
        return file.getvalue()

    return print_page
