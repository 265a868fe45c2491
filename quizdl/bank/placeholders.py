"""`{{name}}` and `{{name:.3f}}` in texts: plain substitution of values, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import TypeAlias

from quizdl.text import Text

Value: TypeAlias = int | float | str

_PLACEHOLDER = re.compile(r"\{\{ *(\w+) *(?::([^{}]*))?\}\}")
_FORMAT = re.compile(r",?(?:\.\d{1,2})?[efg%]?", re.ASCII)
_CODE = re.compile(r"(`+).*?\1", re.DOTALL)
_MATHS = re.compile(r"\$[^$]*\$")
_SCRIPT = re.compile(r"[\^_]\{\{(?!\{)")


def fill(text: str, values: Mapping[str, Value]) -> str:
    """The text with every `{{name}}` replaced by its value; a name that is no value stays as it is written.

    >>> fill("{{n}}×{{n}}, {{p:.2f}}", {"n": 5, "p": 0.125})
    '5×5, 0.12'
    """
    if "{{" not in text:
        return text
    return _PLACEHOLDER.sub(lambda found: _show(found, values), text)


def fill_text(text: Text, values: Mapping[str, Value]) -> Text:
    """`fill` in both languages."""
    return Text(fill(text.ja, values), fill(text.en, values)) if values else text


def _show(found: re.Match[str], values: Mapping[str, Value]) -> str:
    if found[1] not in values:
        return found[0]
    value = values[found[1]]
    return format(value, found[2]) if found[2] and not isinstance(value, str) else plain(value)


def plain(value: Value) -> str:
    """A value as a reader expects it: ten significant digits at most, so that 0.1 + 0.2 is 0.3; never -0.

    >>> plain(0.1 + 0.2), plain(2.0), plain(-0.0), plain(1292417)
    ('0.3', '2', '0', '1292417')
    """
    if isinstance(value, float):
        return format(value or 0.0, ".10g")
    return str(value)


def problem(text: str, known: Collection[str], code: bool = False) -> tuple[Text, Text] | None:
    """What is wrong with the placeholders and the `$` of a text, and how to mend it; None where all is well.

    code: the text is a listing, where braces and `$` that name no value are the program's own.
    """
    if "{{" in text and (found := _bad_placeholder(text, known, code)):
        return found
    return None if code or "$" not in text else _bad_maths(text)


def _bad_placeholder(text: str, known: Collection[str], code: bool) -> tuple[Text, Text] | None:
    for found in _PLACEHOLDER.finditer(text):
        name, form = found[1], found[2]
        if name not in known and not code:
            names = ", ".join(sorted(known)) or "-"
            return (
                Text(f"{{{{{name}}}}} という値はありません。", f"There is no value {{{{{name}}}}}."),
                Text(f"使える値: {names}", f"Known values: {names}"),
            )
        if name in known and form and not _FORMAT.fullmatch(form):
            return Text(f"書式「:{form}」は使えません。", f"The format ':{form}' is not usable."), _FORMATS
    if not code and "{{" in _PLACEHOLDER.sub("", text):
        return (
            Text("{{ が「{{名前}}」の形になっていません。", "There is a {{ that is no {{name}}."),
            Text(
                "値の名前を書くか、括弧の間に空白を入れてください。", "Name a value, or put a space between the braces."
            ),
        )
    return None


_FORMATS = Text("例: {{x:.3f}}、{{x:.1%}}、{{x:,}}", "For example {{x:.3f}}, {{x:.1%}} or {{x:,}}.")


def _bad_maths(text: str) -> tuple[Text, Text] | None:
    prose = _CODE.sub("", text)
    if prose.count("$") % 2:
        return (
            Text("$ が対になっていません。", "A $ has no partner."),
            Text(
                "数式は $…$ で囲み、プログラム中の $ は `…` に入れてください。",
                "Put maths in $…$, and a program's $ in `…`.",
            ),
        )
    if any(_SCRIPT.search(maths) for maths in _MATHS.findall(prose)):
        return (
            Text("$…$ の中の ^{{ や _{{ は、12 が ^12 と崩れます。", "In $…$, ^{{ or _{{ would print 12 as ^12."),
            Text("括弧を 3 つ書いてください: ^{{{n}}}", "Write three braces: ^{{{n}}}."),
        )
    return None
