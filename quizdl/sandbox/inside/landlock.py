"""Landlock: a process may open the library's files, to read them; all others are closed to it, whoever owns them.

The ruleset is made once by the server and put on by each child. System calls and constants: `linux/landlock.h`.
Versions of the kernel's interface know more and more kinds of access; every kind that a kernel knows is taken away.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
from collections.abc import Iterable

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every processor
_VERSION_ONLY = 1
_PATH_BENEATH = 1
_WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
_FILES_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_NETWORK = 0b11  # bind and connect over TCP, from version 4 on
_SCOPES = 0b11  # abstract sockets and signals leave the process's own domain no more, from version 6 on
_DEVICES = {"/dev/null": READ_FILE | _WRITE_FILE, "/dev/zero": READ_FILE, "/dev/urandom": READ_FILE}


def ruleset(readable: Iterable[tuple[str, int]]) -> int | None:
    """A ruleset's descriptor, or None where the kernel has no Landlock. readable: paths with the access they give."""
    version = _syscall(_CREATE_RULESET, None, 0, _VERSION_ONLY)
    if version < 1:
        return None
    handled = struct.pack(
        "=QQQ",
        _FILES_BY_VERSION[min(version, max(_FILES_BY_VERSION))],
        _NETWORK if version >= 4 else 0,
        _SCOPES if version >= 6 else 0,
    )
    rules = _syscall(_CREATE_RULESET, handled, 8 if version < 4 else 16 if version < 6 else 24, 0)
    if rules < 0:
        return None
    for path, access in (*readable, *_DEVICES.items()):
        with contextlib.suppress(FileNotFoundError):
            _allow(rules, path, access)
    return rules


def _allow(rules: int, path: str, access: int) -> None:
    place = os.open(path, os.O_PATH)
    try:
        is_folder = os.path.isdir(path)  # noqa: PTH112 - pathlib would be imported for this alone
        rule = struct.pack("=Qi", access if is_folder else access & ~READ_DIR, place)
        if _syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0) != 0:
            raise OSError(ctypes.get_errno(), f"landlock rule for {path}")
    finally:
        os.close(place)


def restrict(rules: int | None) -> str | None:
    """Puts the ruleset on this process for good, then tries it. None where it does not hold.

    No new privileges must have been given up before.
    """
    if rules is None or _syscall(_RESTRICT_SELF, rules, 0) != 0:
        return None
    return "landlock" if _holds() else None


def _holds() -> bool:
    """The root folder, which everybody may list, cannot be opened."""
    try:
        os.close(os.open("/", os.O_RDONLY))
    except PermissionError:
        return True
    return False


def _syscall(number: int, *arguments: int | bytes | None) -> int:
    """Whole registers are passed, so that no argument's upper half is left to chance."""
    values = [ctypes.c_long(value) if isinstance(value, int) else value for value in arguments]
    return int(_libc.syscall(ctypes.c_long(number), *values))
