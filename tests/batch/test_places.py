"""Folders and archives as people make them, and as people make them to do harm."""

from __future__ import annotations

import os
import stat
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from quizdl.errors import InputError

from .handed_in import CODE, collected, found, reasons, tarred, zipped


def a_zip(path: Path, files: dict[str, bytes]) -> Path:
    path.write_bytes(zipped(files))
    return path


def a_tar(path: Path, files: dict[str, bytes], mode: str = "w") -> Path:
    path.write_bytes(tarred(files, mode))
    return path


FILES = {"week/ann/gru-step.py": CODE, "week/bob/sigmoid.py": CODE + b"#", "week/readme.md": b"?"}


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_a_tar_gives_what_a_zip_and_a_folder_give(tmp_path: Path, mode: str) -> None:
    """Packed or not, and whatever it is called."""
    for name, data in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    expected = {("ann", "gru-step"): CODE, ("bob", "sigmoid"): CODE + b"#"}
    assert found(tmp_path / "week") == expected
    assert found(a_zip(tmp_path / "a.zip", FILES)) == expected
    assert found(a_tar(tmp_path / "a.dat", FILES, mode)) == expected


def test_nothing_is_unpacked(tmp_path: Path) -> None:
    """Names that lead out of an archive are reported, and no file comes to be anywhere."""
    names = ["../evil/gru-step.py", "/tmp/evil/gru-step.py", "C:\\evil\\gru-step.py", "a/../../gru-step.py"]  # noqa: S108
    inside = tmp_path / "inside"
    inside.mkdir()
    for archive in (
        a_zip(inside / "a.zip", dict.fromkeys([*names, "ann/sigmoid.py"], CODE)),
        a_tar(inside / "a.tar", dict.fromkeys([*names, "ann/sigmoid.py"], CODE)),
    ):
        assert found(archive) == {("ann", "sigmoid"): CODE}
        assert sum("leads out" in reason for reason in reasons(archive).values()) == len(names)
    assert sorted(path.name for path in tmp_path.rglob("*") if path.is_file()) == ["a.tar", "a.zip"]


@pytest.mark.skipif(sys.platform == "win32", reason="links and devices")
def test_links_and_devices_are_reported_and_the_rest_goes_on(tmp_path: Path) -> None:
    """A link to a secret is no submission, and a pipe that nobody writes to holds nobody up."""
    secret = tmp_path / "secret"
    secret.write_bytes(b"the secret")
    home = tmp_path / "class"
    for name in ("ann", "bob", "cy"):
        (home / name).mkdir(parents=True)
    (home / "ann/gru-step.py").symlink_to(secret)
    os.mkfifo(home / "bob/gru-step.py")
    (home / "eve").symlink_to(tmp_path)
    (home / "cy/gru-step.py").write_bytes(CODE)
    assert found(home) == {("cy", "gru-step"): CODE}
    assert set(reasons(home)) == {"ann/gru-step.py", "bob/gru-step.py", "eve"}


def test_links_and_devices_in_archives_are_reported(tmp_path: Path) -> None:
    """Symbolic and hard links, a FIFO, a character device."""
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for number, kind in enumerate((tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE)):
            member = tarfile.TarInfo(f"l{number}/gru-step.py")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        entry = zipfile.ZipInfo("ann/gru-step.py")
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        packed.writestr(entry, "/etc/passwd")
    assert found(tmp_path / "a.tar") == found(tmp_path / "a.zip") == {}
    assert len(reasons(tmp_path / "a.tar")) == 4
    assert len(reasons(tmp_path / "a.zip")) == 1


def test_a_bomb_costs_nothing(tmp_path: Path) -> None:
    """A file that unpacks to 64 MiB is named; no more than the limit of it is ever read."""
    bomb = a_zip(tmp_path / "a.zip", {"eve/gru-step.py": bytes(64 << 20), "ann/sigmoid.py": CODE})
    assert found(bomb) == {("ann", "sigmoid"): CODE}
    assert "absurd" in reasons(bomb)["eve/gru-step.py"]


def test_a_packed_tar_that_does_not_end_is_left(tmp_path: Path) -> None:
    """What comes before it is graded all the same."""
    path = tmp_path / "a.tar.gz"
    a_tar(path, {"ann/sigmoid.py": CODE, "eve/gru-step.py": bytes(400 << 20)}, "w:gz")
    collection = collected(path)
    assert [one.learner for one in collection.picked()] == ["ann", "eve"]
    assert any("absurd" in one.reason.en for one in collection.unrecognised)


def test_an_archive_cut_short_gives_what_it_has(tmp_path: Path) -> None:
    """A download that broke off."""
    whole = a_tar(tmp_path / "a.tar.gz", {f"l{number}/sigmoid.py": os.urandom(3000) for number in range(60)}, "w:gz")
    cut = tmp_path / "cut.tar.gz"
    cut.write_bytes(whole.read_bytes()[:90_000])
    assert 10 < len(found(cut)) < 60
    assert any("damaged" in reason for reason in reasons(cut).values())


