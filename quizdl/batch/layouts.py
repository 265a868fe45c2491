"""Whose answer to which question a file is, by its path alone: our own layouts, Moodle's and Canvas's. Pure.

    ann/gru-step.py                                       a folder a learner
    ann__gru-step.py                                      no folders
    Ann Lee_12345_assignsubmission_file_/gru-step.py      Moodle, with folders or without
    leeann_12345_67890_gru-step-1.py                      Canvas; `_LATE_` too

An archive counts as a folder, and its name says whose it is where no folder does: `ann.zip`, `ann__week3.tar.gz`.
The question is recognised however a browser, a system or a person has changed its name: `GRU_Step (1).py.txt`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from quizdl.batch.records import Form
from quizdl.sanitise import printable
from quizdl.text import Text

_MOODLE = re.compile(r"^(?P<name>.+?)_(?P<number>\d+)_assignsubmission_(?:file|onlinetext)_?(?P<rest>.*)$")
_CANVAS = re.compile(r"^(?P<name>[^_]+)_(?:LATE_)?(?P<number>\d+)_(?P<upload>\d+)_(?P<rest>.+)$")
_COPY = re.compile(r"(?:\s*\((\d{1,4})\)|[-_](\d{1,3})|\s*-?\s*(?:copy|コピー)(?:\s*\(?(\d{1,4})\)?)?)$", re.IGNORECASE)
_ENDINGS: tuple[tuple[str, Form], ...] = ((".ipynb", "notebook"), (".py", "python"), (".txt", "text"))
_ARCHIVES = (".zip", *(f".tar{packed}" for packed in ("", ".gz", ".bz2", ".xz")), ".tgz", ".tbz2", ".txz")
_MOST_COPIES = 3
_MOST_CHARACTERS = 200

JUNK_FOLDERS = frozenset({"__macosx", "__pycache__", "node_modules", "venv"})
_JUNK_FILES = frozenset({"thumbs.db", "desktop.ini"})


@dataclass(frozen=True, slots=True)
class Place:
    """A file's place among the others: whose it is, what it answers, and which of several is the newest.

    account: the number that tells people of one name apart, where the layout has one.
    """

    learner: str
    question_id: str
    form: Form
    age: tuple[int, int]
    account: str = ""


def is_junk(parts: tuple[str, ...]) -> bool:
    """What systems and editors leave behind, and nobody handed in."""
    *folders, name = (part.casefold() for part in parts)
    hidden = any(part.startswith(".") and part not in (".", "..") for part in (*folders, name))
    return hidden or name in _JUNK_FILES or any(folder in JUNK_FOLDERS for folder in folders)


def archive_stem(name: str) -> str | None:
    """The name of an archive without its ending; None for what is called otherwise."""
    lowered = name.casefold()
    return next((name[: -len(end)] for end in _ARCHIVES if lowered.endswith(end) and len(name) > len(end)), None)


def wrappers(paths: Iterable[tuple[str, ...]]) -> int:
    """How many folders at the top hold nothing but the one below: `week3/ann/x.py` in an archive of `week3`."""
    common: tuple[str, ...] | None = None
    for parts in paths:
        packed = (at for at, part in enumerate(parts[:-1]) if archive_stem(part) is not None)
        above = parts[: next(packed, len(parts) - 2)] if len(parts) > 1 else ()
        if common is None:
            common = above
        while common and above[: len(common)] != common:
            common = common[:-1]
        if not common:
            return 0
    return len(common or ())


class Questions:
    """The ids of a bank, found by names that resemble them. code: those that ask for code."""

    def __init__(self, ids: Iterable[str], code: Iterable[str]) -> None:
        self._ids: Mapping[str, str] = {_plain(one): one for one in ids}
        self._code = frozenset(code)

    def placed(self, parts: tuple[str, ...]) -> Place | Text:
        """A file's place, or why it has none. parts: of its path, without wrappers."""
        name = unicodedata.normalize("NFC", parts[-1])
        ended = _without_ending(name)
        if ended is None:
            return _OTHER_FILE
        stem, form = ended
        owners = list(_owners(tuple(unicodedata.normalize("NFC", part) for part in parts[:-1]), stem))
        named = [(owner, found) for owner in owners if (found := self._question(owner.stem)) is not None]
        if not named:
            return _no_question(owners[0].stem) if owners else _NO_LEARNER
        owner, (question, copy) = named[0]
        if not owner.learner.strip() or len(owner.learner) > _MOST_CHARACTERS:
            return _NO_LEARNER
        if question not in self._code and form != "text":
            return Text(
                f"「{question}」はコード問題ではありません。解答は .txt で提出します。",
                f"'{question}' asks for no code; its answer is handed in as .txt.",
            )
        read_as: Form = "python" if question in self._code and form == "text" else form
        return Place(owner.learner.strip(), question, read_as, (owner.upload, copy), owner.account)

    def answers(self, name: str) -> bool:
        """Whether a file is called after a question alone, as in a folder a learner."""
        ended = _without_ending(unicodedata.normalize("NFC", name))
        return ended is not None and self._question(ended[0]) is not None

    def _question(self, stem: str) -> tuple[str, int] | None:
        """The question that a name means, and which copy of the file it is."""
        copy = 0
        for _ in range(_MOST_COPIES):
            if (found := self._ids.get(_plain(stem))) is not None:
                return found, copy
            numbered = _COPY.search(stem)
            if numbered is None:
                return None
            copy = max(copy, int(next(filter(None, numbered.groups()), "1")))
            stem = stem[: numbered.start()]
        found = self._ids.get(_plain(stem))
        return None if found is None else (found, copy)


