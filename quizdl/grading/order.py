"""Grades `order`: the share of pairs in the right order, corrected for what chance would give."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations

from quizdl.grading.normalise import width
from quizdl.grading.verdicts import unreadable
from quizdl.model import Answer, Asked, AskedOption, Order, Verdict
from quizdl.text import Text

_BETWEEN = re.compile(r"[\s,、。・.;:/|>→⇒➔➡=()\[\]\-–—ー~〜]+")

Pair = tuple[int, int]


def grade_order(asked: Asked, answer: Answer) -> Verdict:
    """The verdict on the steps' letters in the learner's order. Steps that may change places are no pair."""
    question = asked.question
    assert isinstance(question, Order)  # noqa: S101 - the dispatcher's promise
    steps = {option.letter: int(option.id) for option in asked.options}
    letters = _letters(answer.text)
    if sorted(letters) != sorted(steps):
        return unreadable(_every_letter(asked.options))
    given = [steps[letter] for letter in letters]
    pairs = list(_pairs(given, question.free))
    right = sum(first < second for first, second in pairs)
    parsed = " → ".join(letters)
    if right == len(pairs):
        return Verdict(verdict="correct", score=1.0, passed=right, total=right, parsed=parsed)
    score = max(0.0, 2 * right / len(pairs) - 1)
    reasons, mistake = _mistake(asked, question, set(pairs))
    return Verdict(
        verdict="partial" if score > 0 else "wrong",
        score=score,
        passed=right,
        total=len(pairs),
        mistake=mistake,
        feedback=(*reasons, _first_inverted(pairs, asked.options)),
        parsed=parsed,
    )


def _letters(text: str) -> list[str]:
    return list(_BETWEEN.sub("", width(text)).upper())


def _pairs(given: Sequence[int], free: Sequence[Sequence[int]]) -> Iterator[Pair]:
    """Every two steps, the one given earlier first, but for those of one free group; neighbours come first."""
    groups = [set(group) for group in free]
    places = sorted(combinations(range(len(given)), 2), key=lambda two: (two[1] - two[0], two[0]))
    for earlier, later in places:
        pair = (given[earlier], given[later])
        if not any(group.issuperset(pair) for group in groups):
            yield pair


def _mistake(asked: Asked, question: Order, given: set[Pair]) -> tuple[list[Text], str | None]:
    """The known wrong order that this is, whatever stands how in a free group."""
    for mistake in asked.mistakes:
        if given == set(_pairs([int(step) for step in mistake.answer], question.free)):
            return [mistake.why], mistake.id
    return [], None


def _first_inverted(pairs: Sequence[Pair], options: Sequence[AskedOption]) -> Text:
    later, earlier = next((first, second) for first, second in pairs if first > second)
    letters = {int(option.id): option.letter for option in options}
    return Text(
        f"{letters[earlier]} は {letters[later]} より前に来ます。", f"{letters[earlier]} comes before {letters[later]}."
    )


def _every_letter(options: Sequence[AskedOption]) -> Text:
    letters = "".join(option.letter for option in options)
    return Text(
        f"{letters} の各記号を 1 回ずつ、正しい順に並べて入力してください。",
        f"Type each of the letters {letters} once, in the right order.",
    )
