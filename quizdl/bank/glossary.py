"""The glossary: a term, its reading, its English and one line about it; found by any of its spellings.

It lies in `questions/glossary.yaml`, a list under `terms`. A term without Japanese characters needs no `kana`.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise
from pathlib import Path

import msgspec

from quizdl.bank.metadata import UNREADABLE, read_entries
from quizdl.errors import BankError, InputError
from quizdl.text import Lang, Text, same

FILE = "glossary.yaml"


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A term in both languages, its kana, one line in both, and other spellings under which it is looked up."""

    term: Text
    line: Text
    kana: str = ""
    also: tuple[str, ...] = ()

    def spellings(self) -> Iterator[str]:
        """Everything under which the term is found."""
        yield from (self.term.ja, self.term.en, *((self.kana,) if self.kana else ()), *self.also)


class Glossary:
    """The entries, in the file's order."""

    def __init__(self, entries: tuple[Entry, ...]) -> None:
        self.entries = entries
        self._by_key = {_key(spelling): entry for entry in reversed(entries) for spelling in entry.spellings()}

    def find(self, text: str) -> Entry:
        """The entry of a term in any spelling. Raises InputError, with the nearest terms, where there is none."""
        found = self._by_key.get(_key(text))
        if found is None:
            near = self._near(text)
            hint = same(f"quizdl glossary {near[0]}") if near else same("quizdl glossary")
            names = ", ".join(near)
            raise InputError(
                Text(
                    f"用語集に「{text}」はありません。" + (f"近い用語: {names}" if near else ""),
                    f"The glossary has no '{text}'." + (f" Near it: {names}" if near else ""),
                ),
                hint,
            )
        return found

    def holds(self, *spellings: str) -> bool:
        """Whether one of these is explained."""
        return any(_key(spelling) in self._by_key for spelling in spellings)

    def mentioned(self, text: str, lang: Lang, most: int = 4) -> tuple[Entry, ...]:
        """The entries whose terms stand in a text, in the order in which they do; longer terms hide those inside."""
        taken: dict[int, tuple[int, Entry]] = {}
        for entry in sorted(self.entries, key=lambda one: -len(one.term.of(lang))):
            for start, end in _places(entry.term.of(lang), text):
                if not any(begun < end and start < over for begun, (over, _) in taken.items()):
                    taken[start] = end, entry
                    break
        return tuple(entry for _, (_, entry) in sorted(taken.items(), key=lambda one: one[0]))[:most]

    def _near(self, text: str) -> list[str]:
        key = _key(text)
        names = {spelling: _key(spelling) for entry in self.entries for spelling in entry.spellings()}
        inside = [name for name, other in names.items() if key and (key in other or other in key)]
        close = difflib.get_close_matches(key, list(names.values()), n=3)
        alike = [name for match in close for name, other in names.items() if other == match]
        return list(dict.fromkeys([*alike, *inside]))[:3]


def read_glossary(root: Path, mentioned_in: str | None = None) -> Glossary:
    """The glossary of a bank, empty where it has none. Raises BankError where the file is malformed.

    mentioned_in: a text; entries whose bytes show that it does not mention them are left out, unread.
    """
    path = root / "questions" / FILE
    try:
        narrow = bytes if mentioned_in is None else partial(_possible, text=mentioned_in.casefold())
        return Glossary(read_entries(path, "terms", Entry, narrow))
    except FileNotFoundError:
        return Glossary(())
    except (OSError, *UNREADABLE) as error:
        reason = " ".join(str(error).split())
        message = Text(f"用語集を読めません: {reason}", f"The glossary cannot be read: {reason}")
        raise BankError(message, same("quizdl bank check"), str(path)) from error


_ENTRY = re.compile(rb"^- ", re.MULTILINE)
_TERM = re.compile(rb"- term: \{ja: '([^']+)', en: '([^']+)'\}$", re.MULTILINE)


def _possible(data: bytes, text: str) -> bytes:
    """The file without the entries whose two terms are not in the text; one written in another way stays."""
    starts = [found.start() for found in _ENTRY.finditer(data)]
    entries = [data[start:end] for start, end in pairwise([*starts, len(data)])]
    kept = [entry for entry in entries if not (term := _TERM.match(entry)) or _any_in(term.groups(), text)]
    return b"".join([data[: starts[0]], *kept]) if kept else b"terms: []"


def _any_in(terms: Iterable[bytes], text: str) -> bool:
    return any(term.decode("utf-8", "replace").casefold() in text for term in terms)


def _key(text: str) -> str:
    """Width, case, hiragana, spaces, hyphens and bars are the reader's choice."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    katakana = "".join(chr(ord(c) + 0x60) if "ぁ" <= c <= "ゖ" else c for c in folded)
    return re.sub(r"[\s\-‐–—ー・_']+", "", katakana)


def _places(term: str, text: str) -> Iterator[tuple[int, int]]:
    """Where a term stands in a text; one in Latin letters only as whole words, whatever their case."""
    if term.casefold() not in text.casefold():
        return iter(())  # nearly always: a pattern for every term would take longer than reading them all
    latin = term.isascii()
    pattern = rf"(?<![A-Za-z]){re.escape(term)}(?:s|es)?(?![A-Za-z])" if latin else re.escape(term)
    flags = re.IGNORECASE if latin and len(term) > 4 else 0
    return (found.span() for found in re.finditer(pattern, text, flags))
