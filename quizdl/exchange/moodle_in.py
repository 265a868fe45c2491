"""Reads Moodle XML: choices, true or false, numbers, words and orders; every other type is refused by name."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

from quizdl.errors import InputError
from quizdl.exchange.drafts import Found, Refused
from quizdl.exchange.fields import FALSE, TRUE, both, choice_fields, numeric_fields, word_fields
from quizdl.exchange.plain import Notes, Sentence, from_html, sound
from quizdl.exchange.xml_in import Element, read_xml
from quizdl.sanitise import printable
from quizdl.text import Text

_Reader: TypeAlias = Callable[[Element, Notes], "dict[str, Any] | Text"]

_FILES = Text("添付の画像は取り込まれていません", "an attached picture was left out")
_PARTS = Text("選択肢ごとの部分点は取り込まれていません", "part marks of single options were left out")
_PENALTIES = Text("単位の採点は取り込まれていません", "units are not graded")
_WILDCARD = Text("* を含む答えは取り込まれていません", "an answer with * for anything was left out")


def read_moodle(data: bytes, where: str) -> list[Found | Refused]:
    """The questions of a file. Raises InputError for what is no Moodle XML."""
    root = read_xml(data, where)
    if root.name != "quiz":
        name = printable(root.name, 40)
        raise InputError(
            Text(f"Moodle XML ではありません（<{name}>）。", f"This is no Moodle XML: it begins with <{name}>."),
            Text("Moodle の問題バンクから XML 形式で書き出してください。", "Export the question bank as Moodle XML."),
            where,
        )
    return list(_questions(root))


def _questions(root: Element) -> Iterator[Found | Refused]:
    for element in root.all("question"):
        kind = element.attributes.get("type", "")
        if kind == "category":
            continue
        notes = Notes()
        name = element.inner("idnumber") or element.inner("name", "text")
        reader = _READERS.get(kind)
        fields = _unknown(kind) if reader is None else reader(element, notes)
        if isinstance(fields, Text):
            yield Refused(element.line, printable(name, 60), fields)
            continue
        tags = _tags(element)
        chapter = next((tag.removeprefix("chapter:") for tag in tags if tag.startswith("chapter:")), "")
        fields = {"chapter": chapter} | _common(element, notes) | fields
        yield Found(element.line, name, fields, notes, section=next(iter(tags), ""))


def _unknown(kind: str) -> Text:
    shown = printable(kind, 40)
    return Text(f"問題の種類 {shown} は取り込めません", f"questions of the type {shown} cannot be imported")


def _common(element: Element, notes: Notes) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "prompt": _text(element.first("questiontext"), notes),
        "explanation": _text(element.first("generalfeedback"), notes),
        "hints": [hint for one in element.all("hint") if (hint := _text(one, notes))],
    }
    points = _number(element.inner("defaultgrade"))
    if points is not None and points.is_integer() and 1 < points <= 100:
        fields["points"] = int(points)
    return fields


def _tags(element: Element) -> list[str]:
    """The tags, which our own export begins with the section."""
    tags = element.first("tags")
    return [tag.inner("text") for tag in tags.all("tag")] if tags else []


def _text(element: Element | None, notes: Notes) -> Sentence:
    """A text of Moodle's, by the format that it says it has."""
    if element is None:
        return ""
    if any(element.all("file")):
        notes.say(_FILES)
    written = element.inner("text")
    plain = element.attributes.get("format") in ("plain_text", "markdown")
    return sound(written, notes) if plain else from_html(written, notes)


def _answers(element: Element, notes: Notes) -> list[tuple[Sentence, float, Sentence]]:
    """(text, per cent, feedback) of each answer."""
    return [
        (_text(one, notes), _number(one.attributes.get("fraction", "0")) or 0.0, _text(one.first("feedback"), notes))
        for one in element.all("answer")
    ]


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _multichoice(element: Element, notes: Notes) -> dict[str, Any] | Text:
    answers = _answers(element, notes)
    several = element.first("single") is not None and element.inner("single") in ("false", "0", "")
    right = [fraction > 0 if several else fraction >= 100 for _, fraction, _ in answers]
    if not several and any(0 < fraction < 100 for _, fraction, _ in answers):
        notes.say(_PARTS)
    return choice_fields([(text, is_right, why) for (text, _, why), is_right in zip(answers, right, strict=True)])


def _truefalse(element: Element, notes: Notes) -> dict[str, Any] | Text:
    said = {text.lower(): (fraction, why) for text, fraction, why in _plain_answers(element, notes)}
    if set(said) != {"true", "false"}:
        return Text("答えが true と false ではありません", "its answers are not true and false")
    texts = {"true": both(TRUE), "false": both(FALSE)}
    return choice_fields([(texts[name], said[name][0] >= 100, said[name][1]) for name in ("true", "false")])


def _numerical(element: Element, notes: Notes) -> dict[str, Any] | Text:
    if element.first("units"):
        notes.say(_PENALTIES)
    answers = []
    for one in element.all("answer"):
        value = _number(one.inner("text"))
        if value is not None:
            fraction = _number(one.attributes.get("fraction", "0")) or 0.0
            tolerance = _number(one.inner("tolerance")) or 0.0
            answers.append((one.inner("text"), fraction, tolerance, _text(one.first("feedback"), notes)))
    right = [answer for answer in answers if answer[1] >= 100]
    if len(right) != 1:
        return Text(f"正解の数値が {len(right)} 個です", f"it has {len(right)} right numbers")
    wrong = [(value, why) for value, fraction, _, why in answers if fraction == 0 and why]
    return numeric_fields(right[0][0], right[0][2], wrong)


def _shortanswer(element: Element, notes: Notes) -> dict[str, Any] | Text:
    answers = []
    for word, fraction, why in _plain_answers(element, notes):
        if re.search(r"(?<!\\)\*", word):
            notes.say(_WILDCARD)
        else:
            answers.append((word.replace(r"\*", "*"), fraction, why))
    return word_fields(answers)


def _plain_answers(element: Element, notes: Notes) -> Sequence[tuple[str, float, Sentence]]:
    return [
        (
            sound(one.inner("text"), notes).replace("\n", " "),
            _number(one.attributes.get("fraction", "0")) or 0.0,
            _text(one.first("feedback"), notes),
        )
        for one in element.all("answer")
    ]


def _matching(element: Element, notes: Notes) -> dict[str, Any] | Text:
    """Steps matched with their places, `2` or `2–3` for those that may change places: an order."""
    found = []
    for one in element.all("subquestion"):
        place = _PLACE.fullmatch(one.inner("answer", "text"))
        if place is None:
            return _unknown("matching")
        found.append((int(place[1]), int(place[2] or place[1]), _text(one, notes)))
    found.sort(key=lambda step: step[0])
    for number, (low, high, text) in enumerate(found, 1):
        if not low <= number <= high or not text:
            return _unknown("matching")
    groups = sorted({(low, high) for low, high, _ in found if low < high})
    return {
        "kind": "order",
        "steps": [text for _, _, text in found],
        "free": [list(range(low, high + 1)) for low, high in groups],
    }


_PLACE = re.compile(r"([1-9]\d?)(?:–([1-9]\d?))?", re.ASCII)

_READERS: dict[str, _Reader] = {
    "matching": _matching,
    "multichoice": _multichoice,
    "truefalse": _truefalse,
    "numerical": _numerical,
    "shortanswer": _shortanswer,
}
