"""`quizdl trace`: line by line, in both languages, for people and as JSON, with the contract's exit codes."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run

RIGHT = """\
import numpy as np

def gru_step(x, h, W, U, b):
    z = x @ W[0]
    for t in range(50):
        z = z + 1
    return z
"""
WRONG = RIGHT.replace("return z", "return z @ np.zeros((9, 9))")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A submission that raises at its end."""
    path = tmp_path / "gru.py"
    path.write_text(WRONG, encoding="utf-8")
    return path


def test_a_trace_is_one_object(quizdl: Run, file: Path) -> None:
    """`{"id", "lines": [...], "error": ...}`: shapes, dtypes, ranges, finiteness, folds and operands."""
    outcome = quizdl("trace", "gru-step", str(file), "--json")
    assert outcome.code == 1
    found = outcome.json
    assert found["id"] == "gru-step"
    assert found["isolation"]
    first = found["lines"][0]
    assert (first["line"], first["source"].strip()) == (4, "z = x @ W[0]")
    z = first["values"][0]
    assert z.keys() >= {"name", "kind", "shape", "dtype", "min", "max", "finite", "nan", "infinite"}
    assert (z["name"], z["dtype"], z["finite"], z["nan"]) == ("z", "float64", True, 0)
    assert [line["folded"] for line in found["lines"] if line["folded"]] == [47]
    error = found["error"]
    assert (error["type"], error["line"], error["expression"]) == ("ValueError", 7, "z @ np.zeros((9, 9))")
    assert [one["shape"] for one in error["operands"]] == [z["shape"], [9, 9]]
    assert found["result"] is None


def test_a_run_to_the_end_is_exit_0(quizdl: Run) -> None:
    """From a pipe too; whether the result is right is not asked."""
    outcome = quizdl("trace", "gru-step", "-", "--json", stdin=RIGHT)
    assert outcome.code == 0
    assert outcome.json["error"] is None
    assert outcome.json["result"]["name"] == "return"


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("ja", ["トレース", "最小", "すべて有限", "あと 47 回", "転置"]),
        ("en", ["Trace", "min", "finite", "47 more", "transpose"]),
    ],
)
def test_a_person_reads_it_in_either_language(quizdl: Run, file: Path, lang: str, words: list[str]) -> None:
    """Numbers of lines, shapes, the fold, the shapes that met."""
    outcome = quizdl("trace", "gru-step", str(file), "--lang", lang)
    assert outcome.code == 1
    for word in [*words, "z @ np.zeros((9, 9))", "(9, 9) float64", "ValueError"]:
        assert word in outcome.out
    assert not outcome.err


@pytest.mark.parametrize("width", ["20", "40", "80", "200"])
def test_it_fits_any_width(quizdl: Run, file: Path, width: str) -> None:
    """Nothing fails where there is little room."""
    assert quizdl("trace", "gru-step", str(file), env={"COLUMNS": width}).code == 1


def test_the_started_file_and_the_fill_are_both_taken(quizdl: Run, tmp_path: Path) -> None:
    """As `submit` takes them."""
    assert quizdl("start", "gradient-clipping", "--dir", str(tmp_path)).code == 0
    started = tmp_path / "gradient-clipping.py"
    text = started.read_text(encoding="utf-8")
    started.write_text(text.replace("return ____", "return gradient * rate"), encoding="utf-8")
    fill = tmp_path / "fill.py"
    fill.write_text("gradient * rate\n", encoding="utf-8")
    for path in (started, fill):
        assert quizdl("trace", "gradient-clipping", str(path)).code == 0
        assert quizdl("submit", "gradient-clipping", str(path), "--json").json["verdict"] == "correct"


@pytest.mark.parametrize(
    "arguments",
    [
        ("no-such-id", "x.py"),
        ("gru-step", "missing.py"),
        ("conv-output-size", "-"),
        ("gru-step", "-", "--input-seed", "-1"),
    ],
    ids=["unknown id", "missing file", "no code question", "seed out of range"],
)
def test_what_cannot_be_used_is_exit_2(quizdl: Run, arguments: tuple[str, ...]) -> None:
    """One object that says what to type."""
    outcome = quizdl("trace", *arguments, "--json", stdin=RIGHT)
    assert outcome.code == 2
    assert outcome.json["error"]["message"]


def test_a_seed_of_a_grading_traces_its_counterexample(quizdl: Run, file: Path) -> None:
    """The command that a wrong submission is told to type."""
    graded = quizdl("submit", "gru-step", str(file))
    assert graded.code == 1
    command = next(line for line in graded.out.splitlines() if "quizdl trace" in line)
    seed = command.split("--input-seed ")[1].split()[0]
    outcome = quizdl("trace", "gru-step", str(file), "--input-seed", seed, "--json")
    assert outcome.code == 1
    assert outcome.json["error"]["expression"] == "z @ np.zeros((9, 9))"


def test_help_speaks_both_languages(quizdl: Run) -> None:
    """With examples."""
    assert "quizdl trace" in quizdl("trace", "--help").out
    assert "採点はしない" in quizdl("trace", "--help", "--lang", "ja").out


def test_nothing_is_recorded(quizdl: Run, file: Path) -> None:
    """A trace is no attempt."""
    quizdl("trace", "gru-step", str(file))
    assert quizdl("stats", "--json").json["attempts"] == 0
