"""Batches with real workers: what is alike, what is killed, what loops, what changed."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

import msgspec
import pytest

from quizdl.bank import Library
from quizdl.batch.ledger import Ledger
from quizdl.batch.pool import Borrowed, Processes, processes
from quizdl.batch.provenance import input_seed_of
from quizdl.batch.records import Graded, Line, Submission, Task
from quizdl.batch.regrade import Regrading
from quizdl.batch.run import Progress, Terms, run_batch
from quizdl.batch.work import decode_answer, encode_task, run_task
from quizdl.model import Question

RIGHT = b"import numpy as np\ndef sigmoid(x):\n    return 0.5 * (1 + np.tanh(np.asarray(x) / 2))\n"
WRONG = RIGHT.replace(b"0.5 *", b"0.25 *")
LOOP = b"def sigmoid(x):\n    while True:\n        pass\n"
TEMPLATE = "import numpy as np\n\n\ndef twice(x):\n    ...\n"


def sigmoid() -> Question:
    """A question of the shipped bank."""
    return Library().find("sigmoid")


def terms(*questions: Question, seed: int = 7, least: str = "L0", **options: object) -> Terms:
    """Terms for these questions."""
    by_id = {one.id: one for one in questions or (sigmoid(),)}
    return Terms(seed, by_id, least, "L2", **options)  # type: ignore[arg-type]


def handed_in(*sources: bytes, question: str = "sigmoid") -> Iterator[Submission]:
    """One learner each."""
    for number, source in enumerate(sources):
        yield Submission(learner=f"l{number}", question_id=question, source=source, place=f"l{number}/x.py")


def graded(
    path: Path,
    workers: object,
    submissions: Iterator[Submission],
    by: Terms,
    settle: Callable[[Line], Line] | None = None,
) -> list[Line]:
    """All lines after a run."""
    with Ledger(path) as ledger:
        ledger.begin(by.seed, "0", 1.0, anew=not by.resume)
        kept = settle or (lambda line: line)
        run_batch(submissions, by, ledger, workers, str, lambda progress: None, Progress(0), kept)  # type: ignore[arg-type]
        return list(ledger.lines())


class Counting(Executor):
    """Runs tasks at once in this process, and remembers them."""

    def __init__(self) -> None:
        self.tasks: list[Task] = []

    def submit(self, fn: Callable[..., bytes], /, *args: bytes, **kwargs: object) -> Future[bytes]:  # type: ignore[override]
        self.tasks.append(msgspec.json.decode(args[0], type=Task))
        future: Future[bytes] = Future()
        future.set_result(fn(*args))
        return future


@pytest.fixture(scope="module")
def two() -> Iterator[Processes]:
    """Two worker processes for several tests."""
    with processes(2) as workers:
        yield workers


def test_what_is_alike_is_graded_once(tmp_path: Path) -> None:
    """Five learners, two texts, two tasks; every learner has a line, and the tasks name nobody."""
    counting = Counting()
    lines = graded(tmp_path / "r", Borrowed(counting, lambda: 1), handed_in(RIGHT, WRONG, RIGHT, RIGHT, WRONG), terms())
    assert [one.verdict for one in sorted(lines, key=lambda one: one.learner)] == [
        "correct",
        "wrong",
        "correct",
        "correct",
        "wrong",
    ]
    assert len(counting.tasks) == 2
    assert not any(f"l{number}".encode() in msgspec.json.encode(task) for task in counting.tasks for number in range(5))


def signed(text: bytes, count: int) -> list[bytes]:
    """The same with a name in a comment at its end, of so many learners."""
    return [text + b"  # by number %d\n" % number for number in range(count)]


def test_a_name_in_a_comment_spares_no_copy(tmp_path: Path) -> None:
    """Once a program has a result, whoever else hands it in has it too; the lines are each learner's own."""
    counting, again = Counting(), Counting()
    workers = Borrowed(counting, lambda: 1)
    texts = [*signed(RIGHT.rstrip(), 9), *signed(WRONG.rstrip(), 9)]
    lines = graded(tmp_path / "r", workers, handed_in(*texts), terms())
    assert len(counting.tasks) <= 2 * workers.window < len(texts)
    assert [one.verdict for one in sorted(lines, key=lambda one: int(one.learner[1:]))] == ["correct"] * 9 + [
        "wrong"
    ] * 9
    assert len({one.source_sha256 for one in lines}) == len({one.key for one in lines}) == len(texts)
    graded(tmp_path / "r", Borrowed(again, lambda: 1), handed_in(*texts), terms(resume=True))
    assert not again.tasks


