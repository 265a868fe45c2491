"""Keys as they come from a terminal, and what they do to a watched file's screen."""

from __future__ import annotations

from pathlib import Path

import pytest

from quizdl.bank import Library, ask
from quizdl.cli.keys import keys_of
from quizdl.cli.watch import State, pressed
from quizdl.model import Verdict
from quizdl.screen.canvas import View

VERDICT = Verdict(verdict="wrong", score=0.0, passed=0, total=1)
ALL = View(0, 20)


@pytest.fixture
def state() -> State:
    """A question with one hint, graded."""
    return State(ask(Library().find("gradient-clipping"), 0), Path("clip.py"), VERDICT, showing="verdict")


@pytest.mark.parametrize(
    ("typed", "keys"),
    [
        (b"h", ["h"]),
        (b"H", ["h"]),
        ("ｈｌ".encode(), ["h", "l"]),
        (b"   ", [" ", " ", " "]),
        (b"\x1b[A", []),
        (b"", []),
        (None, ["q"]),
        (b"\xff", ["\ufffd"]),
    ],
)
def test_what_was_typed_is_read_key_by_key(typed: bytes | None, keys: list[str]) -> None:
    """Full-width letters are letters, arrows are nothing, the end of input quits."""
    assert keys_of(typed) == keys


def test_each_page_is_left_by_its_own_key(state: State) -> None:
    """And by any key that means nothing."""
    for key, showing in (("l", "list"), ("s", "solution"), ("h", "hint")):
        there = pressed(state, key, ALL)
        assert there.showing == showing
        assert pressed(there, key, ALL).showing == "verdict"
        assert pressed(there, "x", ALL).showing == "verdict"
    assert pressed(State(state.asked, state.path), "x", ALL).showing == "question"


def test_hints_come_one_at_a_time_and_are_counted(state: State) -> None:
    """A question without hints counts none."""
    assert pressed(state, "h", ALL).hints == 1
    bare = State(ask(Library().find("seq2seq-choice"), 0), state.path, VERDICT)
    if not bare.asked.hints:
        assert pressed(bare, "h", ALL).hints == 0


def test_space_goes_on_and_then_back_to_the_top(state: State) -> None:
    """Page by page, as far as there is more."""
    further = pressed(state, " ", View(30, 20))
    assert further.offset == 20
    assert pressed(further, " ", View(0, 20)).offset == 0
    assert pressed(further, "l", ALL).offset == 0
