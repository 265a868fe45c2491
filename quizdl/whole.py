"""Writes a file as a whole or not at all: whoever reads it finds what was there before, or all that was to be."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path


def write_whole(path: Path, data: bytes, *, mode: int = 0o600, lasting: bool = True) -> None:
    """Put the bytes in the file's place, whatever happens; a link in its place is replaced, never followed.

    mode: its permissions. lasting: the disk is waited for, so that it holds even where the power fails.
    """
    write_parts(path, (data,), mode=mode, lasting=lasting)


def write_parts(path: Path | str, parts: Iterable[bytes], *, mode: int = 0o600, lasting: bool = True) -> None:
    """The same of a file that is made piece by piece, and never whole in memory.

    For many files give texts: what a `Path` of each is made of stays in memory for as long as Python runs.
    """
    import tempfile  # 3 ms, which reading a file does without

    folder = os.path.dirname(path) or os.curdir  # noqa: PTH120
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".quizdl-", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.writelines(parts)
            file.flush()
            if lasting:
                os.fsync(file.fileno())
        os.chmod(name, mode)  # noqa: PTH101
        os.replace(name, path)  # noqa: PTH105
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_new(path: Path, data: bytes) -> None:
    """Make the file, and its folder where there is none, with these bytes. Raises FileExistsError where there is one.

    Half of it would be in the way of the next try: where writing fails, nothing is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.open("xb")
    try:
        with file:
            file.write(data)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
