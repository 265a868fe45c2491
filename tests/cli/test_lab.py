"""`quizdl lab`: the list, the options of one lab, what it prints and writes, and how it is refused."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from quizdl.labs.catalogue import ENTRIES
from quizdl.paths import bank_root

from .conftest import Run, Terminal
from .test_startup import HEAVY, _trace

ADDITION = ("lab", "binary-addition", "--bits", "2", "--steps", "30", "--hidden-size", "4", "--pairs", "16")
WAVE = ("lab", "sine-wave", "--layer", "gru", "--steps", "5", "--hidden-size", "4", "--horizon", "10")
SOLUTION = bank_root() / "solutions" / "day3" / "gru_step.py"
FIELDS = {"lab", "settings", "metrics", "reached", "reading", "seconds", "steps", "stopped"}


def test_the_list_has_a_line_for_each_lab(quizdl: Run) -> None:
    """In both languages."""
    for lang in ("ja", "en"):
        lines = quizdl("lab", "--lang", lang, env={"COLUMNS": "120"}).out.splitlines()
        assert [line.split()[0] for line in lines[: len(ENTRIES)]] == [entry.name for entry in ENTRIES]
        assert all(entry.line.of(lang) in line for entry, line in zip(ENTRIES, lines, strict=False))
    listed = quizdl("lab", "--json").json
    assert [(lab["name"], tuple(lab["sections"])) for lab in listed] == [(e.name, e.sections) for e in ENTRIES]


@pytest.mark.parametrize("arguments", [("lab",), ("lab", "--json"), ("lab", "--help")], ids=" ".join)
def test_the_list_needs_no_numpy(environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    """Nor any lab's module: one that is broken would not break the list."""
    modules, _ = _trace(environment, *arguments)
    assert not modules.intersection(HEAVY)


