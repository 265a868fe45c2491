"""One job inside its walls: compile, import, call, report. The process ends with `os._exit`, whatever happens.

What this file says to the trusted side is only a claim; see `conversation.py` for what is believed of it.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from quizdl.sandbox.inside import answer, attempts, trace, watch
from quizdl.sandbox.inside.channel import Channel
from quizdl.sandbox.values import Decoder, TooLargeError, encode, type_name
from quizdl.sandbox.wire import NONCE_BYTES, Body, Frame, Frames, framed, item, pack

_MESSAGE_LIMIT = 2000
_PATH_LIMIT = 3
_UNCHANGING = frozenset([int, float, complex, bool, str, type(None)])
_ndarray = np.ndarray
_REHEARSAL = """
import numpy as np
def rehearsal(x, y):
    norm = np.linalg.norm(x)
    z = np.exp(-x) @ x.T + np.sum(x, axis=-1, keepdims=True)
    return np.where(z > 0, z * y / norm, 0.0)
"""


def run(channel: Channel, isolation: list[str], readable: tuple[str, ...], hide_output: Callable[[], None]) -> NoReturn:
    """Plays the child's part of the conversation. The walls stand already.

    Its first frame answers the first that comes in: a process that was lost while it waited has said nothing.
    isolation: their names. readable: folders that Python may import from. hide_output: called when what is printed from
    then on must not be shown.
    """
    try:
        job = _Job(channel, hide_output)
        channel.send("ready", isolation=[*isolation, "audit"])
        if "attempt" in job.header:
            channel.send("tried", **attempts.make(job.header["attempt"], job.header["target"]))
        else:
            job.run(readable)
    except MemoryError:
        channel.send("exhausted", line=None)
    finally:
        os._exit(1)  # an honest child is ended by the trusted side


def rehearse(calls: int) -> None:
    """Plays a job of our own in this process: what it fills, finds and touches a learner's job finds done.

    In the server it fills caches, which every child inherits; in a child it makes pages that are written to its own
    before the clock of its job runs.
    """
    ours, theirs = socket.socketpair()
    nonce = bytes(NONCE_BYTES)
    tree, blob = encode([np.ones((3, 4)), 0.5])
    body = Body.of("calls", [item(index, tree) for index in range(calls)], blob * calls)
    header = {"template": None, "source": _REHEARSAL, "function": "rehearsal", "arguments": 2, "visible": 0}
    with ours, theirs:
        ours.sendall(pack(nonce, "job", {**header, "trace": False}) + framed(nonce, body))
        job = _Job(Channel(theirs.fileno(), theirs.fileno()), lambda: None)
        job.program = job.compile()
        job.make_calls(job.load(), job.channel.receive())
        job.channel.flush()
        for _ in Frames(nonce).feed(ours.recv(1 << 16)):
            pass
    del sys.modules[answer.MODULE]


class _Job:
    def __init__(self, channel: Channel, hide_output: Callable[[], None]) -> None:
        self.channel = channel
        self.hide_output = hide_output
        self.header = channel.receive().header

    def run(self, readable: tuple[str, ...]) -> None:
        tracer = trace.Tracer() if self.header["trace"] else None
        watch.start(readable, trace.tolerant(self.report_forbidden) if tracer else self.report_forbidden)
        self.program = self.compile()
        self.channel.send("compiled")
        function = self.load()
        if tracer is not None:
            text = trace.compiled_text(self.header["template"], self.header["source"])
            function = tracer.around(function, text, self.leave_with)
        if self.header["visible"] == 0:
            self._hide()
        self.channel.hold("loaded")
        while True:
            frame = self.channel.receive()
            if frame.kind == "file":
                function = self.turn_to(frame)
            else:
                self.make_calls(function, frame)

    def turn_to(self, frame: Frame) -> Callable[..., object]:
        """The function of another file, whose calls follow."""
        self.header |= frame.header
        self.program = self.compile()
        return self.load()

    def report_forbidden(self, what: str, detail: str) -> NoReturn:
        try:
            self.channel.send("forbidden", what=what, detail=detail[:_MESSAGE_LIMIT])
        finally:
            os._exit(1)

    def compile(self) -> answer.Program:
        template, source = self.header["template"], self.header["source"]
        try:
            return answer.compile_file(source) if template is None else answer.compile_fill(template, source)
        except answer.EmptyFillError:
            self.leave("empty")
        except SyntaxError as error:
            message, line, column = answer.syntax_error_place(error)
            self.leave("syntax", message=message[:_MESSAGE_LIMIT], line=line, column=column)
        except (MemoryError, RecursionError):
            self.leave("nested")
        except ValueError as error:  # lone surrogates, huge integers
            self.leave("syntax", message=str(error)[:_MESSAGE_LIMIT], line=None, column=None)

    def load(self) -> Callable[..., object]:
        try:
            module = answer.execute(self.program)
        except BaseException as error:
            self.leave_if_exhausted(error)
            self.leave("failed", **self.describe(error))
        self.flush()
        name = self.header["function"]
        function: Any = module.__dict__.get(name)
        if not callable(function):
            found = [] if self.header["template"] else answer.names_defined(self.header["source"])
            self.leave("missing", found=found[:50], defined=name in module.__dict__)
        signature = answer.signature_that_refuses(function, self.header["arguments"])
        if signature is not None and self.header["arguments"]:
            self.leave("arity", signature=signature[:_MESSAGE_LIMIT])
        return function  # type: ignore[no-any-return]

    def make_calls(self, function: Callable[..., object], frame: Frame) -> None:
        decoder = Decoder(frame.blob)
        for index, tree in frame.header["items"]:
            start = decoder.offset
            arguments = decoder.next(tree)
            self.call(function, index, arguments, (tree, frame.blob[start : decoder.offset]))

    def call(self, function: Callable[..., object], index: int, arguments: Any, before: tuple[object, bytes]) -> None:
        forms = _forms(arguments)
        try:
            value = function(*arguments)
        except BaseException as error:
            self.leave_if_exhausted(error)
            self.after(index)
            mutated = _changed(arguments, forms, before)
            self.channel.hold("raised", index=index, mutated=mutated, **self.describe(error))
            return
        self.after(index)
        try:
            tree, blob = encode(value)
            self.channel.give(index, tree, blob, mutated=_changed(arguments, forms, before))
        except TooLargeError:
            self.leave("too_large", index=index)
        except MemoryError as error:
            self.leave_if_exhausted(error)

    def after(self, index: int) -> None:
        """What may be shown is delivered before the result is, and the first hidden call is not heard."""
        if index + 1 == self.header["visible"]:
            self._hide()
        elif index < self.header["visible"]:
            self.flush()

    def _hide(self) -> None:
        self.flush()
        self.hide_output()

    def flush(self) -> None:
        for stream in (sys.stdout, sys.__stdout__, sys.stderr, sys.__stderr__):
            try:
                stream.flush()  # type: ignore[union-attr]
            except BaseException:  # noqa: S112 - the learner may have put anything there
                continue

    def describe(self, error: BaseException) -> dict[str, Any]:
        """Name, message and line. Its methods are the learner's: they may raise, or return no text."""
        try:
            message = str.__str__(str(error))[:_MESSAGE_LIMIT]
        except BaseException:
            message = ""
        path = answer.path_of(error)
        own = [[line, name[:200]] for number, name in path if (line := self.program.line(number)) is not None]
        return {
            "type": type_name(error)[:200],
            "message": message,
            "line": self.program.line(path[-1][0]) if path else None,
            "path": [*own[:1], *own[1:][-_PATH_LIMIT:]],
        }

    def leave_with(self, record: trace.Record) -> NoReturn:
        self.flush()
        self.channel.give(0, encode(record)[0], b"", mutated=False)
        self.channel.flush()
        os._exit(0)

    def leave_if_exhausted(self, error: BaseException) -> None:
        if isinstance(error, MemoryError):
            self.leave("exhausted", line=self.describe(error)["line"])

    def leave(self, kind: str, **header: Any) -> NoReturn:
        self.flush()
        self.channel.send(kind, **header)
        os._exit(0)


def _forms(arguments: list[object]) -> list[tuple[object, object]] | None:
    """Shape and dtype of each array; None where there is something else that can be changed in place."""
    forms = []
    for one in arguments:
        if type(one) is _ndarray:
            forms.append((one.shape, one.dtype))
        elif type(one) not in _UNCHANGING:
            return None
    return forms


def _changed(arguments: list[object], forms: object, before: tuple[object, bytes]) -> bool:
    """Whether a call changed its arguments. forms: theirs before it; before: as they were sent."""
    if forms is not None:
        return _forms(arguments) != forms or before[1] != b"".join(
            one.tobytes() for one in arguments if type(one) is _ndarray
        )
    try:
        return encode(arguments) != before
    except TooLargeError:
        return True
