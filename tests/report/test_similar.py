"""Similar submissions are found through renaming and layout, and nobody is named for what many write."""

from __future__ import annotations

import ast
import io
import random
import tokenize
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.bank import Library
from quizdl.bank.solutions import solution_of
from quizdl.model import Code
from quizdl.report import similar as module
from quizdl.report.similar import GRAM, LEAST_QUESTIONS, MOST_TOKENS, Search, Similar, rare, tokens

ODD_LSTM = """\
import numpy as np

def lstm_step(x, h, c, W, U, b):
    gates = {}
    for number, name in enumerate("ifog"):
        total = b[number] + sum(x[:, d, None] * W[number][d] for d in range(x.shape[1]))
        for d in range(h.shape[1]):
            total = total + h[:, d, None] * U[number][d]
        gates[name] = np.tanh(total) if name == "g" else np.where(total >= 0, 1 / (1 + np.exp(-abs(total))), 0.5)
    fresh = np.add(gates["f"] * c, np.multiply(gates["i"], gates["g"]))
    return np.multiply(gates["o"], np.tanh(fresh)), fresh
"""
ODD_CONV = """\
import numpy as np

def conv2d(x, w, b, stride, pad):
    count, depth, high, wide = x.shape
    filters, _, tall, broad = w.shape
    big = np.zeros((count, depth, high + pad + pad, wide + pad + pad), dtype=np.float64)
    big[..., pad:high + pad, pad:wide + pad] += x
    columns = []
    rows = list(range(0, high + 2 * pad - tall + 1, stride))
    for top in rows:
        for left in range(0, wide + 2 * pad - broad + 1, stride):
            columns.append(big[:, :, top:top + tall, left:left + broad].reshape(count, -1))
    out = np.stack(columns, axis=1) @ w.reshape(filters, -1).transpose() + b
    return out.transpose(0, 2, 1).reshape(count, filters, len(rows), -1)
"""
SOFTMAX = [
    "e = np.exp(x - np.max(x, axis=-1, keepdims=True))\n    return e / np.sum(e, axis=-1, keepdims=True)",
    "m = x.max(axis=-1, keepdims=True)\n    e = np.exp(x - m)\n    return e / e.sum(axis=-1, keepdims=True)",
    "z = x - x.max(-1)[..., None]\n    z = np.exp(z)\n    return z / z.sum(-1)[..., None]",
    "s = np.exp(x - np.amax(x, -1, keepdims=True))\n    t = s.sum(axis=-1, keepdims=True)\n    return s / t",
]
LSTM = [
    """\
def sig(v):
    return 1 / (1 + np.exp(-v))

def lstm_step(x, h, c, W, U, b):
    i = sig(x @ W[0] + h @ U[0] + b[0])
    f = sig(x @ W[1] + h @ U[1] + b[1])
    o = sig(x @ W[2] + h @ U[2] + b[2])
    g = np.tanh(x @ W[3] + h @ U[3] + b[3])
    new = f * c + i * g
    return o * np.tanh(new), new
""",
    """\
def lstm_step(x, h, c, W, U, b):
    z = [np.dot(x, W[k]) + np.dot(h, U[k]) + b[k] for k in range(4)]
    s = lambda v: 0.5 * (1 + np.tanh(v / 2))
    i, f, o = s(z[0]), s(z[1]), s(z[2])
    c = c * f + i * np.tanh(z[3])
    h = o * np.tanh(c)
    return h, c
""",
]


Texts = tuple[str, str]


def similar(sources: Mapping[str, Mapping[str, str]], texts: Mapping[str, Texts]) -> Similar:
    """One search over all questions."""
    search = Search()
    for question, of_learner in sources.items():
        search.add(question, of_learner, texts.get(question, ()))
    return search.found()


