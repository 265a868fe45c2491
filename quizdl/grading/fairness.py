"""Keeps a busy machine from deciding a verdict: a timeout counts only if the program ran out of time by itself.

Every run on this machine by the same user holds a lock that is shared. A run that ended with a timeout is repeated
while it holds the lock alone, so that no other grading takes time from it; what it does then counts. Code that only
slept is not repeated: nobody kept it from waking.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Literal

from quizdl.sandbox import Job, Run, Sandbox

if sys.platform != "win32":
    import fcntl

_OWN_CORE = 1.15
"""A process that took no longer by the clock than this many times its processor time had a core to itself."""

_ASLEEP = 0.05
"""A process that used no more than this share of its time was waiting for nothing that a busy machine gives."""

_NEARLY = 0.95
"""The kernel ends a process by one clock and says by another how long it ran."""

_REPETITIONS = 2

_OUT_OF_ALL_PROPORTION = 1000
_OUT_OF_PROPORTION = 20
"""A call that takes so many times as long as the longest before it is in a loop, with a core to itself or without."""

_PATIENCE = 90.0
_SHORTEST_PAUSE, _LONGEST_PAUSE = 0.0001, 0.01


def run_fairly(sandbox: Sandbox, job: Job) -> Run:
    """Runs one job; a timeout that a busy machine may have caused is repeated alone. Raises GraderError."""
    with _room("shared"):
        run = sandbox.run(job)
    for _ in range(_REPETITIONS):
        if run.outcome != "timeout" or (run.cpu and run.cpu <= _ASLEEP * run.seconds):
            break
        with _room("alone") as waited:
            if not waited and run.seconds <= _OWN_CORE * sandbox.limits.cpu:
                break  # it had its core, and nobody else was grading
            run = sandbox.run(job)
            if _had_its_time(run, sandbox):
                break
    return run


def run_alone(sandbox: Sandbox, job: Job) -> Run:
    """Runs one job that timed out among others, while nobody else grades. Raises GraderError."""
    with _room("alone"):
        run = sandbox.run(job)
        for _ in range(_REPETITIONS - 1):
            if _had_its_time(run, sandbox):
                break
            run = sandbox.run(job)
    return run


class DoubtfulError(Exception):
    """A timeout that a busy machine may have caused."""


def run_promptly(sandbox: Sandbox, job: Job) -> Run:
    """Runs one job of many, and repeats nothing that others would wait for.

    Raises DoubtfulError where `run_alone` is to decide when the others are through, and GraderError.
    """
    with _room("shared"):
        run = sandbox.run(job)
    if run.outcome == "timeout" and not _has_itself_to_blame(run, len(job.calls), sandbox):
        raise DoubtfulError
    return run


def _has_itself_to_blame(run: Run, calls: int, sandbox: Sandbox) -> bool:
    """Whether no other work on the machine can have caused this timeout, by what is known of the one run.

    Neighbours make processor time up to twice as long. They do not make it many times as long, nor keep code that has
    used up its time from answering a quarter of its calls.
    """
    if run.cpu <= _ASLEEP * run.seconds:
        return bool(run.cpu)
    had_a_core = run.seconds <= _OWN_CORE * sandbox.limits.cpu
    if not _had_its_time(run, sandbox):
        return False
    if not run.loaded:  # it computes a lot when it is imported, or is in a loop since its first call
        return had_a_core
    before = [result.seconds for result in run.results]
    longest = max(before, default=0.0) * (_OUT_OF_PROPORTION if had_a_core else _OUT_OF_ALL_PROPORTION)
    return len(before) < calls / 4 or run.seconds - sum(before) >= longest


def _had_its_time(run: Run, sandbox: Sandbox) -> bool:
    """Whether it used up the processor time that it may have, and did not wait in vain for more."""
    return run.outcome != "timeout" or run.cpu >= _NEARLY * sandbox.limits.cpu


@contextlib.contextmanager
def _room(kind: Literal["shared", "alone"]) -> Iterator[bool]:
    """Holds the room; whether somebody else was in it. Who wants it alone keeps the gate, so that nobody overtakes."""
    with contextlib.ExitStack() as held:
        gate, room = _opened("gate", held), _opened("room", held)
        if gate is None or room is None:  # no such locks here: the repetition has to do
            yield True
            return
        _take(gate, alone=True)
        waited = _take(room, alone=kind == "alone")
        if kind == "shared":
            _leave(gate)
        yield waited


def _opened(name: str, held: contextlib.ExitStack) -> int | None:
    """A handle of one's own on a lock, which ends with the stack; None where there is none to be had.

    The file is the user's own: with somebody else's, anybody could hold every grading up. A lock belongs to an open
    file, so that threads and forked processes must not share one.
    """
    if sys.platform == "win32":
        return None
    path = f"{tempfile.gettempdir()}/quizdl-{os.getuid()}-{name}.lock"  # a `Path` costs as much as all the rest
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    held.callback(os.close, descriptor)
    return descriptor if os.fstat(descriptor).st_uid == os.getuid() else None


def _take(lock: int, *, alone: bool) -> bool:
    """Takes a lock; whether that took waiting. After a while it goes on without: a stopped process holds its locks."""
    if sys.platform == "win32":
        return False
    until, waited, pause = time.monotonic() + _PATIENCE, False, _SHORTEST_PAUSE
    while True:
        try:
            fcntl.flock(lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            waited = True
            if time.monotonic() > until:
                return True
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        else:
            return waited


def _leave(lock: int) -> None:
    if sys.platform != "win32":
        fcntl.flock(lock, fcntl.LOCK_UN)
