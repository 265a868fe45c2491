"""Reads a typed number and a typed shape: small grammars of their own, since `float` takes `1_000`, `nan` and `٣`."""

from __future__ import annotations

import math
import re

from quizdl.errors import FormulaError
from quizdl.formula.normalise import TIMES, Source, normalise
from quizdl.text import Text

MOST_CHARACTERS = 100
MOST_AXIS_DIGITS = 12

_DECIMAL = r"(?:[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?|[0-9]+\.?[0-9]*|\.[0-9]+)"
_EXPONENT = r"(?P<exponent>[+-]?[0-9]{1,5}|\([+-]?[0-9]{1,5}\))"
_SCIENTIFIC = rf"(?:[eE](?P<e>[+-]?[0-9]{{1,5}})|[*{TIMES}xX]10(?:\^|\*\*){_EXPONENT})"
_NUMBER = re.compile(
    rf"(?P<sign>[+-]?)(?:(?P<mantissa>{_DECIMAL})(?:{_SCIENTIFIC}|/(?P<divisor>{_DECIMAL}))?"
    rf"|10(?:\^|\*\*){_EXPONENT.replace('exponent', 'power')})"
)
_SEPARATOR = re.compile(rf"\s*[xX*{TIMES},]\s*|\s+")
_BRACKETS = {"(": ")", "[": "]", "{": "}"}


def parse_number(text: str) -> float:
    """The number that was typed: `0.25`, `１／４`, `1.6e2`, `1.6×10^2`, `1,292,417`, `−3`.

    Raises FormulaError for anything else, for a division by zero and for what a float cannot hold.

    >>> parse_number("１．６×10²"), parse_number("1/4"), parse_number("−1,292,417")
    (160.0, 0.25, -1292417.0)
    """
    source = _short(text)
    core, begin = _unwrapped(source.text)
    match = _NUMBER.fullmatch("".join(core.split(" ")) if _spaced(core) else core)
    if match is None:
        raise FormulaError(
            Text("数値として読めません。", "This cannot be read as a number."),
            source.places[begin + _readable(core)],
            Text("例: 0.25、1/4、1.6e2、1.6×10^2", "For example 0.25, 1/4, 1.6e2 or 1.6×10^2."),
        )
    try:
        value = _value(match)
    except ZeroDivisionError as error:
        raise FormulaError(Text("0 で割っています。", "It divides by zero."), source.places[begin]) from error
    if not math.isfinite(value) or (value == 0 and re.search("[1-9]", match["mantissa"] or "1")):
        raise FormulaError(
            Text("大きすぎるか小さすぎる数値です。", "The number is too large or too small."), source.places[begin]
        )
    return value


def parse_shape(text: str) -> tuple[int, ...]:
    """The shape that was typed: `3x3`, `(3, 3)`, `3×3`, `3 3`, `[3,3]`, `(3,)`.

    Raises FormulaError for anything but whole numbers in one pair of brackets at most.

    >>> parse_shape("３ｘ３"), parse_shape("(2, 3,)"), parse_shape("7")
    ((3, 3), (2, 3), (7,))
    """
    source = _short(text)
    core, begin = _unwrapped(source.text)
    if not core and begin:
        return ()
    offset, axes = begin, list[int]()
    for axis in _SEPARATOR.split(core.removesuffix(",").rstrip()):
        if not re.fullmatch(rf"0|[1-9][0-9]{{0,{MOST_AXIS_DIGITS - 1}}}", axis):
            raise FormulaError(
                Text("形状として読めません。", "This cannot be read as a shape."),
                source.places[min(source.text.find(axis, offset), len(source.text))],
                Text("例: 3x3、(3, 3)、3×3", "For example 3x3, (3, 3) or 3×3."),
            )
        axes.append(int(axis))
        offset = source.text.find(axis, offset) + len(axis)
    return tuple(axes)


def _short(text: str) -> Source:
    if len(text) > MOST_CHARACTERS:
        raise FormulaError(
            Text(f"{MOST_CHARACTERS} 文字までです。", f"At most {MOST_CHARACTERS} characters can be read."),
            MOST_CHARACTERS,
        )
    return normalise(text)


def _unwrapped(text: str) -> tuple[str, int]:
    """The text within one pair of brackets, if any, and where it begins."""
    core = text.strip()
    begin = len(text) - len(text.lstrip())
    if core[:1] in _BRACKETS and core[-1:] == _BRACKETS.get(core[:1]):
        inner = core[1:-1]
        return inner.strip(), begin + 1 + len(inner) - len(inner.lstrip())
    return core, begin


def _spaced(core: str) -> bool:
    """Whether its spaces only surround a sign: `1 / 4` is a number, `1 4` is not."""
    return not re.search(r"[0-9.,eE] +[0-9.,eE]", core)


def _readable(core: str) -> int:
    """How much of the text, from its beginning, looks like a number."""
    match = re.match(rf"[+-]?{_DECIMAL}", core)
    return match.end() if match else 0


def _value(match: re.Match[str]) -> float:
    """Raises ZeroDivisionError."""
    sign = -1.0 if match["sign"] == "-" else 1.0
    if match["power"]:
        return sign * float(f"1e{match['power'].strip('()')}")
    exponent = match["e"] or (match["exponent"] or "0").strip("()")
    value = sign * float(f"{match['mantissa'].replace(',', '')}e{exponent}")
    return value / float(match["divisor"].replace(",", "")) if match["divisor"] else value
