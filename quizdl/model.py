"""The frozen records that every room speaks: questions, what was asked, answers, verdicts, attempts.

A `Question` is what an author wrote. `Asked` is one variant of it as a learner saw it: the seed, the drawn values, the
texts with the values filled in, and the key. A `Verdict` is what the grader says of an answer, an `Attempt` is what the
record keeps. None of them does anything.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

from quizdl.figures import FigureValue
from quizdl.text import Text, same

Kind = Literal["choice", "numeric", "shape", "expression", "term", "order", "code", "essay"]
Level = Literal["recall", "apply", "analyse"]
Stage = Literal["math", "ml", "ops"]
Scope = Literal["disputed"]
Framework = Literal["pytorch", "tensorflow"]
Status = Literal["draft"]
Mode = Literal["practice", "answer", "submit", "exam", "paper"]
"""Where an answer was given; `paper` is one read back from an exam taken on paper or in a browser."""
Outcome = Literal[
    "correct",
    "partial",
    "wrong",
    "near_miss",
    "unreadable",
    "syntax_error",
    "runtime_error",
    "timeout",
    "memory_limit",
    "output_limit",
    "forbidden",
    "grader_error",
]


class _Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every record is immutable, and named field by field where it is made."""


class _Authored(_Record, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What an author writes: an unknown field is a fault, never ignored."""


# --- what an author writes ---------------------------------------------------------------------------------------


class Variable(_Authored, frozen=True, kw_only=True):
    """How one value is drawn. Exactly one of the three is given.

    range: whole numbers from low to high, both included. choice: one of the list.
    uniform: a decimal between low and high, rounded to `digits` places.
    """

    range: tuple[int, int] | None = None
    choice: tuple[int | float | str, ...] | None = None
    uniform: tuple[float, float] | None = None
    digits: int = 2


class Tolerance(_Authored, frozen=True, kw_only=True):
    """How far a number may be off: |got − key| ≤ max(rel·|key|, abs)."""

    rel: float = 1e-6
    abs: float = 0.0


class Option(_Authored, frozen=True, kw_only=True):
    """One option of a `choice`. A wrong one says why people choose it and why it is wrong."""

    id: str
    text: Text
    correct: bool = False
    why: Text | None = None


class Words(_Authored, frozen=True, kw_only=True):
    """Accepted words by language; both lists are accepted whatever the learner's language."""

    ja: tuple[str, ...]
    en: tuple[str, ...]


class NumericMistake(_Authored, frozen=True, kw_only=True):
    """A known wrong number, as a formula over the question's values."""

    id: str
    answer: str
    why: Text


class ShapeMistake(_Authored, frozen=True, kw_only=True):
    """A known wrong shape, a formula for each axis."""

    id: str
    answer: tuple[str, ...]
    why: Text


class ExpressionMistake(_Authored, frozen=True, kw_only=True):
    """A known wrong expression."""

    id: str
    answer: str
    why: Text


class TermMistake(_Authored, frozen=True, kw_only=True):
    """Words that people confuse with the right one."""

    id: str
    accept: Words
    why: Text


class OrderMistake(_Authored, frozen=True, kw_only=True):
    """A known wrong order: the steps' 1-based numbers in the order people give them."""

    id: str
    order: tuple[int, ...]
    why: Text


class CodeMistake(_Authored, frozen=True, kw_only=True):
    """A known wrong program: a `fill` of the blank, or a `change` (text → text) of the worked solution."""

    id: str
    why: Text
    fill: str | None = None
    change: dict[str, str] | None = None


class EssayMistake(_Authored, frozen=True, kw_only=True):
    """A misconception, recognised by its phrases."""

    id: str
    phrases: Words
    why: Text


class RubricPoint(_Authored, frozen=True, kw_only=True):
    """One thing a good explanation says; the phrases only propose it, the learner confirms."""

    id: str
    text: Text
    phrases: Words
    points: int = 1


FigureSpec: TypeAlias = dict[str, object]
"""A figure as in the bank: `{name: convolution, n: n, f: 3, s: s, p: 0}`. Read and checked by `bank/figures.py`."""


class SharedStem(_Record, frozen=True, kw_only=True):
    """The stem that the questions of a set share. It is not a question."""

    id: str
    stem: Text
    code: str | None = None
    figure: FigureSpec | None = None


InputSpec: TypeAlias = dict[str, object]
"""How an argument is drawn, as in the bank: `{normal: [B, H]}`. Read and checked by `grading/inputs.py`."""


class _Question(_Authored, frozen=True, kw_only=True):
    """What all kinds have in common. The last block is filled in by the bank, never by the author.

    scope: `disputed` where the published lists of the syllabus disagree whether the topic is examined.
    framework: whose names and conventions are asked. twin: the id of the same question about the other one.
    status: a `draft` may be written in one language, and is asked only of those who ask for it.
    """

    id: str
    chapter: str
    prompt: Text
    explanation: Text
    source: tuple[str, ...]
    level: Level = "apply"
    scope: Scope | None = None
    framework: Framework | None = None
    twin: str | None = None
    status: Status | None = None
    points: int = 1
    hints: tuple[Text, ...] = ()
    code: str | None = None
    figure: FigureSpec | None = None
    variables: dict[str, Variable] = {}
    first: dict[str, int | float | str] = {}
    where: tuple[str, ...] = ()
    values: dict[str, str] = {}

    section: str = ""
    section_title: Text = same("")
    day: int | None = None
    stage: Stage | None = None
    set: SharedStem | None = None
    version: str = ""
    place: str = ""

    @property
    def kind(self) -> Kind:
        """The kind's name, as in the bank."""
        tag: Kind = self.__struct_config__.tag  # type: ignore[assignment]
        return tag

    @property
    def bank(self) -> str:
        """The name of a course's own bank, which stands before its ids; empty for the shipped one."""
        return self.id.rpartition(".")[0]


class Choice(_Question, frozen=True, kw_only=True, tag="choice", tag_field="kind"):
    """One option, or several where more than one is correct."""

    options: tuple[Option, ...]


class Numeric(_Question, frozen=True, kw_only=True, tag="numeric", tag_field="kind"):
    """A number; `answer` is a formula over the values."""

    answer: str
    tolerance: Tolerance = Tolerance()
    unit: Text | None = None
    mistakes: tuple[NumericMistake, ...] = ()


class Shape(_Question, frozen=True, kw_only=True, tag="shape", tag_field="kind"):
    """An array's shape; a formula for each axis."""

    answer: tuple[str, ...]
    mistakes: tuple[ShapeMistake, ...] = ()


class Expression(_Question, frozen=True, kw_only=True, tag="expression", tag_field="kind"):
    """Maths over `symbols`, each with its domain: real, positive, nonnegative, integer, unit (0 to 1), nonzero.

    aliases: other spellings of a symbol or function (`s0: z0`, `g: sigmoid`).
    """

    symbols: dict[str, Literal["real", "positive", "nonnegative", "nonzero", "integer", "unit"]]
    answer: str
    aliases: dict[str, str] = {}
    mistakes: tuple[ExpressionMistake, ...] = ()


class Term(_Question, frozen=True, kw_only=True, tag="term", tag_field="kind"):
    """A word. `near` are words that are not wrong and not enough."""

    accept: Words
    near: Words | None = None
    mistakes: tuple[TermMistake, ...] = ()


class Order(_Question, frozen=True, kw_only=True, tag="order", tag_field="kind"):
    """Steps in the right order; each group of `free` (1-based numbers) may stand in any order within itself."""

    steps: tuple[Text, ...]
    free: tuple[tuple[int, ...], ...] = ()
    mistakes: tuple[OrderMistake, ...] = ()


class GradientOf(_Authored, frozen=True, kw_only=True):
    """Says that a function returns gradients, so that a wrong one is named by its argument.

    wrt: what each result is the gradient of, in the order they are returned (with `forward`, names of inputs).
    forward: another function of the template, also the learner's, whose gradient this is: `def affine(x, W, b)` beside
    `def affine_backward(dy, x, W, b)`. The results are then graded twice, by the engine and by central differences of
    the learner's own forward; its arguments are found among the inputs by their names in the template.
    upstream: the inputs that are the gradients arriving at the forward's outputs, in their order; none for a scalar
    loss. What the forward returns beyond these outputs (a cache) is ignored.

        gradient_of: {wrt: [x, W, b], forward: affine, upstream: [dy]}
    """

    wrt: tuple[str, ...]
    forward: str | None = None
    upstream: tuple[str, ...] = ()


class Code(_Question, frozen=True, kw_only=True, tag="code", tag_field="kind"):
    """Python to complete. With `answer` it is one blank (`____` in the template), without it a whole function.

    reference: an entry of `engine/references.py`. dims: sizes that the inputs share, name → [low, high].
    inputs: argument → how it is drawn. edges: argument → value, placed cases. aspects: parts that earn credit.
    gradient_of: where the function is a backward.
    """

    function: str
    template: str
    reference: str
    inputs: dict[str, InputSpec]
    answer: str | None = None
    dims: dict[str, tuple[int, int]] = {}
    edges: tuple[dict[str, object], ...] = ()
    aspects: tuple[Literal["shape", "values", "edges"], ...] = ()
    mistakes: tuple[CodeMistake, ...] = ()
    gradient_of: GradientOf | None = None
    solution: str = ""


class Essay(_Question, frozen=True, kw_only=True, tag="essay", tag_field="kind"):
    """A short explanation, marked by its rubric with the learner's confirmation."""

    rubric: tuple[RubricPoint, ...]
    mistakes: tuple[EssayMistake, ...] = ()


Question: TypeAlias = Choice | Numeric | Shape | Expression | Term | Order | Code | Essay


# --- what a learner was shown ------------------------------------------------------------------------------------


class AskedOption(_Record, frozen=True, kw_only=True):
    """An option (of a choice) or a step (of an order) as shown, with the letter it was shown under."""

    letter: str
    id: str
    text: Text
    correct: bool = False
    why: Text | None = None


class AskedMistake(_Record, frozen=True, kw_only=True):
    """A known wrong answer on this draw, in the same form as `Asked.key`."""

    id: str
    answer: tuple[str, ...]
    why: Text


class Figure(_Record, frozen=True, kw_only=True):
    """What `screen/figures` draws on this draw: one of `quizdl.figures.FIGURES` and its values."""

    name: str
    values: dict[str, FigureValue] = {}


class Asked(_Record, frozen=True, kw_only=True):
    """One variant of a question, as the learner saw it. It is stored with the attempt.

    key, always text: choice → ids of the right options · numeric → one number, to 12 digits ·
    shape → one whole number an axis · expression → one formula with the drawn values filled in ·
    term → every accepted word · order → the steps' 1-based numbers · code → the fill, or the worked solution ·
    essay → the rubric's ids.
    mistakes: those that differ from the key and from one another on this draw. For code they are ids and fills
    or whole patched solutions; for choice they are empty (the options carry their reasons).
    form_of: the kind of the question that this is the exam form of; None where it is asked as it was written.
    """

    question: Question
    seed: int
    prompt: Text
    explanation: Text
    key: tuple[str, ...]
    values: dict[str, int | float | str] = {}
    stem: Text | None = None
    code: str | None = None
    figure: Figure | None = None
    hints: tuple[Text, ...] = ()
    options: tuple[AskedOption, ...] = ()
    mistakes: tuple[AskedMistake, ...] = ()
    form_of: Kind | None = None


# --- what came of it ---------------------------------------------------------------------------------------------


class Answer(_Record, frozen=True, kw_only=True):
    """What a learner gave.

    text: as typed (a letter, a number, maths, a word, a fill, an explanation, or a whole function's source).
    source: a submitted file's bytes, for code alone; wins over text.
    confirmed: for an essay, the ids of the rubric points that the learner says are there; None where nobody was asked.
    """

    text: str = ""
    source: bytes | None = None
    confirmed: tuple[str, ...] | None = None


class Counterexample(_Record, frozen=True, kw_only=True):
    """One shrunk case on which the code is wrong; values are short printed forms, sanitised.

    difference: got − expected, where both are numbers of one shape.
    """

    inputs: dict[str, str]
    expected: str
    got: str
    difference: str = ""


class Verdict(_Record, frozen=True, kw_only=True):
    """What the grader says of one answer.

    score: 0 to 1. passed, total: cases for code, 1 or 0 of 1 elsewhere (pairs for order, points for essay).
    mistake: a named mistake's id, `generic:<name>`, or None. feedback: sentences for the learner, sanitised.
    parsed: how the answer was read (the echo), where that is not the answer itself.
    isolation: the layers really applied, for code. seconds: grading time. input_seed: None where no input is drawn.
    """

    verdict: Outcome
    score: float
    passed: int
    total: int
    mistake: str | None = None
    feedback: tuple[Text, ...] = ()
    counterexample: Counterexample | None = None
    isolation: tuple[str, ...] = ()
    input_seed: int | None = None
    seconds: float = 0.0
    parsed: str | None = None


class Attempt(_Record, frozen=True, kw_only=True):
    """One answered question, as the record keeps it. `at` is Unix time in seconds (UTC)."""

    id: str
    question_id: str
    version: str
    seed: int
    quizdl: str
    at: float
    mode: Mode
    session: str
    asked: Asked
    answer: str
    verdict: Verdict
    hints_used: int = 0
    thinking_seconds: float = 0.0


class Past(_Record, frozen=True, kw_only=True):
    """An earlier attempt without what was asked: enough to choose the next question and to count.

    undone: the learner took it back. `at` is Unix time, `seconds` the time taken to think.
    """

    attempt_id: str
    question_id: str
    version: str
    seed: int
    at: float
    verdict: Outcome
    score: float
    mode: Mode
    session: str
    section: str
    chapter: str
    day: int | None = None
    stage: Stage | None = None
    points: int = 1
    mistake: str | None = None
    hints_used: int = 0
    seconds: float = 0.0
    undone: bool = False


class Event(_Record, frozen=True, kw_only=True):
    """A fact that is not an answer: a flag set or cleared, an attempt taken back, a question disputed or skipped."""

    id: str
    kind: Literal["flag", "unflag", "undo", "dispute", "skip"]
    question_id: str
    at: float
    session: str
    attempt_id: str | None = None
    seed: int | None = None
    version: str | None = None
    comment: str = ""


class Listed(_Record, frozen=True, kw_only=True):
    """A question's place in the bank, known without reading the question; `set` is the id of its set."""

    id: str
    set: str | None = None
    framework: Framework | None = None
    status: Status | None = None


class Profile(_Record, frozen=True, kw_only=True):
    """A question's nature and place in the bank, known without reading the question: what a plan weighs.

    set: the id of its set. chapter: its syllabus number. whole: a code question that asks for a whole function.
    """

    id: str
    kind: Kind
    chapter: str
    level: Level = "apply"
    set: str | None = None
    framework: Framework | None = None
    scope: Scope | None = None
    whole: bool = False
    status: Status | None = None


class ListRow(_Record, frozen=True, kw_only=True):
    """A question as a list shows it; `set` is the id of its set, `function` that of a code question."""

    id: str
    kind: Kind
    day: int | None
    stage: Stage | None
    section: str
    section_title: Text
    chapter: str
    level: Level
    points: int
    set: str | None = None
    function: str | None = None
    framework: Framework | None = None
    status: Status | None = None


class Selection(_Record, frozen=True, kw_only=True):
    """Which questions are wanted; None means any. `chapter` is a prefix of the syllabus number (`3-5` takes 3-5-1)."""

    day: int | None = None
    stage: Stage | None = None
    section: str | None = None
    chapter: str | None = None
    kind: Kind | None = None


# --- exams -------------------------------------------------------------------------------------------------------


class ExamSheet(_Record, frozen=True, kw_only=True):
    """An exam as it was set: drawn once, never changed.

    questions: in exam form, each a choice between four, in the order they are asked; a set's stand side by side.
    at: Unix time. minutes: how long it takes. clock: whether it runs on while nobody sits at the exam.
    pass_line, weights: per cent, estimates. selection, no_disputed: what it was drawn from.
    form: `paper` where the answers come back as a file.
    """

    id: str
    at: float
    minutes: float
    seed: int
    clock: Literal["running", "paused"]
    pass_line: int
    framework: Framework
    weights: dict[str, float]
    quizdl: str
    questions: tuple[Asked, ...]
    selection: Selection = Selection()
    no_disputed: bool = False
    form: Literal["screen", "paper"] = "screen"


class ExamEvent(_Record, frozen=True, kw_only=True):
    """Something that happened in an exam; where a sitting stands is a fold over these.

    number: the question's place from 0; -1 for resume, tick and finish. letter: of `choose` alone. at: Unix time.
    elapsed: seconds on the exam's clock. resume: somebody sits down again; the time since the last event was nobody's.
    """

    kind: Literal["choose", "clear", "flag", "unflag", "visit", "resume", "tick", "finish"]
    number: int
    at: float
    elapsed: float
    letter: str = ""


# --- the phone pack ----------------------------------------------------------------------------------------------


class PhonePack(_Record, frozen=True, kw_only=True):
    """A menu written as one page for a phone, as it was drawn; what comes back names its questions by their places.

    at: Unix time. questions: each a choice between four.
    """

    id: str
    at: float
    seed: int
    quizdl: str
    questions: tuple[Asked, ...]
