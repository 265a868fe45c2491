"""The trusted side of one job as a state machine: frames of the child in, frames to send out. No process, no pipe.

The child is sent as many calls ahead as fit a bound and may answer only what it was asked, in order: a result for a
call that was not made yet, a second result, an early end or an unknown frame is forged. Inputs that are hidden are sent
when nothing printed is heard any more, and not before. What the child says it has computed is only a value; whether it
is right is decided elsewhere, with data that the child never has.

    start ── ready ──▶ compiling ── compiled ──▶ importing ── loaded ──▶ calling ── last result ──▶ (finished)
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from quizdl.sandbox import messages, packets
from quizdl.sandbox.packets import Packet
from quizdl.sandbox.records import Another, Job, Limits, Result, RunOutcome
from quizdl.sandbox.source import read_source
from quizdl.sandbox.values import Decoder, WireError
from quizdl.sandbox.wire import Frame, framed, pack
from quizdl.text import Text

_AHEAD = 256 << 10  # bytes of calls on their way: waiting for each result would cost more than a small call
_MOST_RECEIVED = 64 << 20  # bytes of all results, which are kept until the job is over

Phase = Literal["start", "compiling", "importing", "calling"]


class Conversation:
    """One job's exchange with its child.

    results: one for each call answered so far. outcome: set once the job is over. message, line, path: why, if not ok.
    answered: every call that the job came with has its result, and calls were added; they can change nothing of that.
    """

    def __init__(
        self, job: Job, text: str, limits: Limits, nonce: bytes, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.phase: Phase = "start"
        self.results: list[Result] = []
        self.answered = False
        self.outcome: RunOutcome | None = None
        self.message: Text | None = None
        self.line: int | None = None
        self.path: tuple[tuple[int, str], ...] = ()
        self.isolation: tuple[str, ...] = ()
        self.nonce = nonce
        self._job, self._text, self._limits = job, text, limits
        self._clock, self._asked_at = clock, 0.0
        self._wanted: list[Mapping[str, object]] = list(job.calls)
        made = iter(job.packets) if job.packets else packets.of_job(job.function, job.calls, job.visible)
        self._to_make: deque[Iterator[Packet]] = deque([made])
        self._made: deque[Packet] = deque()
        self._files: dict[int, bytes] = {}  # by the number of the call before which a new one goes out
        self._flying: deque[Packet] = deque()  # sent, and not answered to the end
        self._sent = 0
        self._received = 0
        self._answers: dict[tuple[Phase, str], Callable[[Frame], bytes]] = {
            ("start", "ready"): self._ready,
            ("compiling", "compiled"): self._compiled,
            ("compiling", "syntax"): self._syntax,
            ("compiling", "nested"): self._nested,
            ("compiling", "empty"): self._empty,
            ("compiling", "forbidden"): self._forbidden,
            ("importing", "loaded"): self._loaded,
            ("importing", "failed"): self._failed,
            ("importing", "missing"): self._missing,
            ("importing", "arity"): self._arity,
            ("importing", "exhausted"): self._exhausted,
            ("importing", "forbidden"): self._forbidden,
            ("calling", "returned"): self._returned,
            ("calling", "raised"): self._raised,
            ("calling", "too_large"): self._too_large,
            ("calling", "exhausted"): self._exhausted,
            ("calling", "forbidden"): self._forbidden,
        }

    @property
    def past_visible(self) -> bool:
        """Nothing printed from now on may be shown."""
        return self.phase == "calling" and len(self.results) >= self._job.visible

    def opening(self) -> bytes:
        """What the child is sent first: the submission, and the calls whose output may be shown."""
        job = self._job
        header = _file(self._text, job.function, len(self._arguments()))
        header |= {"template": job.template, "visible": job.visible, "trace": job.trace}
        return pack(self.nonce, "job", header) + self._next_calls(job.visible)

    def prepare(self) -> None:
        """Encodes calls that will be sent later, for when there is nothing else to do."""
        while sum(len(one.body.data) for one in self._made) < _AHEAD and self._make():
            pass

    def receive(self, frame: Frame) -> bytes:
        """Takes one frame and gives the bytes to send next, if any. Raises WireError where it is out of order."""
        if self.outcome is not None:
            return b""
        self._received += frame.size
        if self._received > _MOST_RECEIVED:
            return self._too_large(frame)
        answer = self._answers.get((self.phase, frame.kind))
        if answer is None:
            raise WireError(f"{frame.kind!r} while {self.phase}")
        return answer(frame)

    def _ready(self, frame: Frame) -> bytes:
        self.isolation = tuple(_names(frame.header, "isolation"))
        self.phase = "compiling"
        return b""

    def _arguments(self) -> tuple[str, ...]:
        """The names that every call passes values for."""
        return tuple(self._job.calls[0]) if self._job.calls else ()

    def _compiled(self, frame: Frame) -> bytes:
        self.phase = "importing"
        return b""

    def _loaded(self, frame: Frame) -> bytes:
        self.phase = "calling"
        self._asked_at = self._clock()
        return self._go_on()

    def _go_on(self) -> bytes:
        """The calls to send now, if any are left."""
        if len(self.results) == len(self._wanted):
            more = self._job.more(self.results) if self._job.more else ()
            function = more.function if isinstance(more, Another) else self._job.function
            more = self._turned_to(more) if isinstance(more, Another) else more
            self._to_make.append(packets.of(function, more, len(self._wanted)))
            self._wanted += more
            self.answered = self.answered or bool(more)
            self.outcome = None if more else "ok"
        return self._next_calls(len(self._wanted) if self.past_visible else self._job.visible)

    def _turned_to(self, other: Another) -> Sequence[Mapping[str, object]]:
        """The calls of another file, which goes out before the first of them; none if it cannot be sent."""
        text = read_source(other.source, self._limits.source)
        if isinstance(text, Text) or not other.calls:
            return ()
        header = _file(text, other.function, len(other.calls[0]))
        self._files[len(self._wanted)] = pack(self.nonce, "file", header)
        return other.calls

    def _next_calls(self, end: int) -> bytes:
        """Those before `end` that fit the bound; one packet alone always fits."""
        frames = []
        while self._sent < end and self._is_room() and (self._made or self._make()) and self._made[0].first < end:
            packet = self._made.popleft()
            self._flying.append(packet)
            self._sent = packet.end
            frames.append(self._files.pop(packet.first, b"") + framed(self.nonce, packet.body))
        return b"".join(frames)

    def _is_room(self) -> bool:
        return not self._flying or sum(len(one.body.data) for one in self._flying) < _AHEAD

    def _make(self) -> bool:
        """Makes one packet more; False when there is none left to make."""
        while self._to_make:
            packet = next(self._to_make[0], None)
            if packet is not None:
                self._made.append(packet)
                return True
            self._to_make.popleft()
        return False

    def _returned(self, frame: Frame) -> bytes:
        first, known = len(self.results), self._job.known
        results: Sequence[Result] = known.find(first, frame) if known else ()
        if not results or first + len(results) > self._sent:
            results = self._read(frame)
            if known:
                known.keep(first, frame, results)
        return self._take(results)

    def _read(self, frame: Frame) -> list[Result]:
        """What a frame gives for the calls that come next."""
        decoder, results, known = Decoder(frame.blob), list[Result](), self._job.known
        for number, (index, tree, mutated) in enumerate(_results(frame.header), start=len(self.results)):
            self._check_index(index, number)
            begin = decoder.offset
            result = Result(value=decoder.next(tree), mutated=mutated)
            results.append(known.shared(tree, frame.blob[begin : decoder.offset], result) if known else result)
        decoder.end()
        return results

    def _take(self, results: Sequence[Result]) -> bytes:
        """The results that came together; the calls to send now. All their time is the first one's."""
        self.results += replace(results[0], seconds=self._elapsed()), *results[1:]
        while self._flying and self._flying[0].end <= len(self.results):
            self._flying.popleft()
        return self._go_on()

    def _raised(self, frame: Frame) -> bytes:
        self._check_index(frame.header.get("index"), len(self.results))
        line = _line(frame.header)
        error = messages.raised(_string(frame.header, "type"), _string(frame.header, "message"), line)
        path, mutated = _path(frame.header), _flag(frame.header, "mutated")
        return self._take([Result(error=error, line=line, path=path, mutated=mutated)])

    def _elapsed(self) -> float:
        """Seconds since the result before, as the trusted side saw it."""
        before, self._asked_at = self._asked_at, self._clock()
        return self._asked_at - before

    def _check_index(self, index: object, number: int) -> None:
        if type(index) is not int or index != number or index >= self._sent:
            raise WireError("a result for a call that was not made")

    def _syntax(self, frame: Frame) -> bytes:
        self.line = _line(frame.header)
        message, column = _string(frame.header, "message"), _number(frame.header, "column")
        return self._end("syntax_error", messages.syntax(message, self.line, column))

    def _nested(self, frame: Frame) -> bytes:
        return self._end("syntax_error", messages.too_nested())

    def _empty(self, frame: Frame) -> bytes:
        return self._end("syntax_error", messages.empty_fill())

    def _failed(self, frame: Frame) -> bytes:
        self.line, self.path = _line(frame.header), _path(frame.header)
        name, message = _string(frame.header, "type"), _string(frame.header, "message")
        if name in ("SystemExit", "GeneratorExit", "KeyboardInterrupt"):
            return self._end("runtime_error", messages.exit_at_import(name, self.line))
        return self._end("runtime_error", messages.raised(name, message, self.line))

    def _missing(self, frame: Frame) -> bytes:
        if _flag(frame.header, "defined"):
            return self._end("runtime_error", messages.not_callable(self._job.function))
        return self._end("runtime_error", messages.missing(self._job.function, _names(frame.header, "found")))

    def _arity(self, frame: Frame) -> bytes:
        signature = _string(frame.header, "signature")
        return self._end("runtime_error", messages.arity(self._job.function, signature, self._arguments()))

    def _exhausted(self, frame: Frame) -> bytes:
        self.line = _line(frame.header)
        return self._end("memory_limit", messages.out_of_memory(self._limits, self.line))

    def _too_large(self, frame: Frame) -> bytes:
        return self._end("output_limit", messages.too_large_result())

    def _forbidden(self, frame: Frame) -> bytes:
        self.line = _line(frame.header)
        what, detail = _string(frame.header, "what"), _string(frame.header, "detail")
        return self._end("forbidden", messages.forbidden(what, detail))

    def _end(self, outcome: RunOutcome, message: Text) -> bytes:
        self.outcome, self.message = outcome, message
        return b""


