"""What a scalar means, by our rules rather than YAML 1.1's: quoted is text, and nothing changes silently.

YAML 1.1 reads `no` as false, `12:30:45` as 45045, `1e-3` as text and `012` as ten. Here the field decides: where it
wants a number, any decimal is one; where it wants text, whatever YAML could take for something else must be quoted.
"""

from __future__ import annotations

import math
import re

from quizdl.bank.faults import Faults
from quizdl.bank.nodes import Scalar
from quizdl.sanitise import printable
from quizdl.text import Text

NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
_WHOLE = re.compile(r"[-+]?(?:0|[1-9]\d*)", re.ASCII)
_PADDED = re.compile(r"[-+]?0\d.*", re.ASCII | re.DOTALL)
_MAX_DIGITS = 30

_YES_NO = re.compile(r"yes|no|on|off|true|false", re.IGNORECASE)
_NOTHING = re.compile(r"~|null|", re.IGNORECASE)
_LOOKALIKE = re.compile(
    r"""
      (?P<number>[-+]?(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][-+]?\d+)?|[-+]?0[xo][0-9a-fA-F_]+|[-+]?0b[01_]+|[-+]?\.inf|\.nan)
    | (?P<yes_no>yes|no|on|off|true|false)
    | (?P<nothing>~|null|)
    | (?P<time>[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?)
    | (?P<date>\d{4}-\d\d?-\d\d?(?:[Tt\s].*)?)
    """,
    re.IGNORECASE | re.VERBOSE | re.ASCII,
)
_LOOKS_LIKE = {
    "number": Text("数値", "a number"),
    "yes_no": Text("真偽値", "true or false"),
    "nothing": Text("空の値", "nothing"),
    "time": Text("時刻", "a time"),
    "date": Text("日付", "a date"),
}
_QUOTE = Text("文字列なら一重引用符で囲んでください。", "Put it in single quotes if it is text.")


def looks_like_more_than_text(word: str) -> bool:
    """Whether YAML could take a plain word for a number, a date and the like.

    >>> looks_like_more_than_text("no"), looks_like_more_than_text("12:30"), looks_like_more_than_text("gate")
    (True, True, False)
    """
    return _LOOKALIKE.fullmatch(word) is not None


def text(node: Scalar, faults: Faults) -> str:
    """The scalar as text; a plain one that YAML could take for something else is a fault."""
    if not node.style:
        found = _LOOKALIKE.fullmatch(node.text)
        if found is not None:
            _not_text(node, str(found.lastgroup), faults)
    return node.text


def formula(node: Scalar, faults: Faults) -> str:
    """The scalar as a formula or a fill: text in which a bare number is welcome."""
    if not node.style and NUMBER.fullmatch(node.text):
        return node.text
    return text(node, faults)


def _not_text(node: Scalar, group: str, faults: Faults) -> None:
    seen = printable(node.text, 60)
    like = _LOOKS_LIKE[group]
    if group == "nothing":
        faults.add(
            node,
            Text("ここには文字列が必要ですが、値がありません。", "Text is expected here, but there is no value."),
            _QUOTE,
        )
        return
    faults.add(
        node,
        Text(
            f"ここには文字列が必要ですが、{seen} は{like.ja}と読まれるおそれがあります。",
            f"Text is expected here, but {seen} can be read as {like.en}.",
        ),
        Text(f"一重引用符で囲んでください: '{seen}'", f"Quote it: '{seen}'"),
    )


def number(node: Scalar, faults: Faults) -> int | float:
    """The scalar as a number: an int where it is written as one, else a float."""
    value = plain_number(node)
    if value is None:
        _wanted(node, Text("数値", "a number"), Text("例: 5、0.25、1e-3", "For example 5, 0.25 or 1e-3."), faults)
        return 0
    return value


def plain_number(node: Scalar) -> int | float | None:
    """The number that a plain scalar is, or None: quoted, padded with zeros, too long, not finite or no number."""
    if node.style or not NUMBER.fullmatch(node.text) or len(node.text) > _MAX_DIGITS or _PADDED.fullmatch(node.text):
        return None
    if _WHOLE.fullmatch(node.text):
        return int(node.text)
    value = float(node.text)
    return value if math.isfinite(value) else None


def whole(node: Scalar, faults: Faults) -> int:
    """The scalar as a whole number."""
    value = plain_number(node)
    if not isinstance(value, int):
        _wanted(node, Text("整数", "a whole number"), Text("例: 3", "For example 3."), faults)
        return 0
    return value


def truth(node: Scalar, faults: Faults) -> bool:
    """The scalar as true or false, written exactly so."""
    if not node.style and node.text in ("true", "false"):
        return node.text == "true"
    _wanted(
        node,
        Text("真偽値", "true or false"),
        Text("true または false と書いてください。", "Write true or false."),
        faults,
    )
    return False


def free(node: Scalar, faults: Faults) -> int | float | bool | str:
    """The scalar where a field takes several types: numbers, true and false are themselves, the rest is text."""
    if node.style:
        return node.text
    value = plain_number(node)
    if value is not None:
        return value
    if node.text in ("true", "false"):
        return node.text == "true"
    if _YES_NO.fullmatch(node.text):
        _yes_no(node, faults)
        return node.text
    return text(node, faults)


def _yes_no(node: Scalar, faults: Faults) -> None:
    seen = printable(node.text, 20)
    faults.add(
        node,
        Text(f"{seen} は真偽値とも文字列とも読めます。", f"{seen} can be read as true or false, or as text."),
        Text(
            f"true / false と書くか、'{seen}' と引用符で囲んでください。",
            f"Write true or false, or quote it: '{seen}'.",
        ),
    )


def _wanted(node: Scalar, what: Text, hint: Text, faults: Faults) -> None:
    """Report that something else was found; a quoted number says that its quotes are too many."""
    seen = printable(node.text, 60)
    if node.style and NUMBER.fullmatch(node.text):
        hint = Text("引用符を外してください。", "Take the quotes away.")
    if _NOTHING.fullmatch(node.text) and not node.style:
        found = Text("値がありません", "there is no value")
    else:
        found = Text(f"「{seen}」があります", f"'{seen}' is found")
    faults.add(node, Text(f"ここには{what.ja}が必要ですが、{found.ja}。", f"Expected {what.en}, but {found.en}."), hint)
