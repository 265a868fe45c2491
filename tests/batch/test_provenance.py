"""The digest of a score's engine stands for everything that can change the score, and for nothing else."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from quizdl.batch import provenance

PACKAGE = Path(provenance.__file__).parent.parent
WITHOUT_A_SAY = {
    *("__init__.py", "errors.py", "paths.py", "batch/__init__.py", "batch/records.py", "batch/provenance.py"),
    *("figures.py", "whole.py"),  # what a question shows, how files are written
}
GRADES = """
import json, sys
from quizdl.bank import Library
from quizdl.batch.records import Task
from quizdl.batch.work import decode_answer, encode_task, run_task

verdicts = []
for question_id, source, form in (
    ("sigmoid", b"def sigmoid(x):\\n    return -x\\n", "python"),
    ("chain-rule", b"2*(x+y)+1", "text"),
    ("lstm-forget-gate", b"gate", "text"),
    ("conv-output-size", b"3x4", "text"),
):
    question = Library().find(question_id)
    task = Task(key="k", question_id=question_id, version=question.version, source=source, form=form, seed=0,
                input_seed=1, least="L0")
    verdicts.append(decode_answer(run_task(encode_task(task))).verdict)
files = [getattr(module, "__file__", None) for name, module in sys.modules.items() if name.startswith("quizdl")]
print(json.dumps([verdicts, files]))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A copy of what is covered, which may be changed."""
    for name in provenance._sources():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(PACKAGE / name, tmp_path / name)
    monkeypatch.setattr(provenance, "_PACKAGE", tmp_path)
    provenance.engine_digest.cache_clear()
    yield tmp_path
    provenance.engine_digest.cache_clear()


def digest() -> str:
    """Computed anew."""
    provenance.engine_digest.cache_clear()
    return provenance.engine_digest()


def test_everything_that_takes_part_in_a_grading_is_covered() -> None:
    """Whatever a worker has loaded when it has graded several kinds of answers."""
    done = subprocess.run([sys.executable, "-c", GRADES], capture_output=True, text=True, check=True, encoding="utf-8")
    verdicts, files = json.loads(done.stdout)
    assert set(verdicts) <= {"wrong", "near_miss"}
    loaded = {Path(file).relative_to(PACKAGE).as_posix() for file in files if file}
    assert loaded - set(provenance._sources()) <= WITHOUT_A_SAY


@pytest.mark.parametrize(
    "name",
    [
        "sandbox/inside/child.py",
        "sandbox/inside/seccomp.py",
        "bank/variants.py",
        "formula/parser.py",
        "model/question.py",
    ],
)
def test_a_change_of_any_part_changes_it(package: Path, name: str) -> None:
    """One character is enough; line ends are none of it."""
    before = digest()
    (package / name).write_bytes((package / name).read_bytes().replace(b"\n", b"\r\n"))
    assert digest() == before
    (package / name).write_bytes((package / name).read_bytes() + b"#")
    assert digest() != before


def test_a_part_that_comes_or_goes_changes_it(package: Path) -> None:
    """A new file, a file that is gone, and one that has another name."""
    before = digest()
    (package / "grading" / "new.py").write_bytes(b"")
    added = digest()
    (package / "grading" / "new.py").rename(package / "grading" / "newer.py")
    assert len({before, added, digest()}) == 3
