"""The bank proves itself: every solution passes, every mistake fails by name, every variant has its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from quizdl.authoring.files import all_files, check_sources, check_unique, misplaced, orphans
from quizdl.authoring.proofs import Proofs
from quizdl.authoring.report import Report
from quizdl.authoring.subject import Subject
from quizdl.authoring.twins import check_twins
from quizdl.bank.decode import BankFile, inspect_file, shown
from quizdl.bank.faults import Faults
from quizdl.errors import BankError
from quizdl.model import Code
from quizdl.paths import bank_root
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.sandbox import Sandbox


def check_bank(root: Path, paths: Sequence[Path] = (), seeds: int = 200, proofs: Path | None = None) -> Report:
    """Prove the bank at `root`, or some of its files.

    seeds: how many variants of each question with variables are asked. proofs: the folder of what was proved before,
    for questions that have not changed since.
    Raises GraderError where the sandbox itself cannot work, or gives less than L2 to another bank's code; what is wrong
    with the bank is in the report.
    """
    checker = _Checker(root, seeds, proofs)
    for path in paths or all_files(root):
        checker.read(path)
    checker.together(whole=not paths)
    checker.prove()
    return checker.report()


def _sandbox() -> Sandbox:
    from quizdl.sandbox import Sandbox

    return Sandbox()


def _place(error: BankError) -> tuple[int, int]:
    """Line and column: what was proved before is reported before what is proved now."""
    _, line, column = str(error.where).rsplit(":", 2)
    return int(line), int(column)


_NO_ENTRY = Text(
    "同梱の問題は、模範解答ではなくエンジンを参照します。",
    "A shipped question is graded by the engine, not by its own answer.",
)
_NAME_ONE = Text(
    "quizdl/engine/references.py の名前を書いてください。", "Name an entry of quizdl/engine/references.py."
)


class _Checker:
    """Collects what is found, file by file."""

    def __init__(self, root: Path, seeds: int, proofs: Path | None) -> None:
        self._root = root
        self._is_shipped = root.resolve() == bank_root().resolve()
        self._seeds = seeds
        self._proofs = Proofs(proofs, seeds, self._is_shipped)
        self._sandbox: Sandbox | None = None
        self._subjects: list[Subject] = []
        self._unread: list[BankError] = []
        self._found: list[tuple[Faults, Faults]] = []
        self._counts: Counter[str] = Counter(files=0, questions=0, variants=0, answers=0, programs=0)

    def read(self, path: Path) -> None:
        """Read one file; its sound questions are proved later."""
        self._counts["files"] += 1
        file, unread = inspect_file(path)
        self._unread += unread
        if file is not None:
            self._add(file, shown(path))

    def _add(self, file: BankFile, name: str) -> None:
        faults, warnings = Faults(name, gather=True), Faults(name, gather=True)
        self._found.append((faults, warnings))
        for question in file.questions:
            self._subjects.append(Subject(question, file.nodes[question.id], faults, warnings, self._counts))
            self._counts["questions"] += 1
            self._counts[question.kind] += 1

    def together(self, whole: bool) -> None:
        """What concerns several files; solutions and twins without a question show only when all questions are read."""
        check_unique(self._root, self._subjects)
        check_sources(self._root, self._subjects)
        if whole and not self._unread:
            check_twins(self._subjects)
            self._unread += orphans(self._root, self._subjects)
        if whole:
            self._unread += misplaced(self._root)

    def prove(self) -> None:
        """What concerns each question by itself; all programs run in one warm sandbox, where any has to."""
        unknown = [subject for subject in self._subjects if not self._proofs.recall(subject)]
        with ExitStack() as stack:
            if any(isinstance(subject.question, Code) for subject in unknown):
                self._sandbox = stack.enter_context(_sandbox())
                if not self._is_shipped:  # no more to be trusted than a submission
                    self._sandbox.require("L2")
            for subject in unknown:
                self._prove(subject)

    def _prove(self, subject: Subject) -> None:
        from quizdl.authoring.answers import prove_answers
        from quizdl.authoring.draws import prove_variants
        from quizdl.authoring.programs import prove_programs
        from quizdl.authoring.words import prove_texts
        from quizdl.grading.keys import OWN_SOLUTION

        faults, counts = len(subject.faults.found), subject.counts.copy()
        prove_texts(subject)
        if self._is_shipped and getattr(subject.question, "reference", None) == OWN_SOLUTION:
            subject.fault(("reference",), _NO_ENTRY, _NAME_ONE)
        variants = prove_variants(subject, self._seeds)
        if variants and self._sandbox is not None and isinstance(subject.question, Code):
            prove_programs(subject, variants[0], self._sandbox)
        else:
            prove_answers(subject, variants)
        if len(subject.faults.found) == faults:
            self._proofs.keep(subject, subject.counts - counts)

    def report(self) -> Report:
        """All that was found, by file in the order they were read."""
        faults = [error for found, _ in self._found for error in found.found]
        warnings = [error for _, found in self._found for error in sorted(found.found, key=_place)]
        return Report((*self._unread, *faults), tuple(warnings), dict(self._counts))
