"""`quizdl config`: what is chosen holds from then on, and what makes no sense is refused."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .conftest import Run

DEFAULTS = {
    "language": None,
    "exam-date": None,
    "daily-minutes": 30,
    "pass-line": 65,
    "framework": "pytorch",
    "weights": {"math": 10, "ml": 35, "dl": 50, "ops": 5},
    "banks": [],
    "plain": False,
    "ascii": False,
}


def test_all_settings_are_listed_with_their_meaning(quizdl: Run, home: Path) -> None:
    """In both languages; what is an estimate says so, and looking creates nothing."""
    assert quizdl("config", "--json").json == DEFAULTS
    english, japanese = quizdl("config").out, quizdl("config", "--lang", "ja").out
    for key in DEFAULTS:
        assert key in english
        assert key in japanese
    assert english.count("estimate") == 2
    assert japanese.count("推定") == 2
    assert not home.exists()


@pytest.mark.parametrize(
    ("key", "typed", "value"),
    [
        ("language", "JA", "ja"),
        ("exam-date", "2127-02-19", "2127-02-19"),
        ("daily-minutes", "45", 45),
        ("pass-line", "70", 70),
        ("framework", "TensorFlow", "tensorflow"),
        ("plain", "on", True),
        ("weights", "math=12.5, ml=35,dl=52.5", {"math": 12.5, "ml": 35, "dl": 52.5, "ops": 0}),
    ],
)
def test_a_setting_is_set_shown_and_unset(quizdl: Run, key: str, typed: str, value: object) -> None:
    """Each command shows where it stands now."""
    assert quizdl("config", key, typed, "--json").json == {key: value}
    assert quizdl("config", key, "--json").json == {key: value}
    assert quizdl("config", "--json").json == {**DEFAULTS, key: value}
    assert quizdl("config", "--unset", key, "--json").json == {key: DEFAULTS[key]}
    assert quizdl("config", "--json").json == DEFAULTS


def test_what_is_shown_can_be_typed_again(quizdl: Run) -> None:
    """The weights above all."""
    quizdl("config", "weights", "math=1,ml=0.5,dl=2,ops=0")
    first = quizdl("config", "weights").out
    assert "math=1,ml=0.5,dl=2,ops=0" in first


def test_banks_are_folders_kept_by_their_full_path(quizdl: Run, tmp_path: Path) -> None:
    """Relative to where the command was typed, separated as in PATH."""
    for name in ("one", "two words"):
        (tmp_path / name / "questions").mkdir(parents=True)
    typed = os.pathsep.join(("one", "two words"))
    found = quizdl("config", "banks", typed, "--json", cwd=tmp_path).json["banks"]
    assert found == [str(tmp_path / "one"), str(tmp_path / "two words")]
    assert os.pathsep.join(found) in quizdl("config", "banks", env={"COLUMNS": "500"}).out


@pytest.mark.parametrize(
    ("key", "typed"),
    [
        ("language", "fr"),
        ("exam-date", "2027-2-19"),
        ("exam-date", "20270219"),
        ("exam-date", "2020-01-01"),
        ("exam-date", "tomorrow"),
        ("daily-minutes", "0"),
        ("daily-minutes", "1441"),
        ("daily-minutes", "half"),
        ("daily-minutes", "9" * 5000),
        ("pass-line", "101"),
        ("pass-line", "65%"),
        ("framework", "jax"),
        ("weights", "10,35,50,5"),
        ("weights", "maths=10"),
        ("weights", "math=1,math=2"),
        ("weights", "math=-1"),
        ("weights", "math=0"),
        ("weights", "math=nan"),
        ("weights", "math=inf"),
        ("weights", ""),
        ("banks", "/nowhere"),
        ("banks", ""),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_with_an_example(quizdl: Run, home: Path, key: str, typed: str) -> None:
    """Exit 2, what was expected, a command to type; nothing is changed."""
    outcome = quizdl("config", "--json", "--", key, typed)
    assert outcome.code == 2
    error = outcome.json["error"]
    assert error["where"] == key
    assert error["hint"].startswith(f"quizdl config {key} ")
    assert len(error["message"]) < 400
    assert not home.exists()


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("langage",), "quizdl config language"),
        (("zzz", "1"), "quizdl config"),
        (("--unset",), "quizdl config"),
        (("--unset", "language", "ja"), "quizdl config --unset language"),
    ],
)
def test_a_slip_in_the_command_says_what_to_type(quizdl: Run, arguments: tuple[str, ...], hint: str) -> None:
    """Also which setting was probably meant."""
    outcome = quizdl("config", *arguments, "--json")
    assert (outcome.code, outcome.json["error"]["hint"]) == (2, hint)


def test_the_language_is_the_flags_then_the_environments_then_the_settings_then_the_locales(quizdl: Run) -> None:
    """From the most to the least explicit."""
    assert "Usage" in quizdl("config", "--help").out
    quizdl("config", "language", "ja")
    assert "使い方" in quizdl("config", "--help").out
    assert "Usage" in quizdl("config", "--help", env={"QUIZDL_LANG": "en"}).out
    assert "使い方" in quizdl("config", "--help", "--lang", "ja", env={"QUIZDL_LANG": "en"}).out
    quizdl("config", "language", "en")
    assert "Usage" in quizdl("config", "--help", env={"LANG": "ja_JP.UTF-8"}).out


def test_a_broken_file_stops_those_who_need_it_and_nobody_else(quizdl: Run, home: Path) -> None:
    """The help page still shows; `config` names file and line, and overwrites nothing."""
    home.mkdir()
    (home / "settings.toml").write_text("language = 'ja'\npass_line = many\n", encoding="utf-8")
    assert quizdl("--help").code == 0
    for arguments in (("config",), ("config", "pass-line", "70"), ("exam", "--section", "lstm")):
        outcome = quizdl(*arguments, "--json")
        assert outcome.code == 2
        assert outcome.json["error"]["where"] == f"{home / 'settings.toml'}:2"
    assert "many" in (home / "settings.toml").read_text(encoding="utf-8")


def test_practice_asks_only_about_the_chosen_framework_and_list_shows_both(quizdl: Run) -> None:
    """A question asked by name is asked."""
    listed = {entry["id"] for entry in quizdl("list", "--section", "frameworks", "--json").json}
    assert {"pt-stop-gradient", "tf-stop-gradient"} <= listed
    for framework, asked, other in (("pytorch", "pt", "tf"), ("tensorflow", "tf", "pt")):
        quizdl("config", "framework", framework)
        practised = quizdl("practice", "--section", "frameworks", "--seed", "1", stdin=":s\n" * len(listed)).out
        assert f"{asked}-stop-gradient" in practised
        assert f"{other}-stop-gradient" not in practised
        assert f"{other}-stop-gradient" in quizdl("practice", "--id", f"{other}-stop-gradient").out
