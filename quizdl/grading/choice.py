"""Grades `choice`: the identity of the chosen options decides, never their position."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from quizdl.grading.normalise import plain, width
from quizdl.grading.verdicts import correct, unreadable, wrong
from quizdl.model import Answer, Asked, AskedOption, Verdict
from quizdl.text import Text

_BETWEEN = re.compile(r"[\s,、・;/&+()\[\]【】.:。]|\band\b|と", re.IGNORECASE)
_SEVERAL = re.compile(r"[\n;,、]+")
_MARKS = str.maketrans("", "", "`$")

_READINGS: tuple[Callable[[str], str], ...] = (
    str.strip,
    lambda text: plain(text.translate(_MARKS)).rstrip("。."),
    lambda text: plain(text.translate(_MARKS)).rstrip("。.").casefold(),
)
"""From the strictest on: two options may differ only in case or in a space."""


def grade_choice(asked: Asked, answer: Answer) -> Verdict:
    """The verdict on a letter as shown, on an option's text, or on several of them where several are right."""
    right = {option.id for option in asked.options if option.correct}
    chosen = _chosen(answer.text, asked.options, several=len(right) > 1)
    if chosen is None:
        return unreadable(_expected(asked.options, len(right)))
    false = [option for option in chosen if not option.correct]
    if not false and len(chosen) == len(right):
        return correct()
    return _wrong(false, _count(len(chosen), len(right)))


def _chosen(text: str, options: Sequence[AskedOption], *, several: bool) -> list[AskedOption] | None:
    """The options that the text names, each once; None where it cannot be told."""
    one = _by_letter(text, options) or _by_text(text, options)
    if one is not None:
        return [one]
    return _all_of(text, options) if several else None


def _by_letter(text: str, options: Sequence[AskedOption]) -> AskedOption | None:
    named = _letters(text)
    found = [option for option in options if named == [option.letter.upper()]]
    return found[0] if found else None


def _by_text(text: str, options: Sequence[AskedOption]) -> AskedOption | None:
    for reading in _READINGS:
        typed = reading(text)
        found = [one for one in options if typed and typed in (reading(one.text.ja), reading(one.text.en))]
        if found:
            return found[0] if len(found) == 1 else None
    return None


def _all_of(text: str, options: Sequence[AskedOption]) -> list[AskedOption] | None:
    """Several letters (`A, C`, `AC`, `(a)(c)`, `A と C`), or several texts with commas or on lines of their own."""
    parts = [part for part in _SEVERAL.split(width(text)) if part.strip()]
    by_letter = [_by_letter(letter, options) for letter in _letters(text)]
    for found in (by_letter, [_by_letter(part, options) or _by_text(part, options) for part in parts]):
        known = [option for option in found if option is not None]
        if known and len(known) == len(found):
            return list({option.id: option for option in known}.values())
    return None


def _letters(text: str) -> list[str]:
    """The letters of an answer that is nothing but letters and what stands between them, upper case."""
    letters = _BETWEEN.sub("", width(text))
    return list(letters.upper()) if letters.isascii() and letters.isalpha() else []


def _expected(options: Sequence[AskedOption], right: int) -> Text:
    first, last = options[0].letter, options[-1].letter
    if right > 1:
        return Text(
            f"{first}〜{last} の記号を {right} つ入力してください(例: {first}{last})。",
            f"Type {right} of the letters {first} to {last}, such as {first}{last}.",
        )
    return Text(
        f"{first}〜{last} の記号を 1 つ、または選択肢の文をそのまま入力してください。",
        f"Type one of the letters {first} to {last}, or an option's text.",
    )


def _count(chosen: int, right: int) -> list[Text]:
    if chosen == right:
        return []
    return [
        Text(
            f"{right} つ選ぶ問題ですが、{chosen} つ選ばれています。",
            f"{right} options are right; {chosen} were chosen.",
        )
    ]


def _wrong(false: Sequence[AskedOption], count: Sequence[Text]) -> Verdict:
    """The reason of every wrong option; the one that was chosen alone is the mistake."""
    reasons = [option.why for option in false if option.why is not None]
    return wrong(*reasons, *count, mistake=false[0].id if len(false) == 1 else None)
