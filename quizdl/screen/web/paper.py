"""The exam as one page to print or to take in a browser. It knows each option's position and nothing of the key."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from quizdl.exchange.paper import sheet_mark
from quizdl.model import Asked, ExamSheet
from quizdl.screen.web.bundle import bundle
from quizdl.screen.web.paper_words import HAND_IN_RULE, SAID, SHOWN, clock_rule
from quizdl.screen.web.question import options, statements
from quizdl.text import Lang, Text, same


def paper_html(sheet: ExamSheet, lang: Lang) -> str:
    """The whole page."""
    data = {
        "exam": sheet.id,
        "sheet": sheet_mark(sheet),
        "clock": sheet.clock,
        "limit": round(60_000 * sheet.minutes),
        "options": [len(asked.options) for asked in sheet.questions],
        "words": {name: text.of(lang) for name, text in SAID.items()},
    }
    content = {
        "exam": sheet.id,
        "t": SimpleNamespace(**{name: text.of(lang) for name, text in SHOWN.items()}),
        "facts": [(name.of(lang), value.of(lang)) for name, value in _facts(sheet)],
        "rules": [rule.of(lang) for rule in (clock_rule(sheet.clock), HAND_IN_RULE)],
        "questions": list(_questions(sheet.questions, lang)),
    }
    return bundle("paper", SHOWN["title"].of(lang), content, data, lang)


def _facts(sheet: ExamSheet) -> tuple[tuple[Text, Text], ...]:
    count, minutes = len(sheet.questions), f"{sheet.minutes:g}"
    return (
        (Text("問題", "Questions"), Text(f"{count} 問(四択)", f"{count}, one of four options each")),
        (Text("時間", "Time"), Text(f"{minutes} 分", f"{minutes} minutes")),
        (Text("番号", "Exam"), same(sheet.id)),
    )


def _questions(questions: Sequence[Asked], lang: Lang) -> Iterator[dict[str, Any]]:
    sets = _sets(questions)
    for number, (asked, text) in enumerate(zip(questions, statements(questions, lang), strict=True), 1):
        first, last = sets.get(number, (0, 0))
        note = Text(f"問 {first}〜{last} に共通の題材です。", f"Questions {first} to {last} share this.")
        yield {
            "heading": SAID["question"].of(lang).format(number=number),
            "opens": number == first,
            "closes": number == last,
            "note": note.of(lang) if number == first else "",
            "statement": text,
            "options": options(asked, lang, number - 1),
            "letters": [option.letter for option in asked.options],
        }


def _sets(questions: Sequence[Asked]) -> dict[int, tuple[int, int]]:
    """For the number of each question of a set, the first and the last number of its set."""
    found: dict[int, tuple[int, int]] = {}
    places = groupby(enumerate(questions, 1), key=lambda one: one[1].question.set.id if one[1].question.set else None)
    for name, group in places:
        numbers = [number for number, _ in group]
        if name is not None and len(numbers) > 1:
            found.update(dict.fromkeys(numbers, (numbers[0], numbers[-1])))
    return found