def _renamed(source: str) -> str:
    """Every local name replaced, comments added, expressions spread over lines: a copy that hides."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in ("np", "sum", "range", "enumerate", "abs", "list", "len"):
            node.id = f"v_{sum(map(ord, node.id))}"
        if isinstance(node, ast.arg):
            node.arg = f"v_{sum(map(ord, node.arg))}"
    lines = ast.unparse(tree).replace(", ", " ,\t").split("\n")
    return "\n\n".join(f"{line}  # mine, all mine" for line in lines)


@pytest.fixture(scope="module")
def given_texts() -> dict[str, Texts]:
    """Templates and worked solutions of the shipped questions."""
    library, found = Library(), {}
    for name in ("softmax", "lstm-step", "conv2d"):
        question = library.find(name)
        assert isinstance(question, Code)
        found[name] = (question.template, solution_of(question))
    return found


def _class(count: int) -> dict[str, dict[str, str]]:
    """Learners who answer on their own, as people do: in a few ways, with names of their own."""
    draw = random.Random(3)  # noqa: S311
    learners = [f"k{number:03}" for number in range(count)]
    return {
        "softmax": {who: f"import numpy as np\n\ndef softmax(x):\n    {draw.choice(SOFTMAX)}\n" for who in learners},
        "lstm-step": {who: draw.choice(LSTM) for who in learners},
        "conv2d": {who: "import numpy as np\n" + draw.choice(LSTM) for who in learners},
    }


def _pairs(sources: dict[str, dict[str, str]], texts: dict[str, Texts]) -> list[tuple[str, str]]:
    return [(pair.one, pair.other) for pair in similar(sources, texts).pairs]


def test_a_copy_with_other_names_comments_and_layout_is_found(given_texts: dict[str, Texts]) -> None:
    """The two are named, at the two questions, and nobody else is."""
    sources = _class(40)
    sources["lstm-step"].update(k007=ODD_LSTM, k023=_renamed(ODD_LSTM))
    sources["conv2d"].update(k007=ODD_CONV, k023=_renamed(ODD_CONV))
    (pair,) = similar(sources, given_texts).pairs
    assert (pair.one, pair.other) == ("k007", "k023")
    assert {one.question for one in pair.questions} == {"conv2d", "lstm-step"}
    assert all(one.share > 0.9 for one in pair.questions)


def test_one_question_alone_names_nobody(given_texts: dict[str, Texts]) -> None:
    """However alike two are there."""
    sources = _class(40)
    sources["conv2d"].update(k007=ODD_CONV, k023=ODD_CONV)
    assert LEAST_QUESTIONS > 1
    assert _pairs(sources, given_texts) == []


def test_independent_right_answers_to_small_questions_name_nobody(given_texts: dict[str, Texts]) -> None:
    """Two of a class who alone found the same short way did not copy: the answer is below the floor."""
    learners = [f"k{number}" for number in range(30)]
    sources = {
        question: {who: f"def softmax(x):\n    {SOFTMAX[0 if who in ('k3', 'k9') else 1]}\n" for who in learners}
        for question in ("softmax", "layer-norm")
    }
    assert _pairs(sources, given_texts) == []


def test_what_the_class_has_in_common_names_nobody(given_texts: dict[str, Texts]) -> None:
    """Everybody was shown the same odd way; then it is not rare."""
    sources = _class(40)
    for number in range(20):
        sources["lstm-step"][f"k{number:03}"] = ODD_LSTM
        sources["conv2d"][f"k{number:03}"] = ODD_CONV
    assert _pairs(sources, given_texts) == []


@pytest.mark.parametrize("number", [0, 1])
def test_template_and_worked_solution_name_nobody(given_texts: dict[str, Texts], number: int) -> None:
    """Handing in what everybody was given is no likeness, with a word more or less."""
    sources = _class(40)
    for question in sources:
        text = given_texts[question][number]
        sources[question].update(k001=text, k002=f"# {question}\n{text}\n\nprint(1)\n")
    assert _pairs(sources, given_texts) == []


def test_in_a_handful_of_learners_nothing_is_rare(given_texts: dict[str, Texts]) -> None:
    """Two of five is not few."""
    sources = {name: {"a": text, "b": text, "c": "x", "d": "y"} for name, text in (("p", ODD_LSTM), ("q", ODD_CONV))}
    assert similar(sources, given_texts).pairs == ()


def test_the_work_grows_with_the_class_and_not_with_its_square() -> None:
    """600 × 5, everybody with text of their own and many copies: prints meet at most as often as rarity allows."""
    draw = random.Random(1)  # noqa: S311
    words = [*"npx.()[]+-*/<>:,0=", "if", "for", "in", "lambda", "return", "**", "==", "else"]
    texts = [" ".join(draw.choices(words, k=300)) for _ in range(400)]
    learners = [f"k{number:03}" for number in range(600)]
    sources = {f"q{place}": {who: draw.choice(texts) for who in learners} for place in range(5)}
    found = similar(sources, {})
    prints = 600 * 5 * 300
    assert 0 < found.compared <= prints * (rare(600) - 1) / 2
    assert len(found.pairs) <= module.MOST_PAIRS
    assert found.found >= len(found.pairs)


def test_equal_texts_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds who hand in the same file cost one reading a question."""
    read: list[str] = []
    monkeypatch.setattr(module, "tokens", lambda text: read.append(text) or tokens(text))
    similar({"q": dict.fromkeys((f"k{number}" for number in range(500)), ODD_LSTM)}, {})
    assert read == [ODD_LSTM]


