"""The bank proves itself: every solution passes, every mistake fails by name, every variant has its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from quizdl.authoring.files import all_files, check_sources, check_unique, misplaced, orphans
from quizdl.authoring.labs import check_header, check_labs
from quizdl.authoring.proofs import Proofs
from quizdl.authoring.report import Report
from quizdl.authoring.share import share, useful
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
    checker.prove(whole=not paths)
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
        self._subjects: list[Subject] = []
        self._unread: list[BankError] = []
        self._counts: Counter[str] = Counter(files=0, questions=0, variants=0, answers=0, programs=0)

    def read(self, path: Path) -> None:
        """Read one file; its sound questions are proved later."""
        self._counts["files"] += 1
        file, unread = inspect_file(path)
        self._unread += unread
        if file is not None:
            self._unread += check_header(file, path)
            self._add(file, shown(path))

    def _add(self, file: BankFile, name: str) -> None:
        for question in file.questions:
            faults, warnings = Faults(name, gather=True), Faults(name, gather=True)
            self._subjects.append(Subject(question, file.nodes[question.id], faults, warnings, Counter()))
            self._counts["questions"] += 1
            self._counts[question.kind] += 1

    def prove(self, whole: bool) -> None:
        """Whatever is not known already: first what needs no sandbox, while those that are needed get ready."""
        unknown = [subject for subject in self._subjects if not self._proofs.recall(subject)]
        programs = [subject for subject in unknown if isinstance(subject.question, Code)]
        with ExitStack() as stack:
            sandboxes = [stack.enter_context(_sandbox()) for _ in range(useful(len(programs)))]
            for sandbox in sandboxes:
                sandbox.start()
            self._together(whole)
            for subject in unknown:
                if not isinstance(subject.question, Code):
                    self._prove(subject, None)
            if sandboxes and not self._is_shipped:  # no more to be trusted than a submission
                sandboxes[0].require("L2")
            share(programs, sandboxes, self._prove)

    def _together(self, whole: bool) -> None:
        """What concerns several files; solutions and twins without a question show only when all questions are read."""
        check_unique(self._root, self._subjects)
        check_sources(self._root, self._subjects)
        check_labs(self._subjects)
        if whole and not self._unread:
            check_twins(self._subjects)
            self._unread += orphans(self._root, self._subjects)
        if whole:
            self._unread += misplaced(self._root)

    def _prove(self, subject: Subject, sandbox: Sandbox | None) -> None:
        """One question by itself. sandbox: for a code question."""
        from quizdl.authoring.answers import prove_answers
        from quizdl.authoring.draws import prove_variants
        from quizdl.authoring.words import prove_texts
        from quizdl.grading.keys import OWN_SOLUTION

        faults = len(subject.faults.found)
        prove_texts(subject)
        if self._is_shipped and getattr(subject.question, "reference", None) == OWN_SOLUTION:
            subject.fault(("reference",), _NO_ENTRY, _NAME_ONE)
        variants = prove_variants(subject, self._seeds)
        if sandbox is None:
            prove_answers(subject, variants)
        elif variants:
            from quizdl.authoring.programs import prove_programs

            prove_programs(subject, variants[0], sandbox)
        if len(subject.faults.found) == faults:
            self._proofs.keep(subject)

    def report(self) -> Report:
        """All that was found, by file in the order they were read."""
        faults = [error for subject in self._subjects for error in subject.faults.found]
        warnings = [error for subject in self._subjects for error in sorted(subject.warnings.found, key=_place)]
        for subject in self._subjects:
            self._counts.update(subject.counts)
        return Report((*self._unread, *faults), tuple(warnings), dict(self._counts))
