"""Runs a learner's function and writes down what each line assigned: feedback for its author, never a mark.

Only lines of the learner's own text count; what they call in NumPy is one step. Of a loop the first few iterations are
kept and the rest is counted, so that the record stays small; a program that runs for long is stopped with what there
is. The hook is set before the watch begins, which refuses `sys.settrace` to everybody later.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import sys
import time
import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, NoReturn, TypeAlias, cast

from quizdl.sandbox.inside import anatomy, blame
from quizdl.sandbox.inside.anatomy import Loop, Statement
from quizdl.sandbox.inside.answer import BLANK, FILE
from quizdl.sandbox.inside.watch import Report
from quizdl.sandbox.summary import summary
from quizdl.sandbox.values import type_name

Record: TypeAlias = dict[str, Any]
Hook: TypeAlias = Callable[[types.FrameType, str, Any], Any]

ITERATIONS = 3
_MOST_STEPS = 160
_MOST_NAMES = 8
_MOST_CALLS = 6
_MOST_EVENTS = 400_000
_MOST_SECONDS = 1.2
_SHARE = 0.6
_LOOK_AT_CLOCK_EVERY = 256
_ROOM_ON_STACK = 50

resource = None if sys.platform == "win32" else importlib.import_module("resource")
_clock = time.process_time


def compiled_text(template: str | None, source: str) -> str:
    """The text whose lines are counted: a file as it is, a fill within its template as `answer.py` puts it there."""
    if template is None:
        return source
    before, after = template.split(BLANK)
    return f"{before}({source.strip()}\n){after}"


@dataclass(slots=True)
class _Round:
    """A loop that is running, and how many iterations have begun."""

    loop: Loop
    iteration: int = 0

    @property
    def is_folded(self) -> bool:
        """Whether this iteration is counted only."""
        return self.iteration > ITERATIONS - self.loop.counts_late


@dataclass(slots=True)
class _Call:
    """A running call of a function of the learner's. hidden: made in an iteration that is not written down."""

    depth: int
    hidden: bool
    rounds: list[_Round] = field(default_factory=list)
    pending: Statement | None = None
    begun_at: int = -1
    raised: str | None = None

    @property
    def is_hidden(self) -> bool:
        """Whether what happens now is counted only."""
        return self.hidden or any(one.is_folded for one in self.rounds)


def tolerant(report: Report) -> Report:
    """The watch's report, but for one event: the interpreter itself takes the hook off where the stack is full."""

    def told(what: str, detail: str) -> None:
        if detail != "sys.settrace" or not _stack_is_full():
            report(what, detail)

    return cast(Report, told)


def _stack_is_full() -> bool:
    depth, frame = 0, sys._getframe()
    while frame.f_back is not None:
        depth, frame = depth + 1, frame.f_back
    return depth > sys.getrecursionlimit() - _ROOM_ON_STACK


