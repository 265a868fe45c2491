"""`doctor` tries every wall and says in both languages what held and what that is worth."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

JAPANESE = re.compile("[ぁ-んァ-ヶ一-龠]")
BROKEN = "#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n"

linux = pytest.mark.skipif(sys.platform != "linux", reason="these walls are Linux's")


def test_each_wall_is_listed_with_what_was_tried_and_what_held(quizdl: Run) -> None:
    """As JSON: a name, the attempt, whether the wall held, how; the level, and a sentence on what it is worth."""
    found = quizdl("doctor", "--json").json
    assert {"read", "write", "connect", "spin", "allocate", "environment"} <= {wall["name"] for wall in found["walls"]}
    assert all(set(wall) == {"name", "tried", "held", "how"} for wall in found["walls"])
    assert all(isinstance(wall["held"], bool) and wall["tried"] and wall["how"] for wall in found["walls"])
    assert found["level"] in ("L0", "L1", "L2", "L3")
    assert "grade" in found["guarantee"].lower()


@linux
def test_the_languages_say_the_same_walls(quizdl: Run) -> None:
    """Every line of one has its line of the other; English holds no Japanese."""
    english, japanese = quizdl("doctor", "--json").json, quizdl("doctor", "--json", "--lang", "ja").json
    assert [wall["held"] for wall in english["walls"]] == [wall["held"] for wall in japanese["walls"]]
    told = [english["guarantee"], *english["notes"], *(wall["tried"] + wall["how"] for wall in english["walls"])]
    assert not any(JAPANESE.search(text) for text in told)
    assert all(JAPANESE.search(wall["tried"]) for wall in japanese["walls"])
    assert JAPANESE.search(japanese["guarantee"])


@linux
def test_the_screen_shows_level_guarantee_and_walls(quizdl: Run) -> None:
    """A line a wall, beginning with whether it held."""
    shown = quizdl("doctor", "--lang", "ja", env={"COLUMNS": "300"}).out
    assert re.search("隔離 .*L[0-3]", shown)
    assert "保証" in shown
    assert shown.count("防いだ") >= 4


@linux
def test_a_lowered_level_is_shown_for_what_it_is(quizdl: Run) -> None:
    """Walls that do not stand are not said to, and a note says that more was not tried."""
    found = quizdl("doctor", "--json", env={"QUIZDL_SANDBOX": "l0"}).json
    assert found["level"] == "L0"
    assert {wall["name"] for wall in found["walls"] if not wall["held"]} >= {"read", "write", "signal"}
    assert any("L0" in note for note in found["notes"])
    assert quizdl("doctor", env={"QUIZDL_SANDBOX": "l7"}).code == 3


@linux
def test_why_there_are_no_namespaces_is_said(quizdl: Run, environment: dict[str, str], tmp_path: Path) -> None:
    """Bubblewrap's own words where it fails, and how to get it where it is not there."""
    (tmp_path / "bwrap").write_text(BROKEN, encoding="utf-8")
    (tmp_path / "bwrap").chmod(0o755)
    refused = quizdl("doctor", "--json", env={"PATH": f"{tmp_path}:{environment['PATH']}"}).json
    assert refused["level"] != "L3"
    assert any("No permissions to create new namespace" in note for note in refused["notes"])
    missing = quizdl("doctor", "--json", env={"PATH": "/nonexistent"}).json
    assert missing["level"] != "L3"
    assert any("bubblewrap" in note for note in missing["notes"])
