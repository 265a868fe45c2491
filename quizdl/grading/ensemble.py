"""Runs many programs on the same cases in one process: known mistakes, or a submission with one thing changed.

A process for each would cost more than the calls. They may disturb one another there, and the learner's code could
pretend anything; what comes of it is only ever a sentence of feedback.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

from quizdl.grading.compare import compare
from quizdl.grading.evidence import words_of
from quizdl.grading.inputs import Case
from quizdl.sandbox import Another, Job, Result, Sandbox

_FIRST_LOOK = 3
_WHICH = ""  # calls are made by position, and no argument of a learner's has this name
_SECONDS_EACH = 0.05
_SECONDS_IN_ALL = 0.8
_HARNESS = """
import signal
import time

_base, _edits, _made = {base!r}, {edits!r}, {{}}
_until = time.process_time() + {seconds_in_all!r}


class _OutOfTime(BaseException):
    pass


def _end(number, frame):
    raise _OutOfTime


def _program(which):
    text = _base
    for begin, end, new in reversed(_edits[which]):
        text = text[:begin] + new + text[end:]
    space = {{"__name__": "answer"}}
    exec(compile(text, "<answer>", "exec"), space)
    return space[{function!r}]


def each(which, *arguments):
    if time.process_time() > _until:
        raise _OutOfTime
    if hasattr(signal, "setitimer"):
        signal.signal(signal.SIGVTALRM, _end)
        signal.setitimer(signal.ITIMER_VIRTUAL, {seconds!r})
    try:
        if which not in _made:
            _made[which] = None
            _made[which] = _program(which)
        return _made[which](*arguments)
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
"""


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a text: the characters from begin up to end give way to `new`."""

    begin: int
    end: int
    new: str


@dataclass(frozen=True, slots=True)
class Ensemble:
    """Programs that define one function: a common text, each with edits of its own, in the text's order."""

    function: str
    base: str
    edits: tuple[tuple[Edit, ...], ...]

    @classmethod
    def of(cls, function: str, texts: Sequence[str]) -> Ensemble:
        """Programs that have nothing in common."""
        return cls(function, "", tuple((Edit(0, 0, text),) for text in texts))


Found = TypeVar("Found")

Search: TypeAlias = Generator[Another, Sequence[Result], Found]
"""Gives a file with calls to make, is sent all results or none, and so on, and returns what it was after."""


def found_by(search: Search[Found], sandbox: Sandbox) -> Found:
    """What a search finds, with a process for each step. Raises GraderError."""
    try:
        asked = next(search)
        while True:
            asked = search.send(_ran(asked, sandbox))
    except StopIteration as end:
        found: Found = end.value
        return found


def matching(
    ensemble: Ensemble, cases: Sequence[Case], wanted: Sequence[Result], first: Sequence[int]
) -> Search[list[int]]:
    """The numbers of the programs that give what is wanted on every case.

    first: the cases that tell the programs apart best; only those that fit there are run on all.
    """
    programs = list(range(len(ensemble.edits)))
    for places in (list(first)[:_FIRST_LOOK], range(len(cases))):
        if programs:
            asked = _file(ensemble, programs, [cases[place] for place in places])
            results = yield asked
            if len(results) != len(asked.calls):
                return []
            programs = [
                number
                for number, found in zip(programs, _each(results, len(places)), strict=True)
                if all(same_result(wanted[place], one) for place, one in zip(places, found, strict=True))
            ]
    return programs


def results_of(ensemble: Ensemble, cases: Sequence[Case], sandbox: Sandbox) -> list[Sequence[Result]] | None:
    """What each program gives on each case; None where they cannot be run together. Raises GraderError."""
    asked = _file(ensemble, range(len(ensemble.edits)), cases)
    results = _ran(asked, sandbox)
    return _each(results, len(cases)) if len(results) == len(asked.calls) else None


def _ran(asked: Another, sandbox: Sandbox) -> Sequence[Result]:
    """All results, or none."""
    run = sandbox.run(Job(None, asked.source, asked.function, asked.calls))
    return run.results if run.outcome == "ok" else ()


def _each(results: Sequence[Result], cases: int) -> list[Sequence[Result]]:
    return [results[begin : begin + cases] for begin in range(0, len(results), cases)]


def _file(ensemble: Ensemble, programs: Sequence[int], cases: Sequence[Case]) -> Another:
    edits = [[(edit.begin, edit.end, edit.new) for edit in several] for several in ensemble.edits]
    text = _HARNESS.format(
        base=ensemble.base,
        edits=edits,
        function=ensemble.function,
        seconds=_SECONDS_EACH,
        seconds_in_all=_SECONDS_IN_ALL,
    )
    calls = tuple({_WHICH: number, **case.inputs} for number in programs for case in cases)
    return Another(text.encode("utf-8", "surrogatepass"), "each", calls)


def same_result(wanted: Result, got: Result) -> bool:
    """Equal values, or the same exception with the same words; the line may differ."""
    if wanted.error is not None and got.error is not None:
        return words_of(wanted.error) == words_of(got.error)
    return wanted.error is got.error and compare(wanted.value, got.value) is None
