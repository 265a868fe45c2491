"""What the room's parts hand to one another, and the lines of `results.jsonl`. Nothing here does anything."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from quizdl.model import Outcome
from quizdl.text import Text

SCHEMA = 1
"""Of `results.jsonl`; a reader refuses a higher one."""

Form = Literal["python", "notebook", "text"]
"""How a file is read: code, the code cells of a notebook, or the typed answer to a question that asks for no code."""


Seed = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""One that can be kept in 64 bits."""


class _Record(msgspec.Struct, frozen=True, kw_only=True):
    """Immutable, and named field by field where it is made."""


# --- what was handed in: known to the trusted side alone, with names -------------------------------------------------


class Submission(_Record, frozen=True, kw_only=True):
    """One file that answers one question. learner: as the folder or the file names them. place: where it was found."""

    learner: str
    question_id: str
    source: bytes
    place: str
    form: Form = "python"


class Unrecognised(_Record, frozen=True, kw_only=True):
    """A file that is not graded and why; with `graded`, one that is, with a word on it."""

    place: str
    reason: Text
    graded: bool = False


# --- what workers see: no names --------------------------------------------------------------------------------------


class Task(_Record, frozen=True, kw_only=True):
    """One text to grade, as a worker gets it, wherever that runs. It says nothing of whose it is.

    key: hexadecimal, equal for gradings that cannot differ: source, form, question version, seeds, engine, level.
    seed: of the variant that was asked; input_seed: of the hidden inputs, one for each question of a batch.
    least: the lowest level that the worker may grade at. last: nobody waits for this worker any more, so that a timeout
    which a busy machine may have caused is repeated alone; without it, it comes back `doubtful`, to be sent once more.
    bank: the folder of a bank that is not the shipped one, as the worker sees it.
    """

    key: str
    question_id: str
    version: str
    source: bytes
    form: Form
    seed: int
    input_seed: int
    least: Literal["L0", "L1", "L2", "L3"] = "L2"
    last: bool = False
    bank: str | None = None


class Shown(_Record, frozen=True, kw_only=True):
    """A counterexample. hidden: it is one of the batch's hidden inputs as drawn, and for no learner to see."""

    inputs: dict[str, str]
    expected: str
    got: str
    difference: str = ""
    hidden: bool = False


class Graded(_Record, frozen=True, kw_only=True, tag="graded", tag_field="answer"):
    """What a worker says of one task, and with what it was graded.

    public_passed, public_total: of the question's own examples (`edges`), counted in passed and total too.
    public_feedback, public_counterexample: for as long as others may still hand in: of the examples alone.
    mistake: the id of a named mistake or of a wrong option, `generic:<name>`, or None.
    """

    key: str
    verdict: Outcome
    score: float
    points: int
    passed: int
    total: int
    public_passed: int = 0
    public_total: int = 0
    mistake: str | None = None
    feedback: tuple[Text, ...] = ()
    public_feedback: tuple[Text, ...] = ()
    counterexample: Shown | None = None
    public_counterexample: Shown | None = None
    version: str = ""
    engine: str = ""
    numpy: str = ""
    quizdl: str = ""
    level: str = ""
    isolation: tuple[str, ...] = ()
    seconds: float = 0.0
    doubtful: bool = False


class Refused(_Record, frozen=True, kw_only=True, tag="refused", tag_field="answer"):
    """A worker that cannot grade: it keeps code apart less well than the task demands, or has another bank."""

    reason: Text


# --- what is kept ----------------------------------------------------------------------------------------------------


class Line(_Record, frozen=True, kw_only=True, tag="result", tag_field="line"):
    """One graded submission in `results.jsonl`; `learner` is a keyed id. The last line of a learner's question counts.

    counts: the score that counts, where it is not `score`: an earlier, higher one was to be kept. at: Unix time.
    """

    learner: str
    question: str
    version: str
    source_sha256: str
    form: Form
    seed: Seed
    input_seed: Seed
    engine: str
    numpy: str
    quizdl: str
    level: str
    isolation: tuple[str, ...]
    verdict: Outcome
    score: float
    counts: float | None = None
    points: int
    passed: int
    total: int
    public_passed: int
    public_total: int
    mistake: str | None
    feedback: tuple[Text, ...]
    public_feedback: tuple[Text, ...]
    counterexample: Shown | None
    public_counterexample: Shown | None
    seconds: float
    at: float
    key: Annotated[str, msgspec.Meta(pattern="^([0-9a-f]{2})*$")]


class Standing(_Record, frozen=True, kw_only=True, array_like=True):
    """Of the line that counts of a learner's question: where in the file it begins, and what tables and marks need."""

    place: int
    source_sha256: str
    verdict: Outcome
    score: float
    counts: float | None
    mistake: str | None
    version: str
    seed: int
    input_seed: int
    engine: str
    numpy: str
    quizdl: str
    level: str
    key: str


def counted(line: Line | Standing | None) -> float | None:
    """The score of a line as it counts; None of no line, and where the grader could give none."""
    if line is None or line.verdict == "grader_error":
        return None
    return line.score if line.counts is None else line.counts


class Run(_Record, frozen=True, kw_only=True, tag="run", tag_field="line"):
    """The first line of each run in `results.jsonl`: the batch's seed, and in the first what the fields mean."""

    schema: int
    seed: int
    quizdl: str
    at: float
    fields: dict[str, str] = {}


FIELDS = {
    "line": "`run` where a run begins, `result` for one graded submission; the last one of a learner's question counts",
    "learner": "keyed id; learners.csv says whose it is",
    "question, version": "the question's id, and 12 hexadecimal digits over everything of it that is graded",
    "source_sha256, form": "of the file's bytes as handed in; python, notebook or text",
    "seed, input_seed": "which variant was asked, and which hidden inputs were drawn: quizdl submit --input-seed",
    "engine, numpy, quizdl": "what it was graded with: a digest of all that decides a verdict, and two versions",
    "level, isolation": "how the code was kept apart: quizdl doctor",
    "verdict, score, points": "score is 0 to 1 and earns score × points; `counts`, where there is one, wins over score",
    "passed, total": "cases; public_passed and public_total are those of the question's own examples",
    "mistake, feedback, counterexample": "what went wrong; public_… is for as long as others may still hand in",
    "seconds, at": "grading time, and Unix time",
    "key": "equal for gradings that cannot differ; such are graded once, as are files that comments alone tell apart",
}
"""What the first line of `results.jsonl` says of the others."""
