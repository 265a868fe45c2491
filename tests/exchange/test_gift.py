"""GIFT is read as Moodle's documentation says, and each question that cannot be is named by its line."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.exchange.drafts import Found, Refused, bank_of
from quizdl.exchange.gift import read_gift

MATHS = ("\\(", "\\)", "\\[", "\\]")
"""What Moodle sets formulas between; they are read as formulas."""

PLAIN = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="$`/"), min_size=1, max_size=12).filter(
    lambda word: not any(sign in word for sign in ("{{", "->", *MATHS)) and not word.startswith(("[", "%"))
)
WORDS = st.lists(PLAIN, min_size=1, max_size=4).map(" ".join)


def _one(text: str) -> Found:
    (found,) = read_gift(text.encode(), "x.gift")
    assert isinstance(found, Found), found
    return found


def _escaped(text: str) -> str:
    return re.sub(r"([\\~=#{}:])", r"\\\1", text)


@settings(deadline=None)
@given(WORDS, WORDS, st.lists(st.tuples(WORDS, WORDS), min_size=2, max_size=5, unique_by=lambda one: one[0]))
def test_a_choice_comes_back_whatever_its_signs(title, stem, options):
    """Title, stem, options, key and feedback, with every special sign escaped."""
    answers = [
        f"{'=' if number == 0 else '~'}{_escaped(text)}#{_escaped(why)}" for number, (text, why) in enumerate(options)
    ]
    found = _one(f"::{_escaped(title)}:: {_escaped(stem)} {{\n" + "\n".join(answers) + "\n}\n")
    assert found.name == title
    assert found.fields["prompt"] == stem
    back = [(one["text"], one.get("correct", False), one.get("why")) for one in found.fields["options"]]
    assert back == [(text, number == 0, None if number == 0 else why) for number, (text, why) in enumerate(options)]


@settings(deadline=None)
@given(WORDS, st.lists(WORDS, min_size=1, max_size=4, unique=True))
def test_a_word_comes_back(stem, words):
    """Every spelling that `=` accepts."""
    found = _one(f"{_escaped(stem)} {{{' '.join('=' + _escaped(word) for word in words)}}}")
    if found.fields["kind"] == "term":
        accepted = found.fields["accept"]
        assert {*accepted["ja"], *accepted["en"]} == set(words)


def test_a_formula_of_moodles_is_a_formula_of_ours():
    """Inline, in the question and in an option."""
    found = _one(r"What is \\(\\sigma(0)\\)? {=\\(0.5\\) ~0}")
    assert found.fields["prompt"] == r"What is $\sigma(0)$?"
    assert [one["text"] for one in found.fields["options"]] == ["$0.5$", "0"]


def test_the_documented_forms_are_read():
    """Weights, feedback, general feedback, truth, numbers with tolerance and range, the missing word, HTML."""
    several = _one("Which? {~%50%a ~%50%b ~%-100%c#no}")
    assert [one.get("correct", False) for one in several.fields["options"]] == [True, True, False]
    assert _one("Two? {=2 ~3#more ####Count.}").fields["explanation"] == "Count."
    truth = _one("The sun rises. {T#It does.}")
    assert [(one["text"]["en"], one.get("correct")) for one in truth.fields["options"]] == [
        ("True", True),
        ("False", None),
    ]
    assert truth.fields["options"][1]["why"] == "It does."
    assert _one("Pi? {#3.14:0.0314}").fields == {
        "prompt": "Pi?",
        "explanation": "",
        "kind": "numeric",
        "answer": "3.14",
        "tolerance": {"rel": 0.01},
        "mistakes": [],
    }
    assert _one("Range? {#2..4}").fields["answer"] == "3"
    weighted = _one("Year? {#=1822:0 =%0%1821#before}")
    assert weighted.fields["mistakes"] == [{"id": "wrong-1", "answer": "1821", "why": "before"}]
    assert _one("A {=b ~c} word").fields["prompt"] == "A ＿＿＿＿ word"
    assert _one("[html]<p>Is <code>x &lt; 1</code>?</p>{=yes ~no}").fields["prompt"] == "Is `x < 1`?"
    assert _one("Shape? {=(3, 3) =3x3}").fields["answer"] == ["3", "3"]


def test_comments_and_categories_are_no_questions():
    """And lines are counted through them."""
    text = "// a comment\n$CATEGORY: tom/dick\n\n::Q1:: 1+1? {=2 ~3}\n\n// another\n\n::Q2:: broken\n"
    first, second = read_gift(text.encode("utf-8-sig"), "x.gift")
    assert isinstance(first, Found)
    assert (first.line, first.name) == (4, "Q1")
    assert isinstance(second, Refused)
    assert second.line == 8


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Explain. {}", "essays"),
        ("Match. {=a -> 1 =b -> 2}", "matching"),
        ("No answers", "no answers in { }"),
        ("Two {=a} and {=b}", "one pair"),
        ("Nothing right {~a ~b}", "0 are right"),
        ("All right {~%50%a ~%50%b}", "2 are right"),
        ("Number {#many}", "cannot be read"),
        ("Number {#nan}", "cannot be read"),
        ("Words {nothing}", "begins with = or ~"),
    ],
)
def test_what_cannot_be_taken_says_why(question, reason):
    """Nothing is dropped silently, and the question after it is taken."""
    bad, good = read_gift(f"{question}\n\n1+1? {{=2 ~3}}".encode(), "x.gift")
    assert isinstance(bad, Refused)
    assert reason in bad.reason.en
    assert isinstance(good, Found)


@settings(deadline=None)
@given(st.text(st.sampled_from("ab=~#{}:\\%$[]->\n 1."), max_size=60) | st.text(max_size=60))
def test_no_text_breaks_the_reader(text):
    """Any text is read or refused, and what is taken can be read by the bank."""
    try:
        bank_of(read_gift(text.encode("utf-8", "ignore"), "x.gift"), "x.gift")
    except InputError:
        return


def test_what_is_not_utf_8_is_refused_with_its_line():
    """An error of ours."""
    with pytest.raises(InputError) as caught:
        read_gift(b"a\n\xff", "x.gift")
    assert caught.value.where == "x.gift:2"
