"""What a worker does, on this machine or another: a task's bytes in, a verdict's bytes out. It knows no names.

A worker process has one warm sandbox, and prepares each question once. It says itself how well it keeps code apart,
and refuses where that is less than the task demands.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec
from msgspec.structs import replace

from quizdl.batch.provenance import engine_digest, numpy_version, quizdl_version
from quizdl.batch.records import Graded, Refused, Shown, Task
from quizdl.batch.source import Source, code_of, text_of
from quizdl.errors import GraderError, QuizdlError
from quizdl.grading.code import Marked, grade_prepared, prepared_for_many
from quizdl.grading.fairness import DoubtfulError, run_alone, run_promptly
from quizdl.grading.keys import OWN_SOLUTION
from quizdl.grading.prepared import Prepared
from quizdl.grading.public import PublicView
from quizdl.grading.verdicts import grader_error
from quizdl.model import Answer, Asked, Code, Counterexample, Question, Verdict
from quizdl.sandbox import Sandbox
from quizdl.sandbox.levels import at_most
from quizdl.text import Text

__all__ = ["Worker", "decode_answer", "encode_task", "engine_digest", "isolation_here", "run_task"]

_MOST_PREPARED = 64
_MOST_CELLS_LEFT_OUT = 12
_AT_LINE = re.compile(r"\(line (\d+)")
_FIRST_NUMBER = re.compile(r"(\d+)")
_THROUGH = "The lines it rose through:"

_encode = msgspec.json.Encoder().encode
_task = msgspec.json.Decoder(Task).decode
_answer: msgspec.json.Decoder[Graded | Refused] = msgspec.json.Decoder(Graded | Refused)


def run_task(task: bytes) -> bytes:
    """Grades one task; any executor can map this. Never raises for what was submitted."""
    return _encode(_worker().run(_task(task)))


def encode_task(task: Task) -> bytes:
    """What `run_task` takes."""
    return _encode(task)


def decode_answer(answer: bytes) -> Graded | Refused:
    """What `run_task` gives. Raises msgspec.DecodeError for what no worker says."""
    return _answer.decode(answer)


def isolation_here() -> tuple[str, ...]:
    """The layers that this process keeps code apart with. Raises GraderError."""
    return _worker().sandbox.isolation()


def question_of(task: Task) -> Question:
    """The question as the task's bank has it. Raises UnknownIdError, BankError."""
    from quizdl.bank import Library

    if task.bank is None:
        return Library().find(task.question_id)
    from quizdl.bank.shelf import in_bank

    root = Path(task.bank)
    return in_bank(Library(root).find(task.question_id.rpartition(".")[2]), root.name)


def teach(question: Question) -> None:
    """Has this process grade tasks of this question's version by it: a worker elsewhere needs no bank."""
    _worker().taught[question.id, question.version] = question


_own: list[Worker] = []


def _worker() -> Worker:
    """The one of this process."""
    if not _own:
        _own.append(Worker())
    return _own[0]


class Worker:
    """A sandbox and the questions that it has prepared."""

    def __init__(self) -> None:
        import quizdl.engine.references
        import quizdl.grading.explain  # noqa: F401 - a sandbox that has to wait for these prepares for other work

        self.sandbox = Sandbox()
        self._level: str | None = None
        self.taught: dict[tuple[str, str], Question] = {}
        self._asked: dict[tuple[str | None, str, str, int], Asked] = {}
        self._prepared: OrderedDict[tuple[str | None, str, str, int, int], Prepared] = OrderedDict()

    def run(self, task: Task) -> Graded | Refused:
        """The verdict on one task, or why this worker cannot give one."""
        try:
            asked = self._ask(task)
            if asked.question.version != task.version:
                return Refused(reason=_other_bank(task.question_id))
            if self._level is None:
                self._prepare_ahead(asked, task)
            level = self._checked_level(task.least)
        except QuizdlError as error:
            return Refused(reason=error.message)
        try:
            graded = self._graded(asked, task)
        except Exception as error:  # one submission never stops the rest
            graded = _failed(task.key, asked, _fault(error))
        return replace(
            graded,
            version=asked.question.version,
            engine=engine_digest(),
            numpy=numpy_version(),
            quizdl=quizdl_version(),
            level=level,
        )

    def _ask(self, task: Task) -> Asked:
        from quizdl.bank import ask

        place = (task.bank, task.question_id, task.version, task.seed)
        if place not in self._asked:
            question = self.taught.get((task.question_id, task.version)) or question_of(task)
            self._asked[place] = ask(question, task.seed)
        return self._asked[place]

    def _prepare_ahead(self, asked: Asked, task: Task) -> None:
        """The first question, before the sandbox is started: one that idles gets ready for other work than a batch."""
        if isinstance(asked.question, Code) and asked.question.reference != OWN_SOLUTION:
            with suppress(QuizdlError):  # whoever grades it will be told
                self._prepare(asked, task)

    def _checked_level(self, least: Literal["L0", "L1", "L2", "L3"]) -> str:
        if self._level is None:
            self._level = self.sandbox.level()
        if not at_most(self._level, least):  # type: ignore[arg-type]
            self.sandbox.require(least)
        return self._level

    def _graded(self, asked: Asked, task: Task) -> Graded:
        if not isinstance(asked.question, Code):
            from quizdl.grading import grade

            return _typed(task.key, asked, grade(asked, Answer(text=text_of(task.source))))
        source = code_of(task.source, task.form)
        if isinstance(source, Text):
            unreadable = Verdict(verdict="unreadable", score=0.0, passed=0, total=0, feedback=(source,))
            return _of(task.key, asked, Marked(unreadable, PublicView(0, len(asked.question.edges), (source,))))
        try:
            return self._run(asked, task, source)
        except DoubtfulError:
            timeout = Verdict(verdict="timeout", score=0.0, passed=0, total=0)
            return replace(_of(task.key, asked, Marked(timeout, PublicView(0, 0, ()))), doubtful=True)

    def _run(self, asked: Asked, task: Task, source: Source) -> Graded:
        try:
            prepared = self._prepare(asked, task)
        except QuizdlError as error:
            return _failed(task.key, asked, error)
        runner = run_alone if task.last else run_promptly
        for left in reversed(range(_MOST_CELLS_LEFT_OUT + 1)):
            answer = Answer(source=source.code)
            marked = grade_prepared(prepared, answer, sandbox=self.sandbox, runner=runner)
            cell = _failing_cell(source, prepared.question.function, marked.verdict)
            if cell is None or not left:
                break
            source = source.without(cell, marked.verdict.feedback[0])
        return _of(task.key, asked, marked, source)

    def _prepare(self, asked: Asked, task: Task) -> Prepared:
        place = (task.bank, task.question_id, task.version, task.seed, task.input_seed)
        if place not in self._prepared:
            self._prepared[place] = prepared_for_many(asked, input_seed=task.input_seed, sandbox=self.sandbox)
            if len(self._prepared) > _MOST_PREPARED:
                self._prepared.popitem(last=False)
        return self._prepared[place]


