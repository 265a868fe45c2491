"""Every page, of every kind of question, in both languages, on every output: complete, in width, and never markup."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from quizdl.model import Counterexample, Outcome, Verdict
from quizdl.report.statistics import Row, Statistics
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.prose import prose
from quizdl.screen.question import render_question
from quizdl.screen.solution import render_solution
from quizdl.screen.summary import render_summary
from quizdl.screen.tables import facts, question_table, statistics_page
from quizdl.screen.verdict import render_verdict
from quizdl.study import practice
from quizdl.text import Text, same

GOLDEN = Path(__file__).parent.parent / "golden" / "screen"
LANGUAGES = ("ja", "en")
WRONG = Verdict(
    verdict="wrong",
    score=0.0,
    passed=3,
    total=22,
    mistake="divided-by-threshold",
    feedback=(Text("22 件のうち 19 件で値が違います。", "19 of 22 inputs give other values."),),
    counterexample=Counterexample(
        inputs={"gradient": "array([3., 4.])", "threshold": "2.5"},
        expected="array([1.5, 2. ])",
        got="array([1.2, 1.6])",
    ),
    parsed="gradient / threshold",
)


def _compare(name: str, text: str) -> None:
    """The text against its golden file; with QUIZDL_UPDATE_GOLDEN set, the file is written."""
    path = GOLDEN / name
    if os.environ.get("QUIZDL_UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8"), f"{path} differs; QUIZDL_UPDATE_GOLDEN=1 writes it anew"


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("name", ["choice", "code", "set"])
def test_a_question_looks_as_it_did(sample, show, name, lang):
    """The page at 80 columns equals the golden one."""
    page = render_question(sample(name), lang, position=(3, 10), flagged=name == "code", hints=1)
    _compare(f"question_{name}.{lang}.txt", show(page))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_verdict_looks_as_it_did(sample, show, lang):
    """The page at 80 columns equals the golden one."""
    _compare(f"verdict_code.{lang}.txt", show(render_verdict(sample("code"), WRONG, lang)))


@pytest.mark.parametrize("width", [2, 7, 20, 80, 120])
@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_line_is_wider_than_the_terminal(asked, show, lang, width):
    """Questions, verdicts and solutions keep to the width, down to two columns."""
    for page in (
        render_question(asked, lang, position=(3, 10), flagged=True, hints=2),
        render_verdict(asked, WRONG, lang),
        render_solution(asked, lang),
    ):
        for line in show(page, width).splitlines():
            assert cell_width(line) <= width, line


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_narrow_terminal_loses_nothing(asked, show, lang):
    """At 20 columns the page has every character that it has at 80, rules and spaces aside."""
    for page in (
        render_question(asked, lang, hints=2),
        render_verdict(asked, WRONG, lang),
        render_solution(asked, lang),
    ):
        wide, narrow = (re.sub(r"[─\s]", "", show(page, width)) for width in (80, 20))
        assert narrow == wide


def test_the_key_is_not_on_the_questions_page(asked, show):
    """No right answer, reason or explanation is shown before the answer."""
    page = show(render_question(asked, "en", hints=9), 500) + show(render_question(asked, "ja", hints=9), 500)
    for secret in ("tanh", "Jordan", "gradient * rate", "埋め込み、", "embedding,", "return 1", "context", "2*x"):
        assert secret not in page


def test_examples_of_answers_are_never_the_answer(sample, show):
    """A shape of (2, 3) and a number of 0.25 are exactly the usual examples: others are shown."""
    assert "2x3" not in show(render_question(sample("shape"), "en"))
    assert "0.25" not in show(render_question(sample("numeric"), "en"))


def test_options_and_steps_stand_under_their_letters(sample, show):
    """In the order in which they were shuffled."""
    lines = show(render_question(sample("order"), "en")).splitlines()
    assert [line for line in lines if re.match(r"  [A-C]  ", line)] == ["  A  encode", "  B  decode", "  C  embed"]


HOSTILE = "[bold]x[/bold] [link=http://e.example]y[/link] :smile: \x1b[31mred\x1b]0;title\x07 \u202egnp\r\b"


def test_foreign_text_is_never_markup(sample, show):
    """Rich markup, emoji names and escape sequences in anybody's text come out as text, or not at all."""
    code = sample("code")
    asked = msgspec.structs.replace(code, prompt=same(HOSTILE), explanation=same(HOSTILE))
    shown = Counterexample(inputs={HOSTILE: HOSTILE}, expected=HOSTILE, got=HOSTILE)
    verdict = msgspec.structs.replace(WRONG, feedback=(same(HOSTILE),), counterexample=shown, parsed=HOSTILE)
    for page in (render_question(asked, "en"), render_verdict(asked, verdict, "en")):
        text = show(page, 300)
        assert "[bold]x[/bold] [link=http://e.example]y[/link] :smile:" in text
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_colour_only_adds(asked):
    """A coloured page and a plain one have the same words; only backticks stand in for the colour of code."""
    texts = []
    for settings in ({"force_terminal": True, "color_system": "standard"}, {"force_terminal": True, "no_color": True}):
        file = io.StringIO()
        Console(file=file, width=80, _environ={}, **settings).print(render_verdict(asked, WRONG, "ja"))
        texts.append(re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue()))
    coloured, plain = (re.sub(r"[`\s]", "", text) for text in texts)
    assert coloured == plain


OUTCOMES = {
    "correct": ("✓", "正解", "Correct"),
    "partial": ("△", "部分点", "Partly right"),
    "near_miss": ("△", "惜しい", "Close"),
    "wrong": ("✗", "不正解", "Wrong"),
    "timeout": ("✗", "時間切れ", "Out of time"),
    "syntax_error": ("✗", "構文エラー", "Syntax error"),
    "grader_error": ("△", "採点できませんでした", "Could not be graded"),
}


