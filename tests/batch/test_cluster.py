"""A real scheduler and real workers, some of them killed: every submission has one result, the same as without them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest

from quizdl.bank import Library
from quizdl.batch.cluster import Cluster, open_cluster
from quizdl.batch.ledger import Ledger
from quizdl.batch.pool import Borrowed
from quizdl.batch.records import Graded, Submission
from quizdl.batch.run import Progress, Terms, run_batch
from quizdl.batch.work import decode_answer, encode_task, run_task
from quizdl.errors import GraderError, InputError
from quizdl.sandbox import Sandbox
from quizdl.sandbox.levels import Level
from quizdl.text import Text

pytestmark = pytest.mark.skipif(find_spec("distributed") is None, reason="pip install 'quizdl[cluster]'")

PATIENCE = 60.0
TEXTS = (
    "def sigmoid(x):\n    return 1 / (1 + np.exp(-np.asarray(x, float)))\n",
    "def sigmoid(x):\n    return 1 / (1 + np.exp(np.asarray(x, float)))\n",
    "def sigmoid(x):\n    return x.nothing\n",
    "def sigmoid(x)\n",
)


@pytest.fixture(scope="module")
def level() -> Level:
    """What this machine gives: the least that the workers have to."""
    with Sandbox() as sandbox:
        return sandbox.level()


def terms(level: Level, *, resume: bool = False) -> Terms:
    question = Library().find("sigmoid")
    return Terms(seed=5, questions={question.id: question}, least=level, level=level, resume=resume)


def submissions(count: int) -> list[Submission]:
    """So many different ones, right ones and wrong ones."""
    return [
        Submission(
            learner=f"山田 {number}",
            question_id="sigmoid",
            source=f"import numpy as np\n\n{TEXTS[number % len(TEXTS)]}# {number}\n".encode(),
            place=f"{number}.py",
        )
        for number in range(count)
    ]


def tasks(count: int, level: Level) -> list[bytes]:
    return [encode_task(terms(level).task(submission)) for submission in submissions(count)]


def judged(answer: bytes) -> Graded:
    """A verdict without what differs from run to run: how long it took."""
    graded = decode_answer(answer)
    assert isinstance(graded, Graded), graded
    return msgspec.structs.replace(graded, seconds=0.0)


class Machines:
    """A scheduler and workers, each a process of its own; all of them end with the test."""

    def __init__(self, folder: Path, environment: dict[str, str], protocol: str = "tcp") -> None:
        self._folder, self.environment = folder, environment
        self._running: list[subprocess.Popen[bytes]] = []
        found = folder / "scheduler.json"
        self.scheduler = self._start(
            *("dask_scheduler", "--protocol", protocol, "--host", "127.0.0.1", "--port", "0", "--no-dashboard"),
            *("--scheduler-file", str(found)),
        )
        self.address: str = self._wait_for(
            lambda: found.exists() and json.loads(found.read_text(encoding="utf-8"))["address"]
        )

    def worker(self, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        options = (self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", *arguments)
        return self._start("dask_worker", *options, **environment)

    def _start(self, program: str, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", *arguments],
            env={**self.environment, **environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
        )
        self._running.append(process)
        return process

    def _wait_for(self, found: Callable[[], Any]) -> Any:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(ValueError):  # a file that is half written
                if value := found():
                    return value
            assert self.scheduler.poll() is None
            time.sleep(0.05)
        raise AssertionError("the scheduler did not start")

    def end(self) -> None:
        for process in self._running:
            process.kill()
            process.wait()


@pytest.fixture
def machines(tmp_path: Path) -> Iterator[Machines]:
    root = str(Path(__file__).parents[2])
    started = Machines(tmp_path, {**os.environ, "PYTHONPATH": root})
    yield started
    started.end()


def submitted(cluster: Cluster, todo: list[bytes]) -> list[Future[bytes]]:
    return [cluster.submit(run_task, task) for task in todo]


def after(count: int, futures: list[Future[bytes]]) -> None:
    """Returns once so many are finished."""
    for _ in zip(range(count), as_completed(futures, PATIENCE), strict=False):
        pass


# --- workers come and go ---------------------------------------------------------------------------------------------


def test_a_worker_killed_in_mid_batch_loses_nothing_and_repeats_nothing(
    machines: Machines, level: Level, tmp_path: Path
) -> None:
    """Each submission has one result, and it is the one that this machine finds alone."""
    doomed, _ = machines.worker(), machines.worker()
    handed_in, notes = submissions(80), list[Text]()
    with open_cluster(machines.address, least=level, tell=notes.append) as cluster:
        wait_for_crew(cluster, 2)
        found = results(tmp_path / "far", handed_in, cluster, level, at(20, doomed.kill))
    with ThreadPoolExecutor(1) as here:
        expected = results(tmp_path / "near", handed_in, here, level)
    assert len(found) == len(handed_in)
    assert dict(found) == dict(expected)
    assert any("is gone" in note.en for note in notes)


def test_the_scheduler_lost_keeps_what_is_graded_and_the_batch_goes_on_later(
    machines: Machines, level: Level, tmp_path: Path
) -> None:
    """The error says how; then exactly the rest is graded, by another scheduler's workers."""
    machines.worker()
    handed_in = submissions(60)
    with open_cluster(machines.address, least=level) as cluster, pytest.raises(GraderError) as caught:
        results(tmp_path, handed_in, cluster, level, at(10, machines.scheduler.kill))
    assert caught.value.exit_code == 3
    assert caught.value.hint is not None
    assert "--resume" in caught.value.hint.en
    kept = (tmp_path / "results.jsonl").read_bytes()
    assert 10 <= kept.count(b'"line":"result"') < len(handed_in)
    (tmp_path / "again").mkdir()
    others = Machines(tmp_path / "again", machines.environment)
    try:
        others.worker()
        with open_cluster(others.address, least=level) as cluster:
            found = results(tmp_path, handed_in, cluster, level, resume=True)
    finally:
        others.end()
    assert (tmp_path / "results.jsonl").read_bytes().startswith(kept)
    assert len({learner for learner, _ in found}) == len(found) == len(handed_in)


