"""Off Linux: a fresh process a job, others started beforehand. Protects from loops and crashes, not from malice (L0).

On macOS each process stands in the system's own sandbox besides (L1, `macos.py`); where that cannot be started, or does
not hold, it does without and says so. The layers are named honestly (`process`, `empty-environment`, perhaps `rlimits`
and `sandbox-exec`, `audit`). The talk is the same as with the warm server; only pipes and threads stand where Linux has
descriptors that can be sent and polled.
"""

from __future__ import annotations

import contextlib
import os
import queue
import subprocess
import tempfile
import threading
import time
from collections import deque
from pathlib import Path
from typing import Literal

from quizdl.sandbox import launch, macos
from quizdl.sandbox.lost import ServerLostError
from quizdl.sandbox.records import Ending, Limits
from quizdl.sandbox.talk import Talk
from quizdl.sandbox.values import WireError
from quizdl.sandbox.wire import Frames
from quizdl.sanitise import printable
from quizdl.text import Text

_CHUNK = 1 << 16
_START_SECONDS = 60.0
_SPARE = 2  # processes that import NumPy while a job runs

enclosure_refused: list[str] = []
"""What was printed where the system's sandbox was tried in this process and could not be started."""


class SingleUse:
    """Runs each job in a process of its own. Not safe for two threads at a time; `Sandbox` holds the lock."""

    def __init__(self, limits: Limits, *, enclosed: bool = False) -> None:
        """Starts the first process and returns at once. enclosed: whether the system's own sandbox may be tried."""
        self._limits = limits
        self._enclosed = enclosed and not enclosure_refused
        self.held: dict[str, bool] = {}
        self._folder = tempfile.mkdtemp(prefix="quizdl-")
        self._spare: deque[subprocess.Popen[bytes]] = deque([self._spawn()])

    def _spawn(self) -> subprocess.Popen[bytes]:
        limits, outside = self._limits, str(launch.ROOM.parent / "__init__.py") if self._enclosed else ""
        inner = launch.command("single", self._folder, str(limits.cpu), str(limits.memory), outside)
        outer = macos.prefix(launch.numpy_folder(), launch.ROOM, self._folder) if self._enclosed else []
        return subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [*outer, *inner],
            env=launch.environment(),
            cwd=self._folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def is_on_trial(self) -> bool:
        """The first job finds that out."""
        return False

    def look(self) -> None:
        """Where the system's sandbox has failed already, starts again without it."""
        if self._enclosed and self._spare and self._spare[0].poll() is not None:
            stderr = self._spare[0].stderr
            assert stderr is not None  # noqa: S101 - Popen was asked for it
            self._do_without(stderr.read(_CHUNK))
            self._spare.append(self._spawn())

    def _do_without(self, printed: bytes) -> None:
        enclosure_refused.append(printed.decode("utf-8", "replace").strip() or "?")
        self._enclosed = False
        self._end_spare()

    def run(self, talk: Talk) -> Ending:
        """Plays one job to its end. Raises ServerLostError."""
        process = self._spare.popleft() if self._spare else self._spawn()
        exchange = _Exchange(process, talk, self._limits)
        try:
            ending = exchange.run()
        except OSError as lost:
            raise ServerLostError(str(lost)) from lost
        finally:
            _end(process)
        if self._enclosed and not exchange.was_heard:
            self._do_without(bytes(exchange.shown))  # as the next attempt will
        while len(self._spare) < _SPARE:
            self._spare.append(self._spawn())
        return ending

    def notes(self) -> list[Text]:
        """Why the system's sandbox is not around it, where that was wanted."""
        if not enclosure_refused:
            return []
        reason = printable(enclosure_refused[0], 200)
        return [Text(f"sandbox-exec を使えません: {reason}", f"sandbox-exec cannot be used: {reason}")]

    def dismiss(self) -> None:
        """Processes that wait for a job end when they are told to, not before."""

    def close(self) -> str:
        """Ends the processes that wait. Can be called again."""
        self._end_spare()
        with contextlib.suppress(OSError):
            Path(self._folder).rmdir()
        return ""

    def _end_spare(self) -> None:
        while self._spare:
            _end(self._spare.popleft())

    def forget(self) -> str:
        """In a fork of the trusted side: lets go of processes that belong to the original."""
        for process in self._spare:
            process.returncode = 0
            _close_pipes(process)
        self._spare.clear()
        return ""


class _Exchange:
    """One talk in flight. A timer kills the process at its deadline, which ends every read and write."""

    def __init__(self, process: subprocess.Popen[bytes], talk: Talk, limits: Limits) -> None:
        self.process, self.talk, self.limits = process, talk, limits
        self.cause: Literal["finished", "wall", "output", "forged", "vanished"] = "vanished"
        self.shown = bytearray()
        self.was_heard = False
        self.outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()

    def run(self) -> Ending:
        started = time.monotonic()
        helpers = [threading.Thread(target=work, daemon=True) for work in (self.listen, self.post)]
        for helper in helpers:
            helper.start()
        timer = threading.Timer(_START_SECONDS, self.kill, ["wall"])
        timer.start()
        try:
            self.outbox.put(self.talk.opening())
            self.talk.prepare()
            timer = self.converse(timer)
        finally:
            timer.cancel()
            self.process.kill()
            self.outbox.put(None)
        code = self.process.wait()
        for helper in helpers:
            helper.join()
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
        frames = Frames(self.talk.nonce)
        while self.talk.outcome is None and (data := os.read(self.process.stdout.fileno(), _CHUNK)):
            try:
                for frame in frames.feed(data):
                    self.was_heard = True
                    if frame.kind == "ready":
                        timer.cancel()
                        timer = threading.Timer(self.limits.wall, self.kill, ["wall"])
                        timer.start()
                    self.outbox.put(self.talk.receive(frame))
            except WireError:
                self.cause = "forged"
                break
        if self.talk.outcome is not None and self.cause == "vanished":
            self.cause = "finished"
        return timer

    def post(self) -> None:
        """Sends, while results are read: a process that is not heard may stop listening."""
        assert self.process.stdin is not None  # noqa: S101 - Popen was asked for it
        while (data := self.outbox.get()) is not None:
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