def _failing_cell(source: Source, function: str, verdict: Verdict) -> int | None:
    """The cell of a notebook that keeps the rest from being graded, where it is not the one that is graded."""
    if not source.cells or verdict.counterexample or verdict.verdict not in ("runtime_error", "syntax_error"):
        return None
    rose = next((text.en for text in verdict.feedback if text.en.startswith(_THROUGH)), "")
    found = _FIRST_NUMBER.search(rose) or _AT_LINE.search(verdict.feedback[0].en)
    place = source.cell_of(int(found[1])) if found else None
    if place is None or re.search(rf"^\s*def\s+{re.escape(function)}\b", source.cells[place[0] - 1], re.MULTILINE):
        return None
    return place[0]


def _failed(key: str, asked: Asked, error: QuizdlError) -> Graded:
    verdict = grader_error(error, total=0)
    return _of(key, asked, Marked(verdict, PublicView(0, 0, verdict.feedback)))


def _fault(error: Exception) -> QuizdlError:
    name = type(error).__name__
    return GraderError(Text(f"quizdl 自身の不具合です({name})。", f"This is a fault of quizdl itself ({name})."))


def _other_bank(question_id: str) -> Text:
    return Text(
        f"ワーカーの問題「{question_id}」の版が、こちらと違います。同じ版の quizdl を入れてください。",
        f"The worker has another version of the question '{question_id}'. Install the same quizdl there.",
    )


def _typed(key: str, asked: Asked, verdict: Verdict) -> Graded:
    """An answer to a question that asks for no code: nothing of it is hidden but whether it is right."""
    received = Text(
        "解答を受け取りました。結果は締切後に分かります。", "It is in; the result is told after the deadline."
    )
    return _of(key, asked, Marked(verdict, PublicView(0, 0, (received,))))


def _of(key: str, asked: Asked, marked: Marked, source: Source | None = None) -> Graded:
    verdict, public = marked.verdict, marked.public
    told = _with_notes(verdict.feedback, source)
    return Graded(
        key=key,
        verdict=verdict.verdict,
        score=verdict.score,
        points=asked.question.points,
        passed=verdict.passed,
        total=verdict.total,
        public_passed=public.passed,
        public_total=public.total,
        mistake=verdict.mistake,
        feedback=told,
        public_feedback=_with_notes(public.feedback, source),
        counterexample=_shown(verdict.counterexample, hidden=marked.hidden),
        public_counterexample=_shown(public.example),
        isolation=verdict.isolation,
        seconds=round(verdict.seconds, 6),
    )


def _with_notes(feedback: tuple[Text, ...], source: Source | None) -> tuple[Text, ...]:
    return feedback if source is None else (*feedback, *source.places(feedback), *source.notes)


def _shown(example: Counterexample | None, *, hidden: bool = False) -> Shown | None:
    if example is None:
        return None
    return Shown(
        inputs=example.inputs,
        expected=example.expected,
        got=example.got,
        difference=example.difference,
        hidden=hidden,
    )
