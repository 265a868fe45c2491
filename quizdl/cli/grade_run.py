"""One run of `quizdl grade`, step by step: collect, check, grade, write, tell."""

from __future__ import annotations

import contextlib
import os
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from quizdl.bank import Library
from quizdl.batch.collect import Collection, collect
from quizdl.batch.folder import UNRECOGNISED, out_folder
from quizdl.batch.gradebook import FILE as GRADEBOOK
from quizdl.batch.gradebook import MOODLE_FILE, UNKNOWN_FILE, Gradebook
from quizdl.batch.identity import Identities
from quizdl.batch.layouts import Questions
from quizdl.batch.ledger import FILE as RESULTS
from quizdl.batch.ledger import Ledger
from quizdl.batch.overrides import Overrides, begin_overrides, read_overrides
from quizdl.batch.pool import Borrowed, Workers, processes
from quizdl.batch.provenance import quizdl_version
from quizdl.batch.records import Line, Submission, Unrecognised
from quizdl.batch.regrade import Regrading
from quizdl.batch.roster import Roster, read_roster
from quizdl.batch.run import Progress, Terms, run_batch
from quizdl.batch.scratch import Scratch
from quizdl.batch.spool import Spool
from quizdl.batch.tables import write_table
from quizdl.cli import grade_words as words
from quizdl.cli.banks import open_library, root_named
from quizdl.cli.grade_progress import Meter
from quizdl.cli.language import current
from quizdl.errors import InputError
from quizdl.model import Question
from quizdl.sandbox import Sandbox
from quizdl.sandbox.levels import Level
from quizdl.spreadsheet import safe_cell
from quizdl.text import Text

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Wishes:
    """The command line, checked."""

    path: Path
    out: Path
    jobs: int | None
    seed: int | None
    roster: Path | None
    regrade: str | None
    keep_higher: bool
    scheduler: str | None
    resume: bool
    feedback: Literal["public", "all"]
    deadline: float | None
    trust: bool

    @property
    def least(self) -> Level:
        """The lowest level that code may be run at."""
        return "L0" if self.trust else "L2"


def run(wishes: Wishes) -> int:
    """The whole run; the exit code."""
    with contextlib.closing(Scratch()) as scratch:
        return _run(wishes, scratch)


def _run(wishes: Wishes, scratch: Scratch) -> int:
    library = open_library()
    if wishes.regrade is not None:
        library.find(wishes.regrade)  # a slip in the id is told before anything else
    roster = read_roster(wishes.roster, scratch) if wishes.roster else None
    same = roster.same if roster else lambda learner, account: learner
    collection = collect(wishes.path, _questions(library), wishes.out, same, scratch)
    if not collection.counts and roster is None:
        words.tell_unrecognised(collection.unrecognised)
        raise _nothing(wishes.path)
    with out_folder(wishes.out), Ledger(wishes.out / RESULTS, scratch) as ledger:
        overrides = read_overrides(wishes.out)
        begin_overrides(wishes.out)
        batch = _Batch(wishes, library, roster, collection, ledger, overrides, scratch)
        try:
            progress = batch.grade()
        except KeyboardInterrupt:
            words.tell(words.interrupted(wishes.path, wishes.out, given=wishes.out))
            return INTERRUPTED
        return batch.finish(progress)


def _questions(library: Library) -> Questions:
    """Essays are left out: no machine marks them."""
    profiles = [one for one in library.profiles() if one.kind != "essay"]
    return Questions((one.id for one in profiles), (one.id for one in profiles if one.kind == "code"))


