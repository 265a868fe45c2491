"""Traces a submission: runs it on one small input in the sandbox and reports what each line assigned. Never a mark.

The record comes from the process that runs the learner's code, so nothing in it is believed: it is read into the types
below, which bound it, and its words are made safe to show.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from quizdl.errors import GraderError
from quizdl.grading.code import smallest_failure
from quizdl.grading.inputs import Case, simple_cases
from quizdl.grading.program import Program, submitted
from quizdl.model import Answer, Asked, Code, Outcome
from quizdl.sandbox import Job, Run, Sandbox
from quizdl.sandbox.summary import summary
from quizdl.sanitise import printable
from quizdl.text import Text, same

_CANDIDATES = 48
_TRIED = (0, 1, 2, 3, 6, 12, 24, 47)  # of the most telling, and some of the others: a branch may need one of these
_FIRST_INPUT = 0
_MOST_TEXT = 80
_MOST_MESSAGE = 300


class Value(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a name held. kind: an array with axes, a single number or text, a list, tuple or dict, or anything else.

    low, high: of the finite entries. nan, infinite: how many entries are so. text: a scalar as written, a small
    array's entries, a group's first elements.
    """

    name: str
    kind: str
    shape: tuple[int, ...] | None = None
    dtype: str | None = None
    low: float | None = None
    high: float | None = None
    nan: int = 0
    infinite: int = 0
    text: str | None = None


class Line(msgspec.Struct, frozen=True):
    """One executed line, or with `folded` the loop whose later iterations were only counted (0: it had none at all).

    depth: 0 in the function itself, 1 in one that it calls. calls: the function that begins here. raised: the exception
    that passed through it.
    """

    line: int
    depth: int
    values: tuple[Value, ...] = ()
    source: str = ""
    calls: str | None = None
    raised: str | None = None
    folded: int | None = None


class Iteration(msgspec.Struct, frozen=True):
    """Which iteration of the loop on `line`, counted from 1."""

    line: int
    number: int


class Fault(msgspec.Struct, frozen=True):
    """What ended the run: an exception, or by its `verdict` a limit, a wall or code that cannot be loaded.

    expression: the operation that failed; operands: what it worked on.
    """

    verdict: Outcome
    message: Text
    type: str = ""
    line: int | None = None
    source: str = ""
    expression: str = ""
    operands: tuple[Value, ...] = ()
    iteration: Iteration | None = None


class _Raised(msgspec.Struct, frozen=True):
    """An exception as it comes from the process."""

    type: str
    message: str
    line: int | None
    expression: str
    operands: tuple[Value, ...]
    iteration: Iteration | None


class _Record(msgspec.Struct, frozen=True):
    """The record as it comes from the process."""

    steps: tuple[Line, ...]
    omitted: int
    result: Value | None = None
    error: _Raised | None = None
    stopped: int | None = None


class Trace(msgspec.Struct, frozen=True):
    """One run. stopped: after how many lines it was ended because it ran too long. omitted: lines beyond the bound."""

    inputs: tuple[Value, ...] = ()
    lines: tuple[Line, ...] = ()
    result: Value | None = None
    error: Fault | None = None
    stopped: int | None = None
    omitted: int = 0
    printed: str = ""
    isolation: tuple[str, ...] = ()
    seconds: float = 0.0


def trace(asked: Asked, answer: Answer, *, input_seed: int | None = None, sandbox: Sandbox) -> Trace:
    """What the learner's function does on one small input.

    input_seed: of a grading; the input is then the counterexample that was shown there. Without one, or where there is
    none, a few small inputs are drawn, and it is the first on which the function fails, else the one that reaches most
    of its lines.

    Raises GraderError where the machine or the bank is at fault, TypeError where the question is no code question.
    """
    if not isinstance(asked.question, Code):
        raise TypeError(f"{asked.question.id} is no code question")
    began = time.perf_counter()
    program, best = submitted(asked.question, answer), None
    for case in _cases(asked, asked.question, answer, input_seed, sandbox):
        found = _traced(program, case, sandbox.run(_job(program, case)))
        best = found if best is None else max(best, found, key=lambda one: _reach(one, program))
        if best.error is not None or best.stopped is not None:
            break
    if best is None:
        raise GraderError(Text("入力を作れません。", "No input could be drawn."))
    return replace(best, seconds=time.perf_counter() - began)


