"""The report on a terminal: everything said, within 80 columns, in both languages."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from quizdl.model import Asked, AskedOption, Attempt, Choice, ExamSheet, Option, Verdict
from quizdl.report.exam import ExamReport, exam_report
from quizdl.report.words import WORDS
from quizdl.screen.exam_report import report_page
from quizdl.screen.kinsoku import cell_width
from quizdl.text import Lang, Text, same

LONG = Text(
    "勾配 $\\frac{\\partial E}{\\partial W}$ を転置し忘れています。" * 4, "The gradient was not transposed. " * 6
)


def _asked(number: int, chapter: str) -> Asked:
    texts = (same("`W.T`"), same("`W`"))
    options = tuple(
        AskedOption(letter=letter, id=name, text=text, correct=name == "key", why=None if name == "key" else LONG)
        for letter, name, text in zip("AB", ("key", "transposed"), texts, strict=True)
    )
    question = Choice(
        id=f"a-question-with-a-rather-long-name-{number}",
        chapter=chapter,
        prompt=LONG,
        explanation=LONG,
        source=("s",),
        section="bptt",
        section_title=Text("時間方向の誤差逆伝播法", "Backpropagation through time, truncated and not"),
        options=tuple(Option(id=one.id, text=one.text, correct=one.correct, why=one.why) for one in options),
    )
    return Asked(question=question, seed=1, prompt=LONG, explanation=LONG, key=("key",), options=options)


def _report(answers: str, *, seconds: float = 45.0) -> ExamReport:
    """Answers by letter, `-` for none."""
    questions = tuple(_asked(number, f"{number % 5 + 1}-1") for number in range(len(answers)))
    sheet = ExamSheet(
        id="0123456789abcdef",
        at=1.76e9,
        minutes=10,
        seed=1,
        clock="paused",
        pass_line=65,
        framework="pytorch",
        weights={},
        quizdl="0.1.0",
        questions=questions,
    )
    attempts = [
        Attempt(
            id=f"a{number}",
            question_id=asked.question.id,
            version="",
            seed=1,
            quizdl="0.1.0",
            at=1.76e9,
            mode="exam",
            session=sheet.id,
            asked=asked,
            answer=letter.strip("-"),
            verdict=Verdict(
                verdict="correct" if letter == "A" else "wrong",
                score=float(letter == "A"),
                passed=int(letter == "A"),
                total=1,
                mistake="transposed" if letter == "B" else None,
            ),
            thinking_seconds=seconds,
        )
        for number, (asked, letter) in enumerate(zip(questions, answers, strict=True))
    ]
    return exam_report(sheet, [], attempts, [])


def _shown(report: ExamReport, lang: Lang, *, width: int = 80, encoding: str = "utf-8") -> str:
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    Console(file=stream, width=width, color_system=None, highlight=False, markup=False).print(report_page(report, lang))
    stream.flush()
    return stream.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]


@pytest.mark.parametrize("lang", ["ja", "en"])
@pytest.mark.parametrize("width", [80, 60])
def test_no_line_is_wider_than_the_terminal(lang: Lang, width: int) -> None:
    """Long ids, titles, formulas and reasons included."""
    shown = _shown(_report("AB-ABAB-AAB"), lang, width=width)
    assert max(cell_width(line) for line in shown.splitlines()) <= width


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_everything_is_said(lang: Lang) -> None:
    """The areas beside averages with their year, each lost question's answer, key and reason, the next command."""
    shown = _shown(_report("ABAAB-"), lang)
    for name in ("areas", "chapters", "levels", "kinds", "time", "questions", "mistakes", "next"):
        assert WORDS[name].of(lang) in shown
    assert "2025-1" in shown
    assert "61.1%" in shown
    assert "B → A" in shown
    assert WORDS["unanswered"].of(lang) in shown
    assert "transposed" in shown
    assert "quizdl practice --section bptt --missed" in shown
    assert shown.rstrip().splitlines()[-2].strip() == "quizdl exam"


def test_an_exam_without_times_says_so_and_shows_none() -> None:
    """From paper; a column of zeros would be a lie."""
    shown = _shown(_report("AB", seconds=0.0), "en")
    assert WORDS["no_times"].en in shown
    assert "0:00" not in shown


def test_a_console_without_unicode_shows_the_report_too() -> None:
    """cp932 has neither ✓ nor blocks."""
    assert "66%" in _shown(_report("AAB"), "ja", encoding="cp932")
