"""Off Linux: a fresh process a job, the next one started beforehand. Protects from loops and crashes, not from malice.

Its layers are named honestly (`process`, `empty-environment`, perhaps `rlimits`, `audit`). The conversation is the
same; only pipes and threads stand where Linux has descriptors that can be sent and polled.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from typing import Literal

from quizdl.sandbox import launch
from quizdl.sandbox.conversation import Conversation
from quizdl.sandbox.lost import ServerLostError
from quizdl.sandbox.records import Ending, Limits
from quizdl.sandbox.values import WireError
from quizdl.sandbox.wire import Frames

_CHUNK = 1 << 16
_START_SECONDS = 60.0


class SingleUse:
    """Runs each job in a process of its own. Not safe for two threads at a time; `Sandbox` holds the lock."""

    def __init__(self, limits: Limits) -> None:
        """Starts the first process and returns at once."""
        self._limits = limits
        self._folder = tempfile.mkdtemp(prefix="quizdl-")
        self._next: subprocess.Popen[bytes] | None = self._spawn()

    def _spawn(self) -> subprocess.Popen[bytes]:
        limits = self._limits
        return subprocess.Popen(  # noqa: S603 - our own interpreter and file
            launch.command("single", self._folder, str(limits.cpu), str(limits.memory)),
            env=launch.environment(),
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def run(self, conversation: Conversation) -> Ending:
        """Runs one job to its end. Raises ServerLostError."""
        process = self._next or self._spawn()
        self._next = None
        try:
            ending = _Exchange(process, conversation, self._limits).run()
        except OSError as lost:
            raise ServerLostError(str(lost)) from lost
        finally:
            _end(process)
        self._next = self._spawn()
        return ending

    def close(self) -> str:
        """Ends the process that waits. Can be called again."""
        if self._next is not None:
            _end(self._next)
            self._next = None
        with contextlib.suppress(OSError):
            Path(self._folder).rmdir()
        return ""

    def forget(self) -> str:
        """In a fork of the trusted side: lets go of a process that belongs to the original."""
        if self._next is not None:
            self._next.returncode = 0
            _close_pipes(self._next)
        return ""


class _Exchange:
    """One job in flight. A timer kills the process at its deadline, which ends every read."""

    def __init__(self, process: subprocess.Popen[bytes], conversation: Conversation, limits: Limits) -> None:
        self.process, self.conversation, self.limits = process, conversation, limits
        self.cause: Literal["finished", "wall", "output", "forged", "vanished"] = "vanished"
        self.shown = bytearray()

    def run(self) -> Ending:
        started = time.monotonic()
        listener = threading.Thread(target=self.listen, daemon=True)
        listener.start()
        timer = threading.Timer(_START_SECONDS, self.kill, ["wall"])
        timer.start()
        try:
            self.send(self.conversation.nonce)
            timer = self.converse(timer)
        finally:
            timer.cancel()
        self.process.kill()
        code = self.process.wait()
        listener.join()
        return Ending(
            cause=self.cause,
            exit_code=code if code >= 0 else None,
            signal=-code if code < 0 else None,
            stdout=bytes(self.shown),
            hidden=bytes(self.shown),
            seconds=time.monotonic() - started,
        )

    def converse(self, timer: threading.Timer) -> threading.Timer:
        """Until the job is over or the stream ends; the clock of the job starts when the child is ready."""
        assert self.process.stdout is not None  # noqa: S101 - Popen was asked for it
        frames = Frames(self.conversation.nonce)
        while self.conversation.outcome is None and (data := os.read(self.process.stdout.fileno(), _CHUNK)):
            try:
                for frame in frames.feed(data):
                    if frame.kind == "ready":
                        timer.cancel()
                        timer = threading.Timer(self.limits.wall, self.kill, ["wall"])
                        timer.start()
                    self.send(self.conversation.receive(frame))
            except WireError:
                self.cause = "forged"
                break
        if self.conversation.outcome is not None and self.cause == "vanished":
            self.cause = "finished"
        return timer

    def send(self, data: bytes) -> None:
        assert self.process.stdin is not None  # noqa: S101 - Popen was asked for it
        with contextlib.suppress(OSError):  # the process is gone, as the next read will tell
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def kill(self, cause: Literal["wall", "output"]) -> None:
        self.cause = cause
        self.process.kill()

    def listen(self) -> None:
        """Keeps what is printed, to the limit."""
        assert self.process.stderr is not None  # noqa: S101 - Popen was asked for it
        while data := os.read(self.process.stderr.fileno(), _CHUNK):
            self.shown += data
            if len(self.shown) > self.limits.output:
                self.kill("output")
                return


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()
    _close_pipes(process)


def _close_pipes(process: subprocess.Popen[bytes]) -> None:
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError):
                pipe.close()
