"""What a phone pack gives back: a code of some dozen letters an answer, which says what was chosen and when.

The same code is typed, pasted or saved as a file; it always holds all answers, and may be brought back many times.

    QUIZ- and in base 32: version (1 byte) · pack (5) · copy (2) · how many acts · each act · CRC-32 of it all (4)
    an act: 4·question + kind, seconds since the act before (the first since the pack was made), for an answer also
    2·position + hinted, seconds of thinking; all as variable-length numbers of 7 bits a byte, lowest first
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple, TypeAlias

from quizdl.errors import InputError
from quizdl.exchange import base32
from quizdl.sanitise import printable
from quizdl.text import Text

MARK = "QUIZ-"
"""Begins a code. Its U and its I are no digits, so that no code holds the mark itself."""

PACK_BYTES = 5
COPY_BYTES = 2
MOST_ACTS = 10_000
MOST_CHARACTERS = 1 << 18
_VERSION = 1
_KINDS: tuple[Literal["answer", "flag", "unflag"], ...] = ("answer", "flag", "unflag")
_LONGEST_NUMBER = 6
_BEGINS = re.compile("QUIZ[-‐‑‒–—−]")


class PhoneAnswer(NamedTuple):
    """One answer. question: its place in the pack, from 0. position: the option's. after: seconds since the pack was
    made, negative where the phone's clock is behind. seconds: of thinking.
    """

    question: int
    position: int
    after: int
    seconds: int
    hinted: bool = False


class PhoneFlag(NamedTuple):
    """A flag that was set, or taken away."""

    question: int
    after: int
    kind: Literal["flag", "unflag"] = "flag"


PhoneAct: TypeAlias = PhoneAnswer | PhoneFlag


class PhoneResults(NamedTuple):
    """All that one copy of a pack has to give back. copy: drawn where the page was first opened, 4 hex digits."""

    pack: str
    copy: str
    acts: tuple[PhoneAct, ...]

    def named(self) -> Iterator[tuple[str, PhoneAct]]:
        """Each act with an id that is the same whenever and wherever the code is read."""
        counts: Counter[int] = Counter()
        for place, act in enumerate(self.acts):
            if isinstance(act, PhoneAnswer):
                counts[act.question] += 1
                yield f"phone-{self.pack}-{self.copy}-{act.question}-{counts[act.question]}", act
            else:
                yield f"phone-{self.pack}-{self.copy}-event-{place}", act


def pack_id(chance: bytes) -> str:
    """A pack's id from five bytes of chance.

    >>> pack_id(b"quizd")
    'E5TPJYK4'
    """
    return base32.encode(chance[:PACK_BYTES]).replace("-", "")


def write_code(results: PhoneResults) -> str:
    """The code, as the page writes it too."""
    data = bytearray([_VERSION, *base32.decode(results.pack), *bytes.fromhex(results.copy)])
    data += _number(len(results.acts))
    before = 0
    for act in results.acts:
        kind = 0 if isinstance(act, PhoneAnswer) else _KINDS.index(act.kind)
        data += _number(4 * act.question + kind) + _number(_zigzag(act.after - before))
        if isinstance(act, PhoneAnswer):
            data += _number(2 * act.position + act.hinted) + _number(act.seconds)
        before = act.after
    return MARK + base32.encode(bytes(data) + zlib.crc32(data).to_bytes(4, "big"))


def holds_code(text: str) -> bool:
    """Whether a code begins somewhere in the text."""
    return _BEGINS.search(_folded(text)) is not None


def read_codes(text: str, where: str) -> list[PhoneResults]:
    """What every code in a text says: in lower or upper case, with spaces and line breaks, with words around it.

    Raises InputError for a text without any, and for a code that is cut short or was changed.
    """
    if len(text) > MOST_CHARACTERS:
        raise _refused(Text("コードが長すぎます。", "This is too long for a code."), where)
    found = _BEGINS.split(_folded(text))[1:]
    if not found:
        raise _refused(Text("結果のコードがありません。", "There is no code of results in this."), where)
    return [_read(base32.decode(part), where) for part in found]


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).upper()


def _read(data: bytes, where: str) -> PhoneResults:
    head = 1 + PACK_BYTES + COPY_BYTES
    if data[:1] and data[0] > _VERSION:
        raise InputError(
            Text(
                "より新しい quizdl の結果コードか、打ち間違いです。", "This code is from a newer quizdl, or mistyped."
            ),
            Text("コードを写し直すか、quizdl を新しくしてください。", "Copy it again, or update quizdl."),
            printable(where, 60),
        )
    numbers = _Numbers(data, head)
    try:
        acts = tuple(_acts(numbers))
    except (IndexError, ValueError) as error:
        raise _refused(_DAMAGED, where) from error
    end = numbers.place
    if data[end : end + 4] != zlib.crc32(data[:end]).to_bytes(4, "big"):
        raise _refused(_DAMAGED, where)
    return PhoneResults(pack_id(data[1 : 1 + PACK_BYTES]), data[1 + PACK_BYTES : head].hex(), acts)


class _Numbers:
    """Reads variable-length numbers. Raises IndexError at the end, ValueError for one that is too long."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data = data
        self.place = place

    def next(self) -> int:
        value = 0
        for step in range(_LONGEST_NUMBER):
            byte = self._data[self.place]
            self.place += 1
            value |= (byte & 127) << 7 * step
            if byte < 128:
                return value
        raise ValueError(value)


def _acts(numbers: _Numbers) -> Iterator[PhoneAct]:
    count, after = numbers.next(), 0
    if count > MOST_ACTS:
        raise ValueError(count)
    for _ in range(count):
        question, kind = divmod(numbers.next(), 4)
        after += _unzigzag(numbers.next())
        if _KINDS[kind] == "answer":
            position, hinted = divmod(numbers.next(), 2)
            yield PhoneAnswer(question, position, after, numbers.next(), bool(hinted))
        else:
            yield PhoneFlag(question, after, "flag" if kind == 1 else "unflag")


def _number(value: int) -> bytes:
    found = bytearray()
    while value > 127:
        found.append(value & 127 | 128)
        value >>= 7
    return bytes([*found, value])


def _zigzag(value: int) -> int:
    """Whole numbers as natural ones: 0, -1, 1, -2 … become 0, 1, 2, 3 …; a phone's clock may be set back."""
    return 2 * value if value >= 0 else -2 * value - 1


def _unzigzag(value: int) -> int:
    return value // 2 if value % 2 == 0 else -(value + 1) // 2


_DAMAGED = Text(
    "結果コードが途中で切れているか、打ち間違いがあります。", "This code is cut short, or something in it is mistyped."
)


def _refused(message: Text, where: str) -> InputError:
    hint = Text(
        "ページの「結果を渡す」でもう一度コピーするか、ファイルに保存してください: quizdl record import FILE",
        "Copy it again under 'Hand over' on the page, or save it as a file there: quizdl record import FILE",
    )
    return InputError(message, hint, printable(where, 60))
