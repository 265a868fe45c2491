"""Output does not depend on the machine's encoding: a Japanese Windows console's, or one that nobody named."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run
from .tour import tour

WHOLE = "def lstm_step(x, h, c, W, U, b):\n    return h, c\n"
CP932 = {"PYTHONIOENCODING": "cp932", "PYTHONUTF8": "0"}
READING = [
    ["list", "--section", "lstm"],
    ["show", "conv-output-size"],
    ["show", "lstm-step"],
    ["solution", "chain-rule"],
    ["glossary", "忘却ゲート"],
    ["stats"],
    ["config"],
    ["list", "--help"],
    [],
]


@pytest.mark.parametrize("arguments", READING, ids=lambda value: " ".join(value) or "today")
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_pipe_in_cp932_is_readable(arguments: list[str], lang: str, quizdl: Run) -> None:
    """The Japanese is there, and what cp932 lacks is spelled: nothing is lost as a question mark."""
    told = quizdl(*arguments, "--lang", lang, env=CP932)
    assert told.code == 0, told.err
    text = told.raw.decode("cp932")
    whole = quizdl(*arguments, "--lang", lang).out
    assert text.count("?") == whole.count("?")


def test_every_command_speaks_cp932_without_losing_a_sign(quizdl: Run, tmp_path: Path) -> None:
    """Nothing that cp932 lacks becomes a question mark, of which Japanese has none of its own: ours are full-width."""
    for line, told in tour(quizdl, tmp_path / "bank", "--lang", "ja", env=CP932):
        text = told.raw.decode("cp932") + told.raw_err.decode("cp932")
        assert "Traceback" not in text, f"{line}\n{text}"
        assert "?" not in text, f"{line}\n{text}"


def test_a_session_and_a_report_in_cp932(quizdl: Run) -> None:
    """From a question to the exam's report, also where answers are typed in that encoding."""
    session = quizdl(
        "practice",
        "--id",
        "lstm-forget-gate",
        "--seed",
        "0",
        "--lang",
        "ja",
        stdin="忘却ゲート\n".encode("cp932"),
        env=CP932,
    )
    assert session.code == 0, session.err
    assert "正解" in session.raw.decode("cp932")
    quizdl("exam", "-n", "4", "--plain", "--seed", "1", stdin="A\nA\nA\nA\nsubmit\n", env=CP932)
    report = quizdl("report", "--lang", "ja", env=CP932)
    assert report.code == 0, report.err
    assert "%" in report.raw.decode("cp932")


def test_no_default_encoding_and_no_warning(quizdl: Run, tmp_path: Path) -> None:
    """Every file is opened with its encoding named, in every room; any other warning would be an error as well."""
    strict = {"PYTHONWARNDEFAULTENCODING": "1", "PYTHONWARNINGS": "error"}
    (tmp_path / "lstm-step.py").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "class/ann").mkdir(parents=True)
    (tmp_path / "class/ann/lstm-step.py").write_text(WHOLE, encoding="utf-8")
    for line, said in (
        ("list --day 3 --json", ""),
        ("config daily-minutes 20", ""),
        ("answer chain-rule 2(x+y)", ""),
        ("answer sigmoid-derivative exp(-x)/(1+exp(-x))^2", ""),
        ("submit lstm-step lstm-step.py", ""),
        ("trace lstm-step lstm-step.py", ""),
        ("practice --id conv-output-size --seed 0", "2x2\n"),
        ("practice --html menu.html -n 2", ""),
        ("exam -n 4 --seed 1 --plain", "A\nsubmit\n"),
        ("report --html report.html --csv report.csv --md report.md", ""),
        ("exam --paper paper.html -n 4", ""),
        ("record export record.jsonl", ""),
        ("record import record.jsonl", ""),
        ("disputes", ""),
        ("doctor", ""),
        ("grade class --out results", ""),
        ("bank schema --out schema.json", ""),
        ("bank export --to notebook --section lstm --out lstm.ipynb", ""),
        ("bank export --to qti --section lstm --out lstm.zip", ""),
        ("completion words -- show lstm", ""),
    ):
        told = quizdl(*line.split(), stdin=said, env=strict, cwd=tmp_path)
        assert "Warning" not in told.err, f"{line}\n{told.err}"
        assert "Traceback" not in told.err, f"{line}\n{told.err}"