@dataclass(frozen=True, slots=True)
class _Owner:
    learner: str
    stem: str
    account: str = ""
    upload: int = 0


def _owners(folders: tuple[str, ...], stem: str) -> Iterator[_Owner]:
    """Whose it may be: by its folder, else by its own name, wherever it lies."""
    if folders:
        yield _owner(folders[0], stem)
    if moodle := _MOODLE.match(stem):
        yield _Owner(moodle["name"], moodle["rest"], moodle["number"])
    if canvas := _CANVAS.match(stem):
        yield _Owner(canvas["name"], canvas["rest"], canvas["number"], int(canvas["upload"][:18]))
    learner, between, rest = stem.rpartition("__")
    if between:
        yield _Owner(learner, rest)


def _owner(folder: str, stem: str) -> _Owner:
    """Whose a folder or an archive is."""
    packed = archive_stem(folder)
    name = folder if packed is None else packed
    if moodle := _MOODLE.match(name):
        return _Owner(moodle["name"], stem, moodle["number"])
    if packed is not None and (canvas := _CANVAS.match(name)):
        return _Owner(canvas["name"], stem, canvas["number"], int(canvas["upload"][:18]))
    learner, between, _ = name.rpartition("__")
    return _Owner(learner if packed is not None and between else name, stem)


def _no_question(stem: str) -> Text:
    shown = printable(stem, 60)
    return Text(f"「{shown}」という問題はありません。", f"There is no question '{shown}'.")


def _without_ending(name: str) -> tuple[str, Form] | None:
    """`x.py.txt` is code that a browser has renamed."""
    lowered = name.casefold()
    for ending, form in _ENDINGS:
        if lowered.endswith(ending) and len(name) > len(ending):
            stem = name[: -len(ending)]
            return (_without_ending(stem) or (stem, form)) if form != "notebook" else (stem, form)
    return None


def _plain(name: str) -> str:
    """One spelling for all that people, systems and keyboards make of an id."""
    return re.sub(r"[\s_-]+", "-", unicodedata.normalize("NFKC", name).casefold()).strip("-")


_OTHER_FILE = Text("提出物の形式（.py、.ipynb、.txt）ではありません。", "It is no .py, .ipynb or .txt file.")
_NO_LEARNER = Text(
    "誰の提出か分かりません。`<学習者>/<問題の ID>.py` か `<学習者>__<問題の ID>.py` にしてください。",
    "It does not say whose it is: use `<learner>/<question-id>.py` or `<learner>__<question-id>.py`.",
)
