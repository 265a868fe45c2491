"""A batch from its submissions to its results: what is graded already is passed over, what is alike is graded once."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice

from msgspec.structs import replace

from quizdl.batch.gist import gist
from quizdl.batch.ledger import Ledger
from quizdl.batch.pool import Workers, graded
from quizdl.batch.provenance import (
    engine_digest,
    input_seed_of,
    numpy_version,
    quizdl_version,
    source_digest,
    task_key,
)
from quizdl.batch.records import Form, Graded, Line, Submission, Task
from quizdl.errors import GraderError
from quizdl.grading.verdicts import grader_error
from quizdl.model import Outcome, Question
from quizdl.text import Text

_AHEAD, _AHEAD_BYTES = 16, 256 << 10

VARIANT = 0
"""The seed of the variant that everybody is asked: what `quizdl show` shows."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a batch is graded by. level: of this machine, or the least that workers must have.

    questions: id → question. resume: what has a result is passed over. banks: id → folder of the bank that it is from,
    where that is not the shipped one.
    """

    seed: int
    questions: dict[str, Question]
    least: str
    level: str
    resume: bool = False
    banks: Mapping[str, str] = field(default_factory=dict)

    def task(self, submission: Submission, digest: str | None = None) -> Task:
        """The task, without whose it is. digest: the source's, where it is known already."""
        question = self.questions[submission.question_id]
        return Task(
            key=self.key(submission, digest or source_digest(submission.source)),
            question_id=question.id,
            version=question.version,
            source=submission.source,
            form=submission.form,
            seed=VARIANT,
            input_seed=input_seed_of(self.seed, question.id),
            least=self.least,  # type: ignore[arg-type]
            bank=self.banks.get(question.id),
        )

    def key(self, submission: Submission, digest: str) -> str:
        """Equal for tasks that cannot differ. digest: of what tells texts apart."""
        question = self.questions[submission.question_id]
        seeds = VARIANT, input_seed_of(self.seed, question.id)
        return task_key(digest, submission.form, question.id, question.version, seeds, self.level)

    def gist_key(self, submission: Submission) -> str | None:
        """Equal for tasks whose programs cannot differ, though their comments may; None where that is not known."""
        found = gist(submission.source) if submission.form == "python" else None
        return None if found is None else self.key(submission, f"gist {found}")


@dataclass(slots=True)
class Progress:
    """How far a batch is. counts: of verdicts in this run; kept: results that stood already; copied: of like texts."""

    total: int
    began: float = field(default_factory=time.monotonic)
    done: int = 0
    kept: int = 0
    copied: int = 0
    counts: dict[Outcome, int] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Results a second in this run."""
        return (self.done - self.kept) / max(time.monotonic() - self.began, 1e-9)

    @property
    def seconds_left(self) -> float | None:
        """None before anything can be said."""
        return (self.total - self.done) / self.rate if self.done > self.kept else None


_Read = tuple[Submission, str, Task]
"""A submission, the digest of its text, and the task that it makes."""


@dataclass(frozen=True, slots=True)
class _Owner:
    """One learner's submission, without its text. gist: the key of all whose programs are the same."""

    learner: str
    question_id: str
    source_sha256: str
    form: Form
    gist: str | None


def run_batch(
    submissions: Iterable[Submission],
    terms: Terms,
    ledger: Ledger,
    workers: Workers,
    id_of: Callable[[str], str],
    told: Callable[[Progress], None],
    progress: Progress,
    settle: Callable[[Line], Line] = lambda line: line,
) -> None:
    """Grades everything that has no result and appends each to the ledger as it comes.

    id_of: learner → keyed id. settle: what is to be changed of a line before it is kept.
    Raises GraderError where workers refuse.
    """
    batch = _Batch(terms, ledger, id_of, told, progress, settle)
    for tasks in (batch.tasks(submissions), batch.second_look()):
        for task, answer in graded(tasks, workers, lambda: told(progress)):
            batch.take(task, answer)


