"""Where files come from: a folder, a ZIP or a TAR archive. Archives are read where they are; nothing is ever unpacked.

What lies in the archives that learners handed in is `nested.py`'s.

Each gives the names of its files in a fixed order, each with what is wrong with it if anything is, and then the bytes
of those that are wanted. What people put into archives to do harm is a word in a report, and the rest goes on.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from quizdl.batch.files import Packed, Store
from quizdl.batch.folders import Folder
from quizdl.batch.inflate import MOST_OF_SMALL, MOST_UNPACKED
from quizdl.batch.tars import Tar
from quizdl.batch.zips import Zip
from quizdl.errors import InputError
from quizdl.text import Text


def open_store(path: Path, ignored: Path) -> Store:
    """ignored: a folder that is no part of it. Raises InputError for what is no folder, ZIP or TAR archive."""
    try:
        if path.is_dir():
            return Folder(path, ignored)
        if not stat.S_ISREG(path.stat().st_mode):
            raise _no_store(path)
        return open_archive(path)
    except (OSError, ValueError) as error:
        raise _no_store(path) from error


def open_archive(packed: Packed, most: int | None = None) -> Store:
    """By its first bytes, whatever it is called. Raises ValueError for what is no archive, OSError.

    most: bytes that may come out of a TAR; by its size, if nothing is said.
    """
    with packed.open("rb") as file:
        head = file.read(2)
        size = file.seek(0, os.SEEK_END)
    return Zip(packed) if head == b"PK" else Tar(packed, most or max(MOST_OF_SMALL, MOST_UNPACKED * size))


def _no_store(path: Path) -> InputError:
    return InputError(
        Text(
            "フォルダー、ZIP、TAR のどれとしても読めません。", "It cannot be read as a folder, a ZIP or a TAR archive."
        ),
        Text("提出物のフォルダーかアーカイブを指定してください: ls", "Give the folder or archive of submissions: ls"),
        str(path),
    )
