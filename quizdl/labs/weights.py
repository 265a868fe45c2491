"""A run's weights in a file: an .npz without pickle, which names the lab and the settings that it came from."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np

from quizdl.errors import InputError
from quizdl.labs.core import Experiment, Lab, Settings, Weights
from quizdl.labs.options import flag
from quizdl.sanitise import printable
from quizdl.text import Text, same
from quizdl.whole import write_whole

ABOUT = "quizdl"
"""The entry that says, as JSON, which lab's weights these are and with which settings they were trained."""

MOST_BYTES = 256 * 2**20


class Kept(NamedTuple):
    """Weights that were read, and where they come from."""

    lab: str
    settings: Settings
    weights: Weights


def save(path: Path, lab: Lab, settings: Settings, weights: Weights) -> None:
    """Write them, as a whole or not at all."""
    about = json.dumps({"lab": lab.name, "settings": dict(settings)}, ensure_ascii=False)
    held = io.BytesIO()
    np.savez(held, allow_pickle=False, **{ABOUT: np.array(about), **weights})
    write_whole(path, held.getvalue(), mode=0o644)


def load_into(experiment: Experiment, path: Path, lab: Lab, settings: Settings) -> None:
    """Give the file's weights to the experiment. Raises InputError where they are another lab's or do not fit."""
    kept = read(path)
    if kept.lab != lab.name:
        other = printable(kept.lab, 60)
        raise InputError(
            Text(f"これは {other} の重みです。", f"These are the weights of {other}."),
            same(f"quizdl lab {lab.name} --save FILE.npz"),
            str(path),
        )
    try:
        experiment.load(kept.weights)
    except InputError as error:
        raise InputError(
            error.message, _settings_hint(path, lab, settings, kept.settings) or error.hint, str(path)
        ) from error


def read(path: Path) -> Kept:
    """What a file of `save` holds. Raises InputError for anything else."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MOST_BYTES:
                raise _foreign(path)
        with np.load(path, allow_pickle=False) as held:
            arrays = {name: held[name] for name in held.files}
    except (zipfile.BadZipFile, ValueError, EOFError, KeyError, NotImplementedError) as error:
        raise _foreign(path) from error
    return _kept(arrays, path)


def _kept(arrays: Weights, path: Path) -> Kept:
    try:
        about = json.loads(str(arrays.pop(ABOUT)))
        lab, settings = about["lab"], about["settings"]
    except (KeyError, TypeError, ValueError) as error:
        raise _foreign(path) from error
    if not isinstance(lab, str) or not isinstance(settings, dict):
        raise _foreign(path)
    for name, array in arrays.items():
        if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
            shown = printable(name, 60)
            raise InputError(
                Text(f"重み {shown} に数でない値があります。", f"The weights {shown} hold values that are no numbers."),
                _TRAIN_AGAIN,
                str(path),
            )
    return Kept(lab, settings, arrays)


def _settings_hint(path: Path, lab: Lab, settings: Settings, saved: Settings) -> Text | None:
    """The command with the settings of the saved run, where they are other ones."""
    other = [
        f"{flag(option)} {printable(str(saved[option.name]), 40)}"
        for option in lab.options
        if option.name in saved and saved[option.name] != settings[option.name]
    ]
    return same(" ".join([f"quizdl lab {lab.name}", *other, f"--load {path}"])) if other else None


def _foreign(path: Path) -> InputError:
    return InputError(
        Text(
            "quizdl lab が保存した重みのファイルではありません。",
            "This is no file of weights that quizdl lab has saved.",
        ),
        _TRAIN_AGAIN,
        str(path),
    )


_TRAIN_AGAIN = Text("--save で保存し直してください。", "Save them again with --save.")