class _Batch:
    def __init__(
        self,
        terms: Terms,
        ledger: Ledger,
        id_of: Callable[[str], str],
        told: Callable[[Progress], None],
        progress: Progress,
        settle: Callable[[Line], Line],
    ) -> None:
        self.terms, self.ledger, self.id_of, self.told = terms, ledger, id_of, told
        self.progress, self.settle = progress, settle
        self.waiting: dict[str, list[_Owner]] = {}  # those whose text is being graded, by the task's key
        self.doubtful: list[Task] = []

    def tasks(self, submissions: Iterable[Submission]) -> Iterator[Task]:
        """One task for all that cannot be told apart; nothing for what has a result."""
        read = ((one, digest := source_digest(one.source), self.terms.task(one, digest)) for one in submissions)
        for submission, digest, task in _some_at_a_time(read):
            learner = self.id_of(submission.learner)
            if self.terms.resume and self._is_done(learner, digest, task):
                self._count(None)
                continue
            same, gist_key = self._alike(submission, task)
            owner = _Owner(learner, task.question_id, digest, submission.form, gist_key)
            if same is not None:
                self.progress.copied += 1
                own = {"learner": learner, "source_sha256": digest, "key": task.key}
                self._keep(replace(same, **own, counts=None, at=time.time()))
            elif task.key in self.waiting:
                self.progress.copied += 1
                self.waiting[task.key].append(owner)
            else:
                self.waiting[task.key] = [owner]
                yield task

    def second_look(self) -> Iterator[Task]:
        """Timeouts that a busy machine may have caused, when nobody is kept waiting by them."""
        tasks, self.doubtful = self.doubtful, []
        yield from (replace(task, last=True) for task in tasks)

    def take(self, task: Task, answer: Graded | None) -> None:
        """What came of a task, for everybody who handed it in."""
        if answer is not None and answer.doubtful:
            self.doubtful.append(task)
            return
        if answer is None:
            answer = _given_up(task, self.terms)
        for owner in self.waiting.pop(task.key):
            line = _line(owner, task, answer)
            self._keep(line, None if _may_cite_comments(line) else owner.gist)

    def _alike(self, submission: Submission, task: Task) -> tuple[Line | None, str | None]:
        """A result of this very text; else one of a text that only comments tell apart, and the key to look for it."""
        same = self.ledger.alike(task.key)
        if same is not None:
            return same, None
        gist_key = self.terms.gist_key(submission)
        return None if gist_key is None else self.ledger.alike(gist_key), gist_key

    def _is_done(self, learner: str, digest: str, task: Task) -> bool:
        """Whether what stands is a result of this very text, asked and drawn alike, whatever it was graded with."""
        last = self.ledger.standing(learner, task.question_id)
        if last is None or last.verdict == "grader_error":
            return False
        found = (last.source_sha256, last.seed, last.input_seed)
        return found == (digest, task.seed, task.input_seed)

    def _keep(self, line: Line, also: str | None = None) -> None:
        self.ledger.append(self.settle(line), also)
        self._count(line.verdict)

    def _count(self, verdict: Outcome | None) -> None:
        progress = self.progress
        progress.done += 1
        if verdict is None:
            progress.kept += 1
        else:
            progress.counts[verdict] = progress.counts.get(verdict, 0) + 1
        self.told(progress)


def _some_at_a_time(read: Iterator[_Read]) -> Iterator[_Read]:
    """The same, a few of them ahead: to read one after each result costs twice as much as many in a row."""
    while bunch := list(_bunch(read)):
        yield from bunch


def _bunch(read: Iterator[_Read]) -> Iterator[_Read]:
    """No more than take little memory."""
    size = 0
    for one in islice(read, _AHEAD):
        yield one
        size += len(one[2].source)
        if size > _AHEAD_BYTES:
            return


def _given_up(task: Task, terms: Terms) -> Graded:
    """The verdict on what ended every worker that tried it: a fault of the grader until somebody has looked."""
    error = GraderError(
        Text("採点プロセスが繰り返し異常終了しました。", "The worker that graded it died again and again."),
        Text("この提出物を報告してください。", "Report this submission."),
    )
    verdict = grader_error(error, total=0)
    return Graded(
        key=task.key,
        verdict=verdict.verdict,
        score=0.0,
        points=terms.questions[task.question_id].points,
        passed=0,
        total=0,
        feedback=verdict.feedback,
        public_feedback=verdict.feedback,
        version=task.version,
        engine=engine_digest(),
        numpy=numpy_version(),
        quizdl=quizdl_version(),
        level=terms.level,
    )


def _may_cite_comments(line: Line) -> bool:
    """Whether what is told may show a comment, which is its writer's alone, or a place that a comment has moved."""
    told = (*line.feedback, *line.public_feedback)
    return line.verdict == "syntax_error" or any("#" in text.ja or "#" in text.en for text in told)


def _line(owner: _Owner, task: Task, answer: Graded) -> Line:
    return Line(
        learner=owner.learner,
        question=owner.question_id,
        version=answer.version,
        source_sha256=owner.source_sha256,
        form=owner.form,
        seed=task.seed,
        input_seed=task.input_seed,
        engine=answer.engine,
        numpy=answer.numpy,
        quizdl=answer.quizdl,
        level=answer.level,
        isolation=answer.isolation,
        verdict=answer.verdict,
        score=answer.score,
        points=answer.points,
        passed=answer.passed,
        total=answer.total,
        public_passed=answer.public_passed,
        public_total=answer.public_total,
        mistake=answer.mistake,
        feedback=answer.feedback,
        public_feedback=answer.public_feedback,
        counterexample=answer.counterexample,
        public_counterexample=answer.public_counterexample,
        seconds=answer.seconds,
        at=round(time.time(), 3),
        key=task.key,
    )
