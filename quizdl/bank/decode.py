"""A bank file's nodes → questions: the header, sets unfolded, each question read as its kind and checked.

Errors: every fault is a BankError with `file:line:column`, what was expected, what was found and how to mend it.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, get_args

import msgspec

from quizdl.bank import rules, solutions
from quizdl.bank.encoding import MAX_BYTES
from quizdl.bank.faults import Faults
from quizdl.bank.nodes import Mapping, Node, Scalar, Sequence
from quizdl.bank.readers import expected, missing_field, not_one_of, read_record
from quizdl.bank.version import version_of
from quizdl.bank.yaml import read
from quizdl.errors import BankError
from quizdl.model import Code, FigureSpec, Question, SharedStem, Stage
from quizdl.sanitise import printable
from quizdl.text import Text

STAGES: tuple[str, ...] = get_args(Stage)
FOLDERS = (*STAGES[:2], "day1", "day2", "day3", "day4", *STAGES[2:])
"""The folders of `questions/`, in the course's order."""

CONTEXT_FIELDS = frozenset(
    {"section", "section_title", "section_lab", "day", "stage", "set", "version", "place", "solution"}
)
"""Fields of a question that the bank fills in; an author who writes one is told so."""

KINDS: dict[str, type[msgspec.Struct]] = {str(cls.__struct_config__.tag): cls for cls in get_args(Question)}
INHERITED = ("chapter", "source", "level", "scope", "framework", "status")
_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of itself before its questions.

    order: where the file stands among those of its folder. lab: the experiment that goes with its section.
    """

    section: str
    title: Text
    day: int | None = None
    stage: Stage | None = None
    order: int | None = None
    lab: str | None = None


class SetHeader(msgspec.Struct):
    """What an author writes of a set besides its questions; the last six are read where a question inherits them."""

    set: str
    stem: Text
    code: str | None = None
    figure: FigureSpec | None = None
    chapter: object = None
    source: object = None
    level: object = None
    scope: object = None
    framework: object = None
    status: object = None


class BankFile(msgspec.Struct, frozen=True):
    """One file's header and questions, sets unfolded, in the file's order.

    nodes: question id → its node, which knows the place of every field.
    """

    header: Header
    questions: tuple[Question, ...]
    nodes: dict[str, Node]


def parse_file(path: Path) -> list[Question]:
    """The questions of a bank file. Raises BankError at the first fault."""
    return list(load(path).questions)


def load(path: Path, data: bytes | None = None) -> BankFile:
    """A bank file's header and questions; `data` where its bytes are known. Raises BankError at the first fault."""
    loaded = decode(bytes_of(path) if data is None else data, path, Faults(shown(path)))
    assert loaded is not None  # noqa: S101 - a fault would have been raised
    return loaded


def check_file(path: Path) -> list[BankError]:
    """All the faults of a bank file; none where it can be used."""
    return inspect_file(path)[1]


def inspect_file(path: Path) -> tuple[BankFile | None, list[BankError]]:
    """What can be read of a bank file, without its faulty questions, and all its faults."""
    faults = Faults(shown(path), gather=True)
    try:
        return decode(bytes_of(path), path, faults), faults.found
    except BankError as error:
        return None, [error]


def shown(path: Path) -> str:
    """The path as an author types it: relative to the working directory where that is possible."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def bytes_of(path: Path) -> bytes:
    """At most one byte more than a bank file may hold."""
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BankError(
            Text(
                f"問題ファイルを読めません（{error.strerror}）。", f"The bank file cannot be read ({error.strerror})."
            ),
            Text("パスと権限を確認してください。", "Check the path and its permissions."),
            shown(path),
        ) from error


def decode(data: bytes, path: Path, faults: Faults) -> BankFile | None:
    """One bank file's bytes as questions, or None where no header can be read. `path` gives folder and names."""
    root = read(data, faults)
    if root is None:
        return None
    if not isinstance(root, Mapping):
        expected(root, Text("見出しと問題", "a header and questions"), "section: lstm", faults)
        return None
    header = _header(root, path.parent.name, faults)
    if header is None:
        return None
    decoder = _Decoder(header, path, faults)
    decoder.entries(root.entries["questions"])
    return BankFile(header, tuple(decoder.questions), decoder.nodes)


