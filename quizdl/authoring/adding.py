"""Adds a question to a bank: to its section's file, or to a new one; what is there is never changed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from quizdl.authoring.check import check_bank
from quizdl.bank import Library
from quizdl.bank.decode import Header
from quizdl.bank.encoding import MAX_LINES
from quizdl.bank.faults import Faults
from quizdl.bank.nodes import Mapping, Scalar, Sequence
from quizdl.bank.write import file_text
from quizdl.bank.yaml import read
from quizdl.errors import BankError, InputError
from quizdl.text import Text
from quizdl.whole import write_whole

_MOST_FILES = 99


def add_entry(
    root: Path, header: Header, entry: str, question_id: str, solutions: dict[str, str] | None = None
) -> Path:
    """Add an entry (as `bank.write` makes it) with its solution files, name → source, and prove it; returns its file.

    Nothing is left behind where the question has a fault. Raises InputError for an id or a file that is taken,
    BankError for the question's first fault, GraderError where code cannot be run.
    """
    if question_id in Library(root).all_ids():
        raise InputError(
            Text(f"id「{question_id}」はもう使われています。", f"The id '{question_id}' is taken already."),
            Text("--id で別の id を指定してください。", "Choose another with --id."),
            str(root),
        )
    path, text = _placed(root, header, entry)
    targets = {root / "solutions" / _folder(header) / name: source for name, source in (solutions or {}).items()}
    for target in targets:
        if target.exists():
            raise InputError(
                Text("解答ファイルがもうあります。", "The solution file is there already."),
                Text("--id で別の id を指定してください。", "Choose another with --id."),
                str(target),
            )
    _prove(path, header, entry, solutions or {})
    for target, source in targets.items():
        _write(target, source)
    _write(path, text)
    return path


def _folder(header: Header) -> str:
    return header.stage or f"day{header.day}"


def _placed(root: Path, header: Header, entry: str) -> tuple[Path, str]:
    """The first of `lstm.yaml`, `lstm_2.yaml`, … that can take the entry, with its text then."""
    folder, stem = root / "questions" / _folder(header), header.section.replace("-", "_")
    for number in range(1, _MOST_FILES):
        path = folder / (f"{stem}.yaml" if number == 1 else f"{stem}_{number}.yaml")
        if not path.exists():
            return path, file_text(header, [entry])
        text = _appended(path, header, entry)
        if text is not None:
            return path, text
    raise InputError(Text("節のファイルが多すぎます。", "The section has too many files."), None, str(folder))


def _appended(path: Path, header: Header, entry: str) -> str | None:
    """The file with the entry at its end; None where it does not become one question more, or gets too long."""
    text = path.read_text(encoding="utf-8-sig").rstrip("\n")
    longer = f"{text}\n\n{entry}"
    before, after = _count(text, header), _count(longer, header)
    fits = longer.count("\n") <= MAX_LINES
    return longer if fits and before is not None and after == before + 1 else None


def _count(text: str, header: Header) -> int | None:
    """How many entries a file of this section has; None where that cannot be told."""
    root = read(text.encode(), Faults("", gather=True))
    if not isinstance(root, Mapping) or not isinstance(questions := root.entries.get("questions"), Sequence):
        return None
    section = root.entries.get("section")
    return len(questions.items) if isinstance(section, Scalar) and section.text == header.section else None


def _prove(path: Path, header: Header, entry: str, solutions: dict[str, str]) -> None:
    """Prove the question in a bank of its own. Raises BankError for its first fault."""
    with tempfile.TemporaryDirectory() as name:
        copy = Path(name) / "questions" / _folder(header) / path.name
        _write(copy, file_text(header, [entry]))
        for solution, source in solutions.items():
            _write(Path(name) / "solutions" / _folder(header) / solution, source)
        report = check_bank(Path(name), (copy,))
    if report.faults:
        fault = report.faults[0]
        raise BankError(fault.message, fault.hint, str(path))


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, text.encode("utf-8"), mode=0o644, lasting=False)