@given(st.text(max_size=400))
def test_any_text_has_tokens(text: str) -> None:
    """Nothing is parsed, so nothing fails."""
    assert len(tokens(text)) <= MOST_TOKENS


@pytest.mark.parametrize(
    ("text", "most"),
    [("\\'" * 30_000, 2), ('"""' + "a\n" * 30_000, 1), ("x = '" + "\\n" * 30_000, 3), ("b'''" * 15_000, 7_500)],
)
def test_a_string_without_an_end_is_read_once(text: str, most: int) -> None:
    """It ends with its line or the text: were every quote tried anew, the time would grow with the square."""
    assert sum(match.lastgroup != "line" for match in module._TOKEN.finditer(text)) <= most
    assert len(tokens(text)) <= MOST_TOKENS


@pytest.mark.parametrize("source", [ODD_LSTM, ODD_CONV, *LSTM])
def test_as_many_tokens_as_python_finds(source: str) -> None:
    """Names, numbers, strings and signs; no layout, no comments, no imports."""
    layout = {tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT, tokenize.ENDMARKER}
    body = source.replace("import numpy as np\n", "")
    expected = [one for one in tokenize.generate_tokens(io.StringIO(body).readline) if one.type not in layout]
    assert len(tokens(source)) == len(expected)


@given(st.permutations(["a", "b", "c", "d", "e", "f", "g", "h"]))
def test_the_order_of_the_files_changes_nothing(order: list[str]) -> None:
    """Neither do names: the same class gives the same report, byte for byte."""
    texts = {"a": ODD_LSTM, "b": _renamed(ODD_LSTM), "c": ODD_CONV, "d": _renamed(ODD_CONV)}
    sources = {name: {who: texts.get(who, LSTM[len(who) % 2]) for who in order} for name in ("p", "q")}
    ordered = {name: dict(sorted(of.items())) for name, of in sources.items()}
    assert similar(sources, {}) == similar(ordered, {})
    assert {(pair.one, pair.other) for pair in similar(sources, {}).pairs} == {("a", "b"), ("c", "d")}


WORDS = st.lists(st.sampled_from(["n", "0", "(", ")", "+", ".", "exp"]), max_size=30)
MATCH = GRAM + module.WINDOW - 1


@given(WORDS, WORDS, WORDS, WORDS, st.lists(st.sampled_from(["n", "0", "@", "s"]), min_size=MATCH, max_size=MATCH))
def test_a_match_that_is_long_enough_is_never_missed(
    before: list[str], after: list[str], other_before: list[str], other_after: list[str], match: list[str]
) -> None:
    """Two texts with a run of GRAM + WINDOW − 1 tokens in common share a fingerprint, whatever stands around it."""
    one, other = before + match + after, other_before + match + other_after
    assert set(module._winnowed(module._grams(one))) & set(module._winnowed(module._grams(other)))
