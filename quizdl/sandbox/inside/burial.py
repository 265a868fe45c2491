"""Ends a child with everything it started, and says how it ended. Run by the server after the child's own end."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from typing import Any

_PATIENCE = 5.0


def bury(process: int, user: int | None) -> dict[str, Any]:
    """Kills the process, its group and its orphans, and reaps them all.

    user: the user that the child changed to, None where it kept the server's. The server has no other children.
    """
    for kill in (os.kill, os.killpg):  # the process may not have got as far as to lead a group
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(process, signal.SIGKILL)
    _, status, usage = os.wait4(process, 0)
    _hunt_orphans(user)
    code = os.waitstatus_to_exitcode(status)
    return {
        "exit_code": code if code >= 0 else None,
        "signal": -code if code < 0 else None,
        "cpu": usage.ru_utime + usage.ru_stime,
    }


def _hunt_orphans(user: int | None) -> None:
    """Until no child is left: orphans become the server's children, and each round may set free some more."""
    deadline = time.monotonic() + _PATIENCE
    while not _all_reaped():
        for orphan in _children():
            with contextlib.suppress(ProcessLookupError):
                os.kill(orphan, signal.SIGKILL)
        if user is not None:
            _kill_all_of(user)
        if time.monotonic() > deadline:
            os._exit(1)  # better no server than one beside a process that cannot be caught
        time.sleep(0.001)


def _all_reaped() -> bool:
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return True
    return False


def _children() -> Iterator[int]:
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
