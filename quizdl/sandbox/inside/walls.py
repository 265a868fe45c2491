"""Takes away from the calling process what a learner's function never needs. One way only; each wall gives its name.

Resource limits bound one process; the unprivileged user (where the server runs as root) keeps the files and processes
of everybody else out of reach. Nothing here fails quietly: a wall that cannot be raised is not named, or stops the job.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import resource
import signal
import struct
import sys
from typing import TypeAlias

NOBODY = 65534
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
_CAPABILITIES_OF_THIS_PROCESS = struct.pack("=Ii", 0x20080522, 0)  # version 3 of the interface
_NO_CAPABILITIES = bytes(24)
_OWN_TASKS, _FURTHER_TASKS = 64, 512
_COUNTS_BY_NAMESPACE = (5, 14)  # the version of the kernel from which on tasks are counted in each user namespace
_DESCRIPTORS = 64
_UNKNOWN_BASE = 1 << 30

ResourceLimits: TypeAlias = tuple[tuple[int, tuple[int, int]], ...]
"""Kinds of limits, each with a soft and a hard bound."""

_libc = ctypes.CDLL(None, use_errno=True)
_WORDS = {value: ctypes.c_ulong(value) for value in (0, 1)}  # made once: a child that makes its own pays for the pages


def resource_limits(cpu: float, memory: int, mapped: int, tasks: int | None) -> ResourceLimits:
    """What bounds processor time, memory beyond what is mapped already, files, descriptors and core dumps.

    Never above what this process has, whose children they are put on. macOS bounds no memory. cpu: seconds, rounded up;
    a process that blocks SIGXCPU is killed one second later. memory, mapped: bytes. tasks: threads and processes of the
    user in all, if they are to be bounded.
    """
    seconds = math.ceil(cpu)
    wanted = {
        resource.RLIMIT_CPU: (seconds, seconds + 1),
        **({} if sys.platform == "darwin" else {resource.RLIMIT_AS: (mapped + memory, mapped + memory)}),
        resource.RLIMIT_FSIZE: (0, 0),
        resource.RLIMIT_CORE: (0, 0),
        resource.RLIMIT_MEMLOCK: (0, 0),
        resource.RLIMIT_NOFILE: (_DESCRIPTORS, _DESCRIPTORS),
        **({} if tasks is None else {resource.RLIMIT_NPROC: (tasks, tasks)}),
    }
    return tuple((kind, _no_higher(kind, soft, hard)) for kind, (soft, hard) in wanted.items())


def limit_resources(limits: ResourceLimits) -> str:
    """Puts them on the calling process."""
    for kind, bounds in limits:
        resource.setrlimit(kind, bounds)
    return "rlimits"


def _no_higher(kind: int, soft: int, hard: int) -> tuple[int, int]:
    _, most = resource.getrlimit(kind)
    return (soft, hard) if most == resource.RLIM_INFINITY else (min(soft, most), min(hard, most))


def tasks_allowed(*, own_user: bool, own_namespace: bool) -> int:
    """How many threads and processes a child's user may have.

    The kernel counts by user: nobody else's where a child has a user or a user namespace of its own, but else all that
    the grader's user runs, and then there must be room for what he starts meanwhile.
    """
    if own_user or (own_namespace and _kernel() >= _COUNTS_BY_NAMESPACE):
        return _OWN_TASKS
    return _tasks_of(os.getuid()) + _FURTHER_TASKS


def _kernel() -> tuple[int, int]:
    major, minor = os.uname().release.split(".")[:2]
    return int(major), int("".join(filter(str.isdigit, minor)))


def _tasks_of(user: int) -> int:
    count = 0
    for process in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - pathlib would be imported for this alone
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{process}").st_uid == user:  # noqa: PTH116
                count += len(os.listdir(f"/proc/{process}/task"))  # noqa: PTH208
    return count


def mapped_bytes() -> int:
    """What this process has mapped, NumPy above all; a child begins with as much."""
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - pathlib would be imported for this alone
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return _UNKNOWN_BASE


def can_become(user: int) -> bool:
    """Whether root may change to a user: not without capabilities, nor where no user but root is known."""
    try:
        os.seteuid(user)
    except OSError:
        return False
    os.seteuid(0)
    return True


def drop_user(user: int | None) -> str | None:
    """Becomes `user` for good, with no group. None where the system refuses."""
    if user is None:
        return None
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(user, user, user)
    except OSError:
        return None
    return "uid-drop"


def give_up_privileges() -> str:
    """No program gives rights back, no process of the same user may look inside, death comes with the server.

    Whoever is root and could not become another user keeps no right of root's either.
    """
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    _drop_capabilities()
    _prctl(_PR_SET_DUMPABLE, 0)
    die_with_parent(signal.SIGKILL)
    return "no-new-privs"


def die_with_parent(notice: signal.Signals) -> None:
    """The signal comes when the thread that started this process ends. Lost whenever the user changes."""
    _prctl(_PR_SET_PDEATHSIG, notice)


def adopt_orphans() -> None:
    """Grandchildren whose parent ended become children of this process, which can find and end them."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)


def hide_memory() -> None:
    """No process of the same user may attach to this one."""
    _prctl(_PR_SET_DUMPABLE, 0)


def _drop_capabilities() -> None:
    """All of the calling process's, by `capset`; to have none needs none."""
    if sys.platform == "linux" and _libc.capset(_CAPABILITIES_OF_THIS_PROCESS, _NO_CAPABILITIES) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux" and _libc.prctl(option, _WORDS.get(value) or ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")
