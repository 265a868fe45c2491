"""The bank proves itself: every solution passes, every mistake fails by name, every variant has its key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from quizdl.authoring.files import all_files, check_sources, check_unique, misplaced, orphans
from quizdl.authoring.report import Report
from quizdl.authoring.subject import Subject
from quizdl.authoring.twins import check_twins
from quizdl.bank.decode import BankFile, inspect_file, shown
from quizdl.bank.faults import Faults
from quizdl.errors import BankError
from quizdl.model import Code
from quizdl.paths import bank_root


def check_bank(root: Path, paths: Sequence[Path] = (), seeds: int = 200) -> Report:
    """Prove the bank at `root`, or some of its files.

    seeds: how many variants of each question with variables are asked.
    Raises GraderError where the sandbox itself cannot work, or gives less than L2 to another bank's code; what is wrong
    with the bank is in the report.
    """
    checker = _Checker(root, seeds)
    for path in paths or all_files(root):
        checker.read(path)
    checker.together(whole=not paths)
    checker.prove()
    return checker.report()


class _Checker:
    """Collects what is found, file by file."""

    def __init__(self, root: Path, seeds: int) -> None:
        self._root = root
        self._seeds = seeds
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
        """What concerns each question by itself; all programs run in one warm sandbox."""
        from quizdl.authoring.answers import prove_answers
        from quizdl.authoring.draws import prove_variants
        from quizdl.authoring.programs import prove_programs
        from quizdl.authoring.words import prove_texts
        from quizdl.sandbox import Sandbox

        with Sandbox() as sandbox:
            if self._holds_code_of_others():
                sandbox.require("L2")
            for subject in self._subjects:
                prove_texts(subject)
                variants = prove_variants(subject, self._seeds)
                if variants and isinstance(subject.question, Code):
                    prove_programs(subject, variants[0], sandbox)
                else:
                    prove_answers(subject, variants)

    def _holds_code_of_others(self) -> bool:
        """A bank that did not come with the program is no more to be trusted than a submission."""
        is_ours = self._root.resolve() == bank_root().resolve()
        return not is_ours and any(isinstance(subject.question, Code) for subject in self._subjects)

    def report(self) -> Report:
        """All that was found, by file in the order they were read."""
        faults = [error for found, _ in self._found for error in found.found]
        warnings = [error for _, found in self._found for error in found.found]
        return Report((*self._unread, *faults), tuple(warnings), dict(self._counts))
