"""Whose file it is, and what it answers, by its path alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.batch.layouts import Place, Questions, is_junk, wrappers
from quizdl.text import Text

QUESTIONS = Questions(["gru-step", "sigmoid", "layer-1", "vae-blank"], ["gru-step", "sigmoid", "layer-1"])


def placed(path: str) -> Place:
    """The place of a path that must have one."""
    found = QUESTIONS.placed(tuple(path.split("/")))
    assert isinstance(found, Place), found
    return found


@pytest.mark.parametrize(
    ("path", "learner", "question"),
    [
        ("ann/gru-step.py", "ann", "gru-step"),
        ("ann/homework/gru-step.py", "ann", "gru-step"),
        ("ann__gru-step.py", "ann", "gru-step"),
        ("ann__lee__gru-step.py", "ann__lee", "gru-step"),
        ("ann/gru_step.py", "ann", "gru-step"),
        ("ann/GRU_Step.PY", "ann", "gru-step"),
        ("ann/gru-step (1).py", "ann", "gru-step"),
        ("ann/gru-step-2.py", "ann", "gru-step"),
        ("ann/gru-step - コピー.py", "ann", "gru-step"),
        ("ann/gru-step.py.txt", "ann", "gru-step"),
        ("ann/gru-step.txt", "ann", "gru-step"),
        ("ann/gru-step.ipynb", "ann", "gru-step"),
        ("ann/ｇｒｕ－ｓｔｅｐ.py", "ann", "gru-step"),
        ("ann/layer-1.py", "ann", "layer-1"),
        ("ann/layer-1-3.py", "ann", "layer-1"),
        ("ann/vae-blank.txt", "ann", "vae-blank"),
        ("山田 太郎/gru-step.py", "山田 太郎", "gru-step"),
        ("Ann Lee_12345_assignsubmission_file_/gru-step.py", "Ann Lee", "gru-step"),
        ("Ann Lee_12345_assignsubmission_file_gru-step.py", "Ann Lee", "gru-step"),
        ("leeann_12345_67890_gru-step.py", "leeann", "gru-step"),
        ("week3/leeann_12345_67890_gru-step.py", "leeann", "gru-step"),
        ("week3/ann__gru-step.py", "ann", "gru-step"),
        ("leeann_LATE_12345_67890_gru_step-1.py", "leeann", "gru-step"),
    ],
)
def test_what_people_and_systems_make_of_a_name_is_read(path: str, learner: str, question: str) -> None:
    """Our layouts, Moodle's and Canvas's, and what browsers and desktops add to a name."""
    found = placed(path)
    assert (found.learner, found.question_id) == (learner, question)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("ann/gru-step.py", "ann/gru-step (1).py"),
        ("ann/gru-step (2).py", "ann/gru-step (10).py"),
        ("leeann_12345_67890_gru-step.py", "leeann_12345_70001_gru-step-1.py"),
    ],
)
def test_the_layouts_own_number_says_which_is_newer(older: str, newer: str) -> None:
    """Numbers, not letters: (10) comes after (2)."""
    assert placed(older).age < placed(newer).age


def test_accounts_tell_people_of_one_name_apart() -> None:
    """Moodle's and Canvas's numbers are kept."""
    assert placed("Ann Lee_7_assignsubmission_file_/gru-step.py").account == "7"
    assert placed("leeann_12_99_gru-step.py").account == "12"


@pytest.mark.parametrize(
    "path",
    ["readme.md", "gru-step.py", "ann/unknown-thing.py", "ann/notes.pdf", "ann/vae-blank.py", " /gru-step.py", "a/.py"],
)
def test_what_cannot_be_placed_is_told_why(path: str) -> None:
    """Two sentences, never an exception."""
    found = QUESTIONS.placed(tuple(path.split("/")))
    assert isinstance(found, Text)
    assert found.ja
    assert found.en


@given(st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=4))
def test_no_path_breaks_it(parts: list[str]) -> None:
    """Whatever a name is: a place or a reason."""
    assert isinstance(QUESTIONS.placed(tuple(parts)), Place | Text)
    assert is_junk(tuple(parts)) in (True, False)


@given(st.integers(0, 10**6), st.sampled_from(["gru-step", "sigmoid", "layer-1"]))
def test_any_number_of_a_copy_is_read(number: int, question: str) -> None:
    """`x (7).py` is x."""
    assert placed(f"ann/{question} ({number % 10_000}).py").question_id == question


def test_folders_that_only_wrap_are_passed_over() -> None:
    """An archive of `week3` holds `week3/ann/x.py`; one learner's folder alone is no wrapper."""
    assert wrappers([("week3", "ann", "x.py"), ("week3", "bob", "x.py")]) == 1
    assert wrappers([("ann", "x.py"), ("ann", "y.py")]) == 0
    assert wrappers([("w", "v", "ann", "x.py"), ("w", "v", "bob", "deep", "x.py")]) == 2
    assert wrappers([]) == 0


@pytest.mark.parametrize("path", ["__MACOSX/ann/._x.py", "ann/.DS_Store", "ann/__pycache__/x.py", "Thumbs.db"])
def test_what_systems_leave_behind_is_junk(path: str) -> None:
    """Nobody handed it in."""
    assert is_junk(tuple(path.split("/")))
