"""A cluster is an executor like any other, whatever its workers do: here they do as each test says."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor, wait
from pathlib import Path
from threading import Event
from zlib import decompress

import msgspec
import pytest

from quizdl.bank import Library
from quizdl.batch.cluster import MOST_LOSSES, Cluster
from quizdl.batch.ledger import Ledger
from quizdl.batch.pool import Borrowed, GivenUpError
from quizdl.batch.records import Graded, Submission, Task
from quizdl.batch.remote import Demand, Introduction, Refusal, Result, grade_remotely, introduce, versions_here
from quizdl.batch.run import Progress, Terms, run_batch
from quizdl.batch.work import encode_task, run_task
from quizdl.errors import GraderError
from quizdl.text import Text, same

encode = msgspec.json.encode
PATIENCE = 30.0
LAYERS = ("process", "empty-environment", "rlimits", "no-new-privs", "landlock", "seccomp")


def task(number: int) -> bytes:
    version = Library().find("mse").version
    return encode_task(
        Task(key=str(number), question_id="mse", version=version, source=b"", form="python", seed=0, input_seed=1)
    )


def echo(demand: bytes, question: bytes, sent: bytes) -> bytes:
    """A worker that grades nothing: which task it had is its result."""
    number = msgspec.json.decode(sent, type=Task).key
    return encode(Result(graded=msgspec.Raw(number.encode())))


def introduced() -> bytes:
    return encode(Introduction(host="here", process=1, versions=versions_here(), isolation=LAYERS))


class Scripted:
    """A wire to workers in threads of this process. grade, introduced: what they say."""

    address = "tcp://127.0.0.1:1"

    def __init__(self, grade: Callable[..., bytes] = echo, introduced: Callable[..., bytes] = introduced) -> None:
        self.here = {"tcp://127.0.0.1:2": 1}
        self.sent: list[str] = []
        self.lost: GraderError | None = None
        self.closed = False
        self._says = {grade_remotely: grade, introduce: introduced}
        self._threads = ThreadPoolExecutor(32)

    def members(self) -> dict[str, int]:
        if self.lost is not None:
            raise self.lost
        return dict(self.here)

    def send(self, worker: str, function: Callable[..., bytes], *arguments: bytes) -> Future[bytes]:
        self.sent.append(worker)
        return self._threads.submit(self._says[function], *arguments)

    def drop(self, worker: str) -> None:
        """Nothing is kept of it."""

    def close(self) -> None:
        self.closed = True
        self._threads.shutdown(wait=False)


@contextlib.contextmanager
def cluster_of(wire: Scripted, tell: Callable[[Text], None] = print, patience: float = PATIENCE) -> Iterator[Cluster]:
    cluster = Cluster(wire, Demand(least="L2", versions=versions_here()), tell, patience)
    try:
        cluster.wait_until_ready()
        yield cluster
    finally:
        cluster.shutdown(cancel_futures=True)
        assert wire.closed


def graded(cluster: Cluster, *numbers: int) -> list[Future[bytes]]:
    return [cluster.submit(run_task, task(number)) for number in numbers]


def test_every_task_has_its_own_result() -> None:
    """In the order they were handed in, as `map` promises."""
    with cluster_of(Scripted()) as cluster:
        assert list(cluster.map(run_task, map(task, range(50)))) == [str(number).encode() for number in range(50)]


def test_nothing_else_can_be_sent() -> None:
    """What crosses is our own function and bytes of ours."""
    with cluster_of(Scripted()) as cluster:
        for call in (lambda: cluster.submit(print, b""), lambda: cluster.submit(run_task, "text")):
            with pytest.raises(TypeError):
                call()


def test_a_cancelled_task_is_not_waited_for() -> None:
    """The others get their results, and the executor can be left."""
    hold = Event()

    def held(*arguments: bytes) -> bytes:
        hold.wait(PATIENCE)
        return echo(*arguments)

    with cluster_of(Scripted(held)) as cluster:
        unwanted, wanted = graded(cluster, 1, 2)
        assert unwanted.cancel()
        with pytest.raises(CancelledError):
            unwanted.result(PATIENCE)
        hold.set()
        assert wanted.result(PATIENCE) == b"2"


def test_leaving_waits_for_nobody() -> None:
    """Ctrl-C in mid-batch: what is under way is given up."""
    hold = Event()

    def held(*arguments: bytes) -> bytes:
        hold.wait(PATIENCE)
        return echo(*arguments)

    with cluster_of(Scripted(held)) as cluster:
        futures = graded(cluster, *range(9))
    assert all(future.cancelled() for future in futures)
    hold.set()


def test_shutdown_waits_for_what_was_taken_on_and_takes_no_more() -> None:
    """As every executor does."""
    with cluster_of(Scripted()) as cluster:
        futures = graded(cluster, *range(9))
        cluster.shutdown()
        assert [future.result(0) for future in futures] == [str(number).encode() for number in range(9)]
        with pytest.raises(RuntimeError):
            graded(cluster, 1)


def test_the_scheduler_lost_reaches_every_future() -> None:
    """Nobody waits for ever, and a task that comes later is told at once."""
    hold = Event()

    def held(*arguments: bytes) -> bytes:
        hold.wait(PATIENCE)
        return echo(*arguments)

    wire = Scripted(held)
    with cluster_of(wire) as cluster:
        futures = graded(cluster, *range(20))
        wire.lost = GraderError(same("lost"))
        assert not wait(futures, PATIENCE).not_done
        assert {future.exception() for future in futures} == {wire.lost}
        with pytest.raises(GraderError):
            graded(cluster, 1)
    hold.set()


@pytest.mark.parametrize(
    ("says", "reason"),
    [
        (lambda *arguments: b"?", "JSON"),
        (lambda *arguments: introduced(), "cannot be read"),
        (lambda *arguments: encode(Refusal(reason=same("no room"))), "no room"),
        (lambda *arguments: [].pop(), "IndexError"),
    ],
)
def test_a_worker_that_does_not_grade_gets_nothing_more(says: Callable[..., bytes], reason: str) -> None:
    """It is named; nobody else being there, the batch stops and names it again."""
    notes: list[Text] = []
    with cluster_of(Scripted(says), notes.append, patience=0.0) as cluster:
        error = graded(cluster, 1)[0].exception(PATIENCE)
    assert isinstance(error, GraderError)
    for told in (error.message.en, notes[0].en):
        assert "127.0.0.1:2" in told
        assert reason in told
    assert len(notes) == 1


def test_its_tasks_go_to_the_others() -> None:
    """A worker that refuses in mid-batch has no part in the results."""
    wire, notes = Scripted(), list[Text]()
    wire.here["tcp://127.0.0.1:3"] = 1
    first = iter([encode(Refusal(reason=same("no")))])
    wire._says[grade_remotely] = lambda *arguments: next(first, b"") or echo(*arguments)
    with cluster_of(wire, notes.append) as cluster:
        assert [future.result(PATIENCE) for future in graded(cluster, *range(20))] == [
            str(number).encode() for number in range(20)
        ]
    assert len(notes) == 1


@pytest.mark.parametrize("address", ["tcp://10.0.0.7:40000", "inproc://10.0.0.7/1", "tcp://worker.example.ac.jp:1"])
def test_nothing_is_sent_to_a_worker_in_the_clear(address: str) -> None:
    """A scheduler on this machine may have workers elsewhere: not even the question what they are goes there."""
    wire, notes = Scripted(), list[Text]()
    wire.here = {address: 1}
    with pytest.raises(GraderError) as caught, cluster_of(wire, notes.append):
        pass
    assert address in caught.value.message.en
    assert "tls://" in notes[0].en
    assert not wire.sent


def test_where_no_worker_comes_the_batch_does_not_begin() -> None:
    """The error says how to start one."""
    wire = Scripted()
    wire.here = {}
    with pytest.raises(GraderError) as caught, cluster_of(wire, patience=0.0):
        pass
    assert caught.value.exit_code == 3
    assert caught.value.hint is not None
    assert "dask worker tcp://127.0.0.1:1" in caught.value.hint.en


def test_a_submission_that_ends_its_workers_is_given_up() -> None:
    """It is not sent round for ever; the next one is graded."""
    wire, hold, number = Scripted(), Event(), iter(range(3, 100))

    def dies(demand: bytes, question: bytes, sent: bytes) -> bytes:
        if sent == task(1):
            wire.here = {f"tcp://127.0.0.1:{next(number)}": 1}
            hold.wait(PATIENCE)
        return echo(demand, question, sent)

    wire._says[grade_remotely] = dies
    with cluster_of(wire) as cluster:
        error = graded(cluster, 1)[0].exception(PATIENCE)
        assert isinstance(error, GivenUpError)
        assert str(MOST_LOSSES) in error.message.en
        assert graded(cluster, 2)[0].result(PATIENCE) == b"2"
    hold.set()


def test_no_name_and_no_keyed_id_crosses(tmp_path: Path) -> None:
    """Whose a submission is, and where it was found, stays here; so does everybody else's."""
    crossed: list[bytes] = []

    def overheard(demand: bytes, question: bytes, sent: bytes) -> bytes:
        crossed.extend((demand, decompress(question), sent))
        task = msgspec.json.decode(sent, type=Task)
        result = encode(Graded(key=task.key, verdict="wrong", score=0.0, points=1, passed=0, total=1))
        return encode(Result(graded=msgspec.Raw(result)))

    question = Library().find("mse")
    terms = Terms(seed=5, questions={"mse": question}, least="L2", level="L2")
    handed_in = [
        Submission(learner=f"山田 {number}", question_id="mse", source=b"#%d" % number, place=f"山田 {number}/mse.py")
        for number in range(9)
    ]
    with cluster_of(Scripted(overheard)) as cluster, Ledger(tmp_path / "results.jsonl") as ledger:
        borrowed = Borrowed(cluster, lambda: cluster.slots)
        run_batch(
            handed_in, terms, ledger, borrowed, lambda name: f"id-of-{name[-1]}", lambda progress: None, Progress(9)
        )
        assert {line.learner for line in ledger.lines()} == {f"id-of-{number}" for number in range(9)}
    assert len(crossed) == 3 * len(handed_in)
    for said in crossed:
        assert "山田".encode() not in said
        assert json.dumps("山田")[1:-1].encode() not in said
        assert b"id-of" not in said
