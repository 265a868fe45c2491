"""More than one machine: a `concurrent.futures` executor whose workers are those of a dask scheduler.

Who gets which task is decided here and not by the scheduler: a worker is given nothing until it has said what it is,
and nothing any more once it has refused; a killed worker's tasks go to the others.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Executor, Future
from dataclasses import dataclass
from functools import partial
from queue import Empty, SimpleQueue
from threading import Event, Lock, Thread
from typing import Any, Protocol

import msgspec

from quizdl.batch.crew import NO_ANSWER, Crew
from quizdl.batch.dispatch import Dispatch, Send
from quizdl.batch.link import connect
from quizdl.batch.pool import GivenUpError
from quizdl.batch.records import Task
from quizdl.batch.remote import Demand, Refusal, Reply, Result, failed, grade_remotely, introduce, packed, versions_here
from quizdl.batch.work import question_of, run_task
from quizdl.errors import GraderError, QuizdlError
from quizdl.sandbox.levels import Level
from quizdl.text import Text

BEAT = 0.5
"""Seconds between two looks at who is there."""

PATIENCE = 30.0
"""Seconds to wait for a worker where there is none: one that was killed may be started again."""

MOST_LOSSES = 5
"""So many workers were lost at work on a task: it is not sent to another."""


class Wire(Protocol):
    """What is needed of `Link`. `members` and `send` raise GraderError when the scheduler is lost."""

    address: str

    def members(self) -> dict[str, int]:
        """The address of each worker that is there, and its number of threads."""

    def send(self, worker: str, function: Callable[..., bytes], *arguments: bytes) -> Future[bytes]:
        """Has that worker and no other call the function."""

    def drop(self, worker: str) -> None:
        """This worker is gone for good."""

    def close(self) -> None:
        """The end."""


@contextlib.contextmanager
def open_cluster(
    address: str, *, least: Level, jobs: int | None = None, tell: Callable[[Text], None] = lambda note: None
) -> Iterator[Cluster]:
    """An executor for `run_task` on the workers of a scheduler, of whom at least one may grade.

    address: a scheduler's, or `local` for `jobs` processes of our own. least: the lowest level that a worker may have.
    tell: is told, from another thread, of each worker that refuses or is lost.
    Raises InputError where nothing may be sent there, and GraderError where nobody can grade.
    """
    cluster = Cluster(connect(address, jobs), Demand(least=least, versions=versions_here()), tell)
    try:
        cluster.wait_until_ready()
        yield cluster
    finally:
        cluster.shutdown(cancel_futures=True)


@dataclass(frozen=True, slots=True)
class _Order:
    question: bytes
    task: bytes
    future: Future[bytes]


class _Questions:
    """Those of the tasks, read from the bank here, once: no worker needs one."""

    def __init__(self) -> None:
        self._packed: dict[tuple[str | None, str, str], bytes] = {}

    def of(self, task: bytes) -> bytes:
        """Raises InputError for a question that is not in the bank, GraderError where it has changed meanwhile."""
        asked = msgspec.json.decode(task, type=Task)
        place = (asked.bank, asked.question_id, asked.version)
        if place not in self._packed:
            question = question_of(asked)
            if question.version != asked.version:
                raise _changed(question.id)
            self._packed[place] = packed(question)
        return self._packed[place]


class Cluster(Executor):
    """Grades on workers that come and go; every future gets one result, whoever dies on the way.

    A thread of its own does everything, one thing after the other, as it comes in. When the scheduler is lost, or
    nobody is left to grade, every unfinished future gets that GraderError.
    """

    def __init__(self, wire: Wire, demand: Demand, tell: Callable[[Text], None], patience: float = PATIENCE) -> None:
        self._wire, self._tell, self._patience = wire, tell, patience
        self._demand = msgspec.json.encode(demand)
        self._questions, self._crew, self._dispatch = _Questions(), Crew(demand), Dispatch()
        self._orders: dict[int, _Order] = {}
        self._under_way: dict[int, Future[bytes]] = {}
        self._inbox: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._lock, self._ready = Lock(), Event()
        self._error: QuizdlError | None = None
        self._closing, self._count = False, 0
        self._next_look, self._last_seen = 0.0, time.monotonic()
        self._thread = Thread(target=self._work, name="quizdl-cluster", daemon=True)
        self._thread.start()

    # for whoever has tasks, in any thread

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """The future of `run_task(task)`; nothing else can be sent. Raises GraderError where nobody grades any more."""
        if fn is not run_task or kwargs or len(args) != 1 or not isinstance(args[0], bytes):
            raise TypeError("a cluster grades tasks: submit(run_task, task)")
        order = _Order(self._questions.of(args[0]), args[0], Future())
        with self._lock:
            if self._error is not None:
                raise self._error
            if self._closing:
                raise RuntimeError("cannot schedule new futures after shutdown")
            self._count += 1
            number = self._count
            self._orders[number] = order
            self._inbox.put(partial(self._dispatch.add, number))
        order.future.add_done_callback(lambda future: self._inbox.put(partial(self._forget, number, future)))
        return order.future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Takes no more tasks; ends once those that it has are finished, or at once where they are cancelled."""
        with self._lock:
            self._closing = True
            orders = list(self._orders.values()) if cancel_futures else []
        for order in orders:
            order.future.cancel()
        self._inbox.put(_nothing)
        if wait:
            self._thread.join()

    def wait_until_ready(self) -> None:
        """Until one worker may grade. Raises GraderError where that will not be."""
        self._ready.wait()
        if self._error is not None:
            raise self._error

    @property
    def workers(self) -> int:
        """How many may grade now."""
        return len(self._dispatch.crew)

    @property
    def slots(self) -> int:
        """How many tasks keep everybody at work; it changes as workers come and go."""
        return max(1, sum(self._dispatch.crew.copy().values()))

    # the one thread

    def _work(self) -> None:
        try:
            while self._orders or not self._closing:
                self._take_in()
                self._look()
                self._follow_orders()
        except QuizdlError as error:
            self._stop(error)
        except Exception as error:  # nobody may wait for a thread that has ended
            self._stop(_broken(error))
        finally:
            self._wire.close()
            self._ready.set()

    def _take_in(self) -> None:
        """All that has come in; waits for it until the next look is due."""
        with contextlib.suppress(Empty):
            self._inbox.get(timeout=max(0.0, self._next_look - time.monotonic()))()
            while True:
                self._inbox.get_nowait()()

    def _follow_orders(self) -> None:
        for order in self._dispatch.orders(time.monotonic()):
            if not isinstance(order, Send):
                self._withdraw(order.ticket)
                continue
            task = self._orders[order.task]
            sent = self._wire.send(order.worker, grade_remotely, self._demand, task.question, task.task)
            self._under_way[order.ticket] = sent
            self._when_done(sent, partial(self._answered, order.worker, order.ticket))

    def _when_done(self, sent: Future[bytes], then: Callable[[Future[bytes]], None]) -> None:
        sent.add_done_callback(lambda sent: self._inbox.put(partial(then, sent)))

    def _withdraw(self, *tickets: int) -> None:
        for ticket in tickets:
            if (sent := self._under_way.pop(ticket, None)) is not None:
                sent.cancel()

    def _answered(self, worker: str, ticket: int, sent: Future[bytes]) -> None:
        if self._under_way.pop(ticket, None) is None:
            return  # withdrawn: another worker has the task, or nobody wants it
        reply = _reply(sent)
        if isinstance(reply, Result):
            self._finish(self._dispatch.finish(ticket), bytes(reply.graded))
        elif reply is None:
            self._gone(worker)
        else:
            self._refuse(worker, reply.reason if isinstance(reply, Refusal) else NO_ANSWER)

    # futures

    def _finish(self, number: int | None, outcome: bytes | GraderError) -> None:
        order = self._orders.pop(number, None) if number is not None else None
        if order is None or not order.future.set_running_or_notify_cancel():
            return
        if isinstance(outcome, bytes):
            order.future.set_result(outcome)
        else:
            order.future.set_exception(outcome)

    def _forget(self, number: int, future: Future[bytes]) -> None:
        """Called for each future that is done; it matters where that is because nobody wants it any more."""
        if future.cancelled() and self._orders.pop(number, None) is not None:
            self._withdraw(*self._dispatch.forget(number))
            future.set_running_or_notify_cancel()

    def _stop(self, error: QuizdlError) -> None:
        with self._lock:
            self._error = error
        for order in self._orders.values():
            if order.future.set_running_or_notify_cancel():
                order.future.set_exception(error)
        self._orders.clear()

    # who is there

    def _look(self) -> None:
        if time.monotonic() < self._next_look:
            return
        self._next_look = time.monotonic() + BEAT
        members = self._wire.members()
        for worker in self._crew.threads.keys() - members.keys():
            self._gone(worker)
        for worker in members.keys() - self._crew.threads.keys():
            if (reason := self._crew.meet(worker, members[worker])) is not None:
                self._refuse(worker, reason)
            else:
                self._when_done(self._wire.send(worker, introduce), partial(self._introduced, worker))
        self._check_that_somebody_grades()

    def _introduced(self, worker: str, sent: Future[bytes]) -> None:
        if worker not in self._crew.threads:
            return
        reply = _reply(sent)
        if reply is None:
            self._gone(worker)
        elif (reason := self._crew.know(worker, reply)) is not None:
            self._refuse(worker, reason)
        else:
            self._dispatch.join(worker, self._crew.threads[worker])
            self._ready.set()

    def _refuse(self, worker: str, reason: Text) -> None:
        if worker in self._crew.threads and worker not in self._crew.refused:
            self._tell(self._crew.refuse(worker, reason))
            self._leave(worker)

    def _gone(self, worker: str) -> None:
        if worker in self._crew.threads:
            graded = worker in self._dispatch.crew
            note = self._crew.lose(worker)
            if graded:
                self._tell(note)
            self._leave(worker)
            self._wire.drop(worker)

    def _leave(self, worker: str) -> None:
        self._withdraw(*self._dispatch.leave(worker))
        for number in [number for number, losses in self._dispatch.losses.items() if losses >= MOST_LOSSES]:
            self._withdraw(*self._dispatch.forget(number))
            self._finish(number, _deadly())

    def _check_that_somebody_grades(self) -> None:
        """While there is nothing to do it does not matter."""
        if self._crew.anybody() or (self._ready.is_set() and not self._orders):
            self._last_seen = time.monotonic()
        elif time.monotonic() - self._last_seen >= self._patience or (self._crew.refused and not self._ready.is_set()):
            raise self._crew.nobody(self._wire.address)


