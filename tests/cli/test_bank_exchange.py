"""`bank export` and `bank import` as they are typed: files, lists of what was left out, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from .conftest import Run

FORMATS = ("moodle", "qti", "notebook", "csv", "print")


@pytest.mark.parametrize("to", FORMATS)
def test_each_format_is_written_and_its_losses_listed(quizdl: Run, tmp_path: Path, to: str) -> None:
    """The file is there, nothing half-written beside it, and every loss has an id and a reason."""
    out = tmp_path / "out.file"
    done = quizdl("bank", "export", "--section", "attention", "--to", to, "--out", str(out), "--json", "--lang", "en")
    assert done.code == 0, done.out + done.err
    said = done.json
    assert said["count"] + len(said["left_out"]) == 9 or said["count"] > 5
    assert all(one["id"] and one["reason"] for one in (*said["left_out"], *said["simplified"]))
    assert [
        path.name for path in tmp_path.iterdir() if path.name.startswith("out") or path.name.startswith(".out")
    ] == ["out.file"]


def test_what_is_simplified_is_on_the_terminal(quizdl: Run, tmp_path: Path) -> None:
    """Reason and ids, in the language in use; `--lang both` says which the file is in."""
    out = str(tmp_path / "day.xml")
    done = quizdl(
        "bank", "export", "--id", "chain-rule", "--id", "lstm-step", "--to", "moodle", "--out", out, "--lang", "both"
    )
    assert done.code == 0
    assert "chain-rule" in done.out
    assert "lstm-step" in done.out
    assert '<div lang="ja">' in (tmp_path / "day.xml").read_text(encoding="utf-8")


def test_the_seed_picks_the_variant(quizdl: Run, tmp_path: Path) -> None:
    """The same seed writes the same file, another one other numbers."""
    files = []
    for number, seed in enumerate(("3", "3", "4")):
        out = tmp_path / f"{number}.csv"
        quizdl("bank", "export", "--id", "conv-output-size", "--to", "csv", "--out", str(out), "--seed", seed)
        files.append(out.read_bytes())
    assert files[0] == files[1] != files[2]


@pytest.mark.parametrize(
    "words",
    [
        ("--to", "word", "--out", "x"),
        ("--to", "csv", "--out", "x", "--lang", "fr"),
        ("--to", "csv", "--out", "x", "--section", "no-such"),
        ("--to", "csv", "--out", "no/such/folder/x.csv", "--section", "lstm"),
        ("--to", "csv", "--out", "x", "--bank", "no-such-folder"),
        ("--to", "csv", "--out", "x", "--id", "no-such-id"),
    ],
)
def test_a_slip_is_an_input_error(quizdl: Run, words: tuple[str, ...]) -> None:
    """Exit code 2 and one object."""
    done = quizdl("bank", "export", *words, "--json")
    assert done.code == 2
    assert done.json["error"]["message"]


@pytest.mark.parametrize(("to", "kind"), [("csv", "csv"), ("moodle", "moodle")])
def test_an_export_comes_back_as_a_bank_that_passes_its_check(quizdl: Run, tmp_path: Path, to: str, kind: str) -> None:
    """Export, import, check: no faults, and what cannot come back is named with its line."""
    out, bank = tmp_path / "questions.file", tmp_path / "mine"
    quizdl("bank", "export", "--section", "attention", "--to", to, "--out", str(out), "--lang", "both")
    done = quizdl("bank", "import", str(out), "--from", kind, "--out", str(bank), "--json")
    assert done.code == 1, done.err  # code and essays do not come back
    assert all(one["line"] > 0 and one["reason"] for one in done.json["refused"])
    assert len(done.json["taken"]) >= 5
    checked = quizdl("bank", "check", "--bank", str(bank), "--json")
    assert checked.code == 0, json.dumps(checked.json["faults"], indent=1)


def test_a_bank_of_ones_own_is_exported_under_its_name(quizdl: Run, tmp_path: Path) -> None:
    """Its ids are led by its folder's name, so that they are no one else's; they come back bare."""
    source = tmp_path / "quiz.csv"
    header = "id,kind,prompt_ja,prompt_en,key,chapter,explanation_ja,explanation_en"
    source.write_text(f"{header}\nsum,shape,形は？,The shape?,3x3,3-1-2,説明。,Because.\n", encoding="utf-8")
    bank, out = tmp_path / "my-course", tmp_path / "out.csv"
    assert quizdl("bank", "import", str(source), "--from", "csv", "--out", str(bank)).code == 0
    for words in ((), ("--id", "sum"), ("--id", "my-course.sum")):
        done = quizdl("bank", "export", "--bank", str(bank), *words, "--to", "csv", "--out", str(out), "--lang", "both")
        assert done.code == 0, done.err
        assert "my-course.sum,shape" in out.read_text(encoding="utf-8")
    again = quizdl("bank", "import", str(out), "--from", "csv", "--out", str(tmp_path / "again"), "--json")
    assert [one["id"] for one in again.json["taken"]] == ["sum"]


def test_gift_is_imported_and_nothing_is_overwritten(quizdl: Run, tmp_path: Path) -> None:
    """A second import into the same folder is refused before it writes."""
    source = tmp_path / "quiz.gift"
    source.write_text("::sum:: 1+1? {=2 ~3#One more. ~4 ~5}\n", encoding="utf-8")
    words = ("bank", "import", str(source), "--from", "gift", "--out", str(tmp_path / "mine"))
    done = quizdl(*words, "--lang", "en")
    assert done.code == 0, done.err
    assert "quiz.gift:1: draft: sum:" in done.out
    written = tmp_path / "mine" / "questions" / "ml" / "imported-quiz.yaml"
    before = written.read_bytes()
    assert quizdl(*words).code == 2
    assert written.read_bytes() == before
    assert quizdl("bank", "check", "--bank", str(tmp_path / "mine")).code == 0


def test_entities_are_refused(quizdl: Run, tmp_path: Path) -> None:
    """XML with a DOCTYPE is an input error, and nothing is written."""
    source = tmp_path / "bomb.xml"
    source.write_text('<!DOCTYPE quiz [<!ENTITY a "b">]><quiz>&a;</quiz>', encoding="utf-8")
    done = quizdl("bank", "import", str(source), "--from", "moodle", "--out", str(tmp_path / "mine"), "--json")
    assert done.code == 2
    assert "DOCTYPE" in done.json["error"]["message"]
    assert not (tmp_path / "mine").exists()
