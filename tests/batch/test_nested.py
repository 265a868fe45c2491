"""Archives that learners hand in among a class's files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizdl.batch import nested

from .handed_in import CODE, collected, found, reasons, tarred, zipped


def laid_out(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


CLASS = {
    "ann/week3.zip": zipped({"homework/gru-step.py": CODE, "sigmoid.py": CODE + b"#"}),
    "bob.tar.gz": tarred({"sigmoid.py": CODE}),
    "carol__week3.ZIP": zipped({"sigmoid.py": CODE}),
    "山田 太郎_12345_assignsubmission_file_/提出.zip": zipped({"課題/sigmoid.py": CODE}),
    "佐藤 花子_12346_assignsubmission_file_提出.zip": zipped({"sigmoid.py": CODE}),
    "leeann_12345_67890_week3.zip": zipped({"sigmoid.py": CODE}),
    "dave/sigmoid.py": CODE,
}
EXPECTED = {
    ("ann", "gru-step"): CODE,
    ("ann", "sigmoid"): CODE + b"#",
    ("bob", "sigmoid"): CODE,
    ("carol", "sigmoid"): CODE,
    ("山田 太郎", "sigmoid"): CODE,
    ("佐藤 花子", "sigmoid"): CODE,
    ("leeann", "sigmoid"): CODE,
    ("dave", "sigmoid"): CODE,
}


def test_archives_are_read_as_folders_in_every_layout(tmp_path: Path) -> None:
    """Whose one is, its folder says, or its own name; what it answers, the names in it."""
    assert found(laid_out(tmp_path / "class", CLASS)) == EXPECTED
    assert reasons(tmp_path / "class") == {}


@pytest.mark.parametrize("pack", [zipped, tarred])
def test_they_are_read_where_the_class_itself_is_an_archive(tmp_path: Path, pack: type) -> None:
    """As Moodle and Canvas give a class: in one ZIP, with a folder around it or without."""
    for around in ("", "week3/"):
        (tmp_path / "class").write_bytes(pack({around + name: data for name, data in CLASS.items()}))
        assert found(tmp_path / "class") == EXPECTED


@pytest.mark.parametrize("name", ["ann.zip", "week3/ann.zip"])
def test_the_only_archive_of_a_class_is_no_wrapper(tmp_path: Path, name: str) -> None:
    """One learner alone: the archive's name is the learner's, and not a folder around everything."""
    assert found(laid_out(tmp_path, {name: zipped({"homework/sigmoid.py": CODE})})) == {("ann", "sigmoid"): CODE}


def test_the_newest_of_several_archives_counts(tmp_path: Path) -> None:
    """By Canvas's number, as with files."""
    first, second = zipped({"sigmoid.py": CODE}), zipped({"sigmoid.py": CODE + b"#"})
    files = {"leeann_1_70000_a-1.zip": second, "leeann_1_9999_a.zip": first}
    assert found(laid_out(tmp_path, files)) == {("leeann", "sigmoid"): CODE + b"#"}


def test_what_is_in_them_to_do_harm_is_told_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that lead out, bombs, archives in archives, too many files, what is none."""
    monkeypatch.setattr(nested, "MOST_FILES", 20)
    good = {"sigmoid.py": CODE}
    files = {
        "a/out.zip": zipped({"../../sigmoid.py": CODE, **good}),
        "b/bomb.zip": zipped({"sigmoid.py": bytes(4 << 20)}),
        "c/deep.zip": zipped({"more.zip": zipped(good), **good}),
        "d/many.zip": zipped({f"{number}.py": CODE for number in range(21)}),
        "e/none.zip": b"hello",
        "f/empty.zip": zipped({}),
        "g/cut.tar.gz": tarred({"sigmoid.py": CODE, "notes.txt": os.urandom(1 << 16)})[: 1 << 14],
        "h/large.zip": zipped(good) + bytes(nested.MOST_BYTES),
        "i/sigmoid.py": CODE,
    }
    laid_out(tmp_path, files)
    assert {learner for learner, _ in found(tmp_path)} == {"a", "c", "g", "i"}
    told = reasons(tmp_path)
    del told["g/cut.tar.gz/notes.txt"]
    assert told.pop("g/cut.tar.gz/cut.tar.gz").startswith("The archive is damaged")
    assert told == {
        "a/out.zip/../../sigmoid.py": "Its name leads out of the archive.",
        "b/bomb.zip/sigmoid.py": "It would unpack to an absurd size.",
        "c/deep.zip/more.zip": "An archive within an archive is not opened.",
        "d/many.zip": "It is an archive of more than 1000 files.",
        "e/none.zip": "It can be read neither as a ZIP nor as a TAR archive.",
        "f/empty.zip": "It is an archive with nothing in it.",
        "h/large.zip": "It is an archive larger than 16 MiB.",
    }


def test_a_packed_tar_that_does_not_end_is_left_soon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A learner's archive gets no room for being large."""
    monkeypatch.setattr(nested, "MOST_OF_SMALL", 1 << 20)
    bomb = tarred({"zeros.txt": bytes(2 << 20), "sigmoid.py": CODE}, "w:xz")
    laid_out(tmp_path, {"ann/week.tar.xz": bomb + os.urandom(1 << 16), "bob/sigmoid.py": CODE})
    assert found(tmp_path).keys() == {("bob", "sigmoid")}
    assert "absurd size" in reasons(tmp_path)["ann/week.tar.xz/week.tar.xz"]


def test_an_archive_that_changes_meanwhile_is_told(tmp_path: Path) -> None:
    """What was seen in it and is there no more is nobody's answer, and not passed over in silence."""
    two = {"gru-step.py": CODE, "sigmoid.py": CODE}
    collection = collected(laid_out(tmp_path, {"ann.zip": zipped(two), "bob.zip": zipped(two)}))
    laid_out(tmp_path, {"ann.zip": zipped({"gru-step.py": CODE}), "bob.zip": b"?"})
    assert [(one.learner, one.question_id) for one in collection.submissions()] == [("ann", "gru-step")]
    assert {one.place for one in collection.unrecognised} == {
        "ann.zip/sigmoid.py",
        "bob.zip/gru-step.py",
        "bob.zip/sigmoid.py",
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_to_one_is_an_error_of_ours_or_touches_others(tmp_path: Path, data: st.DataObject) -> None:
    """Whatever byte is wrong: it is read or told, and so is everybody else's."""
    whole = bytearray(data.draw(st.sampled_from([zipped({"sigmoid.py": CODE}), tarred({"sigmoid.py": CODE})])))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    laid_out(tmp_path, {"ann/week.zip": bytes(whole), "bob/sigmoid.py": CODE, "zoe.zip": zipped({"sigmoid.py": CODE})})
    assert {("bob", "sigmoid"), ("zoe", "sigmoid")} <= found(tmp_path).keys()
    reasons(tmp_path)