@pytest.mark.parametrize(("outcome", "expected"), OUTCOMES.items())
def test_a_verdict_says_its_mark_and_word(sample, show, outcome: Outcome, expected):
    """The first line, in each language."""
    mark, ja, en = expected
    verdict = Verdict(verdict=outcome, score=0.5, passed=0, total=1)
    assert show(render_verdict(sample("code"), verdict, "ja")).startswith(f"{mark} {ja}")
    assert show(render_verdict(sample("code"), verdict, "en")).startswith(f"{mark} {en}")


def test_the_right_answer_is_shown_only_where_it_was_missed(sample, show):
    """A correct answer needs no key; an unreadable one is to be typed again; `explain=False` keeps both for later."""
    wrong = Verdict(verdict="wrong", score=0.0, passed=0, total=1)
    right = Verdict(verdict="correct", score=1.0, passed=1, total=1)
    unreadable = Verdict(verdict="unreadable", score=0.0, passed=0, total=1)
    asked = sample("code")
    assert "Answer  `gradient * rate`" in show(render_verdict(asked, wrong, "en"))
    assert "Answer" not in show(render_verdict(asked, right, "en"))
    assert "Explanation" in show(render_verdict(asked, right, "en"))
    assert "Explanation" not in show(render_verdict(asked, unreadable, "en"))
    assert "Explanation" not in show(render_verdict(asked, wrong, "en", explain=False))


def test_a_named_mistake_gives_its_reason_once(sample, show):
    """The grader's feedback may hold the reason already."""
    asked, why = sample("code"), "It is divided by the threshold."
    told = msgspec.structs.replace(WRONG, feedback=(Text("…", f"Matched: {why}"),))
    for verdict in (WRONG, told):
        text = show(render_verdict(asked, verdict, "en"))
        assert text.count(why) == 1
        assert "divided-by-threshold" in text


def test_places_marked_under_a_text_stay_in_place(sample, show):
    """A `^` under an expression and a program's output keep their columns."""
    feedback = (
        Text("読めません。\n  2*(x+\n       ^", "Cannot be read.\n  2*(x+\n       ^"),
        same("Output:\na   b\n$x$ `y`"),
    )
    verdict = Verdict(verdict="wrong", score=0.0, passed=0, total=1, feedback=feedback)
    lines = show(render_verdict(sample("choice"), verdict, "en")).splitlines()
    at = lines.index("    2*(x+")
    assert lines[at + 1] == "         ^"
    assert "    a   b" in lines
    assert "    $x$ `y`" in lines


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_summary_counts_what_was_answered(show, lang):
    """Verdicts, skips, points, sections, mistakes, and the commands to go on with."""
    state = practice.begin(["a", "b", "c", "d"])
    for done in (
        practice.Done("a", 2, "1", "correct", 1.0, "lstm"),
        practice.Done("b", 2, "2", "partial", 0.5, "rnn"),
        practice.Done("lstm-step", 1, "3", "wrong", 0.0, "rnn", "gates-swapped"),
        practice.Done("d", 1),
    ):
        state = practice.complete(state, done)
    _compare(f"summary.{lang}.txt", show(render_summary(state, lang, seconds=250, again="quizdl practice --day 3")))


def test_a_session_without_an_answer_has_a_summary(show):
    """Quitting at once is no error."""
    text = show(render_summary(practice.begin(["a"]), "en", seconds=0))
    assert "0 of 1 answered" in text
    assert "--missed" not in text


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_list_of_questions_is_complete_at_every_width(sample, show, lang):
    """Each id, and how many there are; side by side where there is room."""
    questions = [sample(name).question for name in ("choice", "code", "numeric")]
    for width in (20, 80):
        text = show(question_table(questions, lang), width)
        assert all(question.id in text for question in questions)
        assert ("3 問" if lang == "ja" else "3 questions") in text
    _compare(f"list.{lang}.txt", text)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_statistics_look_as_they_did(show, lang):
    """The page at 80 columns equals the golden one."""
    rows = (Row("lstm", 4, 6, 3, 0.75), Row("rnn", 12, 12, 12, 1.0))
    numbers = Statistics(16, 18, 15, 0.9375, 42.26, 10.0, rows, rows, (("gradient-clipping/divided-by-threshold", 3),))
    _compare(f"statistics.{lang}.txt", show(statistics_page(numbers, lang)))


def test_facts_are_aligned_by_width(show):
    """Japanese labels count two columns a character."""
    text = show(facts("quizdl", [("復習", "1"), ("Python", "3.11"), ("今週の学習", "2 分")]))
    assert text.splitlines() == ["quizdl", "  復習        1", "  Python      3.11", "  今週の学習  2 分"]


def test_prose_reads_our_light_markup(show):
    """Paragraphs, lists, code, maths and fences; a sentence broken by its author is joined again."""
    text = (
        "一つの文を途中で\n改行した。\n次の文、値 $x^2$ と `a  b`。\n\n- 箇条書き\n- item\n  two\n1. 番号\n\n"
        "```python\ndef f():\n    return 1\n```\nan English sentence\nthat goes on."
    )
    assert show(prose(text)).splitlines() == [
        "一つの文を途中で改行した。",
        "次の文、値 x² と `a  b`。",
        "",
        "• 箇条書き",
        "• item",
        "  two",
        "1. 番号",
        "",
        "    def f():",
        "        return 1",
        "",
        "an English sentence that goes on.",
    ]
