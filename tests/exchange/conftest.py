"""A small exam and a small phone pack, made by hand."""

from __future__ import annotations

import pytest

from quizdl.model import Asked, AskedOption, Attempt, Choice, ExamSheet, Option, PhonePack, Verdict
from quizdl.text import Text, same

NOW = 1_800_000_000.0
SET_AT = NOW - 9_000


def _asked(number: int) -> Asked:
    options = tuple(Option(id=f"o{place}", text=same(f"{place}"), correct=place == 1) for place in range(4))
    prompt = Text("選んでください。", "Choose.")
    question = Choice(
        id=f"question-{number}",
        chapter="3-1-2",
        prompt=prompt,
        explanation=same("1"),
        source=("d1-001",),
        options=options,
        section="activation",
        version="0123456789ab",
    )
    shown = tuple(
        AskedOption(letter=letter, id=option.id, text=option.text, correct=option.correct)
        for letter, option in zip("ABCD", options, strict=True)
    )
    return Asked(question=question, seed=7, prompt=prompt, explanation=same("1"), key=("o1",), options=shown)


QUESTIONS = tuple(_asked(number) for number in range(5))


SHEET = ExamSheet(
    id="exam-1",
    at=SET_AT,
    minutes=10,
    seed=7,
    clock="paused",
    pass_line=65,
    framework="pytorch",
    weights={"dl": 100},
    quizdl="0.1.0",
    questions=QUESTIONS,
    form="paper",
)


@pytest.fixture
def sheet() -> ExamSheet:
    """An exam of five questions, B is always right."""
    return SHEET


@pytest.fixture
def pack() -> PhonePack:
    """A pack of the same five questions."""
    return PhonePack(id="E5TPJYK4", at=SET_AT, seed=7, quizdl="0.1.0", questions=QUESTIONS)


@pytest.fixture
def attempt() -> Attempt:
    """One answer."""
    return Attempt(
        id="a1",
        question_id="question-0",
        version="0123456789ab",
        seed=7,
        quizdl="0.1.0",
        at=SET_AT,
        mode="practice",
        session="s1",
        asked=QUESTIONS[0],
        answer="B",
        verdict=Verdict(verdict="correct", score=1.0, passed=1, total=1),
    )