def at(done: int, happens: Callable[[], None]) -> Callable[[Progress], None]:
    """What to call with the progress so that something happens when so many are done."""
    return lambda progress: happens() if progress.done == done else None


def results(
    folder: Path,
    handed_in: list[Submission],
    executor: Executor,
    level: Level,
    told: Callable[[Progress], None] = lambda progress: None,
    *,
    resume: bool = False,
) -> list[tuple[str, dict[str, Any]]]:
    """Every line of the folder's results after a batch: whose it is, and what in it does not depend on the hour."""
    folder.mkdir(exist_ok=True)
    workers = Borrowed(executor, lambda: executor.slots if isinstance(executor, Cluster) else 1)
    with Ledger(folder / "results.jsonl") as ledger:
        run_batch(handed_in, terms(level, resume=resume), ledger, workers, str, told, Progress(len(handed_in)))
        lines = [msgspec.structs.replace(line, seconds=0.0, at=0.0) for line in ledger.lines()]
    return [(line.learner, msgspec.to_builtins(line)) for line in lines]


def wait_for_crew(cluster: Cluster, workers: int) -> None:
    until = time.monotonic() + PATIENCE
    while cluster.workers < workers:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_worker_that_comes_late_takes_over(machines: Machines, level: Level) -> None:
    """The only worker dies; the batch waits for another, and goes on with it."""
    first = machines.worker()
    todo = tasks(30, level)
    with open_cluster(machines.address, least=level) as cluster:
        futures = submitted(cluster, todo)
        after(5, futures)
        first.kill()
        machines.worker()
        verdicts = [judged(future.result(PATIENCE)).verdict for future in futures]
    assert verdicts == [judged(run_task(task)).verdict for task in todo]


# --- who may grade ---------------------------------------------------------------------------------------------------


def test_a_worker_below_the_level_grades_nothing(machines: Machines, level: Level) -> None:
    """It finds out itself, is named, and what it would have graded goes to the others."""
    if level == "L0":
        pytest.skip("there is no level below this machine's")
    low = machines.worker(QUIZDL_SANDBOX="L0")
    machines.worker()
    todo, notes = tasks(20, level), list[Text]()
    with open_cluster(machines.address, least=level, tell=notes.append) as cluster:
        wait_for_crew(cluster, 1)
        verdicts = [judged(future.result(PATIENCE)) for future in submitted(cluster, todo)]
        wait_for(lambda: bool(notes))
        assert cluster.workers == 1
    assert verdicts == [judged(run_task(task)) for task in todo]
    assert [f"{low.pid})" in note.en and "L0" in note.en for note in notes] == [True]