def test_help_shows_what_can_be_varied(quizdl: Run) -> None:
    """Every option with its range and default, and what every lab takes."""
    shown = quizdl("lab", "binary-addition", "--help", "--lang", "ja")
    assert shown.code == 0
    page = re.sub(r"\s+", "", shown.out)
    assert "--hidden-sizeN隠れ層のユニット数(1〜256の整数、既定:16)" in page
    assert "tanh,sigmoid,reluのいずれか" in page
    for option in ("--html", "--json", "--sweep", "--save", "--load", "--lang", "--mine", "--seed"):
        assert option in shown.out
    assert "--data" not in shown.out
    assert "--data FILE" in quizdl("lab", "sine-wave", "--help").out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lab", "sinewave"), "Did you mean 'sine-wave'?"),
        (("lab", "gan"), "There is no lab 'gan'"),
        (("lab", "\x1b[31mred"), "There is no lab 'red'"),
        ((*ADDITION, "--hidden-size", "0"), "a whole number from 1 to 256"),
        ((*ADDITION, "--activation", "selu"), "one of tanh, sigmoid, relu"),
        ((*ADDITION, "--depth", "3"), "There is no option --depth"),
        ((*ADDITION, "--data", "x.csv"), "There is no option --data"),
        ((*ADDITION, "--sweep", "depth=1,2"), "no setting 'depth'"),
        ((*ADDITION, "--sweep", "bits"), "bits=value1,value2"),
        ((*ADDITION, "--sweep", "bits=1,2", "--sweep", "seed=1,2"), "varies one setting"),
        ((*ADDITION, "--sweep", "bits=1,2", "--save", "w.npz"), "--sweep and --save"),
        ((*ADDITION, "--sweep", "seed=" + ",".join(map(str, range(20)))), "at most 12"),
        ((*WAVE, "--mine", "nowhere.py"), "no such file"),
        ((*WAVE, "--load", "nowhere.npz"), "no such file"),
        ((*WAVE, "--data", "nowhere.csv"), "no such file"),
        ((*WAVE, "--html", "."), "needs a file's name"),
    ],
)
def test_what_cannot_be_done_is_refused_before_it_begins(
    quizdl: Run, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    """Exit 2, one message in either form, nothing on standard output, no escape code, no trace."""
    outcome = quizdl(*arguments, cwd=tmp_path)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert "Traceback" not in outcome.err
    assert "\x1b" not in outcome.err
    refused = quizdl(*arguments, "--json", cwd=tmp_path)
    assert refused.code == 2
    assert refused.json["error"].keys() == {"message", "hint", "where"}
    assert not list(tmp_path.iterdir())


def test_json_prints_one_object(quizdl: Run) -> None:
    """With the settings of the run; numbers that JSON does not know are null."""
    done = quizdl(*ADDITION, "--json", "--seed", "3").json
    assert done.keys() == FIELDS
    assert (done["lab"], done["steps"], done["stopped"]) == ("binary-addition", 30, None)
    assert done["settings"]["seed"] == 3
    assert 0 <= done["metrics"]["accuracy"] <= 1
    assert quizdl("lab", "binary-addition", "--bits", "1", "--steps", "0", "--json").json["metrics"]["loss"] is None


def test_the_same_seed_gives_the_same_numbers(quizdl: Run) -> None:
    """In another process too."""
    first, second = (quizdl(*ADDITION, "--json").json for _ in range(2))
    assert first["metrics"] == second["metrics"]
    assert first["metrics"] != quizdl(*ADDITION, "--json", "--seed", "1").json["metrics"]


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_pipe_gets_the_page_without_codes(quizdl: Run, lang: str) -> None:
    """Pictures, numbers, what they mean, the goal, the next commands; within the columns asked for."""
    for columns in ("80", "120"):
        outcome = quizdl(*ADDITION, "--lang", lang, env={"COLUMNS": columns})
        assert outcome.code == 0
        assert "\x1b" not in outcome.out + outcome.err
        assert "quizdl practice --section rnn" in outcome.out
        assert "accuracy" in outcome.out
        assert "█" in outcome.out


def test_an_exploding_run_says_so(quizdl: Run) -> None:
    """It is no failure of the command: that is what there was to see."""
    wild = ("--optimiser", "sgd", "--learning-rate", "100", "--clip", "0")
    far = ("lab", "binary-addition", "--steps", "30", "--activation", "relu", "--weight-scale", "100", *wild)
    outcome = quizdl(*far, "--json")
    assert outcome.code == 0
    assert (outcome.json["stopped"], outcome.json["reached"]) == ("exploded", False)
    assert "exploded" in quizdl(*far).out
    assert "Warning" not in outcome.err


def test_weights_are_kept_and_brought_back(quizdl: Run, tmp_path: Path) -> None:
    """Without a further step the numbers are those of the saved run; a file is never overwritten."""
    file = str(tmp_path / "kept.npz")
    saved = quizdl(*ADDITION, "--save", file, "--json").json
    again = (*ADDITION, "--steps", "0", "--load", file)
    assert quizdl(*again, "--json").json["metrics"]["accuracy"] == saved["metrics"]["accuracy"]
    taken = quizdl(*ADDITION, "--save", file)
    assert taken.code == 2
    assert "kept-2.npz" in taken.err
    assert "hidden-size 4" in quizdl(*again, "--hidden-size", "5").err
    assert "binary-addition" in quizdl(*WAVE, "--load", file).err


def test_a_page_is_written_once(quizdl: Run, tmp_path: Path) -> None:
    """One file, self-contained; the second time it is left as it is."""
    file = tmp_path / "out" / "addition.html"
    written = quizdl(*ADDITION, "--html", str(file))
    assert written.code == 0
    assert str(file) in written.out
    page = file.read_text(encoding="utf-8")
    assert quizdl(*ADDITION, "--html", str(file)).code == 2
    assert file.read_text(encoding="utf-8") == page


def test_a_sweep_compares_runs(quizdl: Run, tmp_path: Path) -> None:
    """In one table, in JSON with an object a run, and in a page."""
    file = tmp_path / "sweep.html"
    shown = quizdl(*ADDITION, "--sweep", "hidden-size=2,4", "--html", str(file))
    assert shown.code == 0
    assert re.search(r"hidden_size +2 +4", shown.out)
    assert "<svg" in file.read_text(encoding="utf-8")
    found = quizdl(*ADDITION, "--sweep", "hidden_size=2,4", "--json").json
    assert (found["sweep"], found["metric"]) == ("hidden_size", "accuracy")
    assert [run["settings"]["hidden_size"] for run in found["runs"]] == [2, 4]
    assert all(run.keys() == FIELDS for run in found["runs"])


def test_ones_own_series_is_continued(quizdl: Run, tmp_path: Path) -> None:
    """And a file that does not suit is refused at its line."""
    file = tmp_path / "own.csv"
    file.write_text("value\n" + "\n".join(f"{n % 20}" for n in range(400)), encoding="utf-8")
    assert quizdl(*WAVE, "--data", str(file), "--json").json["reached"] is None
    file.write_text("1\n2\nthree\n", encoding="utf-8")
    outcome = quizdl(*WAVE, "--data", str(file))
    assert outcome.code == 2
    assert f"{file}:3:1" in outcome.err


def test_ones_own_function_runs_inside_the_lab(quizdl: Run) -> None:
    """The worked answer is to rounding the engine's; after a right submission the command is named."""
    found = quizdl(*WAVE, "--mine", str(SOLUTION), "--json").json
    assert found["metrics"]["gru_step_difference"] < 1e-9
    assert f"quizdl lab sine-wave --mine {SOLUTION}" in quizdl("submit", "gru-step", str(SOLUTION)).out
    assert "--mine" not in quizdl("answer", "gru-update", "(1 - z) * h + z * h_bar").out


def test_an_explanation_names_its_sections_lab(quizdl: Run) -> None:
    """In the verdict and in the solution; a section without a lab names none."""
    assert "quizdl lab sine-wave" in quizdl("answer", "gru-update", "h + z * (h_bar - h)").out
    assert "実験: `quizdl lab adding-problem`" in quizdl("solution", "lstm-forget-gate", "--lang", "ja").out
    assert "quizdl lab" not in quizdl("solution", "chain-rule").out


@pytest.mark.skipif(sys.platform == "win32", reason="no pty")
def test_ctrl_c_keeps_and_shows_what_there_is(environment: dict[str, str]) -> None:
    """At a terminal: progress, then the page of the run so far, exit 130."""
    terminal = Terminal(environment, "lab", "sine-wave", "--layer", "gru", "--steps", "100000")
    terminal.expect("left")
    assert "GRU" in terminal.screen
    assert "loss" in terminal.screen
    terminal.type("\x03\x03")  # the second one, out of impatience, loses nothing
    terminal.expect("quizdl practice --section gru")
    assert "Interrupted after" in terminal.screen
    assert terminal.wait() == 130
