"""The questions of a bank, read only as far as they are asked for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from quizdl.bank.catalogue import profiles_in
from quizdl.bank.decode import FOLDERS, BankFile, bytes_of, load
from quizdl.bank.faults import guess
from quizdl.bank.index import FileRows, FolderIndex
from quizdl.bank.scan import entry_of, header_of, ids_of
from quizdl.bank.select import folders, may_hold, wants
from quizdl.errors import BankError, UnknownIdError
from quizdl.model import Listed, ListRow, Profile, Question, Selection
from quizdl.paths import bank_root
from quizdl.sanitise import printable
from quizdl.text import Text


class Library:
    """One bank: a folder with `questions/` and `solutions/`. A file is read when it is wanted, and once.

    A fault in a file is an error only for those who ask for that file. Drafts are found by their ids; a selection, an
    outline or a plan has them where `drafts` asks for them.
    """

    def __init__(self, root: Path | None = None, drafts: bool = False) -> None:
        self.root = bank_root() if root is None else root
        self._drafts = drafts
        self._read: dict[Path, bytes] = {}
        self._loaded: dict[Path, BankFile] = {}
        self._entries: dict[tuple[Path, str], BankFile] = {}
        self._indices: dict[str, FolderIndex] = {}

    def select(self, selection: Selection) -> list[Question]:
        """The selected questions: by folder, by section as `order:` says, by file name, then as the file has them.

        Raises BankError where a file that may hold one of them is faulty.
        """
        files = [self._load(path) for path in self._files(selection)]
        return [one for file in files for one in file.questions if wants(selection, one) and self._is_asked(one.status)]

    def _is_asked(self, status: str | None) -> bool:
        """Whether a question of this status is one to choose from."""
        return self._drafts or status != "draft"

    def rows(
        self, selection: Selection, reading: Callable[[Path], None] | None = None, *, bank: str = ""
    ) -> list[ListRow]:
        """The selected questions as a list shows them, in the order of `select`. bank: what leads their ids.

        A file is parsed, and the index told, only where the index does not know these very bytes; `reading` is called
        before. Raises BankError as `select` does.
        """
        found: dict[Path, FileRows] = {}
        for folder in folders(selection):
            paths = bank_files(self.root, folder)
            try:
                found.update(self._rows_in(paths, selection, reading))
            finally:  # what was read before a fault, or before Ctrl-C, need not be read again
                self._index(folder).save({path.name for path in paths})
        places = {path: (file.section, file.order) for path, file in found.items()}
        every = (row for path in _ordered(places) for row in found[path].listed(bank))
        return [row for row in every if wants(selection, row) and self._is_asked(row.status)]

    def _rows_in(
        self, paths: Iterable[Path], selection: Selection, reading: Callable[[Path], None] | None
    ) -> Iterable[tuple[Path, FileRows]]:
        for path in paths:
            index, data = self._index(path.parent.name), bytes_of(path)
            file = index.get(path.name, data)
            if file is None and may_hold(data, selection):
                if reading:
                    reading(path)
                file = index.put(path.name, data, load(path, data))
            if file:
                yield path, file

    def _index(self, folder: str) -> FolderIndex:
        if folder not in self._indices:
            self._indices[folder] = FolderIndex(self.root, folder)
        return self._indices[folder]

    def outline(self, selection: Selection) -> list[Listed]:
        """The selected questions' places, in the order of `select`; where ids suffice, nothing is parsed.

        A kind or a chapter is a question's own: for these the files are read as in `rows`.
        """
        if selection.kind is not None or selection.chapter is not None:
            return [_place_of(row) for row in self.rows(selection)]
        every = (one for path in self._files(selection) for one in self._places(path))
        return [one for one in every if self._is_asked(one.status)]

    def _places(self, path: Path) -> Iterable[Listed]:
        return map(_place_of, self._profiles_in(path))

    def profiles(self) -> list[Profile]:
        """The nature and place of every question, in the order of folders and files, found without parsing."""
        every = (one for path in self._all_files() for one in self._profiles_in(path))
        return [one for one in every if self._is_asked(one.status)]

    def _profiles_in(self, path: Path) -> Iterable[Profile]:
        data = self._data(path)
        file = self._index(path.parent.name).get(path.name, data)
        return file.profiles() if file else profiles_in(data)

    def named(self, ids: Iterable[str]) -> list[Listed]:
        """The places of the questions with these ids. Raises UnknownIdError for the first that does not exist."""
        return [_listed(self.find(question_id)) for question_id in ids]

    def find(self, question_id: str) -> Question:
        """The question with this id. Of all files only the entry that holds the id is parsed, where the bytes tell it.

        Raises UnknownIdError, with the id that was probably meant; BankError where the question's own file is faulty.
        """
        trouble: BankError | None = None
        for files in self._nearest_first(question_id):
            found, trouble = self._search(question_id, files)
            if found is not None:
                return found
        raise trouble or _unknown(question_id, self.all_ids())

    def _nearest_first(self, question_id: str) -> Iterator[Iterable[Path]]:
        """The files read already (a session of one day reads no other day's), those where it was last time, all."""
        yield tuple(self._read)
        for folder in FOLDERS:
            known = (self.root / "questions" / folder / name for name in self._index(folder).holding(question_id))
            yield [path for path in known if path.is_file()]
        yield self._all_files()

    def _search(self, question_id: str, files: Iterable[Path]) -> tuple[Question | None, BankError | None]:
        """The question in these files, or what is wrong with the file that seems to define it."""
        trouble: BankError | None = None
        for path, owns in self._candidates(question_id, files):
            try:
                found = [one for one in self._holding(path, question_id).questions if one.id == question_id]
            except BankError as error:
                trouble = trouble or (error if owns else None)
                continue
            if found:
                return found[0], None
        return None, trouble

    def all_ids(self) -> list[str]:
        """The ids of all questions, in the order of folders and files, found without parsing."""
        return [one for path in self._all_files() for one in ids_of(self._data(path))]

    def sections(self) -> list[str]:
        """The names of the sections, in reading order, found without parsing."""
        paths = in_reading_order({path: self._data(path) for path in self._all_files()})
        return list(dict.fromkeys(name for path in paths if (name := _header(self._data(path))[0])))

    def _all_files(self) -> list[Path]:
        return [path for folder in FOLDERS for path in bank_files(self.root, folder)]

    def _candidates(self, question_id: str, files: Iterable[Path]) -> list[tuple[Path, bool]]:
        """Files that mention the id, with whether they seem to define it; these come first."""
        wanted = question_id.encode("utf-8", "replace")
        defines = re.compile(rb"""id["']?\s*:\s*["']?""" + re.escape(wanted) + rb"""(?![\w-])""")
        mentions = [(path, data) for path in files if wanted in (data := self._data(path))]
        found = [(path, defines.search(data) is not None) for path, data in mentions]
        return sorted(found, key=lambda one: not one[1])

    def _files(self, selection: Selection) -> list[Path]:
        """The files that may hold a selected question, in reading order."""
        paths = [path for folder in folders(selection) for path in bank_files(self.root, folder)]
        return in_reading_order({path: self._data(path) for path in paths if may_hold(self._data(path), selection)})

    def _holding(self, path: Path, question_id: str) -> BankFile:
        """The part of the file that holds the question, or the whole file where no part of it can be read alone."""
        if path in self._loaded:
            return self._loaded[path]
        if (path, question_id) not in self._entries:
            entry = entry_of(self._data(path), question_id)
            if entry is None:
                return self._load(path)
            try:
                part = load(path, entry)
            except BankError:  # the whole file says it better: which of its faults is the first
                return self._load(path)
            self._entries.update({(path, one.id): part for one in part.questions})
        return self._entries[path, question_id]

    def _load(self, path: Path) -> BankFile:
        if path not in self._loaded:
            self._loaded[path] = load(path, self._data(path) or None)
        return self._loaded[path]

    def _data(self, path: Path) -> bytes:
        """A file's bytes, read once; none for an unreadable one, since parsing it will say why."""
        if path not in self._read:
            try:
                self._read[path] = bytes_of(path)
            except BankError:
                return b""
        return self._read[path]


def _listed(question: Question) -> Listed:
    """A question's place in the bank."""
    return Listed(
        id=question.id,
        set=question.set.id if question.set else None,
        framework=question.framework,
        status=question.status,
    )


def _place_of(row: ListRow | Profile) -> Listed:
    return Listed(id=row.id, set=row.set, framework=row.framework, status=row.status)


def bank_files(root: Path, folder: str) -> list[Path]:
    """The bank files of one folder of `questions/`, by name."""
    files = (root / "questions" / folder).glob("*.yaml")
    return sorted(path for path in files if path.is_file() and not path.name.startswith("."))


def in_reading_order(files: Mapping[Path, bytes]) -> list[Path]:
    """Folder by folder; in each the sections as `order:` says, those without one last; a section's files by name."""
    return _ordered({path: _header(data) for path, data in files.items()})


def _header(data: bytes) -> tuple[str, int | None]:
    """The section and the order that a file's header names."""
    header = header_of(data)
    order = header.get("order", "")
    return header.get("section", ""), int(order) if order.isdecimal() else None


def _ordered(headers: Mapping[Path, tuple[str, int | None]]) -> list[Path]:
    """The files in reading order; each with its section and its order."""
    places = {path: (FOLDERS.index(path.parent.name), section) for path, (section, _) in headers.items()}
    sections: dict[tuple[int, str], tuple[float, str]] = {}
    for path, (_, order) in headers.items():
        mine = (math.inf if order is None else order, path.name)
        sections[places[path]] = min(mine, sections.get(places[path], mine))
    return sorted(headers, key=lambda path: (places[path][0], sections[places[path]], places[path][1], path.name))


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
