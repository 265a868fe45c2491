"""`--plain` can be read aloud, `--ascii` needs no other sign, and both hold wherever pages are shown."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import quizdl as quizdl_package
from quizdl.screen import fallback

from .conftest import Run
from .tour import SLIPS, tour

DRAWN = re.compile("[\u2500-\u259f\u25a0-\u25ff\u2800-\u28ff✓✗△→•\x1b]")
"""Lines, blocks, shapes, dots, marks, arrows, bullets and colours."""

BILINGUAL = ("glossary", "bank preview")
SHOWN = [
    ["show", "conv-output-size"],
    ["answer", "conv-output-size", "2x2"],
    ["answer", "gradient-clipping", "gradient / threshold", "--input-seed", "1"],
    ["solution", "lstm-step"],
    ["list", "--section", "lstm"],
    ["glossary", "softmax"],
    ["config"],
    ["config", "exam-date"],
    ["stats"],
    ["lab"],
    [],
]


@pytest.mark.parametrize("arguments", SHOWN, ids=lambda value: " ".join(value) or "today")
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_plain_output_draws_nothing(arguments: list[str], lang: str, quizdl: Run) -> None:
    """Even where a terminal would have colours; what was drawn is said in words."""
    told = quizdl(*arguments, "--plain", "--lang", lang, env={"FORCE_COLOR": "1", "TERM": "xterm-256color"})
    prose = re.sub(r"(?m)^    .*$", "", told.out)  # code is shown as it is
    assert not DRAWN.search(prose.replace(" → ", "")), told.out
    assert told.out


@pytest.mark.parametrize("arguments", SHOWN, ids=lambda value: " ".join(value) or "today")
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_ascii_output_has_no_other_sign_than_japanese(arguments: list[str], lang: str, quizdl: Run) -> None:
    """Japanese text stays whole; formulas, figures and marks are spelled."""
    told = quizdl(*arguments, "--ascii", "--lang", lang, env={"FORCE_COLOR": "1", "TERM": "xterm-256color"})
    assert fallback._ASCII_AND_JAPANESE.fullmatch(told.out), re.findall(r"[^\x00-\x7f\u3000-\uff9f]", told.out)


def test_every_command_obeys_ascii(quizdl: Run, tmp_path: Path) -> None:
    """Pages, notes, errors and help: nothing is printed past the one place that knows what was asked for."""
    for line, told in tour(quizdl, tmp_path / "tour", "--ascii", "--lang", "en"):
        text = told.out + told.err
        assert fallback._ASCII_AND_JAPANESE.fullmatch(text), line
        assert line.startswith(BILINGUAL) or text.replace("E資格", "").isascii(), line
        assert told.code in (0, 1) or line in SLIPS, f"{line}\n{told.err}"


def test_every_command_can_be_heard(quizdl: Run, tmp_path: Path) -> None:
    """The notes and the errors beside the pages too."""
    for line, told in tour(quizdl, tmp_path / "tour", "--plain"):
        prose = re.sub(r"(?m)^    .*$", "", told.out + told.err)
        assert not DRAWN.search(prose.replace(" → ", "")), f"{line}\n{prose}"


def test_a_path_stays_what_it_is(quizdl: Run, tmp_path: Path) -> None:
    """It is there to be copied, whoever reads it."""
    (tmp_path / "Übung").mkdir()
    told = quizdl("start", "lstm-step", "--dir", "Übung", "--ascii", cwd=tmp_path)
    assert told.out.count(str(Path("Übung/lstm-step.py"))) == 2
    assert "Übung/nowhere.py" in quizdl("submit", "lstm-step", "Übung/nowhere.py", "--ascii", cwd=tmp_path).err


def test_what_a_person_reads_is_said_not_printed() -> None:
    """`print` knows no look: it is for paths, objects and the like, and for what was made to be shown."""
    for path in (Path(quizdl_package.__file__).parent / "cli").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print":
                inner = [ast.unparse(node.func) for node in ast.walk(call) if isinstance(node, ast.Call)]
                assert "shown" in inner or not any(name == "tr" or name.endswith(".of") for name in inner), path
                assert ast.unparse(call).isascii(), path


def test_a_verdict_is_said_in_words(quizdl: Run) -> None:
    """Neither the mark nor the colour carries it alone."""
    assert quizdl("answer", "conv-output-size", "2x2", "--plain").out.startswith("Wrong")
    assert quizdl("answer", "conv-output-size", "3x3", "--plain", "--lang", "ja").out.startswith("正解")


def test_a_figure_is_described(quizdl: Run) -> None:
    """What its picture shows, in a sentence."""
    assert "3×3 window" in quizdl("show", "conv-output-size", "--plain").out


def test_practice_and_an_exam_can_be_heard(quizdl: Run, tmp_path: Path) -> None:
    """From the first question to the report: who was right is said in words, by question."""
    session = quizdl("practice", "--id", "conv-output-size", "--seed", "0", "--plain", stdin="2x2\n")
    assert not DRAWN.search(session.out)
    exam = quizdl("exam", "-n", "4", "--seed", "1", "--plain", stdin="A\nA\nA\nA\nsubmit\ny\n")
    report = quizdl("report", "--plain")
    for told in (exam, report):
        assert not DRAWN.search(re.sub(r"(?m)^    .*$", "", told.out).replace(" → ", "")), told.out
    assert re.search(r"\b(right|wrong)\b", report.out)


def test_the_settings_hold_and_the_help_knows_them(quizdl: Run) -> None:
    """Chosen once, or for one command; every command names both."""
    quizdl("config", "plain", "on")
    quizdl("config", "ascii", "on")
    shown = quizdl("show", "conv-output-size").out
    assert not DRAWN.search(shown)
    assert shown.isascii()
    for arguments in ([], ["show"], ["bank", "check"], ["exam"]):
        page = quizdl(*arguments, "--help").out
        assert "--ascii" in page
        assert "--plain" in page


def test_scripts_get_the_same_json(quizdl: Run) -> None:
    """What a program reads is never spelled otherwise."""
    plainly = quizdl("show", "conv-output-size", "--json", "--plain", "--ascii", "--lang", "ja")
    assert plainly.out == quizdl("show", "conv-output-size", "--json", "--lang", "ja").out


def test_an_answer_keeps_its_signs_and_its_dashes(quizdl: Run) -> None:
    """The two words are options wherever they stand, also beside an answer that begins with a dash."""
    assert quizdl("answer", "chain-rule", "-2*x", "--plain").code == 1
    assert quizdl("answer", "chain-rule", "--ascii", "2(x+y)").code == 0
