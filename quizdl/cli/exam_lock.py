"""One terminal at a time sits at an exam; a lock that dies with its process says so."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quizdl.errors import InputError
from quizdl.text import Text

FILE = "exam.lock"
_LONGEST = 20


@contextmanager
def desk(home: Path) -> Iterator[None]:
    """Sits at the desk for as long as the block lasts.

    The system lets go of the lock when the process ends, however it ends; the file stays, with a process's number.
    Raises InputError where somebody sits there already.
    """
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = home / FILE
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if not _locked(handle):
            raise _taken(os.pread(handle, _LONGEST, 1).decode("ascii", "replace").strip(), path)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f" {os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(handle)


def _locked(handle: int) -> bool:
    """Whether this process holds the lock now. Windows locks bytes: the first one, which holds nothing."""
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _taken(process: str, path: Path) -> InputError:
    return InputError(
        Text(
            f"模試は別の端末で開いています(プロセス {process})。",
            f"An exam is open in another terminal (process {process}).",
        ),
        Text(
            "その端末で続けるか、そちらを閉じてから quizdl exam --resume を実行してください。",
            "Go on there, or close it and then type quizdl exam --resume.",
        ),
        str(path),
    )