def test_nobody_is_shown_another_ones_comment(tmp_path: Path) -> None:
    """What quotes a commented line is found for each by itself, and so is the place of what cannot be read."""
    fails = b"def sigmoid(x):\n    return x.nothing"
    for text in (fails, b"def sigmoid(x)"):
        counting = Counting()
        folder = tmp_path / str(len(text))
        lines = graded(folder, Borrowed(counting, lambda: 1), handed_in(*signed(text, 9)), terms())
        assert len(counting.tasks) == len(lines) == 9
        for line in lines:
            told = " ".join(text.en for text in line.feedback)
            assert f"by number {line.learner[1:]}" in told
            assert told.count("by number") == 1


def test_every_line_says_what_it_takes_to_find_the_score_again(tmp_path: Path) -> None:
    """`quizdl submit --input-seed` with the line's seed gives the same verdict on the same inputs."""
    from quizdl.bank import ask
    from quizdl.grading import grade
    from quizdl.model import Answer

    counting = Counting()
    (line,) = graded(tmp_path / "r", Borrowed(counting, lambda: 1), handed_in(WRONG), terms())
    assert line.input_seed == input_seed_of(7, "sigmoid")
    assert line.version == sigmoid().version
    assert all((line.engine, line.numpy, line.quizdl, line.level, line.isolation))
    again = grade(ask(sigmoid(), line.seed), Answer(source=WRONG), input_seed=line.input_seed)
    assert (again.verdict, again.score, again.passed, again.total) == (
        line.verdict,
        line.score,
        line.passed,
        line.total,
    )
    assert again.mistake == line.mistake
    assert again.feedback == line.feedback


def test_resuming_grades_what_is_missing_and_nothing_else(tmp_path: Path) -> None:
    """Results stand; a text that changed has none."""
    first, second = Counting(), Counting()
    graded(tmp_path / "r", Borrowed(first, lambda: 1), handed_in(RIGHT, WRONG), terms())
    lines = graded(
        tmp_path / "r", Borrowed(second, lambda: 1), handed_in(RIGHT, WRONG + b"#", LOOP[:0]), terms(resume=True)
    )
    assert len(second.tasks) == 2
    assert sorted(one.learner for one in lines) == ["l0", "l1", "l1", "l2"]


def test_a_text_that_comes_back_after_another_stands_again(tmp_path: Path) -> None:
    """Without being run anew: what counts is what was handed in last."""
    counting = Counting()
    for source in (RIGHT, WRONG, RIGHT, RIGHT):
        lines = graded(tmp_path / "r", Borrowed(counting, lambda: 1), handed_in(source), terms(resume=True))
    assert [one.verdict for one in lines] == ["correct", "wrong", "correct"]
    assert len(counting.tasks) == 2


def test_one_worker_and_two_say_the_same(tmp_path: Path, two: Processes) -> None:
    """All but the time that it took."""
    sources = [source + b"# %d" % number for number in range(4) for source in (RIGHT, WRONG, b"def f(:\n", b"")]
    with processes(1) as one:
        alone = graded(tmp_path / "a", one, handed_in(*sources), terms())
    together = graded(tmp_path / "b", two, handed_in(*sources), terms())

    def bare(lines: Sequence[Line]) -> list[Line]:
        plain = [msgspec.structs.replace(line, seconds=0.0, at=0.0) for line in lines]
        return sorted(plain, key=lambda line: line.learner)

    assert bare(alone) == bare(together)