class _Batch:
    def __init__(
        self,
        wishes: Wishes,
        library: Library,
        roster: Roster | None,
        collection: Collection,
        ledger: Ledger,
        overrides: Overrides,
        scratch: Scratch,
    ) -> None:
        self.wishes, self.roster, self.collection = wishes, roster, collection
        self.ledger, self.overrides, self.scratch = ledger, overrides, scratch
        self.spool, self.identities = Spool(scratch), Identities(wishes.out, scratch)
        wanted = {*collection.counts, *ledger.questions, *(one for _, one in overrides)}
        self.questions = [library.find(one) for one in library.all_ids() if one in wanted]
        self.regrading: Regrading | None = None

    def grade(self) -> Progress:
        """Everything that has to be graded. Raises QuizdlError, and KeyboardInterrupt."""
        wishes, collection = self.wishes, self.collection
        self.identities.learn(chain(collection.learners, self.roster.enrolled if self.roster else ()))
        banks = _banks(self.questions)
        words.warn_of_public_solutions([one.id for one in self.questions if one.id not in banks])
        with self._workers() as (workers, level):
            seed = _seed(wishes, self.ledger)
            words.tell(words.begins(collection.counts.total(), len(collection.learners), level, workers.window))
            terms = Terms(seed, self._by_id(), wishes.least, level, resume=wishes.resume, banks=banks)
            self.ledger.begin(seed, quizdl_version(), round(time.time(), 3), anew=not wishes.resume)
            submissions = self.spool.through(collection.submissions(), self.identities.id_of)
            progress = Progress(total=self._affected())
            settle: Callable[[Line], Line] = lambda line: line  # noqa: E731 - the plain case of a method
            if wishes.regrade is not None:
                self.regrading = Regrading(self.ledger, terms, self.identities.id_of, wishes.keep_higher)
                submissions = self.regrading.affected(_only(submissions, wishes.regrade))
                settle = self.regrading.settle
            with Meter() as meter:
                run_batch(submissions, terms, self.ledger, workers, self.identities.id_of, meter.show, progress, settle)
        return progress

    def finish(self, progress: Progress) -> int:
        """Writes what is to be read, and says what there is; the exit code."""
        out = self.wishes.out
        book = self._gradebook()
        write_table(out / GRADEBOOK, book.table())
        write_table(out / MOODLE_FILE, book.moodle_table())
        _write_or_remove(out / UNKNOWN_FILE, book.unknown_table() if book.unknown else None)
        _write_or_remove(out / UNRECOGNISED, _unrecognised_table(self.collection.unrecognised))
        if self.regrading is not None:
            words.tell_changes(self.regrading, book)
        words.tell_unrecognised(self.collection.unrecognised)
        words.tell_unknown(book.unknown)
        words.tell_lost_overrides(self.overrides, book)
        reported = self._report(book)
        return words.tell_end(progress, out, self.ledger.seed, reports=reported)

    def _gradebook(self) -> Gradebook:
        names, id_of = self.identities.names(), self.identities.id_of
        return Gradebook(self.ledger, names, id_of, self.overrides, self.questions, self.roster, self.scratch)

    def _by_id(self) -> dict[str, Question]:
        return {one.id: one for one in self.questions}

    def _affected(self) -> int:
        """How many files there are to look at."""
        counts = self.collection.counts
        return counts[self.wishes.regrade] if self.wishes.regrade else counts.total()

    @contextlib.contextmanager
    def _workers(self) -> Iterator[tuple[Workers, Level]]:
        """Who grades, and at which level. Raises GraderError below the least one, and says why."""
        wishes = self.wishes
        if wishes.scheduler is not None:
            from quizdl.batch.cluster import open_cluster

            with open_cluster(wishes.scheduler, least=wishes.least, jobs=wishes.jobs, tell=words.tell) as cluster:
                yield Borrowed(cluster, lambda: cluster.slots), wishes.least
            return
        with Sandbox() as sandbox:
            sandbox.require(wishes.least, words.HOW_TO_TRUST)
            level = sandbox.level()
        with processes(wishes.jobs or _cores()) as workers:
            yield workers, level

    def _report(self, book: Gradebook) -> bool:
        """Whether there are reports."""
        try:
            from quizdl.cli.grade_reports import write
        except ImportError:
            return False
        write(self.wishes, book, self.spool, self.collection.unrecognised, current())
        return True


def _banks(questions: Sequence[Question]) -> dict[str, str]:
    """Id → folder, of the questions that are not the shipped bank's."""
    named = {one.id: one.id.rpartition(".")[0] for one in questions}
    return {question: str(root_named(name)) for question, name in named.items() if name}


def _only(submissions: Iterator[Submission], question_id: str) -> Iterator[Submission]:
    return (one for one in submissions if one.question_id == question_id)


def _seed(wishes: Wishes, ledger: Ledger) -> int:
    """The folder's own where it has one: everybody in it has the same hidden inputs. Raises InputError."""
    goes_on = wishes.resume or wishes.regrade is not None
    if goes_on and ledger.seed is not None and wishes.seed not in (None, ledger.seed):
        raise InputError(
            Text(
                f"この結果の種は {ledger.seed} です。続きや再採点で種は変えられません。",
                f"These results have the seed {ledger.seed}: it cannot change in the middle.",
            ),
            Text("--seed を外してください。", "Leave --seed out."),
        )
    if wishes.seed is not None:
        return wishes.seed
    return secrets.randbits(62) if ledger.seed is None else ledger.seed


def _cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _write_or_remove(path: Path, rows: Iterable[list[str]] | None) -> None:
    if rows is None:
        path.unlink(missing_ok=True)
    else:
        write_table(path, rows)


def _unrecognised_table(found: list[Unrecognised]) -> Iterator[list[str]] | None:
    if not found:
        return None
    lang = current()
    rows = ([safe_cell(one.place), "graded" if one.graded else "", one.reason.of(lang)] for one in found)
    return chain([["file", "graded", "reason"]], rows)


def _nothing(path: Path) -> InputError:
    return InputError(
        Text("採点できる提出物が一つもありません。", "There is nothing here that could be graded."),
        Text(
            "`<学習者>/<問題の ID>.py` の形にしてください。ID: quizdl list --kind code",
            "Use `<learner>/<question-id>.py`. For the ids: quizdl list --kind code",
        ),
        str(path),
    )