def _header(root: Mapping, folder: str, faults: Faults) -> Header | None:
    before = len(faults.found)
    own = {name: node for name, node in root.entries.items() if name != "questions"}
    values = read_record(Header, msgspec.structs.replace(root, entries=own), faults)
    if "questions" not in root.entries:
        missing_field(root, "questions", faults)
    elif len(faults.found) == before:
        _check_id(values["section"], root.entries["section"], faults)
        _check_folder(values, root, folder, faults)
    return Header(**values) if len(faults.found) == before else None


def _check_folder(values: dict[str, Any], root: Mapping, folder: str, faults: Faults) -> None:
    """A file says `day: N` or `stage: math|ml|ops`, and lies in the folder of that name."""
    day, stage = values.get("day"), values.get("stage")
    if (day is None) == (stage is None):
        faults.add(
            root,
            Text("day と stage のどちらか一方だけが必要です。", "Exactly one of day and stage is needed."),
            Text(
                "day: 1〜4 または stage: math / ml / ops と書いてください。",
                "Write day: 1 to 4, or stage: math, ml or ops.",
            ),
        )
        return
    at = root.entries["day" if stage is None else "stage"]
    named = f"day{day}" if stage is None else stage
    if named not in FOLDERS:
        faults.add(
            at,
            Text("day は 1 から 4 です。", "day is 1 to 4."),
            Text("day: 3 のように書いてください。", "Write, say, day: 3."),
        )
    elif folder in FOLDERS and folder != named:
        faults.add(
            at,
            Text(
                f"ファイルは {folder}/ にありますが、{named} とあります。",
                f"The file lies in {folder}/ but says {named}.",
            ),
            Text(
                f"値を直すか、questions/{named}/ に移してください。",
                f"Mend the value, or move it to questions/{named}/.",
            ),
        )


def _check_id(value: str, node: Node, faults: Faults) -> bool:
    if _ID.fullmatch(value):
        return True
    name = printable(value, 60)
    faults.add(
        node,
        Text(f"「{name}」は kebab-case ではありません。", f"'{name}' is not kebab-case."),
        Text(
            "英小文字・数字をハイフンでつないでください（例: lstm-step）。",
            "Join lower-case words by hyphens: lstm-step.",
        ),
    )
    return False


def is_draft(node: Mapping) -> bool:
    """Whether a question or a set says that it is not finished."""
    status = node.entries.get("status")
    return isinstance(status, Scalar) and status.text == "draft"


