"""Hands tasks to any executor and takes what comes back, whoever is killed on the way.

At most a window of tasks is on its way, so that memory does not grow with the class. Where a worker dies, everything
that was on its way is sent again, one at a time until it is known which of them it was; what ends every worker that
tries it is given up, and nothing else with it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from quizdl.batch.records import Graded, Refused, Task
from quizdl.batch.spawned import Spawned
from quizdl.batch.work import decode_answer, encode_task, run_task
from quizdl.errors import GraderError
from quizdl.text import Text

MOST_DEATHS = 2
_EACH = 3
_TICK = 0.5


class GivenUpError(GraderError):
    """An executor that mends itself sends this task to nobody any more: it ended every worker that tried it."""


class Workers(Protocol):
    """Where tasks are run. Those that break are made anew by the next task."""

    @property
    def window(self) -> int:
        """How many tasks keep all workers at work."""

    def submit(self, function: Callable[[bytes], bytes], task: bytes) -> Future[bytes]:
        """Has one of them call the function. Raises BrokenProcessPool where one has died."""

    def wait(self, futures: Collection[Future[bytes]], seconds: float) -> set[Future[bytes]]:
        """Those that are done, as soon as there are any, or none when the time is over."""

    def broken(self) -> None:
        """A worker has died."""

    def drop(self, futures: Iterable[Future[bytes]]) -> None:
        """Nobody wants these any more."""


@dataclass(slots=True)
class _Sent:
    task: Task
    deaths: int = 0


def graded(
    tasks: Iterable[Task], workers: Workers, tick: Callable[[], None] = lambda: None
) -> Iterator[tuple[Task, Graded | None]]:
    """Every task with what came of it, as it comes; None for one that ends every worker that tries it.

    tick: called now and then while nothing comes. Raises GraderError where a worker refuses.
    """
    waiting, source = deque[_Sent](), iter(tasks)
    under_way: dict[Future[bytes], _Sent] = {}
    try:
        while True:
            _fill(under_way, waiting, source, workers)
            if not under_way and not waiting:
                return
            done = workers.wait(under_way, _TICK)
            if not done:
                tick()
            lost = [sent for future in done if (sent := under_way[future]) and _died(future)]
            for future in done - {future for future in done if _died(future)}:
                yield under_way.pop(future).task, _answer(future)
            if lost:
                yield from _lost(under_way, waiting, workers)
    finally:
        workers.drop(under_way)


def _fill(
    under_way: dict[Future[bytes], _Sent], waiting: deque[_Sent], source: Iterator[Task], workers: Workers
) -> None:
    """As many as keep everybody at work; after a death one at a time, until it is known who did it."""
    while len(under_way) < (1 if waiting else workers.window):
        if waiting:
            sent = waiting.popleft()
        else:
            task = next(source, None)
            if task is None:
                return
            sent = _Sent(task)
        try:
            future = workers.submit(run_task, encode_task(sent.task))
        except BrokenProcessPool:
            waiting.appendleft(sent)
            workers.broken()
            continue
        under_way[future] = sent
        if sent.deaths:
            return


def _died(future: Future[bytes]) -> bool:
    return isinstance(future.exception(), BrokenProcessPool)


def _answer(future: Future[bytes]) -> Graded | None:
    if isinstance(future.exception(), GivenUpError):
        return None
    answer = decode_answer(future.result())
    if isinstance(answer, Refused):
        raise GraderError(
            answer.reason, Text("環境を確認してください: quizdl doctor", "Check the machine: quizdl doctor")
        )
    return answer


def _lost(
    under_way: dict[Future[bytes], _Sent], waiting: deque[_Sent], workers: Workers
) -> Iterator[tuple[Task, Graded | None]]:
    """All that was on its way: what is finished all the same is taken, the rest waits to be sent again."""
    workers.wait(under_way, 10)
    workers.broken()
    alone = len(under_way) == 1
    for future, sent in list(under_way.items()):
        del under_way[future]
        if future.done() and not future.cancelled() and not _died(future):
            yield sent.task, _answer(future)
            continue
        sent.deaths += 1 if alone or not sent.deaths else 0
        if alone and sent.deaths > MOST_DEATHS:
            yield sent.task, None
        else:
            waiting.append(sent)


class Processes:
    """Worker processes on this machine, started when there is something to do."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._spawned: Spawned | None = None

    @property
    def window(self) -> int:
        """One at work and two at hand for each worker."""
        return _EACH * self._jobs

    def start(self) -> Spawned:
        """All of them, where they are not there yet."""
        if self._spawned is None:
            self._spawned = Spawned(self._jobs)
        return self._spawned

    def submit(self, function: Callable[[bytes], bytes], task: bytes) -> Future[bytes]:
        """Any of them."""
        return self.start().submit(function, task)

    def wait(self, futures: Collection[Future[bytes]], seconds: float) -> set[Future[bytes]]:
        """Takes what they say meanwhile."""
        return self.start().wait(futures, seconds)

    def broken(self) -> None:
        """They are of no use any more."""
        self.close(at_once=True)

    def drop(self, futures: Iterable[Future[bytes]]) -> None:
        """They end with the workers."""

    def close(self, *, at_once: bool) -> None:
        """Ends the workers; at once, where what they are at is of no interest any more."""
        if self._spawned is not None:
            self._spawned.close(at_once=at_once)
            self._spawned = None


@contextmanager
def processes(jobs: int) -> Iterator[Processes]:
    """Worker processes, which end with the block."""
    workers = Processes(jobs)
    try:
        yield workers
    except BaseException:
        workers.close(at_once=True)
        raise
    workers.close(at_once=False)


class Borrowed:
    """An executor of somebody else's, which mends itself. slots: how many tasks it works on at a time."""

    def __init__(self, executor: Executor, slots: Callable[[], int]) -> None:
        self._executor, self._slots = executor, slots

    @property
    def window(self) -> int:
        """One at work and two on the way for each slot."""
        return _EACH * max(1, self._slots())

    def submit(self, function: Callable[[bytes], bytes], task: bytes) -> Future[bytes]:
        """As it does."""
        return self._executor.submit(function, task)

    def wait(self, futures: Collection[Future[bytes]], seconds: float) -> set[Future[bytes]]:
        """Somebody else's threads set them."""
        return wait(futures, timeout=seconds, return_when=FIRST_COMPLETED).done

    def drop(self, futures: Iterable[Future[bytes]]) -> None:
        """They need not be graded."""
        for future in futures:
            future.cancel()

    def broken(self) -> None:
        """Then there is none."""
        raise GraderError(
            Text("ワーカーがいなくなりました。", "The workers are gone."),
            Text("--resume で続きから採点できます。", "Go on with --resume."),
        )
