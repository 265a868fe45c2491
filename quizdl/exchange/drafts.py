"""Imported questions as bank files: every one is read back before it is kept, and its gaps are filled honestly.

A question with a gap is a `draft`: the bank reads it, the check warns of it, practice and exams leave it out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from quizdl.bank.as_choice import MOST_DISTRACTORS
from quizdl.bank.decode import FOLDERS, STAGES, decode
from quizdl.bank.encoding import MAX_BYTES, MAX_LINES
from quizdl.bank.faults import Faults
from quizdl.bank.write import fields_text
from quizdl.exchange.fields import both
from quizdl.sanitise import printable
from quizdl.text import Text

FOLDER = "ml"
"""Where a question goes that does not say."""

MOST_QUESTIONS = 5_000
_HEADER_LINES = 20
_IN_A_BANK = re.compile(r"[\w-]+\.[a-z0-9]+(?:-[a-z0-9]+)*")
_CHAPTER = re.compile(r"\d+(?:-\d+){1,3}", re.ASCII)
_NO_EXPLANATION = Text("解説はまだありません。", "There is no explanation yet.")
_NO_REASON = Text("理由はまだ書かれていません。", "No reason is given yet.")
_GAP_EXPLANATION = Text("explanation がありません", "it has no explanation")
_GAP_REASON = Text("誤った選択肢の why がありません", "a wrong option has no why")
_GAP_OPTIONS = Text(
    f"誤った選択肢が {MOST_DISTRACTORS} 個未満です", f"it has fewer than {MOST_DISTRACTORS} wrong options"
)
_GAP_CHAPTER = Text("chapter がありません（0-0 としました）", "it has no chapter (0-0 was written)")
_GAP_LANGUAGE = Text("片方の言語しかありません", "it is in one language only")


@dataclass
class Found:
    """A question that a file holds. line: where it begins. fields: those of its kind, as the bank has them.

    name: what it is called there. reasons: the options' or mistakes' `why` may be None. notes: what was changed.
    """

    line: int
    name: str
    fields: dict[str, Any]
    notes: list[Text] = field(default_factory=list)
    folder: str = ""
    section: str = ""


class Refused(NamedTuple):
    """A question, row or part that cannot be taken, with its line and the reason."""

    line: int
    name: str
    reason: Text


class Taken(NamedTuple):
    """A question that was taken, under its id in the bank, and what its author should look at."""

    line: int
    id: str
    notes: tuple[Text, ...]


class Import(NamedTuple):
    """What an import gives: bank files by their paths within the bank's folder, and what became of each question."""

    files: dict[str, bytes]
    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]


def bank_of(found: Sequence[Found | Refused], file_name: str, used: Iterable[str] = ()) -> Import:
    """The bank of what was found in a file. file_name: names what has no name, and is never a path as it is.

    used: ids that the bank has already.
    """
    section = slug(Path(file_name).stem) or "questions"
    banker = _Banker(section, used)
    for one in found[:MOST_QUESTIONS]:
        banker.refused.append(one) if isinstance(one, Refused) else banker.take(one)
    for one in found[MOST_QUESTIONS:]:
        reason = Text(f"一度に {MOST_QUESTIONS} 問までです", f"{MOST_QUESTIONS} questions at most in one file")
        banker.refused.append(Refused(one.line, one.name, reason))
    return Import(dict(banker.files()), tuple(banker.taken), tuple(banker.refused))


