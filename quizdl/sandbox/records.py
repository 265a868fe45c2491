"""What the room is given and what it gives back: limits, a job, and the run that came of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from quizdl.sandbox.packets import Packet
from quizdl.sandbox.values import Unsupported
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.sandbox.known import Known

__all__ = ["Another", "Ending", "Job", "Limits", "Result", "Run", "RunOutcome", "Unsupported"]

RunOutcome: TypeAlias = Literal[
    "ok", "syntax_error", "runtime_error", "timeout", "memory_limit", "output_limit", "forbidden"
]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one job may use: seconds of processor and of wall clock, bytes of memory, output and source."""

    cpu: float = 2.0
    wall: float = 10.0
    memory: int = 512 << 20
    output: int = 64 << 10
    source: int = 64 << 10


@dataclass(frozen=True, slots=True, eq=False)
class Another:
    """Another file to go on with in the same process, and the calls to make of its function."""

    source: bytes
    function: str
    calls: tuple[Mapping[str, object], ...]


More: TypeAlias = "Callable[[Sequence[Result]], Sequence[Mapping[str, object]] | Another]"


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A submission and the calls to make.

    template: with it, `source` is one expression that fills its `____`; without it, `source` is a whole file.
    calls: argument name → value (numbers, bool, str, lists, tuples and dicts of these, arrays), passed by position.
    visible: the number of leading calls whose standard output may be shown to the learner.
    trace: the one call gives the record of its lines (`inside/trace.py`) instead of its value.
    packets: the calls as `packets.of_job` makes them, where many jobs make the same; else none. known: results that
    such jobs gave, to which those of this job are added.
    more: asked for further calls once every call so far is answered, given all results; none ends the job. They may be
    of another file: what the first one has left behind in the process is there then, and nothing that matters may hang
    on it. What becomes of the process in the course of these changes nothing of what was answered before.
    """

    template: str | None
    source: bytes
    function: str
    calls: tuple[Mapping[str, object], ...]
    visible: int = 0
    trace: bool = False
    packets: tuple[Packet, ...] = ()
    known: Known | None = None
    more: More | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """What one call gave: a value rebuilt as plain Python or a plain array (or `Unsupported`), or an error.

    line: of the learner's text, 1-based, where the error was raised; path: the lines of it that the error passed
    through, each with its function, the innermost last. mutated: the call changed its arguments. number: equal where
    two results are known to be one, seconds aside; 0 where nothing is known.
    """

    value: object | None = None
    error: Text | None = None
    line: int | None = None
    path: tuple[tuple[int, str], ...] = ()
    mutated: bool = False
    seconds: float = 0.0
    number: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """What came of a job. `results` has one entry a call when `outcome` is ok, else those that came before the end.
    Results of the calls that `Job.more` added follow, as many as there are.

    stdout: what the visible calls printed, sanitised and cut. seconds: by the clock; cpu: of the processor, 0 where it
    is not known. isolation: the layers that were really applied. loaded: the file was imported and calls were made.
    """

    outcome: RunOutcome
    results: tuple[Result, ...] = ()
    message: Text | None = None
    line: int | None = None
    path: tuple[tuple[int, str], ...] = ()
    stdout: str = ""
    seconds: float = 0.0
    cpu: float = 0.0
    isolation: tuple[str, ...] = ()
    loaded: bool = False


@dataclass(frozen=True, slots=True)
class Ending:
    """How the child's process came to its end, as the trusted side saw it.

    cause: it was no longer needed, its time or output was used up, its frames were forged, or it went by itself.
    exit_code, signal: as the operating system says; cpu: seconds of processor used. stdout: what may be shown.
    hidden: standard error and the rest, which only a failure before the learner's code is explained by.
    """

    cause: Literal["finished", "wall", "output", "forged", "vanished"]
    exit_code: int | None = None
    signal: int | None = None
    cpu: float = 0.0
    stdout: bytes = b""
    hidden: bytes = b""
    seconds: float = 0.0
