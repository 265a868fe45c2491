"""Doctor's attempts on the walls: what is promised at a level has held, and what has not is no promise."""

from __future__ import annotations

import pytest

from quizdl.sandbox import Limits, Sandbox
from quizdl.sandbox.levels import Level
from quizdl.sandbox.records import Ending
from quizdl.sandbox.trials import Trial, Wall, lacking, proved
from quizdl.sandbox.values import WireError
from quizdl.sandbox.wire import Frame
from quizdl.text import same

QUICK = Limits(wall=0.5)
EVERY_TRY = {"read", "write", "find", "connect", "fork", "execute", "signal", "unlimit"}
EVERY_TRY |= {"allocate", "spin", "environment"}


def test_every_wall_that_a_level_promises_has_held(level: Level) -> None:
    """Files, network, processes, limits: each was tried, and how it ended is said in both languages."""
    with Sandbox(QUICK, most=level) as sandbox:
        found = sandbox.examine()
        assert sandbox.level() == found.level == level
    fallen = {wall.name for wall in found.walls if not wall.held}
    assert fallen == (set() if level == "L3" else {"find"})
    around = {"files", "network", "processes"} if level == "L3" else set()
    assert {wall.name for wall in found.walls} == EVERY_TRY | around
    assert all(wall.how.ja and wall.how.en and wall.tried.ja != wall.tried.en for wall in found.walls)
    how = {wall.name: wall.how.en for wall in found.walls}
    assert all("SIGSYS" in how[name] for name in ("connect", "fork", "execute", "signal", "unlimit"))
    assert "MemoryError" in how["allocate"]


def test_without_walls_the_attempts_succeed() -> None:
    """So they are real ones: at L0 only limits and the empty environment hold."""
    with Sandbox(QUICK, most="L0") as sandbox:
        found = sandbox.examine()
    fallen = {wall.name for wall in found.walls if not wall.held}
    assert fallen >= {"read", "write", "find", "signal", "connect"}
    assert not fallen & {"spin", "environment"}
    assert found.level == "L0"
    assert found.notes


def test_a_level_is_proved_by_the_walls_and_not_by_names() -> None:
    """One promised wall that has fallen lowers it, however many layers were named."""
    held = [Wall(name, same(name), True, same("")) for name in EVERY_TRY]
    assert proved("L3", held) == "L3"
    assert proved("L2", held) == "L2"
    for name, level in (("find", "L2"), ("signal", "L1"), ("fork", "L0"), ("read", "L0")):
        walls = [wall if wall.name != name else Wall(name, same(""), False, same("")) for wall in held]
        assert proved("L3", walls) == level, name
    assert proved("L0", []) == "L0"


def test_layers_that_are_wanted_and_missing_are_named() -> None:
    """Not where they were not wanted."""
    (note,) = lacking(("process", "empty-environment", "rlimits", "no-new-privs", "seccomp"), "L3")
    assert "landlock" in note.ja
    assert "landlock" in note.en
    assert lacking(("process",), "L0") == []


@pytest.mark.parametrize(
    ("frames", "ending", "held"),
    [
        ([Frame("tried", {"held": True, "how": "EACCES"}, b"")], Ending("finished"), True),
        ([Frame("tried", {"held": False, "how": ""}, b"")], Ending("finished"), False),
        ([Frame("tried", {"held": "yes"}, b"")], Ending("finished"), False),
        ([], Ending("vanished", signal=31), True),
        ([], Ending("wall", signal=9), True),
        ([], Ending("vanished", exit_code=0), False),
        ([], Ending("vanished", signal=9), False),  # it became another program, and was ended for its silence
    ],
)
def test_an_attempt_that_is_not_seen_to_fail_has_succeeded(frames: list[Frame], ending: Ending, held: bool) -> None:
    """Silence is no wall."""
    trial = Trial("read", "x")
    for frame in frames:
        trial.receive(frame)
    assert trial.judge(ending)[0] is held


def test_a_trial_takes_no_other_frame() -> None:
    """It is a talk like any other."""
    with pytest.raises(WireError):
        Trial("read", "x").receive(Frame("returned", {}, b""))
