"""The questions of a bank, read only as far as they are asked for."""

from __future__ import annotations

import math
import re
from pathlib import Path

from quizdl.bank.decode import FOLDERS, BankFile, bytes_of, load
from quizdl.bank.faults import guess
from quizdl.bank.scan import ids_of
from quizdl.bank.select import folders, may_hold, wants
from quizdl.errors import BankError, UnknownIdError
from quizdl.model import Question, Selection
from quizdl.paths import bank_root
from quizdl.sanitise import printable
from quizdl.text import Text


class Library:
    """One bank: a folder with `questions/` and `solutions/`. A file is read when it is wanted, and once.

    A fault in a file is an error only for those who ask for that file.
    """

    def __init__(self, root: Path | None = None) -> None:
        self.root = bank_root() if root is None else root
        self._loaded: dict[Path, BankFile] = {}

    def select(self, selection: Selection) -> list[Question]:
        """The selected questions: by folder, by section as `order:` says, by file name, then as the file has them.

        Raises BankError where a file that may hold one of them is faulty.
        """
        files = [
            (path, self._load(path))
            for folder in folders(selection)
            for path in bank_files(self.root, folder)
            if may_hold(_bytes(path), selection)
        ]
        return [one for file in _in_reading_order(files) for one in file.questions if wants(selection, one)]

    def find(self, question_id: str) -> Question:
        """The question with this id. Only files whose bytes hold the id are parsed.

        Raises UnknownIdError, with the id that was probably meant; BankError where the question's own file is faulty.
        """
        trouble: BankError | None = None
        for path, owns in self._candidates(question_id):
            try:
                found = [one for one in self._load(path).questions if one.id == question_id]
            except BankError as error:
                trouble = trouble or (error if owns else None)
                continue
            if found:
                return found[0]
        raise trouble or _unknown(question_id, self.all_ids())

    def all_ids(self) -> list[str]:
        """The ids of all questions, in the order of folders and files, found without parsing."""
        return [one for path in self._all_files() for one in ids_of(_bytes(path))]

    def _all_files(self) -> list[Path]:
        return [path for folder in FOLDERS for path in bank_files(self.root, folder)]

    def _candidates(self, question_id: str) -> list[tuple[Path, bool]]:
        """Files that mention the id, with whether they seem to define it; these come first."""
        wanted = question_id.encode("utf-8", "replace")
        defines = re.compile(rb"""id["']?\s*:\s*["']?""" + re.escape(wanted) + rb"""(?![\w-])""")
        mentions = [(path, data) for path in self._all_files() if wanted in (data := _bytes(path))]
        found = [(path, defines.search(data) is not None) for path, data in mentions]
        return sorted(found, key=lambda one: not one[1])

    def _load(self, path: Path) -> BankFile:
        if path not in self._loaded:
            self._loaded[path] = load(path)
        return self._loaded[path]


def bank_files(root: Path, folder: str) -> list[Path]:
    """The bank files of one folder of `questions/`, by name."""
    files = (root / "questions" / folder).glob("*.yaml")
    return sorted(path for path in files if path.is_file() and not path.name.startswith("."))


def _bytes(path: Path) -> bytes:
    """A file's bytes for scanning; none for an unreadable one, since parsing it will say why."""
    try:
        return bytes_of(path)
    except BankError:
        return b""


def _in_reading_order(files: list[tuple[Path, BankFile]]) -> list[BankFile]:
    """Folder by folder; in each the sections as `order:` says, those without one last; a section's files by name."""
    sections: dict[tuple[str, str], tuple[float, str]] = {}
    for path, file in files:
        section = (path.parent.name, file.header.section)
        mine = (math.inf if file.header.order is None else file.header.order, path.name)
        sections[section] = min(mine, sections.get(section, mine))

    def place(one: tuple[Path, BankFile]) -> tuple[int, tuple[float, str], str, str]:
        folder, section = one[0].parent.name, one[1].header.section
        return FOLDERS.index(folder), sections[folder, section], section, one[0].name

    return [file for _, file in sorted(files, key=place)]


def _unknown(question_id: str, known: list[str]) -> UnknownIdError:
    shown, near = printable(question_id, 80), guess(question_id, known)
    message = Text(f"「{shown}」という問題はありません。", f"There is no question '{shown}'.")
    if near is None:
        hint = Text("一覧を見る: quizdl list", "See them all: quizdl list")
    else:
        hint = Text(
            f"「{near}」のことでしょうか。一覧を見る: quizdl list", f"Did you mean '{near}'? See them all: quizdl list"
        )
    return UnknownIdError(message, hint, shown)