def _cases(asked: Asked, question: Code, answer: Answer, input_seed: int | None, sandbox: Sandbox) -> Sequence[Case]:
    shown = None if input_seed is None else smallest_failure(asked, answer, input_seed=input_seed, sandbox=sandbox)
    telling = telling_cases(question, input_seed or _FIRST_INPUT)
    return [shown] if shown else [telling[number] for number in _TRIED]


def telling_cases(question: Code, input_seed: int) -> list[Case]:
    """Small cases, first those whose axes differ most in length, so that a wrong shape is seen; of these the least."""
    cases = simple_cases(question, input_seed, _CANDIDATES)
    return sorted(cases, key=lambda case: _telling(tuple(case.inputs.values())), reverse=True)


def _telling(values: tuple[object, ...]) -> tuple[int, int]:
    shapes = [shape for value in values if (shape := getattr(value, "shape", ()))]
    lengths = {length for shape in shapes for length in shape if length > 1}
    return len(lengths), -sum(getattr(value, "size", 1) for value in values)


def _reach(found: Trace, program: Program) -> tuple[bool, int]:
    """Whether it came to the blank, and to how many lines: an input that skips the branch in question shows little."""
    lines = {line.line for line in found.lines}
    return program.blank_line in lines, len(lines)


def _job(program: Program, case: Case) -> Job:
    return Job(program.template, program.source, program.function, (case.inputs,), visible=1, trace=True)


def _traced(program: Program, case: Case, run: Run) -> Trace:
    inputs = tuple(msgspec.convert(summary(name, value), Value) for name, value in case.inputs.items())
    return replace(_recorded(program, run), inputs=inputs, printed=run.stdout, isolation=run.isolation)


def _recorded(program: Program, run: Run) -> Trace:
    if run.outcome != "ok":
        source = printable(program.line(run.line).strip(), _MOST_TEXT)
        told = run.message or same(run.outcome)
        return Trace(error=Fault(run.outcome, told, line=run.line, source=source))
    if not run.results:
        raise GraderError(Text("結果がありません。", "There is no result."))
    try:
        record = msgspec.convert(run.results[0].value, _Record)
    except msgspec.ValidationError:
        told = Text(
            "実行の記録がコードによって書き換えられました。", "The record of the run was changed by the code itself."
        )
        return Trace(error=Fault("forbidden", told))
    return Trace(
        lines=tuple(_line(program, line) for line in record.steps),
        result=record.result and _value(record.result),
        error=None if record.error is None else _fault(program, record.error),
        stopped=record.stopped,
        omitted=record.omitted,
    )


def _line(program: Program, line: Line) -> Line:
    number, source = program.shown(line.line)
    names = {name: printable(text, _MOST_TEXT) for name in ("calls", "raised") if (text := getattr(line, name))}
    return replace(line, line=number, source=source, values=tuple(map(_value, line.values)), **names)


def _value(value: Value) -> Value:
    words = {name: printable(text, _MOST_TEXT) for name in ("name", "dtype", "text") if (text := getattr(value, name))}
    return replace(value, **words)


def _fault(program: Program, raised: _Raised) -> Fault:
    number, source = (None, "") if raised.line is None else program.shown(raised.line)
    iteration = raised.iteration and replace(raised.iteration, line=program.shown(raised.iteration.line)[0])
    return Fault(
        verdict="runtime_error",
        message=same(printable(raised.message, _MOST_MESSAGE)),
        type=printable(raised.type, _MOST_TEXT),
        line=number,
        source=source,
        expression=printable(raised.expression, _MOST_TEXT),
        operands=tuple(map(_value, raised.operands)),
        iteration=iteration,
    )
