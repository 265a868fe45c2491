"""A file among those handed in: what a store says of it, its name however written, and what may be wrong with it.

The sentences here are said by more than one kind of store, or stand beside those that are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal, Protocol

from quizdl.text import Text

MOST_FILES = 200_000
MOST_DEPTH = 16


@dataclass(frozen=True, slots=True)
class Found:
    """A file. parts: of its path; problem: why it cannot be read."""

    number: int
    parts: tuple[str, ...]
    problem: Text | None = None


class Store(Protocol):
    """Somewhere files are."""

    def names(self) -> Iterator[Found]:
        """Every file, in the order of its number."""

    def contents(self, wanted: Iterable[tuple[int, str]], most: int) -> Iterator[tuple[int, bytes | Text]]:
        """Those wanted, by number and path in the order of their numbers: at most `most` + 1 bytes of each, or why it
        cannot be read. What is wanted next is asked for when the last has been taken.
        """


class Packed(Protocol):
    """An archive's bytes; a `Path` is one."""

    @property
    def name(self) -> str:
        """What it is called."""

    def open(self, mode: Literal["rb"], /) -> BinaryIO:
        """A file to read it from, from the beginning."""


def name_of(raw: bytes) -> str:
    """A name of bytes whose encoding nobody said: UTF-8 where it can be, else Japanese Windows'."""
    for encoding in ("utf-8", "cp932"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("utf-8", "replace")


def parts_of(name: str) -> list[str]:
    """The path's parts, of systems that write `/` and of those that write a backslash."""
    return name.replace("\\", "/").split("/")


def unsafe(parts: list[str]) -> Text | None:
    """What is wrong with a path in an archive, if anything is."""
    if ".." in parts or (parts and (parts[0] == "" or parts[0].endswith(":"))):
        return LEADS_OUT
    return TOO_DEEP if len(parts) > MOST_DEPTH else None


UNREADABLE = Text("読めません。", "It cannot be read.")
LINK = Text("リンクはたどりません。", "A link is not followed.")
DEVICE = Text("通常のファイルではありません。", "It is no regular file.")
TOO_DEEP = Text("フォルダーが深すぎます。", "It lies too deep in folders.")
LEADS_OUT = Text("名前がアーカイブの外を指しています。", "Its name leads out of the archive.")
TWICE = Text(
    "同じ名前のファイルが後にもあり、後のものを使います。", "Another file of the same name comes later and counts."
)
ENCRYPTED_FILE = Text("暗号化されています。", "It is encrypted.")
UNKNOWN_METHOD = Text("対応していない圧縮方式です。", "It is compressed in a way that is not supported.")
BOMB = Text("展開すると異常に大きくなります（圧縮爆弾）。", "It would unpack to an absurd size.")
DAMAGED = Text("壊れています。", "It is damaged.")
CUT_SHORT = Text("アーカイブが途中で壊れていて、ここから先は読めません。", "The archive is damaged from here on.")
