"""A learner's name never leaves its folder, whatever it is, and never takes another's place."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from quizdl.report.filenames import FileNames

HOSTILE = ["../../etc/passwd", "..", ".", "", "a/b", "a\\b", "C:\\x", "con", "NUL.html", "a\0b", "~", "-rf", "a\nb"]


def file_names(learners: list[str]) -> dict[str, str]:
    names = FileNames(learners)
    return {learner: names[learner] for learner in learners}


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


@given(st.lists(st.text(max_size=300), max_size=12, unique=True))
@example(HOSTILE)
@example(["Sato", "sato", "SATO", "sato-d8a0bd27"])
@example(["é", "e\u0301"])
@example(["長" * 200, "長" * 201])
@example(["\ud800", "\udfff"])
def test_names_are_safe_and_different_everywhere(learners: list[str]) -> None:
    """One plain file name each, short, and different even where case and composition do not count."""
    names = file_names(learners)
    assert set(names) == set(learners)
    assert len(set(map(_folded, names.values()))) == len(learners)
    for name in names.values():
        assert len(name.encode("utf-8")) + len(".html") < 200
        assert Path(name).name == name
        assert not re.search(r'[\0-\x1f<>:"/\\|?*]', name)
        assert name[0] not in ".-_ "
        assert name[-1] not in ". "
        assert not re.fullmatch(r"(?i:con|prn|aux|nul|com\d|lpt\d)(\..*)?", name)


@given(st.lists(st.text(max_size=20), min_size=1, max_size=8, unique=True))
def test_names_can_be_written_and_found_again(tmp_path_factory: pytest.TempPathFactory, learners: list[str]) -> None:
    """A real file for each, all in the one folder."""
    folder = tmp_path_factory.mktemp("feedback")
    for learner, name in file_names(learners).items():
        (folder / f"{name}.html").write_text(repr(learner), encoding="utf-8")
    assert sorted(path.read_text("utf-8") for path in folder.iterdir()) == sorted(map(repr, learners))


def test_an_ordinary_name_stays_as_it_is() -> None:
    """Student numbers and people's names, in any script."""
    plain = ["s260001", "佐藤 翔太", "Müller", "taro.sato@example.ac.jp"]
    assert file_names(plain) == {name: name for name in plain}


def test_a_name_does_not_depend_on_who_else_is_there() -> None:
    """Unless two would collide."""
    assert file_names(["a/b", "x"])["a/b"] == file_names(["a/b", "y", "z"])["a/b"]