def test_a_loop_delays_nobody(tmp_path: Path, two: Processes) -> None:
    """The first of forty loops: most of the others have their result before it has one."""
    lines = graded(tmp_path / "r", two, handed_in(LOOP, *(RIGHT + b"# %d" % number for number in range(39))), terms())
    place = [one.learner for one in lines].index("l0")
    assert lines[place].verdict == "timeout"
    assert place > 20
    assert sum(one.verdict == "correct" for one in lines) == 39


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_killed_worker_loses_nothing_and_repeats_nothing(tmp_path: Path) -> None:
    """Killed twice in the middle of a batch: one line for every learner, all of them right."""
    with processes(2) as workers:
        seen: list[int] = []

        def killing(line: Line) -> Line:
            seen.append(1)
            if len(seen) in (5, 15):
                victim = workers.start().processes[0]
                os.kill(victim, signal.SIGKILL)
            return line

        sources = [RIGHT + b"# %d" % number for number in range(40)]
        lines = graded(tmp_path / "r", workers, handed_in(*sources), terms(), killing)
    assert sorted(one.learner for one in lines) == sorted(f"l{number}" for number in range(40))
    assert {one.verdict for one in lines} == {"correct"}


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_what_kills_every_worker_is_given_up_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its verdict is the grader's fault; all others get theirs."""
    monkeypatch.setattr("quizdl.batch.pool.run_task", deadly)
    sources = [b"" if number == 7 else RIGHT + b"# %d" % number for number in range(12)]
    with processes(2) as workers:
        lines = graded(tmp_path / "r", workers, handed_in(*sources), terms())
    found = {one.learner: one.verdict for one in lines}
    assert found.pop("l7") == "grader_error"
    assert set(found.values()) == {"correct"}
    assert len(lines) == 12


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_nothing_waits_behind_a_task_that_takes_long() -> None:
    """One of two workers stands still with another task behind it, which the other worker does as well."""
    with processes(2) as workers:
        warm = [workers.submit(bytes, b"") for _ in range(2)]
        while not all(one.done() for one in warm):
            workers.wait([one for one in warm if not one.done()], 60)
        os.kill(workers.start().processes[0], signal.SIGSTOP)
        tasks = [workers.submit(bytes, b"%d" % number) for number in range(4)]
        done: set[Future[bytes]] = set()
        while len(done) < 3:
            found = workers.wait([one for one in tasks if one not in done], 60)
            assert found, "nobody came to help in a minute"
            done |= found
        assert not tasks[0].done()
        os.kill(workers.start().processes[0], signal.SIGCONT)
        assert workers.wait(tasks[:1], 60) == {tasks[0]}
        assert [one.result() for one in tasks] == [b"0", b"1", b"2", b"3"]


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_a_worker_that_stands_still_keeps_nobody_from_ending() -> None:
    """Whoever gives up does not wait for it."""
    with contextlib.suppress(KeyboardInterrupt), processes(2) as workers:
        assert workers.wait([workers.submit(bytes, b"")], 60)
        pids = workers.start().processes
        os.kill(pids[0], signal.SIGSTOP)
        workers.submit(bytes, b"")
        raise KeyboardInterrupt
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_what_a_task_raises_reaches_whoever_sent_it() -> None:
    """From another process."""
    with processes(1) as workers:
        task = workers.submit(bytes.fromhex, b"no text")  # type: ignore[arg-type]
        assert workers.wait([task], 60) == {task}
        assert isinstance(task.exception(), TypeError)


def deadly(task: bytes) -> bytes:
    """A task without a text ends the worker that tries it."""
    if not msgspec.json.decode(task, type=Task).source:
        os.kill(os.getpid(), signal.SIGKILL)
    return run_task(task)


