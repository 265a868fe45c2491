"""A file is written as a whole or not at all."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from quizdl.whole import write_new, write_whole


@pytest.mark.skipif(sys.platform == "win32", reason="permissions")
def test_the_file_holds_all_with_its_permissions_and_nothing_lies_beside_it(tmp_path: Path) -> None:
    """New or old, for its owner alone unless said otherwise."""
    file = tmp_path / "file"
    for mode in (0o600, 0o644):
        write_whole(file, b"%o" % mode, mode=mode)
        assert (file.read_bytes(), file.stat().st_mode & 0o777) == (b"%o" % mode, mode)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("broken", ["fsync", "fdopen", "chmod"])
def test_what_fails_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str) -> None:
    """A full disk, or anything else, at whichever step."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    file = tmp_path / "file"
    file.write_bytes(b"old")
    monkeypatch.setattr(os, broken, fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(file, b"new")
    assert file.read_bytes() == b"old"
    assert [one.name for one in tmp_path.iterdir()] == ["file"]


@pytest.mark.skipif(sys.platform == "win32", reason="links")
def test_a_link_is_replaced_and_never_followed(tmp_path: Path) -> None:
    """Whoever put it there does not choose what is overwritten."""
    precious = tmp_path / "precious"
    precious.write_bytes(b"kept")
    (tmp_path / "file").symlink_to(precious)
    write_whole(tmp_path / "file", b"new")
    assert precious.read_bytes() == b"kept"
    assert not (tmp_path / "file").is_symlink()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_new_file_is_whole_or_not_there_and_never_in_place_of_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its folders are made; where the disk is full nothing is left, so that the next try is not in its own way."""
    file = tmp_path / "a/b/file"
    write_new(file, b"new")
    with pytest.raises(FileExistsError):
        write_new(file, b"newer")
    assert file.read_bytes() == b"new"
    monkeypatch.setattr(Path, "open", lambda *_: (file.with_name("other").touch(), open("/dev/full", "wb"))[1])  # noqa: PTH123, SIM115
    with pytest.raises(OSError, match="No space"):
        write_new(file.with_name("other"), b"x" * 100_000)
    assert not file.with_name("other").exists()
