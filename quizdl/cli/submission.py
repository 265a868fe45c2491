"""Reads a submitted file: a regular file, never through a link, and never more than the limit."""

from __future__ import annotations

import errno
import os
import stat
import sys

from quizdl.errors import InputError
from quizdl.model import Answer, Asked, Code
from quizdl.text import Text


def typed_answer(asked: Asked, text: str) -> Answer:
    """What was typed as an `Answer`; `@path` hands in a file for a code question."""
    if isinstance(asked.question, Code) and text.startswith("@"):
        return Answer(source=read_submission(text[1:]))
    return Answer(text=text)


def read_submission(path: str) -> bytes:
    """The file's bytes, at most one more than the limit (so that the grader sees that it is too large).

    `-` reads standard input. Raises InputError where the path is missing, or is no regular file.
    """
    from quizdl.sandbox import Limits

    limit = Limits().source
    return sys.stdin.buffer.read(limit + 1) if path == "-" else read_regular(path, limit)


def read_regular(path: str, limit: int) -> bytes:
    """At most `limit` + 1 bytes of a regular file. Raises InputError for anything else; a link is not followed."""
    try:
        # without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError) as error:
        raise _unreadable(path, _REASONS.get(getattr(error, "errno", None), _OTHER)) from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise _unreadable(path, Text("フォルダーや装置です", "a directory or a device"))
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            return file.read(limit + 1)
    finally:
        os.close(descriptor)


_REASONS: dict[int | None, Text] = {
    errno.ENOENT: Text("ファイルがありません", "there is none"),
    errno.ELOOP: Text("シンボリックリンクはたどりません", "a symbolic link is not followed"),
    errno.EACCES: Text("読む権限がありません", "permission denied"),
    errno.ENOTDIR: Text("途中にフォルダーでないものがあります", "a part of the path is no folder"),
}
_OTHER = Text("開けません", "it cannot be opened")


def _unreadable(path: str, reason: Text) -> InputError:
    return InputError(
        Text(
            f"通常のファイルとして読めません({reason.ja})。",
            f"It cannot be read as a regular file ({reason.en}).",
        ),
        Text("ファイルのパスを確かめてください: ls", "Check the path: ls"),
        path,
    )