def slug(name: str) -> str:
    """A kebab-case name of ASCII letters and digits, at most 48 long; empty where nothing is left.

    >>> slug("../../etc/Passwd"), slug("勾配")
    ('etc-passwd', '')
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:48].strip("-")


class _Banker:
    def __init__(self, section: str, used: Iterable[str]) -> None:
        self.taken: list[Taken] = []
        self.refused: list[Refused] = []
        self._section = section
        self._ids = set(used)
        self._sections: dict[tuple[str, str], list[str]] = {}

    def take(self, found: Found) -> None:
        """Keep the question if the bank can read it."""
        entry, notes = self._entry(found)
        place = (found.folder if found.folder in FOLDERS else FOLDER, slug(found.section) or self._section)
        source = fields_text(entry)
        faults = Faults("", gather=True)
        decode((_header(*place) + source).encode(), Path("questions") / place[0] / "x.yaml", faults)
        if not _fits([source]):
            self.refused.append(Refused(found.line, found.name, Text("長すぎます", "it is too long")))
        elif faults.found:
            fault = faults.found[0].message
            self.refused.append(Refused(found.line, found.name, fault))
        else:
            self._ids.add(entry["id"])
            self._sections.setdefault(place, []).append(source)
            self.taken.append(Taken(found.line, entry["id"], tuple(notes)))

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Each section's questions, over as many files as their lines need."""
        for (folder, section), sources in self._sections.items():
            parts: list[list[str]] = [[]]
            for source in sources:
                if not _fits([*parts[-1], source]):
                    parts.append([])
                parts[-1].append(source)
            for number, part in enumerate(parts, 1):
                more = f"-{number}" if number > 1 else ""
                name = f"questions/{folder}/imported-{section}{more}.yaml"
                yield name, (_header(folder, section) + "\n".join(part)).encode()

    def _entry(self, found: Found) -> tuple[dict[str, Any], list[Text]]:
        """The question's fields in the bank's order, without a gap, and what its author should look at."""
        fields, notes = dict(found.fields), list(found.notes)
        if not fields.get("explanation"):
            fields["explanation"] = both(_NO_EXPLANATION)
            notes.append(_GAP_EXPLANATION)
        fields["chapter"], gap = _chapter(fields.get("chapter"))
        notes += gap
        for name in ("options", "mistakes"):
            fields[name], gap = _with_reasons(fields.get(name, []))
            notes += gap
        if fields["kind"] == "choice" and sum(not one.get("correct") for one in fields["options"]) < MOST_DISTRACTORS:
            notes.append(_GAP_OPTIONS)
        if _in_one_language(fields):
            notes.append(_GAP_LANGUAGE)
        first = {"id": self._id(found), "kind": fields.pop("kind"), "chapter": fields.pop("chapter")}
        first["source"] = ["import-001"]
        if notes:
            first["status"] = "draft"
        return first | {name: value for name, value in fields.items() if value not in ([], "", None)}, notes

    def _id(self, found: Found) -> str:
        bare = found.name.rpartition(".")[2] if _IN_A_BANK.fullmatch(found.name) else found.name
        wanted = slug(bare) or f"{self._section}-{found.line}"
        number, name = 1, wanted
        while name in self._ids:
            number += 1
            name = f"{wanted}-{number}"
        return name


def _fits(sources: Sequence[str]) -> bool:
    """Whether these entries can stand in one bank file."""
    lines = sum(source.count("\n") + 1 for source in sources)
    return lines <= MAX_LINES - _HEADER_LINES and sum(len(one.encode()) + 1 for one in sources) <= MAX_BYTES - 1000


def _chapter(value: object) -> tuple[str, list[Text]]:
    number = str(value or "").removeprefix("ch").strip()
    return (number, []) if _CHAPTER.fullmatch(number) else ("0-0", [_GAP_CHAPTER])


def _with_reasons(items: Sequence[dict[str, Any]]) -> tuple[list[dict[str, Any]], list[Text]]:
    """Every wrong option or mistake with its reason."""
    filled = [item if item.get("correct") or item.get("why") else {**item, "why": both(_NO_REASON)} for item in items]
    clear = [{name: value for name, value in item.items() if value not in ("", None)} for item in filled]
    return clear, [_GAP_REASON] if filled != list(items) else []


def _in_one_language(value: object) -> bool:
    """Whether a sentence is in one language alone."""
    if isinstance(value, dict):
        return any(
            _in_one_language(one) or (name in _SENTENCES and isinstance(one, str)) for name, one in value.items()
        )
    return isinstance(value, list) and any(map(_in_one_language, value))


_SENTENCES = frozenset({"prompt", "explanation", "why", "stem"})


def _header(folder: str, section: str) -> str:
    where = f"stage: {folder}" if folder in STAGES else f"day: {folder.removeprefix('day')}"
    return f"section: '{section}'\n{where}\ntitle: '{printable(section, 60)}'\nquestions:\n\n"
