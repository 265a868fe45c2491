"""Grades `term`: a word in either language, compared in one spelling; closeness in letters earns nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

from quizdl.grading.normalise import fold
from quizdl.grading.verdicts import correct, wrong
from quizdl.model import Answer, Asked, Term, Verdict, Words
from quizdl.sanitise import printable
from quizdl.text import Text

_BRACKETED = re.compile(r"^(?P<outside>[^()（）]+)[(（](?P<inside>[^()（）]+)[)）]\s*$")
_MOST_SHOWN = 40


def grade_term(asked: Asked, answer: Answer) -> Verdict:
    """The verdict on a typed word. `near_miss` is a word that is not wrong and not enough: no marks."""
    question = asked.question
    assert isinstance(question, Term)  # noqa: S101 - the dispatcher's promise
    if _is_one_of(answer.text, asked.key):
        return correct()
    named = [mistake for mistake in asked.mistakes if _is_one_of(answer.text, mistake.answer)]
    if named:
        return wrong(named[0].why, mistake=named[0].id)
    if question.near and _is_one_of(answer.text, _both(question.near)):
        return Verdict(verdict="near_miss", score=0.0, passed=0, total=1, feedback=(_not_enough(answer.text),))
    return wrong()


def _both(words: Words) -> tuple[str, ...]:
    return (*words.ja, *words.en)


def _is_one_of(text: str, words: Iterable[str]) -> bool:
    """Whether the text is one of the words, or one with another in brackets: `忘却ゲート (forget gate)`."""
    known = {fold(word) for word in words}
    if fold(text) in known:
        return True
    bracketed = _BRACKETED.match(text)
    return bracketed is not None and {fold(part) for part in bracketed.groups()} <= known


def _not_enough(text: str) -> Text:
    shown = printable(text.strip(), _MOST_SHOWN)
    return Text(
        f"「{shown}」は間違いではありませんが、それだけでは足りません。より正確な用語で答えてください。",
        f"'{shown}' is not wrong, but not enough: give the exact term.",
    )
