"""One job in flight with a child of the warm server (Linux): its descriptors, its deadline, its output, its end.

A `Berth` is a child's place beforehand: a conversation socket and two output pipes, whose other ends travel to the
server. An `Exchange` plays one conversation over it.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import time
from collections.abc import Callable
from typing import Any, Literal, Self, TypeAlias

from quizdl.sandbox.lost import ServerLostError
from quizdl.sandbox.records import Ending, Limits
from quizdl.sandbox.talk import Talk
from quizdl.sandbox.values import WireError
from quizdl.sandbox.wire import Frames

_CHUNK = 1 << 18
_BURIAL_SECONDS = 20.0

Cause: TypeAlias = Literal["finished", "wall", "output", "forged", "vanished"]


class Berth:
    """A child's place: this side's ends of its three streams. number: the server's for the child."""

    def __init__(self, control: socket.socket, number: int, *, soon: bool) -> None:
        """Sends the other ends to the server, which forks the child. soon: its job comes at once."""
        self.number = number
        with contextlib.ExitStack() as stack:
            self.socket, theirs = socket.socketpair()
            stack.callback(self.socket.close)
            self.visible, visible_end = _pipe(stack)
            self.hidden, hidden_end = _pipe(stack)
            with theirs:
                self.socket.setblocking(False)
                theirs.setblocking(False)
                message = b"child %d soon" if soon else b"child %d"
                try:
                    socket.send_fds(control, [message % number], [theirs.fileno(), visible_end, hidden_end])
                finally:
                    os.close(visible_end)
                    os.close(hidden_end)
            self._open = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of this side's ends, which ends a child that waits for its job."""
        self._open.close()


class Exchange:
    """One conversation: three streams from the child, one socket to the server, and a deadline."""

    def __init__(self, control: socket.socket, berth: Berth, talk: Talk, limits: Limits) -> None:
        self.control, self.berth, self.talk, self.limits = control, berth, talk, limits
        self.frames = Frames(talk.nonce)
        self.shown, self.unshown = bytearray(), bytearray()
        self.printed = 0
        self.unsent = b""
        self.cause: Cause | None = None
        self.exit: dict[str, Any] | None = None
        self.open: dict[int, Callable[[], object]] = {
            control.fileno(): self.read_control,
            berth.socket.fileno(): self.read_conversation,
            berth.visible: lambda: self.read_output(berth.visible),
            berth.hidden: lambda: self.read_output(berth.hidden),
        }
        self.poller = select.poll()
        for descriptor in self.open:
            self.poller.register(descriptor, select.POLLIN)
        self.waits_to_send = False

    def run(self, meanwhile: Callable[[], object]) -> Ending:
        """Plays it to its end. meanwhile: done while the child compiles."""
        started = time.monotonic()
        self.unsent = self.talk.opening()
        self.send()
        meanwhile()
        self.talk.prepare()
        self.attend(started + self.limits.wall)
        how = self.exit or {}
        return Ending(
            cause=self.cause or "vanished",
            exit_code=how.get("exit_code"),
            signal=how.get("signal"),
            cpu=how.get("cpu", 0.0),
            stdout=bytes(self.shown),
            hidden=bytes(self.unshown),
            seconds=time.monotonic() - started,
        )

    def attend(self, deadline: float) -> None:
        """Serves whatever is ready until every result is in, or the server says how the child ended."""
        while self.exit is None and self.cause != "finished":
            left = deadline - time.monotonic()
            if left <= 0:
                if self.cause is not None:
                    raise ServerLostError("the server did not end the child")
                self.stop("wall")
                deadline = time.monotonic() + _BURIAL_SECONDS
                continue
            for descriptor in self.poll(left):
                serve = self.open.get(descriptor)
                if serve is not None:
                    serve()
        self.drain()

    def poll(self, seconds: float) -> list[int]:
        conversation = self.berth.socket.fileno()
        if bool(self.unsent) != self.waits_to_send and conversation in self.open:
            self.waits_to_send = bool(self.unsent)
            self.poller.modify(conversation, select.POLLIN | (select.POLLOUT if self.unsent else 0))
        return [descriptor for descriptor, _ in self.poller.poll(seconds * 1000)]

    def leave(self, descriptor: int) -> None:
        """Nothing more is expected from there."""
        if self.open.pop(descriptor, None) is not None:
            self.poller.unregister(descriptor)

    def stop(self, cause: Cause) -> None:
        """Has the child killed; the first cause is the one that counts."""
        if self.cause is None:
            self.cause = cause
            self.control.send((b"done %d" if cause == "finished" else b"kill %d") % self.berth.number)

    def read_control(self) -> None:
        """Children before this one may still be on their way out."""
        message = self.control.recv(_CHUNK)
        if not message:
            raise ServerLostError("the server ended during a job")
        how = json.loads(message)
        if how["child"] == self.berth.number:
            self.exit = how

    def read_conversation(self) -> None:
        self.send()
        try:
            data = self.berth.socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self.close_conversation()
            return
        try:
            for frame in self.frames.feed(data):
                self.unsent += self.talk.receive(frame)
                self.hide_output_when_due()
        except WireError:
            self.stop("forged")
        self.send()
        if self.talk.outcome is not None:
            self.stop("finished")

    def close_conversation(self) -> None:
        self.leave(self.berth.socket.fileno())
        self.stop("vanished")

    def send(self) -> None:
        try:
            while self.unsent:
                self.unsent = self.unsent[self.berth.socket.send(self.unsent) :]
        except BlockingIOError:
            return
        except ConnectionError:
            self.unsent = b""

    def hide_output_when_due(self) -> None:
        """The child turned its output away before it sent this frame; what it wrote before is still in the pipe."""
        if self.talk.past_visible and self.berth.visible in self.open:
            self.drain_pipe(self.berth.visible)
            self.leave(self.berth.visible)

    def read_output(self, pipe: int) -> bool:
        """Reads once; whether there may be more."""
        try:
            data = os.read(pipe, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self.leave(pipe)
            return False
        self.printed += len(data)
        kept = self.shown if pipe == self.berth.visible else self.unshown
        kept += data[: max(0, self.limits.output - len(kept))]
        if self.printed > self.limits.output:
            self.stop("output")
        return self.cause != "output"

    def drain_pipe(self, pipe: int) -> None:
        while self.read_output(pipe):
            pass

    def drain(self) -> None:
        """What the child had written before its end; a verdict reached already is not changed by it."""
        if self.berth.socket.fileno() in self.open:
            while self.cause is None and self.berth.socket.fileno() in self.open:
                self.read_conversation()
        for pipe in (self.berth.visible, self.berth.hidden):
            if pipe in self.open:
                self.drain_pipe(pipe)


def _pipe(stack: contextlib.ExitStack) -> tuple[int, int]:
    """A pipe whose reading end does not block and is closed with the job."""
    reading, writing = os.pipe()
    stack.callback(os.close, reading)
    os.set_blocking(reading, False)
    return reading, writing
