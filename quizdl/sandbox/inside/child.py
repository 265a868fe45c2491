"""One job inside its walls: compile, import, call, report. The process ends with `os._exit`, whatever happens.

What this file says to the trusted side is only a claim; see `conversation.py` for what is believed of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from quizdl.sandbox.inside import answer, watch
from quizdl.sandbox.inside.channel import Channel
from quizdl.sandbox.values import TooLargeError, decode, encode, type_name
from quizdl.sandbox.wire import NONCE_BYTES, Frames, pack

_MESSAGE_LIMIT = 2000


def run(channel: Channel, isolation: list[str], readable: list[str], hide_output: Callable[[], None]) -> NoReturn:
    """Plays the child's part of the conversation. The walls stand already.

    isolation: their names. readable: folders that Python may import from. hide_output: called when what is printed from
    then on must not be shown.
    """
    try:
        channel.send("ready", isolation=[*isolation, "audit"])
        _Job(channel, hide_output).run(readable)
    except MemoryError:
        channel.send("exhausted", line=None)
    finally:
        os._exit(1)  # an honest child is ended by the trusted side


def rehearse() -> None:
    """Goes through the motions of a job, so that the pages it touches are the process's own before its clock runs."""
    program = answer.compile_file("def rehearsal(x):\n    return x\n")
    tree, blob = encode([1.5, [True, "x"]])
    header = {"arguments": tree, "line": program.line(1)}
    for frame in Frames(bytes(NONCE_BYTES)).feed(pack(bytes(NONCE_BYTES), "rehearsal", header, blob)):
        decode(frame.header["arguments"], frame.blob)


class _Job:
    def __init__(self, channel: Channel, hide_output: Callable[[], None]) -> None:
        self.channel = channel
        self.hide_output = hide_output
        self.header = channel.receive().header

    def run(self, readable: list[str]) -> None:
        watch.start(readable, self.report_forbidden)
        self.program = self.compile()
        self.channel.send("compiled")
        function = self.load()
        if self.header["visible"] == 0:
            self._hide()
        self.channel.send("loaded")
        while True:
            self.call(function)

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

    def call(self, function: Callable[..., object]) -> None:
        frame = self.channel.receive()
        index, before = frame.header["index"], (frame.header["arguments"], frame.blob)
        arguments: Any = decode(*before)
        try:
            value = function(*arguments)
        except BaseException as error:
            self.leave_if_exhausted(error)
            self.after(index)
            self.channel.send("raised", index=index, mutated=encode(arguments) != before, **self.describe(error))
            return
        self.after(index)
        try:
            tree, blob = encode(value)
            self.channel.send("returned", blob, index=index, value=tree, mutated=_changed(arguments, before))
        except TooLargeError:
            self.leave("too_large", index=index)
        except MemoryError as error:
            self.leave_if_exhausted(error)

    def after(self, index: int) -> None:
        """What was printed is delivered before the result is, and the first hidden call is not heard."""
        self.flush()
        if index + 1 == self.header["visible"]:
            self._hide()

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
        line = answer.line_of(error)
        return {
            "type": type_name(error)[:200],
            "message": message,
            "line": None if line is None else self.program.line(line),
        }

    def leave_if_exhausted(self, error: BaseException) -> None:
        if isinstance(error, MemoryError):
            self.leave("exhausted", line=self.describe(error)["line"])

    def leave(self, kind: str, **header: Any) -> NoReturn:
        self.flush()
        self.channel.send(kind, **header)
        os._exit(0)


def _changed(arguments: object, before: tuple[object, bytes]) -> bool:
    try:
        return encode(arguments) != before
    except TooLargeError:
        return True
