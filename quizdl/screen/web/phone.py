"""The phone pack: a day's menu as one offline page, with keys, reasons, named mistakes and explanations."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from quizdl.bank.kinds import RIGHT_ID
from quizdl.model import Asked, AskedOption, PhonePack
from quizdl.screen.html import inline_html, prose_html
from quizdl.screen.web.bundle import bundle
from quizdl.screen.web.phone_words import SAID, SHOWN
from quizdl.screen.web.question import options, statement
from quizdl.screen.words import LEVELS
from quizdl.text import Lang, Text


def phone_html(pack: PhonePack, minutes: int, lang: Lang) -> str:
    """The whole page. minutes: about how long it takes."""
    data = {
        "pack": pack.id,
        "at": int(pack.at),
        "keys": [_key(asked) for asked in pack.questions],
        "words": {name: text.of(lang) for name, text in SAID.items()},
    }
    content = {
        "t": SimpleNamespace(**{name: text.of(lang) for name, text in SHOWN.items()}),
        "facts": [text.of(lang) for text in _facts(pack, minutes)],
        "questions": [_question(asked, number, lang) for number, asked in enumerate(pack.questions)],
    }
    return bundle("phone", f"{SHOWN['title'].of(lang)} {_day(pack)}", content, data, lang)


def _day(pack: PhonePack) -> str:
    return datetime.fromtimestamp(pack.at).astimezone().date().isoformat()


def _facts(pack: PhonePack, minutes: int) -> Iterator[Text]:
    count, day = len(pack.questions), _day(pack)
    yield Text(day, day)
    yield Text(f"{count} 問", f"{count} question" if count == 1 else f"{count} questions")
    yield Text(f"およそ {minutes} 分", f"about {minutes} minutes")


def _key(asked: Asked) -> int:
    """The position of the right option."""
    return next(place for place, option in enumerate(asked.options) if option.correct)


def _question(asked: Asked, number: int, lang: Lang) -> dict[str, Any]:
    return {
        "id": asked.question.id,
        "heading": SAID["question"].of(lang).format(number=number + 1),
        "about": " · ".join(text.of(lang) for text in (asked.question.section_title, LEVELS[asked.question.level])),
        "statement": "".join(statement(asked, lang)),
        "options": options(asked, lang, number),
        "hints": [prose_html(hint.of(lang)) for hint in asked.hints],
        "reasons": [_reason(option, lang) for option in asked.options],
        "explanation": prose_html(asked.explanation.of(lang)),
    }


def _reason(option: AskedOption, lang: Lang) -> dict[str, Any]:
    """An option after the answer: whether it is right, or why it is wrong and which mistake it is."""
    return {
        "letter": option.letter,
        "correct": option.correct,
        "text": inline_html(option.text.of(lang)),
        "why": inline_html(option.why.of(lang)) if option.why else "",
        "mistake": "" if option.correct or option.id == RIGHT_ID else option.id,
    }
