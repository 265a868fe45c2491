"""Reads questions from a CSV table, in the columns that `bank export --to csv` writes; a bad row is named by its line.

A table needs `kind`, `prompt` (or `prompt_ja`, `prompt_en`) and `key`; the rest may be missing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Mapping
from string import ascii_lowercase
from typing import Any, TypeAlias

from quizdl.errors import FormulaError, InputError
from quizdl.exchange.drafts import Found, Refused
from quizdl.exchange.fields import choice_fields, words
from quizdl.exchange.plain import Notes, Sentence, sound, visible
from quizdl.exchange.sheet import bare
from quizdl.formula import parse_number, parse_shape
from quizdl.sanitise import printable
from quizdl.text import Text

MOST_BYTES = 16 << 20
_LETTERS = re.compile(r"[A-Za-z]")
_Row: TypeAlias = Mapping[str, str]
_Reader: TypeAlias = Callable[[_Row, Notes], "dict[str, Any] | Text"]


def read_csv(data: bytes, where: str) -> list[Found | Refused]:
    """The questions of a table: UTF-8, or the code page of Japanese Windows. Raises InputError for what is no table."""
    if len(data) > MOST_BYTES:
        raise _unusable(
            Text("ファイルが大きすぎます（16 MiB まで）。", "The file is too large (16 MiB at most)."), where
        )
    reader = csv.reader(io.StringIO(_decoded(data, where), newline=""), strict=True)
    found: list[Found | Refused] = []
    try:
        header = [cell.strip().lower() for cell in next(reader, [])]
        _check_header(header, where)
        begins = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append(_row(begins, dict(zip(header, map(bare, cells), strict=False)), len(cells) > len(header)))
            begins = reader.line_num + 1
    except csv.Error as error:
        reason = printable(str(error), 80)
        message = Text(f"CSV として読めません（{reason}）。", f"This cannot be read as CSV ({reason}).")
        raise _unusable(message, f"{where}:{reader.line_num}") from error
    return found


def _decoded(data: bytes, where: str) -> str:
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unusable(Text("UTF-8 として読めません。", "This is not UTF-8."), where)


def _check_header(header: list[str], where: str) -> None:
    missing = [
        name
        for name, columns in (("kind", ("kind",)), ("prompt", ("prompt", "prompt_ja", "prompt_en")), ("key", ("key",)))
        if not set(columns) & set(header)
    ]
    if missing:
        names = ", ".join(missing)
        raise _unusable(Text(f"列がありません: {names}", f"There is no column: {names}"), f"{where}:1")


def _unusable(message: Text, where: str) -> InputError:
    hint = Text(
        "列の見本: quizdl bank export --to csv --out questions.csv",
        "For the columns, see: quizdl bank export --to csv --out questions.csv",
    )
    return InputError(message, hint, where)


def _row(line: int, row: _Row, too_long: bool) -> Found | Refused:
    name, kind, notes = row.get("id", "").strip(), row.get("kind", "").strip().lower(), Notes()
    shown = printable(name, 60)
    if too_long:
        return Refused(line, shown, Text("見出しより多くの列があります", "it has more cells than the header"))
    reader = _READERS.get(kind)
    if reader is None:
        what = printable(kind, 40)
        return Refused(line, shown, Text(f"種類「{what}」は取り込めません", f"the kind '{what}' cannot be imported"))
    prompt = _prompt(row, notes)
    if not prompt:
        return Refused(line, shown, Text("問題文がありません", "it has no prompt"))
    fields = reader(row, notes)
    if isinstance(fields, Text):
        return Refused(line, shown, fields)
    common = {"chapter": row.get("chapter", ""), **_optional(row), "prompt": prompt}
    common |= {"code": visible(row.get("code", "")), "explanation": _sentence(row, "explanation", notes)}
    return Found(line, name, common | fields, notes, row.get("folder", ""), row.get("section", ""))


def _optional(row: _Row) -> dict[str, Any]:
    points, level = row.get("points", ""), row.get("level", "")
    return {
        **({"level": level} if level in ("recall", "apply", "analyse") else {}),
        **({"points": int(points)} if re.fullmatch(r"[1-9]\d?", points, re.ASCII) else {}),
    }


def _prompt(row: _Row, notes: Notes) -> Sentence:
    """The stem that a set shares, above the question's own words: each is taken to stand alone."""
    stem, prompt = _sentence(row, "stem", notes), _sentence(row, "prompt", notes)
    if not stem or not prompt:
        return prompt
    if isinstance(stem, str) or isinstance(prompt, str):
        return f"{_one(stem)}\n\n{_one(prompt)}"
    return {lang: f"{stem[lang]}\n\n{prompt[lang]}" for lang in ("ja", "en")}


