"""What a class has many of lies on the disk: it is what a dict would hold, and memory does not grow with the class."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.bank import Library
from quizdl.batch.collect import collect
from quizdl.batch.gradebook import Gradebook
from quizdl.batch.identity import Identities
from quizdl.batch.layouts import Questions
from quizdl.batch.ledger import Ledger
from quizdl.batch.records import Line, Submission
from quizdl.batch.scratch import Scratch
from quizdl.batch.spool import Spool
from quizdl.batch.tables import write_table
from quizdl.cli.grade_reports import course_of
from quizdl.model import Question
from quizdl.report import similar
from quizdl.report.course_html import write_reports

QUESTION = "gradient-clipping"
CODE = "import numpy as np\n\n\ndef gradient_clipping(gradient, threshold):\n    return gradient * {} / 2\n"
FEW, MANY = 200, 1_200
MOST_BYTES = 100
"""A learner, while it is read, graded and reported: less than the name of one and the id take in a dict."""

Step = tuple[str, str, int]
STEPS = st.lists(st.tuples(st.sampled_from(["set", "once", "delete"]), st.text(max_size=3), st.integers(0, 99)))


@given(STEPS, st.text(max_size=2))
def test_a_kept_map_is_a_dict_in_the_order_of_setting(steps: list[Step], prefix: str) -> None:
    """Whatever is set, set again, set once and deleted; by key it is sorted as texts are."""
    with closing(Scratch()) as scratch:
        kept, plain = scratch.kept(int), dict[str, int]()
        for what, key, value in steps:
            if what == "set":
                kept[key] = value
                plain.pop(key, None)
                plain[key] = value
            elif what == "once":
                kept.set_once(key, value)
                plain.setdefault(key, value)
            elif key in plain:
                del kept[key], plain[key]
        assert list(kept.rows()) == list(kept.items()) == list(plain.items())
        assert list(kept.by_key()) == sorted(plain.items())
        assert len(kept) == len(plain)
        assert kept.any_from(prefix) == any(key.startswith(prefix) for key in plain)
        for _, key, _ in steps:
            assert kept.get(key) == plain.get(key)
            assert (key in kept) == (key in plain)


def test_what_is_not_there_is_a_key_error() -> None:
    """To be looked up, and to be deleted."""
    with closing(Scratch()) as scratch:
        kept = scratch.kept(int)
        with pytest.raises(KeyError):
            kept["a"]
        with pytest.raises(KeyError):
            del kept["a"]


def test_a_map_may_grow_while_another_is_read() -> None:
    """As when submissions are graded while they are read."""
    with closing(Scratch()) as scratch:
        numbers, squares = scratch.listed(int), scratch.kept(int)
        for number in range(3_000):
            numbers.append(number)
        for number in numbers:
            squares[str(number)] = number * number
        assert list(numbers) == list(range(3_000))
        assert [value for _, value in squares.rows()] == [number * number for number in range(3_000)]


def classroom(folder: Path, learners: int) -> Path:
    """One file each, of twenty that differ."""
    for number in range(learners):
        place = folder / f"learner {number:05}"
        place.mkdir(parents=True)
        (place / f"{QUESTION}.py").write_text(CODE.format(number % 20), encoding="utf-8")
    return folder


def from_files_to_reports(folder: Path, out: Path, question: Question) -> None:
    """All that `quizdl grade` does itself, with results that nobody graded."""
    out.mkdir()
    with closing(Scratch()) as scratch, Ledger(out / "results.jsonl", scratch) as ledger:
        found = collect(folder, Questions([QUESTION], [QUESTION]), out, scratch=scratch)
        identities, spool = Identities(out, scratch), Spool(scratch)
        identities.learn(found.learners)
        ledger.begin(1, "0", 1.0, anew=True)
        for one in spool.through(found.submissions(), identities.id_of):
            ledger.append(_result(identities.id_of(one.learner), one))
        book = Gradebook(ledger, identities.names(), identities.id_of, {}, [question], None, scratch)
        write_table(out / "gradebook.csv", book.table())
        write_reports(out, course_of(book, spool, []), "en", now=time.time())


def _result(learner: str, of: Submission) -> Line:
    number = int(of.learner[-2:])
    return Line(
        learner=learner,
        question=of.question_id,
        version="0" * 12,
        source_sha256=f"{number:064x}",
        form=of.form,
        seed=0,
        input_seed=1,
        engine="e",
        numpy="2",
        quizdl="0",
        level="L2",
        isolation=(),
        verdict="wrong" if number % 3 else "correct",
        score=0.0 if number % 3 else 1.0,
        points=1,
        passed=1,
        total=2,
        public_passed=0,
        public_total=0,
        mistake="not-clipped" if number % 3 else None,
        feedback=(),
        public_feedback=(),
        counterexample=None,
        public_counterexample=None,
        seconds=0.1,
        at=1.0,
        key=f"{number:032x}",
    )


@pytest.fixture
def traced() -> Iterator[None]:
    """Allocations are counted."""
    tracemalloc.start()
    yield
    tracemalloc.stop()


def test_memory_does_not_grow_with_the_class(tmp_path: Path, traced: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the list of files to the last report: at its peak, a learner more costs next to nothing."""
    monkeypatch.setattr(similar, "_SLOTS", 1 << 10)  # what is large in any class would hide what grows
    question, peaks = Library().find(QUESTION), []
    for number, learners in enumerate((10, FEW, MANY)):  # the first for what is loaded and remembered once
        folder = classroom(tmp_path / f"class{number}", learners)
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        from_files_to_reports(folder, tmp_path / f"out{number}", question)
        peaks.append(tracemalloc.get_traced_memory()[1] - before)
        assert len(list((tmp_path / f"out{number}/feedback").iterdir())) == 2 * learners
    print(peaks)
    assert (peaks[2] - peaks[1]) / (MANY - FEW) < MOST_BYTES
