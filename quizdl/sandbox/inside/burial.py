"""Ends a child with everything it started, and says how it ended. Run by the server after the child's own end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Collection, Iterator
from typing import Any

_PATIENCE = 5.0


def bury(process: int, user: int | None, spared: Collection[int] = ()) -> dict[str, Any]:
    """Kills the process, its group and its orphans, and reaps them all.

    user: the user that the child changed to, None where it kept the server's. spared: the server's other children.
    """
    for kill in (os.kill, os.killpg):  # the process may not have got as far as to lead a group
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(process, signal.SIGKILL)
    _, status, usage = os.wait4(process, 0)
    _hunt_orphans(user, spared)
    code = os.waitstatus_to_exitcode(status)
    return {
        "exit_code": code if code >= 0 else None,
        "signal": -code if code < 0 else None,
        "cpu": usage.ru_utime + usage.ru_stime,
    }


def _hunt_orphans(user: int | None, spared: Collection[int]) -> None:
    """Until none is left: orphans become the server's children, and each round may set free some more."""
    deadline = time.monotonic() + _PATIENCE
    while orphans := [child for child in _children() if child not in spared]:
        for orphan in orphans:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(orphan, signal.SIGKILL)
            os.waitpid(orphan, os.WNOHANG)
        if user is not None:
            _kill_all_of(user)
        if time.monotonic() > deadline:
            os._exit(1)  # better no server than one beside a process that cannot be caught
        time.sleep(0.001)


def _children() -> list[int]:
    """The server's children, dead ones too. Not every kernel lists them."""
    try:
        children = os.open(f"/proc/self/task/{os.getpid()}/children", os.O_RDONLY)
    except OSError:
        return list(_children_among_all())
    try:
        return [int(number) for number in os.read(children, 1 << 16).split()]
    finally:
        os.close(children)


def _children_among_all() -> Iterator[int]:
    parent = str(os.getpid()).encode()
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:  # noqa: PTH123
            if stat.read().rpartition(b")")[2].split()[1] == parent:
                yield int(name)


def _kill_all_of(user: int) -> None:
    """One signal to every process of the user at once: a chain of forks cannot outrun it."""
    helper = os.fork()
    if helper == 0:
        with contextlib.suppress(OSError):
            os.setresuid(user, user, user)
            os.kill(-1, signal.SIGKILL)
        os._exit(0)
    os.waitpid(helper, 0)
