"""The questions of a bank, read only as far as they are asked for."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TypeVar

from quizdl.bank.cache import cache_path
from quizdl.bank.census import Census, Roll, keep_roll, kept_roll, roll_of
from quizdl.bank.decode import FOLDERS, BankFile, bytes_of, load
from quizdl.bank.faults import guess
from quizdl.bank.index import FileRows, FolderIndex, stamps_in
from quizdl.bank.scan import entry_of, place_of
from quizdl.bank.select import folders, may_hold, wants
from quizdl.errors import BankError, UnknownIdError
from quizdl.model import Listed, ListRow, Profile, Question, Selection
from quizdl.paths import bank_root
from quizdl.sanitise import printable
from quizdl.text import Text

_Chosen = TypeVar("_Chosen", Question, ListRow, Listed, Profile)


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
        self._folders: dict[str, dict[str, FileRows]] = {}
        self._roll: Roll | None = None

    def select(self, selection: Selection) -> list[Question]:
        """The selected questions: by folder, by section as `order:` says, by file name, then as the file has them.

        Raises BankError where a file that may hold one of them is faulty.
        """
        files = [self._load(path) for path in self._files(selection)]
        return self._asked(one for file in files for one in file.questions if wants(selection, one))

    def _asked(self, every: Iterable[_Chosen]) -> list[_Chosen]:
        """Those that are there to choose from."""
        return list(every) if self._drafts else [one for one in every if one.status != "draft"]

    def rows(
        self, selection: Selection, reading: Callable[[Path], None] | None = None, *, bank: str = ""
    ) -> list[ListRow]:
        """The selected questions as a list shows them, in the order of `select`. bank: what leads their ids.

        A file is parsed, and the index told, only where the index does not know these very bytes; `reading` is called
        before. Raises BankError as `select` does.
        """
        every = (
            row
            for folder in folders(selection)
            for file in self._parsed(folder, selection, reading)
            for row in file.listed(bank)
        )
        return self._asked(row for row in every if wants(selection, row))

    def _parsed(self, folder: str, selection: Selection, reading: Callable[[Path], None] | None) -> list[FileRows]:
        """The files of a folder that may hold a selected question, parsed now or before, in reading order."""
        index, found = self._index(folder), dict[str, FileRows]()
        try:
            for name in index.look():
                file = index.unread(name)
                if file is None or not file.is_parsed:
                    file = self._parse(index, self.root / "questions" / folder / name, selection, reading)
                if file:
                    found[name] = file
        finally:  # what was read before a fault, or before Ctrl-C, need not be read again
            index.save()
        return _ordered(found)

    def _parse(
        self, index: FolderIndex, path: Path, selection: Selection, reading: Callable[[Path], None] | None
    ) -> FileRows | None:
        """The file parsed, unless it was with these very bytes; None where it holds nothing that is selected."""
        data = bytes_of(path)
        file = index.get(path.name, data)
        if file and file.is_parsed:
            return file
        if not may_hold(data, selection):
            return None
        if reading:
            reading(path)
        return index.put(path.name, data, load(path, data))

    def _known(self, folder: str) -> dict[str, FileRows]:
        """What is known of every file of a folder, by name; the bytes of a new one are scanned, not parsed."""
        if folder not in self._folders:
            index = self._index(folder)
            found = {name: index.unread(name) or self._scan(index, folder, name) for name in index.look()}
            self._folders[folder] = {name: file for name, file in found.items() if file}
            index.save()
        return self._folders[folder]

    def _scan(self, index: FolderIndex, folder: str, name: str) -> FileRows | None:
        """What a file's bytes tell, from the index where it knows them; None where they cannot be read."""
        path = self.root / "questions" / folder / name
        try:
            data = bytes_of(path)
        except BankError:  # parsing it will say why
            return None
        self._read.setdefault(path, data)
        return index.get(name, data) or index.put_scanned(name, data)

    def _all_known(self) -> dict[str, dict[str, FileRows]]:
        """What is known of all files, by folder and name."""
        return {folder: self._known(folder) for folder in FOLDERS}

    def _all_files(self) -> Iterator[FileRows]:
        return (file for files in self._all_known().values() for file in files.values())

    def _in_reading_order(self, chosen: Iterable[str]) -> Iterator[FileRows]:
        """What is known of the files of these folders."""
        return (file for folder in chosen for file in _ordered(self._known(folder)))

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
        files = self._in_reading_order(folders(selection))
        wanted = (file for file in files if selection.section in (None, file.section))
        return self._asked(one for file in wanted for one in file.places())

    def profiles(self) -> list[Profile]:
        """The nature and place of every question, in the order of folders and files, found without parsing."""
        return self._asked(one for file in self._all_files() for one in file.profiles())

    def census(self) -> Census:
        """All questions by what a plan can tell apart; where no file changed since the last time, it alone is read."""
        return Census({"": self.roll()})

    def roll(self) -> Roll:
        """The census of this bank."""
        if self._roll is None:
            self._roll = self._roll_of(self._all_known()) if self._drafts else self._kept_roll()
        return self._roll

    def _kept_roll(self) -> Roll:
        indices, path = [self._index(folder) for folder in FOLDERS], cache_path(self.root, "census")
        for index in indices:
            index.look()
        if roll := kept_roll(path, indices):
            return roll
        known = self._all_known()
        # what is kept is made of what these very stamps vouch for: this library may have read some files long ago
        vouched = {folder: index.vouched() for folder, index in zip(FOLDERS, indices, strict=True)}
        certain = {folder: files for folder, files in vouched.items() if files is not None}
        if len(certain) < len(vouched):
            return self._roll_of(known)
        roll = self._roll_of(certain)
        keep_roll(path, roll, indices)
        return roll

    def _roll_of(self, known: Mapping[str, Mapping[str, FileRows]]) -> Roll:
        """The census of these files, by folder and name."""
        files = {f"{folder}/{name}": file for folder, named in known.items() for name, file in named.items()}
        reading = [f"{folder}/{name}" for folder, named in known.items() for name in _reading_order(named)]
        return roll_of({path: self._asked(file.profiles()) for path, file in files.items()}, reading)

    def together(self, ids: Collection[str]) -> list[Listed]:
        """The places of these questions and of all that share a set with one of them, in the order of `select`."""
        return list(self.census().together(ids))

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
        """The files read already; where the census, then where folders had it last time, used ones first; and all."""
        yield tuple(self._read)
        counted = self._roll.file_of(question_id) if self._roll else None
        if counted and (path := self.root / "questions" / counted).is_file():
            yield [path]
        for folder in sorted(FOLDERS, key=lambda folder: folder not in self._indices):
            known = (self.root / "questions" / folder / name for name in self._index(folder).holding(question_id))
            yield [path for path in known if path.is_file()]
        yield self._unlisted(question_id)

    def _unlisted(self, question_id: str) -> Iterator[Path]:
        """All files but those of which it is known, without reading them, that the question is not there."""
        for folder in FOLDERS:
            index = self._index(folder)
            for name in index.look():
                file = index.unread(name)
                if file is None or not file.is_parsed or file.holds(question_id):
                    yield self.root / "questions" / folder / name

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
        return [one.id for file in self._all_files() for one in file.places()]

    def sections(self) -> list[str]:
        """The names of the sections, in reading order, found without parsing."""
        return list(dict.fromkeys(file.section for file in self._in_reading_order(FOLDERS) if file.section))

    def _candidates(self, question_id: str, files: Iterable[Path]) -> list[tuple[Path, bool]]:
        """Files that mention the id, with whether they seem to define it; these come first."""
        wanted = question_id.encode("utf-8", "replace")
        defines = re.compile(rb"""id["']?\s*:\s*["']?""" + re.escape(wanted) + rb"""(?![\w-])""")
        mentions = [(path, data) for path in files if wanted in (data := self._data(path))]
        found = [(path, defines.search(data) is not None) for path, data in mentions]
        return sorted(found, key=lambda one: not one[1])

    def _files(self, selection: Selection) -> list[Path]:
        """The files that may hold a selected question, in reading order."""
        return [path for folder in folders(selection) for path in self._files_in(folder, selection)]

    def _files_in(self, folder: str, selection: Selection) -> Iterable[Path]:
        every = {path.name: path for path in bank_files(self.root, folder)}
        headers = {
            name: place_of(self._data(path)) for name, path in every.items() if may_hold(self._data(path), selection)
        }
        return map(every.__getitem__, _in_order(headers))

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


def _place_of(row: ListRow) -> Listed:
    return Listed(id=row.id, set=row.set, framework=row.framework, status=row.status)


def bank_files(root: Path, folder: str) -> list[Path]:
    """The bank files of one folder of `questions/`, by name."""
    return [root / "questions" / folder / name for name in stamps_in(root / "questions" / folder)]


def _ordered(files: Mapping[str, FileRows]) -> list[FileRows]:
    """A folder's files, by name, in reading order."""
    return [files[name] for name in _reading_order(files)]


def _reading_order(files: Mapping[str, FileRows]) -> list[str]:
    return _in_order({name: (file.section, file.order) for name, file in files.items()})


def _in_order(headers: Mapping[str, tuple[str, int | None]]) -> list[str]:
    """A folder's files in reading order, by name, each with its section and its order.

    Sections stand as `order:` says, those without one last; a section's files by name.
    """
    sections: dict[str, tuple[float, str]] = {}
    for name, (section, order) in headers.items():
        mine = (math.inf if order is None else order, name)
        sections[section] = min(mine, sections.get(section, mine))
    return sorted(headers, key=lambda name: (sections[headers[name][0]], headers[name][0], name))


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
