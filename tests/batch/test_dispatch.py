"""Whoever comes and goes, every task is finished once."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from quizdl.batch.dispatch import AHEAD, FROZEN, STALE, Dispatch, Send, Withdraw

WORKERS = ("a", "b", "c")


class Cluster(RuleBasedStateMachine):
    """Tasks, workers and answers in any order. on_the_way: every ticket ever sent, void or not."""

    def __init__(self) -> None:
        super().__init__()
        self.dispatch = Dispatch()
        self.now = 0.0
        self.added: set[int] = set()
        self.wanted: set[int] = set()
        self.finished: list[int] = []
        self.on_the_way: dict[int, Send] = {}
        self.void: set[int] = set()

    @rule()
    def hand_in(self) -> None:
        task = len(self.added)
        self.added.add(task)
        self.wanted.add(task)
        self.dispatch.add(task)

    @rule(worker=st.sampled_from(WORKERS), threads=st.integers(1, 2))
    def join(self, worker: str, threads: int) -> None:
        if worker not in self.dispatch.crew:
            self.dispatch.join(worker, threads)

    @rule(worker=st.sampled_from(WORKERS))
    def die(self, worker: str) -> None:
        self.void.update(self.dispatch.leave(worker))

    @rule(wait=st.sampled_from((0.0, STALE, FROZEN)))
    def obey(self, wait: float) -> None:
        self.now += wait
        for order in self.dispatch.orders(self.now):
            if isinstance(order, Send):
                assert order.worker in self.dispatch.crew
                assert order.ticket not in self.on_the_way
                self.on_the_way[order.ticket] = order
            else:
                assert isinstance(order, Withdraw)
                self.void.add(order.ticket)

    @precondition(lambda self: self.on_the_way)
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """Of a good ticket, or of a void one: a worker that was given up still speaks."""
        ticket = data.draw(st.sampled_from(sorted(self.on_the_way)))
        task = self.dispatch.finish(ticket)
        assert (task is None) == (ticket in self.void)
        self.void.add(ticket)
        if task is not None:
            assert task == self.on_the_way[ticket].task
            self.finished.append(task)

    @precondition(lambda self: self.wanted)
    @rule(data=st.data())
    def lose_interest(self, data: st.DataObject) -> None:
        task = data.draw(st.sampled_from(sorted(self.wanted)))
        if task not in self.finished:
            self.wanted.discard(task)
            self.void.update(self.dispatch.forget(task))

    @invariant()
    def nothing_is_finished_twice(self) -> None:
        assert len(self.finished) == len(set(self.finished))
        assert set(self.finished) <= self.wanted

    @invariant()
    def every_task_is_in_one_place(self) -> None:
        out = [self.on_the_way[ticket].task for ticket in self.on_the_way.keys() - self.void]
        assert sorted([*self.dispatch.waiting, *out, *self.finished]) == sorted(self.wanted)

    def teardown(self) -> None:
        """With one honest worker at the end, everything that is wanted gets finished."""
        for worker in WORKERS:
            self.die(worker)
        self.dispatch.join("last", 1)
        while self.dispatch.unfinished():
            for order in self.dispatch.orders(self.now):
                assert isinstance(order, Send)
                task = self.dispatch.finish(order.ticket)
                assert task is not None
                self.finished.append(task)
        assert sorted(self.finished) == sorted(self.wanted)


TestAnyOrderOfEvents = Cluster.TestCase
TestAnyOrderOfEvents.settings = settings(max_examples=40, stateful_step_count=40, deadline=None)


def _sent(dispatch: Dispatch, now: float) -> list[Send]:
    return [order for order in dispatch.orders(now) if isinstance(order, Send)]


@given(st.integers(1, 60), st.lists(st.integers(1, 4), min_size=1, max_size=5))
def test_nobody_has_more_than_its_share(tasks: int, threads: list[int]) -> None:
    """A few tasks a thread are on the way, so that none is idle and a lost worker costs little; they are spread."""
    dispatch = Dispatch()
    for worker, count in enumerate(threads):
        dispatch.join(str(worker), count)
    for task in range(tasks):
        dispatch.add(task)
    sent = [order.worker for order in _sent(dispatch, 0.0)]
    assert len(sent) == min(tasks, AHEAD * sum(threads))
    assert all(sent.count(str(worker)) <= AHEAD * count for worker, count in enumerate(threads))
    assert tasks < len(threads) or len(set(sent)) == len(threads)


def test_a_loop_keeps_nobody_else_waiting() -> None:
    """What stands behind a submission that loops is given to an idle worker; the loop itself is not."""
    dispatch = Dispatch()
    dispatch.join("busy", 1)
    for task in range(3):
        dispatch.add(task)
    assert [order.task for order in _sent(dispatch, 0.0)] == [0, 1, 2]
    dispatch.join("idle", 1)
    assert not list(dispatch.orders(STALE / 2))
    moved = [order.task for now in (STALE, STALE + 0.1) for order in _finished_at_once(dispatch, now)]
    assert moved == [2, 1]
    assert not list(dispatch.orders(2 * STALE))


def _finished_at_once(dispatch: Dispatch, now: float) -> list[Send]:
    sent = _sent(dispatch, now)
    for order in sent:
        assert dispatch.finish(order.ticket) is not None
    return sent


def test_a_frozen_workers_task_is_given_to_another() -> None:
    """dask believes in a stopped process for minutes; nobody waits for it longer than a task can take."""
    dispatch = Dispatch()
    dispatch.join("frozen", 1)
    dispatch.add(7)
    assert len(_sent(dispatch, 0.0)) == 1
    dispatch.join("awake", 1)
    assert not list(dispatch.orders(FROZEN - 1))
    assert [(order.task, order.worker) for order in _sent(dispatch, FROZEN)] == [(7, "awake")]


def test_only_what_a_lost_worker_was_at_work_on_is_held_against_a_task() -> None:
    """A submission that ends workers is found by how many it met; those that stood behind it are innocent."""
    dispatch = Dispatch()
    for task in range(AHEAD):
        dispatch.add(task)
    for worker in ("first", "second"):
        dispatch.join(worker, 1)
        assert len(_sent(dispatch, 0.0)) == AHEAD
        dispatch.leave(worker)
    assert dispatch.losses == {0: 2}
