"""Reads a submitted file: a regular file, never through a link, and never more than the limit."""

from __future__ import annotations

import os
import stat
import sys

from quizdl.errors import InputError
from quizdl.text import Text, same

LIMIT_BYTES = 64 * 1024


def read_submission(path: str) -> bytes:
    """The file's bytes, at most one more than the limit (so that the grader sees that it is too large).

    `-` reads standard input. Raises InputError where the path is missing, or is no regular file.
    """
    if path == "-":
        return sys.stdin.buffer.read(LIMIT_BYTES + 1)
    try:
        # without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _unreadable(path, "not a regular file")
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(LIMIT_BYTES + 1)
    finally:
        os.close(descriptor)


def _unreadable(path: str, reason: str) -> InputError:
    return InputError(
        Text(
            f"通常のファイルとして読めません({reason})。Python ファイルのパスを指定してください。",
            f"It cannot be read as a regular file ({reason}). Give the path of a Python file.",
        ),
        same("quizdl submit ID FILE.py"),
        path,
    )