def _one(sentence: Sentence) -> str:
    return sentence if isinstance(sentence, str) else sentence["ja"]


def _sentence(row: _Row, column: str, notes: Notes) -> Sentence:
    """A text of the row: in both languages where both are there."""
    found = {lang: sound(row.get(f"{column}_{lang}", ""), notes) for lang in ("ja", "en")}
    if found["ja"] and found["en"]:
        return found
    return found["ja"] or found["en"] or sound(row.get(column, ""), notes)


def _options(row: _Row, notes: Notes) -> dict[str, tuple[Sentence, Sentence]]:
    """Letter → text and reason, as far as there are texts."""
    found = {
        letter: (_sentence(row, f"option_{letter}", notes), _sentence(row, f"why_{letter}", notes))
        for letter in ascii_lowercase
    }
    return {letter: pair for letter, pair in found.items() if pair[0]}


def _key_letters(row: _Row, options: Mapping[str, object]) -> list[str] | Text:
    letters = [letter.lower() for letter in _LETTERS.findall(row.get("key", ""))]
    if not letters or not set(letters) <= set(options) or len(set(letters)) < len(letters):
        key = printable(row.get("key", ""), 40)
        return Text(f"key「{key}」が選択肢の記号ではありません", f"the key '{key}' does not name its options")
    return letters


def _choice(row: _Row, notes: Notes) -> dict[str, Any] | Text:
    options = _options(row, notes)
    right = _key_letters(row, options)
    if isinstance(right, Text):
        return right
    return choice_fields([(text, letter in right, why) for letter, (text, why) in options.items()])


def _order(row: _Row, notes: Notes) -> dict[str, Any] | Text:
    steps = _options(row, notes)
    right = _key_letters(row, steps)
    if isinstance(right, Text):
        return right
    if len(right) != len(steps):
        return Text("key がすべての手順を並べていません", "the key does not list every step")
    return {"kind": "order", "steps": [steps[letter][0] for letter in right]}


def _numeric(row: _Row, notes: Notes) -> dict[str, Any] | Text:
    key, tolerance = row.get("key", "").strip(), row.get("tolerance", "").strip()
    try:
        value, rel = parse_number(key), float(tolerance or 1e-6)
    except (FormulaError, ValueError):
        shown = printable(f"{key} {tolerance}".strip(), 40)
        return Text(f"数値「{shown}」を読めません", f"the number '{shown}' cannot be read")
    if not 0 <= rel < 1:
        return Text("tolerance は 0 以上 1 未満です", "its tolerance is not from 0 to below 1")
    unit = _sentence(row, "unit", notes)
    return {
        "kind": "numeric",
        "answer": key if re.fullmatch(r"-?\d+(?:\.\d+)?", key, re.ASCII) else repr(value),
        **({"tolerance": {"rel": rel}} if tolerance else {}),
        **({"unit": unit} if unit else {}),
    }


def _shape(row: _Row, notes: Notes) -> dict[str, Any] | Text:
    key = row.get("key", "")
    try:
        return {"kind": "shape", "answer": [str(axis) for axis in parse_shape(key)]}
    except FormulaError:
        shown = printable(key, 40)
        return Text(f"形状「{shown}」を読めません", f"the shape '{shown}' cannot be read")


def _expression(row: _Row, notes: Notes) -> dict[str, Any] | Text:
    symbols = dict(re.findall(r"([^\W\d]\w*)\s*:\s*([a-z]+)", row.get("symbols", "")))
    if not symbols:
        return Text("symbols の列がありません（例: x: real）", "it names no symbols, such as x: real")
    return {"kind": "expression", "symbols": symbols, "answer": row.get("key", "").strip()}


def _term(row: _Row, notes: Notes) -> dict[str, Any] | Text:
    accepted = [sound(word, notes).replace("\n", " ") for word in row.get("key", "").split("|")]
    if not any(accepted):
        return Text("key がありません", "it has no key")
    return {"kind": "term", "accept": words([word for word in accepted if word])}


_READERS: dict[str, _Reader] = {
    "choice": _choice,
    "numeric": _numeric,
    "shape": _shape,
    "expression": _expression,
    "term": _term,
    "order": _order,
}