def test_workers_end_with_whoever_hands_out_tasks() -> None:
    """A worker without a parent has nothing to live for."""
    import subprocess

    script = (
        "import sys\nfrom quizdl.batch.pool import Processes\n"
        "if __name__ == '__main__':\n"
        "    pool = Processes(1)\n    pool.wait([pool.submit(bytes, b'')], 60)\n"
        "    print(*pool.start().processes, flush=True)\n    sys.stdin.read()\n"
    )
    path = Path(os.environ.get("TMPDIR", "/tmp")) / f"quizdl-orphan-{os.getpid()}.py"  # noqa: S108
    path.write_text(script, encoding="utf-8")
    try:
        parent = subprocess.Popen(
            [sys.executable, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        parent.kill()
        parent.communicate()
        until = time.monotonic() + 30
        while Path(f"/proc/{worker}").exists() and time.monotonic() < until:
            threading.Event().wait(0.05)
        assert not Path(f"/proc/{worker}").exists()
    finally:
        path.unlink()


def test_a_worker_below_the_demanded_level_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says so itself, whatever whoever sends the task believes."""
    monkeypatch.setenv("QUIZDL_SANDBOX", "L0")
    monkeypatch.setattr("quizdl.batch.work._own", [])
    task = terms(least="L2").task(next(handed_in(RIGHT)))
    answer = decode_answer(run_task(encode_task(task)))
    assert not isinstance(answer, Graded)
    assert "L0" in answer.reason.en


# --- a question that changes ------------------------------------------------------------------------------------------


BANK = """\
section: own
title: Own
questions:
  - kind: code
    id: twice
    chapter: 3-5
    prompt: {ja: '2 倍', en: 'Twice'}
    explanation: {ja: '2 倍', en: 'Twice'}
    source: ['own']
    function: twice
    template: |
      import numpy as np


      def twice(x):
          ...
    reference: solution
    inputs: {x: {normal: [3]}}
"""


@pytest.fixture
def bank(tmp_path: Path) -> Path:
    """A bank of one question, whose worked answer is wrong at first."""
    root = tmp_path / "own"
    for folder in ("questions/day3", "solutions/day3"):
        (root / folder).mkdir(parents=True)
    (root / "questions/day3/own.yaml").write_text(
        BANK.replace("section: own\n", "section: own\nday: 3\n"), encoding="utf-8"
    )
    return root


def answer(bank: Path, factor: int) -> Question:
    """The question with this worked answer."""
    text = f"import numpy as np\n\n\ndef twice(x):\n    return {factor} * np.asarray(x)\n"
    (bank / "solutions/day3/twice.py").write_text(text, encoding="utf-8")
    from quizdl.bank.shelf import in_bank

    return in_bank(Library(bank).find("twice"), "own")


@pytest.mark.parametrize("keep_higher", [False, True])
def test_after_a_question_changed_only_what_it_affects_is_graded_anew(
    tmp_path: Path, bank: Path, keep_higher: bool
) -> None:
    """Old and new scores of everybody; with `keep_higher` nobody's falls, and later runs keep that."""
    sources = [b"def twice(x):\n    return %d * x\n" % factor for factor in (3, 2, 5)]
    banks = {"own.twice": str(bank)}
    before = terms(answer(bank, 3), banks=banks)
    first = Counting()
    graded(tmp_path / "r", Borrowed(first, lambda: 1), handed_in(*sources, question="own.twice"), before)

    after = terms(answer(bank, 2), banks=banks)
    with Ledger(tmp_path / "r") as ledger:
        regrading = Regrading(ledger, after, str, keep_higher)
        for expected in (3, 0):
            counting = Counting()
            submissions = regrading.affected(handed_in(*sources, question="own.twice"))
            run_batch(
                submissions,
                after,
                ledger,
                Borrowed(counting, lambda: 1),
                str,
                lambda progress: None,
                Progress(0),
                regrading.settle,
            )
            assert len(counting.tasks) == expected
        scores = {change.learner: (change.before, change.after) for change in regrading.changes}
        assert scores == {"l0": (1.0, 1.0 if keep_higher else 0.0), "l1": (0.0, 1.0), "l2": (0.0, 0.0)}
        standing = ledger.standing("l0", "own.twice")
        assert standing is not None
        assert standing.counts == (1.0 if keep_higher else None)
        assert standing.score == 0.0
        assert regrading.unaffected == 3