def _file(text: str, function: str, arguments: int) -> dict[str, Any]:
    """The header that tells a child what to compile."""
    return {"template": None, "source": text, "function": function, "arguments": arguments}


def _string(header: dict[str, Any], name: str) -> str:
    value = header.get(name)
    if type(value) is not str:
        raise WireError(f"{name} is not text")
    return value


def _number(header: dict[str, Any], name: str) -> int | None:
    value = header.get(name)
    if value is not None and (type(value) is not int or not 0 <= value < 1 << 31):
        raise WireError(f"{name} is not a place")
    return value


def _line(header: dict[str, Any]) -> int | None:
    return _number(header, "line")


def _path(header: dict[str, Any]) -> tuple[tuple[int, str], ...]:
    """Lines with the names of their functions."""
    steps = header.get("path", [])
    if type(steps) is not list or not all(type(step) is list and len(step) == 2 for step in steps):
        raise WireError("path is not a list of places")
    named = [(_number({"line": line}, "line"), _string({"name": name}, "name")) for line, name in steps]
    return tuple((line, name) for line, name in named if line is not None)


def _flag(header: dict[str, Any], name: str) -> bool:
    value = header.get(name, False)
    if type(value) is not bool:
        raise WireError(f"{name} is not a flag")
    return value


def _results(header: dict[str, Any]) -> list[Any]:
    """Index, tree and whether the arguments were changed, of at least one call."""
    items = header.get("items")
    if type(items) is not list or not items:
        raise WireError("items is not a list of results")
    if not all(type(one) is list and len(one) == 3 and type(one[2]) is bool for one in items):
        raise WireError("an item is not a result")
    return items


def _names(header: dict[str, Any], name: str) -> list[str]:
    value = header.get(name)
    if type(value) is not list or not all(type(item) is str for item in value):
        raise WireError(f"{name} is not a list of names")
    return value