def test_names_of_japanese_windows_are_read(tmp_path: Path) -> None:
    """Without the flag that says UTF-8, in cp932."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("NAME/sigmoid.py", CODE)
    data = (tmp_path / "a.zip").read_bytes().replace(b"NAME", "山田".encode("cp932"))
    (tmp_path / "a.zip").write_bytes(data)
    assert found(tmp_path / "a.zip") == {("山田", "sigmoid"): CODE}


def test_a_file_without_a_name_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    """A damaged directory of the archive can leave a name empty."""
    archive = a_zip(tmp_path / "a.zip", {"ann/sigmoid.py": CODE, "NAME": b"?"})
    archive.write_bytes(archive.read_bytes().replace(b"NAME", b"\0AME"))  # a name ends where it says so
    assert found(archive) == {("ann", "sigmoid"): CODE}
    assert set(reasons(archive)) == {"?"}


def test_encrypted_twice_named_and_oversize_files_are_told(tmp_path: Path) -> None:
    """Each by itself; what is oversize is graded, so that its learner is told."""
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("ann/sigmoid.py", b"old")
        archive.writestr("bob/sigmoid.py", os.urandom(70_000))
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("ann/sigmoid.py", CODE)
    assert found(tmp_path / "a.zip")["ann", "sigmoid"] == CODE
    assert len(found(tmp_path / "a.zip")["bob", "sigmoid"]) == 65_537
    told = reasons(tmp_path / "a.zip")
    assert "larger" in told["bob/sigmoid.py"]
    assert "counts" in told["ann/sigmoid.py"]


def test_the_newest_of_several_counts_and_that_is_said(tmp_path: Path) -> None:
    """By the number in its name."""
    archive = a_zip(tmp_path / "a.zip", {"ann/sigmoid (2).py": b"new", "ann/sigmoid.py": b"old"})
    assert found(archive) == {("ann", "sigmoid"): b"new"}
    assert reasons(archive) == {"ann/sigmoid.py": "The newer one is graded: ann/sigmoid (2).py."}


def test_two_accounts_of_one_name_are_two_people(tmp_path: Path) -> None:
    """As Moodle tells them apart."""
    names = [f"Ann Lee_{number}_assignsubmission_file_/sigmoid.py" for number in (7, 8)]
    assert {learner for learner, _ in found(a_zip(tmp_path / "a.zip", dict.fromkeys(names, CODE)))} == {
        "Ann Lee (7)",
        "Ann Lee (8)",
    }


@pytest.mark.skipif(sys.platform != "linux", reason="names in any encoding")
def test_names_of_another_encoding_are_read_from_a_folder_too(tmp_path: Path) -> None:
    """As they come out of an archive that was unpacked without thought; what comes meanwhile moves nobody's file."""
    folder = os.fsencode(tmp_path) + b"/" + "山田".encode("cp932")
    os.mkdir(folder)  # noqa: PTH102 - a name that is no text
    (Path(os.fsdecode(folder)) / "sigmoid.py").write_bytes(CODE)
    collection = collected(tmp_path)
    (tmp_path / "aaa").mkdir()
    (tmp_path / "aaa/sigmoid.py").write_bytes(b"late")
    assert [(one.learner, one.source) for one in collection.submissions()] == [("山田", CODE)]


def test_the_out_folder_is_no_part_of_the_class(tmp_path: Path) -> None:
    """Results inside the folder that is graded are not graded; nor are those of an earlier run."""
    for name in ("ann", "out/feedback", "older"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "sigmoid.py").write_bytes(CODE)
    for name in ("results.jsonl", "key"):
        (tmp_path / "older" / name).write_bytes(b"")
    picked = collected(tmp_path, tmp_path / "out").picked()
    assert [one.learner for one in picked] == ["ann"]


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip", b"neither", b"\x1f\x8bno gzip", b"\xfd7zXZ\x00no xz"])
def test_what_is_no_archive_is_bad_input(tmp_path: Path, data: bytes) -> None:
    """One error, for whatever it is."""
    (tmp_path / "a.dat").write_bytes(data)
    with pytest.raises(InputError):
        collected(tmp_path / "a.dat")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_damage_to_an_archive_is_an_error_of_ours(tmp_path: Path, data: st.DataObject) -> None:
    """Bytes changed anywhere: bad input, or a report, and whatever is left."""
    make = data.draw(st.sampled_from(["zip", "w", "w:gz", "w:xz"]))
    path = tmp_path / "a.dat"
    raw = bytearray((a_zip(path, FILES) if make == "zip" else a_tar(path, FILES, make)).read_bytes())
    for _ in range(data.draw(st.integers(1, 8))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(bytes(raw[: data.draw(st.integers(1, len(raw)))]))
    try:
        collection = collected(path)
    except InputError:
        return
    list(collection.submissions())
