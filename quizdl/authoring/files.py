"""Looks at the bank's files together: ids are unique, solutions mirror questions, sources are in the coverage list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from quizdl.authoring.subject import Subject
from quizdl.bank.decode import FOLDERS, bytes_of, shown
from quizdl.bank.library import bank_files
from quizdl.bank.scan import ids_of
from quizdl.bank.solutions import solution_name
from quizdl.errors import BankError
from quizdl.model import Code
from quizdl.text import Text

_SOURCE = re.compile(r"[a-z]+\d?-\d{3}", re.ASCII)
_COVERED = re.compile(r"^\s*-?\s*id:\s*['\"]?([\w-]+)", re.MULTILINE)


def all_files(root: Path) -> list[Path]:
    """Every bank file of a bank, in the course's order."""
    return [path for folder in FOLDERS for path in bank_files(root, folder)]


def check_unique(root: Path, subjects: Sequence[Subject]) -> None:
    """Report an id that two files of the bank define."""
    owners: dict[str, list[str]] = {}
    for path in all_files(root):
        name = shown(path)
        for one in set(ids_of(bytes_of(path))):
            owners.setdefault(one, []).append(name)
    for subject in subjects:
        others = [file for file in owners.get(subject.question.id, ()) if file != subject.faults.file]
        if others:
            subject.fault(
                ("id",),
                Text(f"同じ id が {others[0]} にもあります。", f"{others[0]} has a question of the same id."),
                Text("問題ごとに別の id を付けてください。", "Give each question an id of its own."),
            )


def check_sources(root: Path, subjects: Sequence[Subject]) -> None:
    """Report sources that are no ids of the coverage list, which a bank may keep in `questions/coverage.yaml`."""
    covered = _covered(root)
    for subject in subjects:
        for index, source in enumerate(subject.question.source):
            if not _SOURCE.fullmatch(source) or (covered and source not in covered):
                subject.fault(
                    ("source", index),
                    Text(
                        f"source「{source}」は網羅表の id ではありません。",
                        f"The source '{source}' is no id of the coverage list.",
                    ),
                    Text("例: d3-001", "For example d3-001."),
                )


def _covered(root: Path) -> frozenset[str]:
    try:
        return frozenset(_COVERED.findall((root / "questions" / "coverage.yaml").read_text(encoding="utf-8")))
    except OSError:
        return frozenset()


def misplaced(root: Path) -> list[BankError]:
    """Bank files that nothing reads: in a folder that is none of the course's, or not named `.yaml`."""
    files = [
        path for pattern in ("*/*.yaml", "**/*.yml", "*/*/**/*.yaml") for path in (root / "questions").glob(pattern)
    ]
    hint = Text(
        f"questions/ の下の {', '.join(FOLDERS)} に .yaml として置いてください。",
        f"Put it in questions/ under {', '.join(FOLDERS)}, as .yaml.",
    )
    message = Text("この場所の問題ファイルは読まれません。", "A bank file in this place is never read.")
    astray = sorted(
        {path for path in files if path.suffix == ".yml" or path.parent.name not in FOLDERS or path.parents[2] != root}
    )
    return [BankError(message, hint, f"{shown(path)}:1:1") for path in astray]


def orphans(root: Path, subjects: Sequence[Subject]) -> list[BankError]:
    """Solution files that belong to no whole-function question."""
    wanted = {
        (subject.question.place.split("/")[-2], solution_name(subject.question.id))
        for subject in subjects
        if isinstance(subject.question, Code) and subject.question.answer is None
    }
    found = [
        path for path in sorted((root / "solutions").glob("*/*.py")) if (path.parent.name, path.name) not in wanted
    ]
    message = Text("この解答に対応する関数全体の問題がありません。", "No whole-function question has this solution.")
    hint = Text("問題の id と揃えるか、削除してください。", "Name it after its question, or delete it.")
    return [BankError(message, hint, f"{shown(path)}:1:1") for path in found]
