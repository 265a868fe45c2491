"""The corpus: honest wrong answers fail, unusual right ones pass, no hostile submission gets a mark or breaks anything.

Hostile files run only where the sandbox's resource limits and its own watch have been seen to stand, with small limits.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from quizdl.model import Verdict
from quizdl.sandbox import Limits, Sandbox

Grade = Callable[..., Verdict]

CORPUS = Path(__file__).parent.parent / "corpus"
CANARY = b"/tmp/quizdl-canary-main"  # as the corpus writes it; each run puts a folder of its own in its place
NARROW = Limits(cpu=2.0, wall=4.0, memory=256 << 20)
SECRET = "a-secret-that-must-not-be-seen"  # noqa: S105
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def cases(folder: str) -> list[Any]:
    """The manifest's entries, each a test of its own name."""
    entries = yaml.safe_load((CORPUS / folder / "manifest.yaml").read_text(encoding="utf-8"))["cases"]
    return [pytest.param(entry, id=entry["file"].removesuffix(".py")) for entry in entries]


def shown(verdict: Verdict) -> str:
    """Everything of a verdict that a person may see."""
    example = verdict.counterexample
    forms = [*example.inputs.values(), example.expected, example.got] if example else []
    return "\n".join([*(f"{text.ja}\n{text.en}" for text in verdict.feedback), *forms])


@pytest.mark.parametrize("case", cases("honest_wrong"))
@pytest.mark.parametrize("input_seed", [0, 1, None])
def test_every_honest_wrong_answer_fails_and_is_told_why(
    grade: Grade, case: dict[str, Any], input_seed: int | None
) -> None:
    """Whatever inputs are drawn: no mark, words beyond the count, and a counterexample."""
    verdict = grade(case["function"], (CORPUS / "honest_wrong" / case["file"]).read_bytes(), input_seed=input_seed)
    assert verdict.verdict in {case["expected"], *case.get("also_ok", ())}, shown(verdict)
    assert verdict.score == 0
    assert len(verdict.feedback) >= 2
    assert verdict.counterexample is not None


@pytest.mark.parametrize("case", cases("unusual_correct"))
@pytest.mark.parametrize("input_seed", [0, 1, None])
def test_every_unusual_right_answer_passes(grade: Grade, case: dict[str, Any], input_seed: int | None) -> None:
    """Right is right, whatever it looks like."""
    verdict = grade(case["function"], (CORPUS / "unusual_correct" / case["file"]).read_bytes(), input_seed=input_seed)
    assert verdict.verdict == "correct", shown(verdict)


@pytest.fixture(scope="module")
def narrow() -> Iterator[Sandbox]:
    """A sandbox with small limits, or none where its walls have not been seen to stand."""
    with pytest.MonkeyPatch.context() as environment, Sandbox(NARROW) as opened:
        environment.setenv("QUIZDL_TEST_SECRET", SECRET)  # before the server starts, so that it could inherit it
        if not {"rlimits", "audit"} <= set(opened.isolation()):
            pytest.skip("hostile code is run only behind resource limits and the sandbox's own watch")
        yield opened


@pytest.fixture
def canary() -> Iterator[Path]:
    """A folder that anybody may write to, so that only the sandbox's walls protect it."""
    folder = Path(tempfile.mkdtemp(prefix="quizdl-canary-"))
    (folder / "canary.txt").write_text("alive", encoding="utf-8")
    (folder / "secret.txt").write_text(SECRET, encoding="utf-8")
    folder.chmod(0o777)
    for file in folder.iterdir():
        file.chmod(0o666)
    yield folder
    shutil.rmtree(folder)


def state(folder: Path) -> list[tuple[str, int, bytes]]:
    """Names, modes and bytes."""
    return [(file.name, file.stat().st_mode, file.read_bytes()) for file in sorted(folder.iterdir())]


@pytest.mark.parametrize("case", cases("hostile"))
def test_no_hostile_submission_gets_a_mark(grade: Grade, narrow: Sandbox, canary: Path, case: dict[str, Any]) -> None:
    """The verdict of the manifest, no secret and no control character shown, the canary whole, the next one graded."""
    before = state(canary)
    source = (CORPUS / "hostile" / case["file"]).read_bytes().replace(CANARY, os.fsencode(canary))
    verdict = grade("gradient_clipping", source, sandbox=narrow)
    told = shown(verdict)
    assert verdict.verdict in {case["expected"], *case.get("also_ok", ())}, told
    assert verdict.score == 0
    assert SECRET not in told
    assert "root:" not in told
    assert not UNSAFE.search(told)
    assert state(canary) == before
    assert grade("gradient_clipping", "gradient * rate", sandbox=narrow).verdict == "correct"