def _nothing() -> None:
    """Wakes the thread up."""


def _reply(sent: Future[bytes]) -> Reply | None:
    """What a worker said; None where dask let go of the task, because the worker is gone."""
    try:
        reply: Reply = msgspec.json.decode(sent.result(), type=Reply)
    except CancelledError:
        return None
    except Exception as error:
        return None if type(error).__name__ == "KilledWorker" else Refusal(reason=failed(error))
    return reply


def _deadly() -> GivenUpError:
    return GivenUpError(
        Text(
            f"この答案の採点中にワーカーが {MOST_LOSSES} 回いなくなりました。",
            f"{MOST_LOSSES} workers were lost while they graded this one submission.",
        ),
        Text(
            "ワーカーのコンピューターで、メモリ不足などの原因を確認してください。",
            "Look on those machines for what ended them, such as too little memory.",
        ),
    )


def _changed(question_id: str) -> GraderError:
    return GraderError(
        Text(
            f"問題「{question_id}」が採点中に書き換えられました。採点済みの結果は保存されています。",
            f"The question '{question_id}' was changed while it was graded. What is graded is kept.",
        ),
        Text("`--resume` で続けてください。", "Go on with `--resume`."),
    )


def _broken(error: Exception) -> GraderError:
    shown = failed(error)
    return GraderError(
        Text(f"クラスターでの採点が続けられません: {shown.ja}", f"Grading on the cluster cannot go on: {shown.en}"),
        Text("`--resume` で続けてください。", "Go on with `--resume`."),
    )
