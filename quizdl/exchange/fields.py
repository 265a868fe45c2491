"""The fields that a question of each kind has in a bank file, from what other tools say: right, wrong, and why."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from quizdl.bank.characters import holds_japanese
from quizdl.errors import FormulaError
from quizdl.exchange.plain import Sentence
from quizdl.formula import parse_shape
from quizdl.text import Text

MOST_OPTIONS = 26
TRUE = Text("正しい", "True")
FALSE = Text("誤り", "False")


def both(text: Text) -> dict[str, str]:
    """A text as a bank file has it."""
    return {"ja": text.ja, "en": text.en}


def choice_fields(options: Sequence[tuple[Sentence, bool, Sentence]]) -> dict[str, Any] | Text:
    """A choice from (text, right, why). Gives the reason where there is none."""
    right = sum(is_right for _, is_right, _ in options)
    if len(options) < 2 or not 0 < right < len(options):
        count = len(options)
        return Text(f"選択肢 {count} 個中、正解が {right} 個です", f"of its {count} options, {right} are right")
    if len(options) > MOST_OPTIONS:
        return Text(f"選択肢が {MOST_OPTIONS} 個を超えています", f"it has more than {MOST_OPTIONS} options")
    if not all(text for text, _, _ in options):
        return Text("空の選択肢があります", "it has an empty option")
    return {
        "kind": "choice",
        "options": [
            {"id": f"option-{number}", "text": text, **({"correct": True} if is_right else {"why": why})}
            for number, (text, is_right, why) in enumerate(options, 1)
        ],
    }


def numeric_fields(value: str, tolerance: float, wrong: Iterable[tuple[str, Sentence]]) -> dict[str, Any]:
    """A number with its absolute tolerance, and the other numbers that have a reason against them, each once."""
    key = float(value)
    taken, mistakes = [key], []
    for number, why in wrong:
        if all(abs(float(number) - one) > max(tolerance, 1e-6 * abs(one)) for one in taken):
            taken.append(float(number))
            mistakes.append({"id": f"wrong-{len(taken) - 1}", "answer": number, "why": why})
    return {"kind": "numeric", "answer": value, **_tolerance(key, tolerance), "mistakes": mistakes}


def _tolerance(key: float, tolerance: float) -> dict[str, Any]:
    """The same distance relative to the key, where that is possible."""
    if tolerance <= 0:
        return {}
    if tolerance < abs(key):
        return {"tolerance": {"rel": float(f"{tolerance / abs(key):.12g}")}}
    return {"tolerance": {"rel": 0, "abs": tolerance}}


def word_fields(answers: Sequence[tuple[str, float, Sentence]]) -> dict[str, Any] | Text:
    """A shape where all the right words are one, else a term, from (word, per cent, feedback)."""
    right = [word for word, fraction, _ in answers if fraction >= 100 and word]
    if not right:
        return Text("満点の答えがありません", "no answer of it has full marks")
    shapes = {_shape(word) for word in right}
    if len(shapes) == 1 and (shape := shapes.pop()) is not None and any(map(_BETWEEN_AXES.search, right)):
        return _shape_fields(shape, answers)
    return _term_fields(right, answers)


_BETWEEN_AXES = re.compile(r"\d\s*[x×,\s]", re.IGNORECASE)


def _shape(word: str) -> tuple[int, ...] | None:
    try:
        return parse_shape(word)
    except FormulaError:
        return None


def _shape_fields(key: tuple[int, ...], answers: Sequence[tuple[str, float, Sentence]]) -> dict[str, Any]:
    wrong = {
        shape: why for word, _, why in reversed(answers) if why and (shape := _shape(word)) is not None and shape != key
    }
    return {
        "kind": "shape",
        "answer": [str(axis) for axis in key],
        "mistakes": [
            {"id": f"wrong-{number}", "answer": [str(axis) for axis in shape], "why": why}
            for number, (shape, why) in enumerate(reversed(wrong.items()), 1)
        ],
    }


def _term_fields(right: list[str], answers: Sequence[tuple[str, float, Sentence]]) -> dict[str, Any]:
    """Full marks are right, some are near; the words without marks are mistakes, one for each reason."""
    known = {_folded(word) for word in right}
    near = [word for word, fraction, _ in answers if 0 < fraction < 100 and word and _folded(word) not in known]
    known |= set(map(_folded, near))
    wrong: list[tuple[Sentence, list[str]]] = []
    for word, fraction, why in answers:
        if fraction > 0 or not why or not word or _folded(word) in known:
            continue
        known.add(_folded(word))
        same = next((held for reason, held in wrong if reason == why), None)
        if same is None:
            wrong.append((why, [word]))
        else:
            same.append(word)
    return {
        "kind": "term",
        "accept": words(right),
        **({"near": words(near)} if near else {}),
        "mistakes": [
            {"id": f"wrong-{number}", "accept": words(held), "why": why} for number, (why, held) in enumerate(wrong, 1)
        ],
    }


def _folded(word: str) -> str:
    """A word as graders compare it, or nearly: width, case, spaces and long vowels do not count."""
    return re.sub(r"[\sー・_\-]", "", unicodedata.normalize("NFKC", word).casefold())


def words(found: Sequence[str]) -> dict[str, list[str]]:
    """Words by language; where one language has none, the others stand in for it."""
    unique = list(dict.fromkeys(found))
    ja = [word for word in unique if holds_japanese(word)]
    en = [word for word in unique if not holds_japanese(word)]
    return {"ja": ja or en, "en": en or ja}
