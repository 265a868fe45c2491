"""`quizdl grade` writes the reports of a class: the teacher's page, and files that are each learner's own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run

RIGHT = """\
import numpy as np


def softmax(x):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)
"""
WRONG = RIGHT.replace("    return", "    # Bob wrote this\n    return 2 *")
NAMES = {"s1": "Alice", "s2": "Bob", "s3": "Carol"}


@pytest.fixture
def graded(quizdl: Run, tmp_path: Path) -> Path:
    """The out folder of a class of three: one right, one wrong, one who handed in nothing."""
    for learner, source in (("s1", RIGHT), ("s2", WRONG)):
        (tmp_path / "week" / learner).mkdir(parents=True)
        (tmp_path / "week" / learner / "softmax.py").write_text(source, encoding="utf-8")
    rows = [f"{learner},{name}\n" for learner, name in NAMES.items()]
    (tmp_path / "class.csv").write_text("learner,name\n" + "".join(rows), encoding="utf-8")
    outcome = quizdl("grade", "week", "--roster", "class.csv", "--out", "out", "--i-trust-these-authors", cwd=tmp_path)
    assert outcome.code == 0, outcome.err
    return tmp_path / "out"


def test_every_enrolled_learner_has_files_and_the_teacher_a_page(graded: Path) -> None:
    """By the learner's own id; who handed in nothing is told so; the seeds are in the teacher's page alone."""
    names = {path.name for path in (graded / "feedback").iterdir()}
    assert names == {f"{learner}.{ending}" for learner in NAMES for ending in ("html", "md")}
    page = (graded / "report.html").read_text(encoding="utf-8")
    lines = [json.loads(line) for line in (graded / "results.jsonl").read_text(encoding="utf-8").splitlines()]
    seeds = {str(line["input_seed"]) for line in lines if line["line"] == "result"}
    assert all(name in page for name in (*NAMES, *NAMES.values(), *seeds))
    told = {learner: (graded / "feedback" / f"{learner}.md").read_text(encoding="utf-8") for learner in NAMES}
    assert "**100%**" in told["s1"]
    assert "**0%**" in told["s2"]
    assert "Not handed in" in told["s3"]
    for learner, text in told.items():
        assert not [name for other, name in NAMES.items() if other != learner and (name in text or other in text)]
        assert not [seed for seed in seeds if seed in text]


def test_before_the_deadline_feedback_tells_of_the_public_examples_alone(
    quizdl: Run, graded: Path, tmp_path: Path
) -> None:
    """And once it has passed, everything, without grading anew."""
    command = ("grade", "week", "--roster", "class.csv", "--out", "out", "--resume", "--i-trust-these-authors")
    for deadline, told in (("2999-01-01", False), ("2001-01-01", True)):
        outcome = quizdl(*command, "--feedback", "public", "--deadline", deadline, cwd=tmp_path)
        assert outcome.code == 0, outcome.err
        bobs = (graded / "feedback" / "s2.md").read_text(encoding="utf-8")
        assert "public examples" in bobs or told
        assert ("**0%**" in bobs) is told
        assert "### A public example that is wrong" in bobs
