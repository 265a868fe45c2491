"""What people hand in, made up, and what is found of it."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path

from quizdl.batch.collect import Collection, collect
from quizdl.batch.layouts import Questions

QUESTIONS = Questions(["gru-step", "sigmoid"], ["gru-step", "sigmoid"])
CODE = b"def sigmoid(x):\n    return x\n"


def collected(path: Path, ignored: Path | None = None) -> Collection:
    """What is found there."""
    return collect(path, QUESTIONS, ignored or path / "nothing")


def found(path: Path) -> dict[tuple[str, str], bytes]:
    """Everything that will be graded."""
    return {(one.learner, one.question_id): one.source for one in collected(path).submissions()}


def reasons(path: Path) -> dict[str, str]:
    """Everything that will not, in English; read to the end, so that contents speak too."""
    collection = collected(path)
    list(collection.submissions())
    return {one.place: one.reason.en for one in collection.unrecognised}


def zipped(files: dict[str, bytes]) -> bytes:
    """A ZIP archive."""
    with zipfile.ZipFile(packed := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return packed.getvalue()


def tarred(files: dict[str, bytes], mode: str = "w:gz") -> bytes:
    """A TAR archive, packed as the mode says."""
    with tarfile.open(fileobj=(packed := io.BytesIO()), mode=mode) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return packed.getvalue()