class Tracer:
    """Watches from its making on; writes down what happens while `around`'s function runs."""

    def __init__(self) -> None:
        self._steps: list[Record] = []
        self._calls: list[_Call] = []
        self._events = self._omitted = 0
        self._round: Record | None = None
        self._running = False
        sys.settrace(self._enter)

    def around(
        self, function: Callable[..., object], text: str, leave: Callable[[Record], NoReturn]
    ) -> Callable[..., Record]:
        """The function as one that returns the record of its run.

        text: what was compiled. leave: sends the record of a run that is stopped, and ends the process.
        """
        self._tree = ast.parse(text)
        self._statements = anatomy.statements(self._tree)
        self._leave = leave
        return partial(self._run, function)

    def _run(self, function: Callable[..., object], *arguments: object) -> Record:
        self._until = _deadline()
        self._running = True
        try:
            result = function(*arguments)
        except BaseException as error:
            self._running = False
            return self._record(error={**blame.of(error, self._tree), "iteration": self._round})
        self._running = False
        return self._record(result=summary("return", result))

    def _record(self, **end: object) -> Record:
        return {"steps": self._steps, "omitted": self._omitted, **end}

    def _enter(self, frame: types.FrameType, event: str, _: object) -> Hook | None:
        """A call begins. A comprehension or a lambda belongs to the line that it stands on."""
        code = frame.f_code
        if not self._running or code.co_filename != FILE or len(self._calls) >= _MOST_CALLS:
            return None
        if code.co_name.startswith("<") or not code.co_flags & inspect.CO_OPTIMIZED:  # a class's body is no function
            return None
        call = _Call(len(self._calls), bool(self._calls) and self._calls[-1].is_hidden)
        if call.depth and not call.hidden:
            arguments = code.co_varnames[: code.co_argcount]
            names = [ast.Name(name, ast.Load()) for name in arguments]
            self._write(call, code.co_firstlineno, _values(names, frame), calls=code.co_name)
        self._calls.append(call)
        hook: Hook = partial(self._follow, call)
        return hook

    def _follow(self, call: _Call, frame: types.FrameType, event: str, value: Any) -> Hook | None:
        """One event in a call of the learner's. What fails here ends the record, never the run."""
        try:
            self._note(call, frame, event, value)
        except Exception:
            self._running = False
        return partial(self._follow, call) if self._running else None

    def _note(self, call: _Call, frame: types.FrameType, event: str, value: Any) -> None:
        if event == "line":
            self._count()
            self._line(call, frame)
        elif event == "exception" and not issubclass(value[0], StopIteration | GeneratorExit):
            self._raised(call, value[1])
        elif event == "return":
            self._return(call, frame, value)

    def _count(self) -> None:
        """Stops what runs for too long, with the record of what there is."""
        self._events += 1
        late = self._events % _LOOK_AT_CLOCK_EVERY == 0 and _clock() > self._until
        if late or self._events > _MOST_EVENTS:
            self._running = False
            for call in reversed(self._calls):
                self._end_loops(call, 0)
            self._leave(self._record(stopped=self._events))

    def _line(self, call: _Call, frame: types.FrameType) -> None:
        statement = self._statements.get(frame.f_lineno)
        goes_on = statement is call.pending and frame.f_lasti > call.begun_at
        if statement is None or (goes_on and not (statement.heads and statement.heads.on_one_line)):
            return
        self._finish(call, frame, statement)
        self._turn(call, statement)
        call.pending, call.begun_at, call.raised, self._round = statement, frame.f_lasti, None, None

    def _turn(self, call: _Call, statement: Statement) -> None:
        """Notes which loops the statement stands in, and in which of them it begins an iteration."""
        inside = [*statement.loops, *([statement.heads] if statement.heads else [])]
        kept = 0
        while kept < min(len(call.rounds), len(inside)) and call.rounds[kept].loop == inside[kept]:
            kept += 1
        self._end_loops(call, kept)
        entered = inside[kept:]
        call.rounds += [_Round(loop) for loop in entered]
        for one in call.rounds:
            if statement.heads in (None, one.loop) or statement.heads in entered:
                begins = statement.first == one.loop.body
                one.iteration += begins and not (one.loop.counts_late and one.loop in entered)

    def _end_loops(self, call: _Call, kept: int) -> None:
        """Ends the loops beyond the first `kept`, and says how many iterations were not written down."""
        while len(call.rounds) > kept:
            ended = call.rounds.pop()
            if ended.iteration > ITERATIONS and not call.is_hidden:
                folded = ended.iteration - ITERATIONS
                self._steps.append({"line": ended.loop.header, "depth": call.depth, "folded": folded})

    def _finish(self, call: _Call, frame: types.FrameType, following: Statement) -> None:
        """Writes down the statement that has just ended, now that its values are there."""
        statement, call.pending = call.pending, None
        if statement is None or call.is_hidden or not _leads_on(call, statement, following):
            return
        values = [] if call.raised else _values(statement.assigned, frame)
        is_skipped = statement.heads is not None and statement.heads not in (*following.loops, following.heads)
        self._write(call, statement.first, values, raised=call.raised, folded=0 if is_skipped else None)

    def _raised(self, call: _Call, error: BaseException) -> None:
        call.raised = type_name(error)[:80]
        if self._round is None and call.rounds:
            innermost = call.rounds[-1]
            self._round = {"line": innermost.loop.header, "number": innermost.iteration}

    def _return(self, call: _Call, frame: types.FrameType, value: object) -> None:
        """A call ends, with a result or with the exception that rose in it."""
        del self._calls[call.depth :]
        statement = call.pending
        if statement is not None and not call.is_hidden:
            values = [] if call.raised else _values(statement.assigned, frame)
            if statement.returns and not call.raised:
                values.append(summary("return", value))
            self._write(call, statement.first, values, raised=call.raised)
        self._end_loops(call, 0)

    def _write(self, call: _Call, line: int, values: list[Record], **more: str | int | None) -> None:
        if len(self._steps) >= _MOST_STEPS:
            self._omitted += 1
            return
        said = {name: one for name, one in more.items() if one is not None}
        self._steps.append({"line": line, "depth": call.depth, "values": values, **said})


def _deadline() -> float:
    """When a run is stopped, by this process's clock: well before its limit, which would leave no record."""
    if resource is None:
        return _clock() + _MOST_SECONDS
    limit, _ = resource.getrlimit(resource.RLIMIT_CPU)
    return _clock() + _MOST_SECONDS if limit == resource.RLIM_INFINITY else max(_SHARE * limit, _clock() + 0.1)


def _values(names: Iterable[ast.expr], frame: types.FrameType) -> list[Record]:
    """The summaries of what is there of these names and attributes."""
    return [said for name in islice(names, _MOST_NAMES) if (said := blame.value_of(name, frame)) is not None]


def _leads_on(call: _Call, statement: Statement, following: Statement) -> bool:
    """A loop's header is worth a line where it begins an iteration that is shown, or where there is none at all."""
    loop = statement.heads
    running = next((one for one in call.rounds if one.loop == loop), None)
    if loop is None or running is None:
        return True
    begins = loop in (*following.loops, following.heads)
    return running.iteration < ITERATIONS if begins else running.iteration == 0
