r"""Reads GIFT, Moodle's text format: choices, words, numbers, true and false; other kinds are refused with their line.

    ::title:: [html] The question {=right ~wrong #why ####explanation}

Questions are parted by blank lines, `//` begins a comment, `\` makes one of `~=#{}:` plain. The grammar is Moodle's own
documentation of "GIFT format".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from quizdl.errors import InputError
from quizdl.exchange.drafts import Found, Refused
from quizdl.exchange.fields import FALSE, TRUE, both, choice_fields, numeric_fields, word_fields
from quizdl.exchange.plain import Notes, Sentence, from_html, sound
from quizdl.sanitise import printable
from quizdl.text import Text

MOST_BYTES = 4 << 20
_TITLE = re.compile(r"::(?P<title>(?:\\.|[^:\\]|:(?!:))*)::", re.DOTALL)
_FORMAT = re.compile(r"\s*\[(html|moodle|plain|markdown)\]\s*", re.IGNORECASE)
_ESCAPED = re.compile(r"\\([~=#{}:\\])|\\n")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_ANSWER = re.compile(r"(?P<sign>[=~])(?P<text>(?:\\.|[^\\=~])*)", re.DOTALL)
_WEIGHT = re.compile(r"\s*%(-?\d+(?:\.\d+)?)%")
_TRUTH = re.compile(r"\s*(TRUE|T|FALSE|F)\s*", re.IGNORECASE)
_FEEDBACK = re.compile(r"(?<!\\)(?:\\\\)*#")
_GENERAL = re.compile(r"(?<!\\)####")
_PARTS = Text("部分点のある選択肢は不正解としました", "options with part marks were made wrong")
_BLANK = "＿＿＿＿"


class _Answer(NamedTuple):
    """One answer: whether `=` stands before it, its per cent where it says, its text and its feedback, as written."""

    right: bool
    weight: float | None
    text: str
    feedback: str


def read_gift(data: bytes, where: str) -> list[Found | Refused]:
    """The questions of a file. Raises InputError for one that is too large or not UTF-8."""
    if len(data) > MOST_BYTES:
        raise InputError(
            Text("ファイルが大きすぎます（4 MiB まで）。", "The file is too large (4 MiB at most)."),
            Text("ファイルを分けてください。", "Split the file."),
            where,
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            Text("UTF-8 として読めません。", "This is not UTF-8."),
            Text("UTF-8 で保存し直してください。", "Save it as UTF-8."),
            f"{where}:{line}",
        ) from error
    return [_question(line, block) for line, block in _blocks(text.replace("\r\n", "\n").replace("\r", "\n"))]


def _blocks(text: str) -> Iterator[tuple[int, str]]:
    """Each question with its first line; comments and categories are no part of any."""
    held: list[str] = []
    begins = 0
    for number, line in enumerate((*text.split("\n"), ""), 1):
        if line.lstrip().startswith("//"):
            continue
        if line.lstrip().upper().startswith("$CATEGORY:") and not held:
            continue
        if line.strip():
            begins = begins if held else number
            held.append(line)
        elif held:
            yield begins, "\n".join(held)
            held = []


def _question(line: int, block: str) -> Found | Refused:
    title = _TITLE.match(block.lstrip())
    name = _plain(title["title"]).strip() if title else ""
    body = block.lstrip()[title.end() :] if title else block
    shown = printable(name, 60)
    form = _FORMAT.match(body)
    if form:
        body = body[form.end() :]
    braces = _braces(body)
    if isinstance(braces, Text):
        return Refused(line, shown, braces)
    before, inside, after = braces
    notes = Notes()
    is_html = bool(form) and form[1].lower() in ("html", "moodle") if form else False
    stem = before.rstrip() + (f" {_BLANK} {after.strip()}" if after.strip() else "")
    inside, _, general = _split(_GENERAL, inside)
    fields = _fields(inside, is_html, notes)
    if isinstance(fields, Text):
        return Refused(line, shown, fields)
    common = {"prompt": _text(stem, is_html, notes), "explanation": _text(general, is_html, notes)}
    return Found(line, name, common | fields, notes)


def _split(sign: re.Pattern[str], text: str) -> tuple[str, bool, str]:
    found = sign.search(text)
    return (text[: found.start()], True, text[found.end() :]) if found else (text, False, "")


def _braces(body: str) -> tuple[str, str, str] | Text:
    """What stands before, within and after the one pair of braces."""
    signs = [found for found in _BRACE.finditer(body) if found[0] in ("{", "}")]
    if not signs:
        return Text("答えの { } がありません", "it has no answers in { }")
    if [found[0] for found in signs] != ["{", "}"]:
        return Text("{ } がちょうど 1 組ではありません", "it has not just one pair of { }")
    opening, closing = signs
    return body[: opening.start()], body[opening.end() : closing.start()], body[closing.end() :]


def _fields(inside: str, is_html: bool, notes: Notes) -> dict[str, Any] | Text:
    clear = inside.strip()
    if not clear:
        return Text("記述式の問題は取り込めません", "essays cannot be imported")
    if clear.startswith("#"):
        return _numerical(clear[1:], is_html, notes)
    if truth := _TRUTH.match(clear):
        rest = clear[truth.end() :]
        if not rest or rest.startswith("#"):
            return _true_or_false(truth[1].upper() in ("T", "TRUE"), rest, is_html, notes)
    answers = _answers(clear)
    if not answers:
        return Text("答えが = でも ~ でもありません", "no answer begins with = or ~")
    if any("->" in answer.text and answer.right for answer in answers):
        return Text("組み合わせ問題は取り込めません", "matching questions cannot be imported")
    if all(answer.right for answer in answers):
        return _words(answers, is_html, notes)
    return _choice(answers, is_html, notes)


def _answers(inside: str) -> list[_Answer]:
    return [_answer(found["sign"] == "=", found["text"]) for found in _ANSWER.finditer(inside)]


def _answer(right: bool, written: str) -> _Answer:
    weight = _WEIGHT.match(written)
    text, _, feedback = _feedback(written[weight.end() :] if weight else written)
    return _Answer(right, float(weight[1]) if weight else None, text, feedback)


def _feedback(written: str) -> tuple[str, bool, str]:
    """A text and the feedback after its `#`."""
    found = _FEEDBACK.search(written)
    return (written[: found.end() - 1], True, written[found.end() :]) if found else (written, False, "")


def _choice(answers: list[_Answer], is_html: bool, notes: Notes) -> dict[str, Any] | Text:
    """Options with weights are several right ones, unless one is right by its `=`."""
    several = not any(answer.right for answer in answers)
    if not several and any(answer.weight and not answer.right for answer in answers):
        notes.say(_PARTS)
    return choice_fields(
        [
            (
                _text(answer.text, is_html, notes),
                (answer.weight or 0) > 0 if several else answer.right,
                _text(answer.feedback, is_html, notes),
            )
            for answer in answers
        ]
    )


def _words(answers: list[_Answer], is_html: bool, notes: Notes) -> dict[str, Any] | Text:
    return word_fields(
        [
            (
                sound(_plain(answer.text), notes).replace("\n", " "),
                100.0 if answer.weight is None else answer.weight,
                _text(answer.feedback, is_html, notes),
            )
            for answer in answers
        ]
    )


def _true_or_false(is_true: bool, rest: str, is_html: bool, notes: Notes) -> dict[str, Any] | Text:
    """`{T#said where wrong#said where right}`: the first feedback is the reason against the other option."""
    first = _feedback(rest[1:])[0] if rest else ""
    why = _text(first, is_html, notes)
    options = [(both(TRUE), is_true), (both(FALSE), not is_true)]
    return choice_fields([(text, right, "" if right else why) for text, right in options])


def _numerical(inside: str, is_html: bool, notes: Notes) -> dict[str, Any] | Text:
    """`3.14:0.01`, `1..5`, or several with `=`, of which just one is right."""
    written = _answers(inside) or [_answer(True, inside)]
    right = [answer for answer in written if answer.weight in (None, 100.0)]
    if len(right) != 1:
        return Text(f"正解の数値が {len(right)} 個です", f"it has {len(right)} right numbers")
    read = _number_and_tolerance(_plain(right[0].text).strip())
    if read is None:
        shown = printable(right[0].text.strip(), 40)
        return Text(f"数値「{shown}」を読めません", f"the number '{shown}' cannot be read")
    wrong = [
        (str(number[0]), why)
        for answer in written
        if answer.weight == 0.0
        and (number := _number_and_tolerance(_plain(answer.text).strip()))
        and (why := _text(answer.feedback, is_html, notes))
    ]
    return numeric_fields(read[0], read[1], wrong)


def _number_and_tolerance(text: str) -> tuple[str, float] | None:
    low, dots, high = text.partition("..")
    try:
        if dots:
            ends = float(low), float(high)
            value, tolerance = format(sum(ends) / 2, ".12g"), (ends[1] - ends[0]) / 2
        else:
            number, _, allowed = text.partition(":")
            value, tolerance = number.strip(), float(allowed or 0)
            float(value)
    except ValueError:
        return None
    usable = math.isfinite(float(value)) and math.isfinite(tolerance) and tolerance >= 0
    return (value, tolerance) if usable and re.fullmatch(r"[-+\d.eE]+", value) else None


def _plain(written: str) -> str:
    """A text with its escapes resolved."""
    return _ESCAPED.sub(lambda found: found[1] or "\n", written)


def _text(written: str, is_html: bool, notes: Notes) -> Sentence:
    form = _FORMAT.match(written)
    clear = _plain(written[form.end() :] if form else written).strip()
    html = is_html if form is None else form[1].lower() in ("html", "moodle")
    return from_html(clear, notes) if html else sound(clear, notes)
