"""What runs on a worker of a cluster, and what it and the client tell each other. All of it crosses as JSON bytes.

A worker says what it is, and itself refuses to grade where that is not what the client demands: two learners' marks
must not differ because their code met another NumPy, or ran where nothing kept it apart.
"""

from __future__ import annotations

import os
import platform
import threading
import zlib
from functools import cache
from typing import TypeAlias

import msgspec

from quizdl.batch.provenance import engine_digest, numpy_version, quizdl_version
from quizdl.batch.records import Refused
from quizdl.batch.work import decode_answer, isolation_here, run_task, teach
from quizdl.errors import QuizdlError
from quizdl.model import Question
from quizdl.sandbox.levels import Level, at_most, describe, level_of
from quizdl.sanitise import printable
from quizdl.text import Text, same

_GRADING = threading.Lock()
"""A worker has one sandbox and may have several threads."""


class Versions(msgspec.Struct, frozen=True, kw_only=True):
    """All that a mark may depend on beside the question and the code, which come with each task."""

    quizdl: str
    engine: str
    numpy: str
    python: str


class Demand(msgspec.Struct, frozen=True, kw_only=True):
    """What the client asks of each worker. least: the lowest level of isolation."""

    least: Level
    versions: Versions


class Introduction(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What a worker says of itself: the layers that a small program really ran under, or why none could run."""

    host: str
    process: int
    versions: Versions
    isolation: tuple[str, ...] = ()
    trouble: Text | None = None


class Refusal(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """A worker does not grade, and why."""

    reason: Text


class Result(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """What `run_task` gave, as it gave it."""

    graded: msgspec.Raw


Reply: TypeAlias = Introduction | Refusal | Result


def versions_here() -> Versions:
    """Those of this process."""
    python = ".".join(platform.python_version_tuple()[:2])
    return Versions(quizdl=quizdl_version(), engine=engine_digest(), numpy=numpy_version(), python=python)


def introduce() -> bytes:
    """On a worker: what it is. It never raises: dask would log it with what was sent."""
    return msgspec.json.encode(_introduction())


def packed(question: Question) -> bytes:
    """A question as it is sent beside each of its tasks: a worker needs no bank. About 2 KB."""
    return zlib.compress(msgspec.json.encode(question))


def grade_remotely(demand: bytes, question: bytes, task: bytes) -> bytes:
    """On a worker: the task's result, or the refusal to grade here. It never raises.

    demand: JSON of `Demand`. question: as `packed` makes it. task: as `run_task` takes it.
    Returns JSON of `Result` or `Refusal`.
    """
    return msgspec.json.encode(_replied(demand, question, task))


def unfit(demand: Demand, worker: Introduction) -> Text | None:
    """Why this worker must not grade, None where it may."""
    if worker.trouble is not None:
        return worker.trouble
    wanted, found = msgspec.to_builtins(demand.versions), msgspec.to_builtins(worker.versions)
    if differing := [name for name in wanted if wanted[name] != found[name]]:
        return _other_versions(differing, wanted, found)
    level = level_of(worker.isolation)
    return None if at_most(level, demand.least) else _too_low(demand.least, level)


def _replied(demand: bytes, question: bytes, task: bytes) -> Refusal | Result:
    try:
        reason = unfit(msgspec.json.decode(demand, type=Demand), _introduction())
        if reason is not None:
            return Refusal(reason=reason)
        with _GRADING:
            _learn(question)
            answer = run_task(task)
        said = decode_answer(answer)
        return Refusal(reason=said.reason) if isinstance(said, Refused) else Result(graded=msgspec.Raw(answer))
    except Exception as error:  # raised, it would be pickled, and logged with the learner's code
        return Refusal(reason=failed(error))


@cache
def _learn(question: bytes) -> None:
    teach(msgspec.json.decode(zlib.decompress(question), type=Question))


_known: list[Introduction] = []


def _introduction() -> Introduction:
    """Found once: a process does not change its walls."""
    with _GRADING:
        if not _known:
            _known.append(_found())
    return _known[0]


def _found() -> Introduction:
    host, process, versions = printable(platform.node(), 100), os.getpid(), versions_here()
    try:
        return Introduction(host=host, process=process, versions=versions, isolation=isolation_here())
    except QuizdlError as error:
        return Introduction(host=host, process=process, versions=versions, trouble=error.message)
    except Exception as error:
        return Introduction(host=host, process=process, versions=versions, trouble=failed(error))


def failed(error: Exception) -> Text:
    """An exception in a line that may be shown."""
    return same(printable(f"{type(error).__name__}: {error}", 300))


def _other_versions(names: list[str], wanted: dict[str, str], found: dict[str, str]) -> Text:
    has, here = (", ".join(f"{name} {versions[name]}" for name in names) for versions in (found, wanted))
    return Text(
        f"このコンピューターと版が違います: {has}（こちらは {here}）。",
        f"It is not the same as here: it has {has}, and this machine has {here}.",
    )


def _too_low(least: Level, level: Level) -> Text:
    return Text(
        f"隔離レベル {least} が必要ですが {level} です。{describe(level).ja}",
        f"Isolation level {least} is needed, and it gives {level}. {describe(level).en}",
    )
