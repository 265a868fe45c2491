"""The trusted side's hold on the warm server (Linux): starts it, hands it jobs, enforces wall clock and output.

Each job gets a conversation socket and two output pipes of its own; the server's ends travel over the control socket.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Any, Literal

from quizdl.sandbox import launch
from quizdl.sandbox.conversation import Conversation
from quizdl.sandbox.lost import ServerLostError
from quizdl.sandbox.records import Ending, Limits
from quizdl.sandbox.values import WireError
from quizdl.sandbox.wire import Frames

_CHUNK = 1 << 16
_START_SECONDS = 60.0
_BURIAL_SECONDS = 20.0


class WarmServer:
    """One server process. Not safe for two threads at a time; `Sandbox` holds the lock."""

    def __init__(self, limits: Limits) -> None:
        """Begins to start the server and returns at once."""
        self._limits = limits
        self._ready = self._started = False
        self._folder = tempfile.mkdtemp(prefix="quizdl-")
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                launch.command("server", str(theirs.fileno()), self._folder, *self._arguments()),
                env=launch.environment(),
                cwd=self._folder,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C in the terminal is for the trusted side to handle
            )

    def _arguments(self) -> list[str]:
        """Limits, and whether the kernel may end the server with the thread that starts it."""
        return [str(self._limits.cpu), str(self._limits.memory), "yes" if _in_main_thread() else "no"]

    def run(self, conversation: Conversation) -> Ending:
        """Runs one job to its end. Raises ServerLostError.

        The child and all it started are then gone; after a job that gave every result they are being killed, which
        the next job waits for.
        """
        try:
            self._wait_until_ready()
            exchange = _Exchange(self._control, conversation, self._limits)
            self._ready = False
            ending = exchange.run()
            self._ready = exchange.exit is not None
            return ending
        except OSError as lost:
            raise ServerLostError(str(lost)) from lost

    def _wait_until_ready(self) -> None:
        """Until the server has started, or has buried the last job's child: either is one message."""
        if not self._ready:
            self._control.settimeout(_START_SECONDS)
            if not self._control.recv(_CHUNK):
                raise ServerLostError("the server did not start")
            self._started = True

    def close(self) -> str:
        """Ends the server and reaps it; the last line that it printed explains a failure. Can be called again."""
        self._control.close()
        try:
            self._process.wait(_BURIAL_SECONDS if self._started else 0)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        with contextlib.suppress(OSError):
            Path(self._folder).rmdir()
        return self._last_words()

    def _last_words(self) -> str:
        stderr = self._process.stderr
        if stderr is None or stderr.closed:
            return ""
        with stderr:
            return stderr.read(_CHUNK).decode("utf-8", "replace").strip().rpartition("\n")[2]

    def forget(self) -> str:
        """In a fork of the trusted side: lets go of a server that belongs to the original."""
        self._control.close()
        self._process.returncode = 0  # no wait, no warning: it is not this process's child
        if self._process.stderr:
            self._process.stderr.close()
        return ""