def wait_for(found: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not found():
        assert time.monotonic() < until
        time.sleep(0.05)


def test_where_nobody_may_grade_the_batch_does_not_begin(machines: Machines, level: Level, tmp_path: Path) -> None:
    """One is below the level, another has an older quizdl: both are named, with the reason."""
    if level == "L0":
        pytest.skip("there is no level below this machine's")
    older = tmp_path / "older.py"
    older.write_text("import quizdl\n\nquizdl.__version__ = '0.0.1'\n", encoding="utf-8")
    low = machines.worker(QUIZDL_SANDBOX="L0")
    old = machines.worker("--preload", str(older))
    wait_for_workers(machines.address, 2)
    with pytest.raises(GraderError) as caught, open_cluster(machines.address, least=level):
        pass
    told = caught.value.message
    assert caught.value.exit_code == 3
    assert all(f"{worker.pid})" in said for worker in (low, old) for said in (told.en, told.ja))
    assert "L0" in told.en
    assert "quizdl 0.0.1" in told.en


def wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        wait_for(lambda: len(client.nthreads()) == count)


# --- what is sent where ----------------------------------------------------------------------------------------------

REFUSED = """
import sys
from quizdl.batch.cluster import open_cluster
from quizdl.errors import InputError
try:
    with open_cluster("tcp://192.0.2.1:8786", least="L2"):
        pass
except InputError as error:
    assert "tls://192.0.2.1:8786" in error.hint.en, error.hint
    assert not {"distributed", "dask", "ssl", "asyncio"} & set(sys.modules), "something could have been sent"
    print("refused")
"""


def test_another_machine_without_encryption_is_refused_before_anything_is_sent() -> None:
    """What could send anything is not even imported."""
    found = subprocess.run(
        [sys.executable, "-c", REFUSED], capture_output=True, text=True, check=False, encoding="utf-8"
    )
    assert (found.stdout.strip(), found.stderr) == ("refused", "")


def test_an_encrypted_scheduler_without_certificates_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a CA that is named, dask would believe any certificate."""
    for name in [name for name in os.environ if name.startswith("DASK_")]:
        monkeypatch.delenv(name)
    with pytest.raises(InputError) as caught, open_cluster("tls://192.0.2.1:8786", least="L2"):
        pass
    assert "CA_FILE" in caught.value.message.en


@pytest.mark.skipif(shutil.which("openssl") is None, reason="certificates are made with openssl")
def test_submissions_cross_over_tls(tmp_path: Path, level: Level) -> None:
    """With certificates of one's own CA at both ends; who has others is told nothing."""
    settings = {**os.environ, **certificates(tmp_path), "PYTHONPATH": str(Path(__file__).parents[2])}
    machines = Machines(tmp_path, settings, "tls")
    try:
        machines.worker()
        client = [sys.executable, "-c", OVER_TLS, machines.address, level]
        found = subprocess.run(client, env=settings, capture_output=True, text=True, check=False, encoding="utf-8")
        assert (found.stdout.strip(), found.stderr) == ("correct", "")
        stranger = {**settings, **certificates(tmp_path / "stranger")}
        found = subprocess.run(client, env=stranger, capture_output=True, text=True, check=False, encoding="utf-8")
        assert found.stdout.strip() == "3"
    finally:
        machines.end()


OVER_TLS = """
import sys, msgspec
from quizdl.bank import Library
from quizdl.batch.cluster import open_cluster
from quizdl.batch.records import Task
from quizdl.batch.work import decode_answer, encode_task, run_task
from quizdl.errors import GraderError
question = Library().find("mse")
task = Task(key="0", question_id="mse", version=question.version, form="python", seed=0, input_seed=1,
            least=sys.argv[2], source=b"def mse(p, y):\\n    return ((p - y) ** 2).mean()\\n")
try:
    with open_cluster(sys.argv[1], least=sys.argv[2]) as cluster:
        print(decode_answer(cluster.submit(run_task, encode_task(task)).result()).verdict)
except GraderError as error:
    print(error.exit_code)
"""


def certificates(folder: Path) -> dict[str, str]:
    """A CA and a certificate of it, and the variables by which dask finds them."""
    folder.mkdir(exist_ok=True)
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    for command in (
        ("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=ca"),
        ("req", *key, "-keyout", "node.key", "-out", "node.csr", "-subj", "/CN=node"),
        (
            "x509",
            "-req",
            "-in",
            "node.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-set_serial",
            "1",
            "-out",
            "node.pem",
        ),
    ):
        subprocess.run(["openssl", *command], cwd=folder, check=True, capture_output=True)
    prefix = "DASK_DISTRIBUTED__COMM__TLS__"
    found = {f"{prefix}CA_FILE": str(folder / "ca.pem")}
    for role in ("CLIENT", "SCHEDULER", "WORKER"):
        found |= {f"{prefix}{role}__CERT": str(folder / "node.pem"), f"{prefix}{role}__KEY": str(folder / "node.key")}
    return found


@pytest.mark.skipif(find_spec("cryptography") is None, reason="pip install 'quizdl[cluster]'")
def test_local_workers_are_started_and_ended(level: Level) -> None:
    """As long as the batch runs there are processes of our own, behind TLS like all others."""
    client = [sys.executable, "-c", LOCALLY, level]
    found = subprocess.run(client, capture_output=True, text=True, check=False, timeout=PATIENCE, encoding="utf-8")
    assert (found.stdout.split(), found.stderr) == (["2", "correct", "[]"], "")


LOCALLY = (
    OVER_TLS.split("try:")[0].replace("sys.argv[2]", "sys.argv[1]")
    + """
import multiprocessing
if __name__ == "__main__":
    with open_cluster("local", least=sys.argv[1], jobs=2) as cluster:
        while cluster.workers < 2:
            pass
        print(cluster.workers, decode_answer(cluster.submit(run_task, encode_task(task)).result()).verdict)
    print(multiprocessing.active_children())
"""
)
