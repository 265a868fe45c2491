"""Attempts on the walls, one a process, before any learner's code: what doctor reports is what came of them.

Each reaches for something that the trusted side has put within reach of everybody. They are system calls like those of
hostile code, with Python's own witness not yet watching.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Mapping
from typing import Any


def make(name: str, target: str) -> dict[str, Any]:
    """Whether the wall held, and how: the error that was met. A process that is killed instead says nothing."""
    try:
        _ATTEMPTS[name](target)
    except LookupError:
        return {"held": True, "how": ""}
    except (OSError, MemoryError) as error:
        return {"held": True, "how": _name(error)}
    return {"held": False, "how": ""}


def _name(error: Exception) -> str:
    import errno

    return errno.errorcode.get(getattr(error, "errno", None) or 0, type(error).__name__)


def _read(path: str) -> None:
    os.close(os.open(path, os.O_RDONLY))


def _write(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def _find(path: str) -> None:
    os.stat(path)  # noqa: PTH116 - pathlib would be imported for this alone


def _connect(port: str) -> None:
    socket.create_connection(("127.0.0.1", int(port)), timeout=2).close()


def _fork(_: str) -> None:
    if sys.platform != "win32" and os.fork() == 0:
        os._exit(0)


def _execute(program: str) -> None:
    os.execv(program, [program])  # noqa: S606 - if it works, this process is gone without a word


def _signal(process: str) -> None:
    os.kill(int(process), 0)


def _unlimit(process: str) -> None:
    if sys.platform == "linux":
        import resource

        resource.prlimit(int(process), resource.RLIMIT_CPU)


def _allocate(size: str) -> None:
    bytearray(int(size))


def _spin(_: str) -> None:
    while True:
        pass


def _ask_environment(variable: str) -> None:
    if variable not in os.environ:
        raise LookupError


_ATTEMPTS: Mapping[str, Callable[[str], None]] = {
    "read": _read,
    "write": _write,
    "find": _find,
    "connect": _connect,
    "fork": _fork,
    "execute": _execute,
    "signal": _signal,
    "unlimit": _unlimit,
    "allocate": _allocate,
    "spin": _spin,
    "environment": _ask_environment,
}
