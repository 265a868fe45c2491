"""Worker processes of this machine, each at the end of a pipe: no threads, no queues, nothing between two that wakes.

Each has one task at work and at most one behind it, so that it never waits; a task behind one that takes long is given
to another worker that has nothing to do. Where a worker dies, all are ended, and whoever waits is told.
"""

from __future__ import annotations

import contextlib
import math
import multiprocessing
import os
import pickle
import selectors
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import lru_cache
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess

STALE = 1.0
"""Seconds at one task after which nothing is left behind it."""

_AHEAD = 2
_SMALL = 16 << 10
"""Bytes of a task that a pipe takes at once, whatever its reader is at: with larger ones, both ends might wait."""

_ANSWER, _ERROR = b"a", b"e"


@dataclass(frozen=True, slots=True)
class _Job:
    function: Callable[[bytes], bytes]
    data: bytes
    future: Future[bytes]


@dataclass(slots=True)
class _Worker:
    """at: the task at work and what is behind it; since: when it began with that, by the clock."""

    process: SpawnProcess
    pipe: Connection
    at: deque[_Job] = field(default_factory=deque)
    since: float = 0.0

    def takes(self, job: _Job, now: float) -> bool:
        """Whether it may be given one more."""
        if not self.at:
            return True
        return len(self.at) < _AHEAD and len(job.data) <= _SMALL and now - self.since < STALE

    def give(self, job: _Job, now: float) -> None:
        """One more. Raises OSError where it is gone."""
        if not self.at:
            self.since = now
        self.at.append(job)
        name = _name(job.function)
        self.pipe.send_bytes(len(name).to_bytes(2) + name + job.data)


class Spawned:
    """They know nothing of this process: not its memory, so not its names. Used by one thread."""

    def __init__(self, jobs: int) -> None:
        """Starts them all."""
        with _deaf_to_ctrl_c():
            self._workers = [_started() for _ in range(jobs)]
        self._selector: selectors.BaseSelector | None = None
        if sys.platform != "win32":  # which waits for pipes in a way of its own
            self._selector = selectors.DefaultSelector()
            for one in self._workers:
                self._selector.register(one.pipe, selectors.EVENT_READ)
        self._waiting: deque[_Job] = deque()
        self._broken = False

    @property
    def processes(self) -> list[int]:
        """Their numbers."""
        return [one.process.pid for one in self._workers if one.process.pid is not None]

    def submit(self, function: Callable[[bytes], bytes], data: bytes) -> Future[bytes]:
        """Has a worker call the function. Raises BrokenProcessPool where one has died."""
        if self._broken:
            raise BrokenProcessPool
        job = _Job(function, data, Future())
        self._waiting.append(job)
        self._hand_out()
        return job.future

    def wait(self, futures: Collection[Future[bytes]], seconds: float) -> set[Future[bytes]]:
        """Those of the futures that are done, as soon as there are any, or none when the time is over."""
        until = time.monotonic() + seconds
        while not (done := {one for one in futures if one.done()}) and (now := time.monotonic()) < until:
            self._take(self._ready(max(0.0, min(until, self._next_help()) - now)))
        return done

    def close(self, *, at_once: bool) -> None:
        """Ends the workers, those that are at something without waiting for it where `at_once` or nobody wants it."""
        if self._selector is not None:
            self._selector.close()
        for one in self._workers:
            if at_once or one.at:
                one.process.kill()  # a process that stands still would never hear SIGTERM
            one.pipe.close()  # what reads from it ends
        for one in self._workers:
            one.process.join()

    def _ready(self, seconds: float) -> Collection[object]:
        if self._selector is None:
            return wait([one.pipe for one in self._workers], seconds)
        return [key.fileobj for key, _ in self._selector.select(seconds)]

    def _hand_out(self) -> None:
        now = time.monotonic()
        try:
            while self._waiting and (worker := self._least_busy(self._waiting[0], now)) is not None:
                worker.give(self._waiting.popleft(), now)
            while (idle := self._idle()) is not None and (job := self._stuck(now)) is not None:
                idle.give(job, now)
        except OSError:
            self._break()

    def _least_busy(self, job: _Job, now: float) -> _Worker | None:
        return min((one for one in self._workers if one.takes(job, now)), key=lambda one: len(one.at), default=None)

    def _idle(self) -> _Worker | None:
        return next((one for one in self._workers if not one.at), None)

    def _stuck(self, now: float) -> _Job | None:
        """What is behind a task that takes long, and is with no other worker yet."""
        return next((one.at[-1] for one in self._with_one_behind() if now - one.since >= STALE), None)

    def _next_help(self) -> float:
        """When an idle worker will have something to help with, if nobody says anything before."""
        if self._idle() is None:
            return math.inf
        return min((one.since + STALE for one in self._with_one_behind()), default=math.inf)

    def _with_one_behind(self) -> Iterator[_Worker]:
        """Those with a task that no other worker has."""
        return (one for one in self._workers if len(one.at) == _AHEAD and not self._is_at_work(one.at[-1]))

    def _is_at_work(self, job: _Job) -> bool:
        return job.future.done() or any(one.at and one.at[0] is job for one in self._workers)

    def _take(self, ready: Collection[object]) -> None:
        """Answers; and new tasks for those who gave them, before anybody looks at what they said."""
        found = []
        try:
            for worker in self._workers:
                if worker.pipe in ready:
                    said = worker.pipe.recv_bytes()
                    found.append((worker.at.popleft().future, said))
                    worker.since = time.monotonic()
        except (EOFError, OSError):
            self._break()
        self._hand_out()
        for future, said in found:
            if future.done():
                continue  # another was faster
            if said[:1] == _ANSWER:
                future.set_result(said[1:])
            else:
                future.set_exception(pickle.loads(said[1:]))  # noqa: S301 - a process of our own

    def _break(self) -> None:
        """A worker has died, and what it was at is not known to be harmless: none of it has an answer."""
        self._broken = True
        unfinished = [*self._waiting, *(job for one in self._workers for job in one.at)]
        self._waiting.clear()
        for one in self._workers:
            one.at.clear()
            one.process.kill()
        for job in unfinished:
            if not job.future.done():
                job.future.set_exception(BrokenProcessPool())


def _started() -> _Worker:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    process = context.Process(target=_serve, args=(there,))
    process.start()
    there.close()
    return _Worker(process, here)


def _serve(pipe: Connection) -> None:
    """What a worker does, until nobody is at the other end."""
    _live_with_the_parent()
    while True:
        try:
            said = pipe.recv_bytes()
        except EOFError:
            return
        begin = 2 + int.from_bytes(said[:2])
        try:
            answer = _ANSWER + _named(said[2:begin])(said[begin:])
        except Exception as error:  # it is theirs who asked
            answer = _ERROR + pickle.dumps(error)
        pipe.send_bytes(answer)


@lru_cache
def _name(function: Callable[[bytes], bytes]) -> bytes:
    return pickle.dumps(function)


@lru_cache
def _named(name: bytes) -> Callable[[bytes], bytes]:
    found: Callable[[bytes], bytes] = pickle.loads(name)  # noqa: S301 - as the other end of the pipe has it
    return found


def _live_with_the_parent() -> None:
    """Ctrl-C is for the process that hands out tasks; without it a worker has nothing to live for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:
        threading.Thread(target=_end_with, args=(parent.join,), daemon=True).start()


def _end_with(gone: Callable[[], None]) -> None:
    gone()
    os._exit(1)


@contextlib.contextmanager
def _deaf_to_ctrl_c() -> Iterator[None]:
    """What is started meanwhile never hears of Ctrl-C, not even while it is still importing."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
