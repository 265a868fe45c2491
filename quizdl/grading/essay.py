"""Grades `essay`: rubric points, proposed by key phrases and decided by the learner."""

from __future__ import annotations

import re
from typing import NamedTuple

from quizdl.grading.normalise import run, spaced
from quizdl.model import Answer, Asked, AskedMistake, Essay, Verdict, Words
from quizdl.text import Text

_WORD = re.compile(r"[a-z0-9]+|[^a-z0-9\s-]")


def grade_essay(asked: Asked, answer: Answer) -> Verdict:
    """The verdict on an explanation. `answer.confirmed` decides; where nobody was asked, the proposals count."""
    question = asked.question
    assert isinstance(question, Essay)  # noqa: S101 - the dispatcher's promise
    made = proposed(asked, answer.text) if answer.confirmed is None else set(answer.confirmed)
    total = sum(point.points for point in question.rubric)
    earned = sum(point.points for point in question.rubric if point.id in made)
    missing = [_missing(point.text) for point in question.rubric if point.id not in made]
    false = _misconceptions(asked, question, answer.text)
    return Verdict(
        verdict="correct" if earned == total else "partial" if earned else "wrong",
        score=earned / total,
        passed=earned,
        total=total,
        mistake=false[0].id if len(false) == 1 and earned < total else None,
        feedback=(*(mistake.why for mistake in false), *missing),
    )


def proposed(asked: Asked, text: str) -> set[str]:
    """The ids of the rubric points that the text seems to make, by their phrases."""
    question = asked.question
    assert isinstance(question, Essay)  # noqa: S101 - checked by the caller
    said = _said(text)
    return {point.id for point in question.rubric if _holds_any(said, point.phrases)}


def _misconceptions(asked: Asked, question: Essay, text: str) -> list[AskedMistake]:
    said = _said(text)
    found = {mistake.id for mistake in question.mistakes if _holds_any(said, mistake.phrases)}
    return [mistake for mistake in asked.mistakes if mistake.id in found]


class _Said(NamedTuple):
    """A text as English phrases are looked for in it, and as Japanese ones are."""

    words: str
    run: str


def _said(text: str) -> _Said:
    return _Said(spaced(text), run(text))


def _holds_any(said: _Said, phrases: Words) -> bool:
    return any(_holds(said, phrase) for phrase in (*phrases.ja, *phrases.en))


def _holds(said: _Said, phrase: str) -> bool:
    """Whether the phrase is in the text: an English one from the beginning of a word on (`unroll` in `unrolled`)."""
    if phrase.isascii():
        words = r"[\s-]*".join(map(re.escape, _WORD.findall(spaced(phrase))))
        return re.search(rf"(?<![a-z0-9]){words}", said.words) is not None
    return run(phrase) in said.run


def _missing(point: Text) -> Text:
    return Text(f"述べられていない点: {point.ja}", f"Not said: {point.en}")
