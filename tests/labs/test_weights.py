"""Weights in a file come back as they were, and nothing else gets in."""

from __future__ import annotations

import pickle
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.labs import weights
from quizdl.labs.core import Lab
from quizdl.labs.weights import load_into, read, save

from .conftest import Toy


def test_what_is_saved_comes_back(toy: Lab, settings: dict[str, Any], tmp_path: Path) -> None:
    """The arrays, the lab's name and the settings; the next run goes on from there."""
    file = tmp_path / "toy.npz"
    save(file, toy, settings, {"w": np.array([2.5])})
    kept = read(file)
    assert (kept.lab, kept.settings, list(kept.weights)) == ("toy", settings, ["w"])
    run = Toy(settings)
    load_into(run, file, toy, settings)
    assert run.p["w"].tolist() == [2.5]


def test_another_labs_weights_are_refused(toy: Lab, settings: dict[str, Any], tmp_path: Path) -> None:
    """By the name that the file says."""
    file = tmp_path / "other.npz"
    np.savez(file, quizdl=np.array('{"lab": "sine-wave", "settings": {}}'), w=np.zeros(1))
    with pytest.raises(InputError, match="sine-wave"):
        load_into(Toy(settings), file, toy, settings)


def test_weights_of_other_settings_name_the_command_that_fits(
    toy: Lab, settings: dict[str, Any], tmp_path: Path
) -> None:
    """Where the shapes differ, the settings of the saved run are the way out."""
    file = tmp_path / "toy.npz"
    save(file, toy, {**settings, "steps": 5, "shape": "steep"}, {"w": np.zeros((2, 2))})
    with pytest.raises(InputError) as error:
        load_into(Toy(settings), file, toy, settings)
    assert error.value.hint is not None
    assert error.value.hint.en == f"quizdl lab toy --steps 5 --shape steep --load {file}"


class _Shell:
    def __reduce__(self) -> tuple[Any, ...]:
        return (print, ("this must never run",))


def _objects(path: Path) -> None:
    np.savez(path, quizdl=np.array('{"lab": "toy", "settings": {}}'), w=np.array([_Shell()], dtype=object))


def _pickled(path: Path) -> None:
    path.write_bytes(pickle.dumps(_Shell()))


def _not_a_number(path: Path) -> None:
    np.savez(path, quizdl=np.array('{"lab": "toy", "settings": {}}'), w=np.array([np.nan]))


def _words(path: Path) -> None:
    np.savez(path, quizdl=np.array('{"lab": "toy", "settings": {}}'), w=np.array(["a"]))


def _bomb(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("w.npy", bytes(2**20))


def _foreign(path: Path) -> None:
    np.savez(path, w=np.zeros(3))


def _strange(path: Path) -> None:
    np.savez(path, quizdl=np.array('["toy"]'), w=np.zeros(3))


@pytest.mark.parametrize("make", [_objects, _pickled, _not_a_number, _words, _bomb, _foreign, _strange])
def test_foreign_files_are_refused(
    make: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No object is ever made of them, none is unpacked without a limit."""
    monkeypatch.setattr(weights, "MOST_BYTES", 2**19)
    file = tmp_path / "file.npz"
    make(file)
    with pytest.raises(InputError):
        read(file)
    assert capsys.readouterr().out == ""


@given(st.binary(max_size=300), st.integers(0, 400))
def test_broken_files_are_refused(tmp_path_factory: pytest.TempPathFactory, noise: bytes, place: int) -> None:
    """A byte changed anywhere: the file is read as it was, or refused."""
    file = tmp_path_factory.mktemp("weights") / "file.npz"
    np.savez(file, quizdl=np.array('{"lab": "toy", "settings": {}}'), w=np.zeros(3))
    whole = file.read_bytes()
    file.write_bytes(whole[:place] + noise + whole[place + len(noise) :])
    try:
        kept = read(file)
    except InputError:
        return
    assert kept.lab
