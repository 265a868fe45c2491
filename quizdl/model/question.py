"""What an author writes: a question of each kind, its mistakes, its hints, what it draws."""

from __future__ import annotations

from typing import Literal, TypeAlias

from quizdl.model.base import Authored, Framework, Kind, Level, Record, Scope, Stage, Status
from quizdl.text import Text, same


class Variable(Authored, frozen=True, kw_only=True):
    """How one value is drawn. Exactly one of the three is given.

    range: whole numbers from low to high, both included. choice: one of the list.
    uniform: a decimal between low and high, rounded to `digits` places.
    """

    range: tuple[int, int] | None = None
    choice: tuple[int | float | str, ...] | None = None
    uniform: tuple[float, float] | None = None
    digits: int = 2


class Tolerance(Authored, frozen=True, kw_only=True):
    """How far a number may be off: |got − key| ≤ max(rel·|key|, abs)."""

    rel: float = 1e-6
    abs: float = 0.0


class Option(Authored, frozen=True, kw_only=True):
    """One option of a `choice`. A wrong one says why people choose it and why it is wrong."""

    id: str
    text: Text
    correct: bool = False
    why: Text | None = None


class Words(Authored, frozen=True, kw_only=True):
    """Accepted words by language; both lists are accepted whatever the learner's language."""

    ja: tuple[str, ...]
    en: tuple[str, ...]


class NumericMistake(Authored, frozen=True, kw_only=True):
    """A known wrong number, as a formula over the question's values."""

    id: str
    answer: str
    why: Text


class ShapeMistake(Authored, frozen=True, kw_only=True):
    """A known wrong shape, a formula for each axis."""

    id: str
    answer: tuple[str, ...]
    why: Text


class ExpressionMistake(Authored, frozen=True, kw_only=True):
    """A known wrong expression."""

    id: str
    answer: str
    why: Text


class TermMistake(Authored, frozen=True, kw_only=True):
    """Words that people confuse with the right one."""

    id: str
    accept: Words
    why: Text


class OrderMistake(Authored, frozen=True, kw_only=True):
    """A known wrong order: the steps' 1-based numbers in the order people give them."""

    id: str
    order: tuple[int, ...]
    why: Text


class CodeMistake(Authored, frozen=True, kw_only=True):
    """A known wrong program: a `fill` of the blank, or a `change` (text → text) of the worked solution."""

    id: str
    why: Text
    fill: str | None = None
    change: dict[str, str] | None = None


class EssayMistake(Authored, frozen=True, kw_only=True):
    """A misconception, recognised by its phrases."""

    id: str
    phrases: Words
    why: Text


class RubricPoint(Authored, frozen=True, kw_only=True):
    """One thing a good explanation says; the phrases only propose it, the learner confirms."""

    id: str
    text: Text
    phrases: Words
    points: int = 1


FigureSpec: TypeAlias = dict[str, object]
"""A figure as in the bank: `{name: convolution, n: n, f: 3, s: s, p: 0}`. Read and checked by `bank/figures.py`."""


class SharedStem(Record, frozen=True, kw_only=True):
    """The stem that the questions of a set share. It is not a question."""

    id: str
    stem: Text
    code: str | None = None
    figure: FigureSpec | None = None


InputSpec: TypeAlias = dict[str, object]
"""How an argument is drawn, as in the bank: `{normal: [B, H]}`. Read and checked by `grading/inputs.py`."""


class _Question(Authored, frozen=True, kw_only=True):
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
    section_lab: str | None = None
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


class GradientOf(Authored, frozen=True, kw_only=True):
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
    gradient_of: where the function is a backward. lab: an experiment in which the learner's own function can be run.
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
    lab: str | None = None
    solution: str = ""


class Essay(_Question, frozen=True, kw_only=True, tag="essay", tag_field="kind"):
    """A short explanation, marked by its rubric with the learner's confirmation."""

    rubric: tuple[RubricPoint, ...]
    mistakes: tuple[EssayMistake, ...] = ()


Question: TypeAlias = Choice | Numeric | Shape | Expression | Term | Order | Code | Essay
