"""The dispatcher: whatever is typed, a verdict comes back; nothing heavy is imported for it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.grading import grade
from quizdl.grading.verdicts import columns, pointed
from quizdl.model import (
    Answer,
    Asked,
    AskedMistake,
    AskedOption,
    Choice,
    Essay,
    Expression,
    Numeric,
    Option,
    Order,
    Question,
    RubricPoint,
    Shape,
    Term,
    Words,
)
from quizdl.text import same

COMMON: dict[str, Any] = {
    "id": "q",
    "chapter": "3-5",
    "prompt": same("?"),
    "explanation": same("!"),
    "source": ("d3-001",),
}
WORDS = Words(ja=("忘却ゲート",), en=("forget gate",))
LETTERED = tuple(
    AskedOption(letter=letter, id=n, text=same(n), correct=n == "1") for letter, n in zip("ABC", "213", strict=True)
)


def _asked(
    question: Question, *key: str, mistake: tuple[str, ...] = (), options: tuple[AskedOption, ...] = ()
) -> Asked:
    known = (AskedMistake(id="known", answer=mistake, why=same("why")),) if mistake else ()
    return Asked(
        question=question, seed=0, prompt=same("?"), explanation=same("!"), key=key, mistakes=known, options=options
    )


ASKED: Mapping[str, Asked] = {
    "choice": _asked(
        Choice(options=tuple(Option(id=n, text=same(n), correct=n == "1") for n in "123"), **COMMON),
        "1",
        options=LETTERED,
    ),
    "numeric": _asked(Numeric(answer="k", unit=same("%"), **COMMON), "0.25", mistake=("4.0",)),
    "shape": _asked(Shape(answer=("k", "k"), **COMMON), "3", "4", mistake=("3", "3")),
    "expression": _asked(
        Expression(answer="2*x", symbols={"x": "real", "W_in": "positive"}, **COMMON), "2*x", mistake=("x",)
    ),
    "term": _asked(
        Term(accept=WORDS, near=Words(ja=("ゲート",), en=("gate",)), **COMMON),
        "忘却ゲート",
        "forget gate",
        mistake=("gru",),
    ),
    "order": _asked(
        Order(steps=tuple(map(same, "123")), **COMMON), "1", "2", "3", mistake=("2", "1", "3"), options=LETTERED
    ),
    "essay": _asked(Essay(rubric=(RubricPoint(id="gate", text=same("gate"), phrases=WORDS),), **COMMON), "gate"),
}
SCRIBBLES = st.text(
    st.sampled_from(
        "xW_in(){}[]|^*/+-−×²₁σ.,=%０１２Ａａｘー→、。 ABCabc123忘却ゲートforgte\u200b\u202e\x1b\x00\ud800\n"
    )
    | st.characters(),
    max_size=40,
)


@pytest.mark.parametrize("kind", ASKED)
@settings(deadline=None)  # the first call imports mpmath
@given(text=SCRIBBLES)
def test_any_text_gets_a_verdict_that_can_be_shown(kind: str, text: str) -> None:
    """No exception, marks that fit the verdict, and nothing typed comes back that steers a terminal."""
    verdict = grade(ASKED[kind], Answer(text=text))
    assert verdict.verdict in ("correct", "partial", "wrong", "near_miss", "unreadable")
    assert (verdict.score == 1) == (verdict.verdict == "correct")
    assert 0 < verdict.score < 1 if verdict.verdict == "partial" else verdict.score in (0, 1)
    assert 0 <= verdict.passed <= verdict.total
    shown = "".join(text.ja + text.en for text in verdict.feedback) + (verdict.parsed or "")
    assert not any(character in shown for character in "\x1b\x00\u202e\ud800")


@pytest.mark.parametrize("kind", ASKED)
@pytest.mark.parametrize("text", ["", " ", "\u3000\n", "\u200b", "\t", "\u202e", "\x00"])
def test_an_empty_answer_is_unreadable(kind: str, text: str) -> None:
    """Whatever cannot be seen is empty too."""
    verdict = grade(ASKED[kind], Answer(text=text))
    assert (verdict.verdict, verdict.score) == ("unreadable", 0)
    assert verdict.feedback == (grade(ASKED["term"], Answer()).feedback)


@pytest.mark.parametrize("kind", ASKED)
@pytest.mark.parametrize(
    "text", ["(" * 1_000_000, "A," * 9_000, "1" * 19_000, "ゲー" * 9_000, "x " * 9_000, " " * 9_000 + "%"]
)
def test_an_immense_answer_earns_nothing_and_costs_little(kind: str, text: str) -> None:
    """Beyond 20,000 characters it is not read at all; below, no kind compares it with itself."""
    verdict = grade(ASKED[kind], Answer(text=text))
    assert verdict.score == 0


RIGHT = {
    "choice": "B",
    "numeric": "1/4",
    "shape": "3×4",
    "expression": "x+x",
    "term": "Forget Gate",
    "order": "BAC",
    "essay": "忘却ゲートがある",
}


@pytest.mark.parametrize("kind", ASKED)
def test_every_kind_knows_its_right_answer(kind: str) -> None:
    """And takes the time."""
    verdict = grade(ASKED[kind], Answer(text=RIGHT[kind]))
    assert (verdict.verdict, verdict.score) == ("correct", 1)
    assert verdict.seconds > 0


@pytest.mark.parametrize("kind", ["choice", "numeric", "shape", "term", "order", "essay"])
def test_an_ordinary_answer_imports_nothing_heavy(kind: str) -> None:
    """Only maths answers need mpmath, only code NumPy, only proofs SymPy."""
    script = f"""
import sys
from quizdl.grading import grade
module = __import__("quizdl.grading.{kind}", fromlist=["grade_{kind}"])
assert callable(module.grade_{kind})
print([name for name in ("numpy", "sympy", "mpmath", "quizdl.sandbox") if name in sys.modules])
"""
    assert subprocess.check_output([sys.executable, "-c", script], text=True, encoding="utf-8").strip() == "[]"


@given(SCRIBBLES, st.data())
def test_the_caret_stands_below_the_place(text: str, data: st.DataObject) -> None:
    """Two lines; as many columns before the caret as the text before the place takes."""
    position = data.draw(st.integers(0, len(text)))
    line, caret = pointed(text, position).split("\n")
    assert caret == " " * (len(caret) - 1) + "^"
    assert len(caret) - 1 <= columns(line)


def test_a_long_text_is_cut_around_the_place() -> None:
    """The place stays in sight."""
    line, caret = pointed("あ" * 200 + "$" + "い" * 200, 200).split("\n")
    assert columns(line) < 100
    assert line.startswith("…")
    assert line.endswith("…")
    assert columns(line[: line.index("$")]) == len(caret) - 1