class _Decoder:
    """Reads the entries of one file; `questions` grows by those that have no fault."""

    def __init__(self, header: Header, path: Path, faults: Faults) -> None:
        self.questions: list[Question] = []
        self.nodes: dict[str, Node] = {}
        self._header = header
        self._path = path
        self._faults = faults
        self._seen: dict[str, int] = {}

    def entries(self, node: Node) -> None:
        """The file's questions and sets."""
        for item in self._list(node):
            if "set" in item.entries:
                self._set(item)
            else:
                self._question(item, None)

    def _list(self, node: Node) -> list[Mapping]:
        if not isinstance(node, Sequence):
            expected(node, Text("問題のリスト", "a list of questions"), "- id: lstm-step", self._faults)
            return []
        for item in node.items:
            if not isinstance(item, Mapping):
                expected(item, Text("問題", "a question"), "- id: lstm-step", self._faults)
        return [item for item in node.items if isinstance(item, Mapping)]

    def _set(self, node: Mapping) -> None:
        """Unfolds a set: each of its questions takes the set's `INHERITED` fields where it names none itself."""
        stem = self._stem(node)
        if "questions" not in node.entries:
            missing_field(node, "questions", self._faults)
            return
        inherited = [name for name in INHERITED if name in node.entries]
        for item in self._list(node.entries["questions"]):
            if "set" in item.entries:
                self._nested(item)
                continue
            for name in inherited:
                item.entries.setdefault(name, node.entries[name])
                item.keys.setdefault(name, node.keys[name])
            self._question(item, stem)

    def _stem(self, node: Mapping) -> SharedStem | None:
        """What the questions of a set share, or None after a fault."""
        before = len(self._faults.found)
        own = {name: child for name, child in node.entries.items() if name != "questions"}
        with self._faults.drafting(is_draft(node)):
            values = read_record(SetHeader, msgspec.structs.replace(node, entries=own), self._faults)
        if len(self._faults.found) > before:
            return None
        self._check_new_id(values["set"], own["set"])
        stem = SharedStem(id=values["set"], stem=values["stem"], code=values.get("code"), figure=values.get("figure"))
        rules.check_stem(stem, node, self._faults)
        return stem if len(self._faults.found) == before else msgspec.structs.replace(stem, figure=None)

    def _nested(self, item: Mapping) -> None:
        self._faults.add(
            item.keys["set"],
            Text("set の中に set は置けません。", "A set cannot stand inside a set."),
            Text("外側の questions: に並べてください。", "Move it out, beside the other set."),
        )

    def _question(self, node: Mapping, stem: SharedStem | None) -> None:
        """One question, checked, with its context; nothing is kept of a question with a fault."""
        before = len(self._faults.found)
        kind = self._kind(node)
        if kind is None:
            return
        own = {name: child for name, child in node.entries.items() if name != "kind" and self._is_authors(name, node)}
        with self._faults.drafting(is_draft(node)):
            values = read_record(kind, msgspec.structs.replace(node, entries=own), self._faults, CONTEXT_FIELDS)
        if "id" in values:
            self._check_new_id(values["id"], node.entries["id"])
        if len(self._faults.found) > before:
            return
        question: Any = kind(**values, **self._context(node, stem))
        if isinstance(question, Code) and question.answer is None:
            source = solutions.read_solution(question, self._path, node, self._faults)
            question = msgspec.structs.replace(question, solution=source)
        if len(self._faults.found) == before:
            rules.check(question, node, self._faults)
        if len(self._faults.found) == before:
            self.questions.append(msgspec.structs.replace(question, version=version_of(question)))
            self.nodes[question.id] = node

    def _kind(self, node: Mapping) -> type[msgspec.Struct] | None:
        named = node.entries.get("kind")
        if named is None:
            missing_field(node, "kind", self._faults)
            return None
        if not isinstance(named, Scalar):
            expected(named, Text("問題の種類", "a kind of question"), "kind: choice", self._faults)
            return None
        kind = KINDS.get(named.text)
        if kind is None:
            not_one_of(named, KINDS, self._faults)
        return kind

    def _is_authors(self, name: str, node: Mapping) -> bool:
        """Whether the author may write this field; those that the bank fills in are reported."""
        if name not in CONTEXT_FIELDS:
            return True
        self._faults.add(
            node.keys[name],
            Text(
                f"「{name}」は問題には書きません。ファイルの見出しと置き場所から決まります。",
                f"'{name}' is not written in a question: it follows from the file's header and folder.",
            ),
            Text(f"「{name}:」の行を消してください。", f"Delete '{name}:' here."),
        )
        return False

    def _check_new_id(self, value: str, node: Node) -> None:
        if not _check_id(value, node, self._faults):
            return
        if value in self._seen:
            self._faults.add(
                node,
                Text(
                    f"id「{value}」は {self._seen[value]} 行目でも使われています。",
                    f"The id '{value}' is also used on line {self._seen[value]}.",
                ),
                Text("問題ごとに別の id を付けてください。", "Give each question an id of its own."),
            )
        self._seen.setdefault(value, node.line)

    def _context(self, node: Mapping, stem: SharedStem | None) -> dict[str, Any]:
        """What a question gets from its file rather than from its author."""
        header, file = self._header, "/".join(self._path.parts[-3:])
        return {
            "section": header.section,
            "section_title": header.title,
            "section_lab": header.lab,
            "day": header.day,
            "stage": header.stage,
            "set": stem,
            "place": f"{file}:{node.line}:{node.column}",
        }