class _Exchange:
    """One job in flight: three streams from the child, one socket to the server, and a deadline."""

    def __init__(self, control: socket.socket, conversation: Conversation, limits: Limits) -> None:
        self.control, self.conversation, self.limits = control, conversation, limits
        self.frames = Frames(conversation.nonce)
        self.shown, self.unshown = bytearray(), bytearray()
        self.printed = 0
        self.unsent = b""
        self.cause: Literal["finished", "wall", "output", "forged", "vanished"] | None = None
        self.exit: dict[str, Any] | None = None
        self.open: dict[int, Any] = {}

    def run(self) -> Ending:
        started = time.monotonic()
        with contextlib.ExitStack() as stack:
            self.begin(stack)
            self.attend(started + self.limits.wall)
        return Ending(
            cause=self.cause or "vanished",
            stdout=bytes(self.shown),
            hidden=bytes(self.unshown),
            seconds=time.monotonic() - started,
            **(self.exit or {}),
        )

    def begin(self, stack: contextlib.ExitStack) -> None:
        """Makes the job's descriptors and sends the server's ends over."""
        ours, theirs = socket.socketpair()
        stack.callback(ours.close)
        self.socket = ours
        with theirs:
            ours.setblocking(False)
            theirs.setblocking(False)
            self.visible, visible_end = _pipe(stack)
            self.hidden, hidden_end = _pipe(stack)
            socket.send_fds(self.control, [self.conversation.nonce], [theirs.fileno(), visible_end, hidden_end])
            os.close(visible_end)
            os.close(hidden_end)
        self.open = {
            self.control.fileno(): self.read_control,
            ours.fileno(): self.read_conversation,
            self.visible: lambda: self.read_output(self.visible),
            self.hidden: lambda: self.read_output(self.hidden),
        }

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
        poller = select.poll()
        for descriptor in self.open:
            wants_out = self.unsent and descriptor == self.socket.fileno()
            poller.register(descriptor, select.POLLIN | (select.POLLOUT if wants_out else 0))
        return [descriptor for descriptor, _ in poller.poll(seconds * 1000)]

    def stop(self, cause: Literal["finished", "wall", "output", "forged", "vanished"]) -> None:
        """Has the child killed; the first cause is the one that counts."""
        if self.cause is None:
            self.cause = cause
            self.control.send(b"kill")

    def read_control(self) -> None:
        message = self.control.recv(_CHUNK)
        if not message:
            raise ServerLostError("the server ended during a job")
        self.exit = json.loads(message)

    def read_conversation(self) -> None:
        self.send()
        try:
            data = self.socket.recv(_CHUNK)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        if not data:
            self.close_conversation()
            return
        try:
            for frame in self.frames.feed(data):
                self.unsent += self.conversation.receive(frame)
                self.hide_output_when_due()
        except WireError:
            self.stop("forged")
        self.send()
        if self.conversation.outcome is not None:
            self.stop("finished")

    def close_conversation(self) -> None:
        del self.open[self.socket.fileno()]
        self.stop("vanished")

    def send(self) -> None:
        try:
            while self.unsent:
                self.unsent = self.unsent[self.socket.send(self.unsent) :]
        except BlockingIOError:
            return
        except ConnectionError:
            self.unsent = b""

    def hide_output_when_due(self) -> None:
        """The child turned its output away before it sent this frame; what it wrote before is still in the pipe."""
        if self.conversation.past_visible and self.visible in self.open:
            self.drain_pipe(self.visible)
            self.open.pop(self.visible, None)

    def read_output(self, pipe: int) -> bool:
        """Reads once; whether there may be more."""
        try:
            data = os.read(pipe, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self.open.pop(pipe, None)
            return False
        self.printed += len(data)
        kept = self.shown if pipe == self.visible else self.unshown
        kept += data[: max(0, self.limits.output - len(kept))]
        if self.printed > self.limits.output:
            self.stop("output")
        return self.cause != "output"

    def drain_pipe(self, pipe: int) -> None:
        while self.read_output(pipe):
            pass

    def drain(self) -> None:
        """What the child had written before its end; a verdict reached already is not changed by it."""
        if self.socket.fileno() in self.open:
            while self.cause is None and self.socket.fileno() in self.open:
                self.read_conversation()
        for pipe in (self.visible, self.hidden):
            if pipe in self.open:
                self.drain_pipe(pipe)


def _pipe(stack: contextlib.ExitStack) -> tuple[int, int]:
    """A pipe whose reading end does not block and is closed with the job."""
    reading, writing = os.pipe()
    stack.callback(os.close, reading)
    os.set_blocking(reading, False)
    return reading, writing


def _in_main_thread() -> bool:
    """The kernel counts the end of the thread that forked as the end of the parent."""
    return threading.current_thread() is threading.main_thread()
