"""Takes away from the calling process what a learner's function never needs. One way only; each wall gives its name.

Resource limits bound one process; the unprivileged user (where the server runs as root) keeps the files and processes
of everybody else out of reach. Nothing here fails quietly: a wall that cannot be raised is not named, or stops the job.
"""

from __future__ import annotations

import ctypes
import math
import os
import pwd
import resource
import signal
import sys

NOBODY = 65534
_FREE_USERS = range(61184, 65520)  # what systemd hands out to services that need no account of their own
_PR_SET_PDEATHSIG, _PR_SET_DUMPABLE, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 4, 36, 38
_PROCESSES = 64
_DESCRIPTORS = 64
_UNKNOWN_BASE = 1 << 30

_libc = ctypes.CDLL(None, use_errno=True)


def unprivileged_user(seed: int) -> int | None:
    """A user id that owns nothing and that no account has; None where the caller is not root and cannot change to it.

    Each server takes its own, so that the children of two servers cannot signal one another and are counted apart.
    """
    if os.geteuid() != 0:
        return None
    for step in range(100):
        candidate = _FREE_USERS[(seed + step) % len(_FREE_USERS)]
        if not _has_account(candidate):
            return candidate
    return NOBODY


def _has_account(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True


def limit_resources(cpu: float, memory: int) -> str:
    """Bounds processor time, memory beyond what NumPy has already mapped, files, descriptors and core dumps.

    cpu: seconds, rounded up; a process that blocks SIGXCPU is killed one second later. memory: bytes.
    """
    seconds = math.ceil(cpu)
    space = _mapped_bytes() + memory
    _limit(resource.RLIMIT_CPU, seconds, seconds + 1)
    _limit(resource.RLIMIT_AS, space, space)
    for kind, most in (
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_NOFILE, _DESCRIPTORS),
    ):
        _limit(kind, most, most)
    return "rlimits"


def _limit(kind: int, soft: int, hard: int) -> None:
    """Lowers a limit, never above what the process has."""
    _, most = resource.getrlimit(kind)
    if most != resource.RLIM_INFINITY:
        soft, hard = min(soft, most), min(hard, most)
    resource.setrlimit(kind, (soft, hard))


def _mapped_bytes() -> int:
    try:
        with open("/proc/self/statm", "rb") as statm:  # noqa: PTH123 - pathlib would be imported for this alone
            return int(statm.read().split()[0]) * resource.getpagesize()
    except OSError:
        return _UNKNOWN_BASE


def drop_user(user: int | None) -> str | None:
    """Becomes `user` for good, with no group and a bound on processes. None where the system refuses."""
    if user is None:
        return None
    try:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        _limit(resource.RLIMIT_NPROC, _PROCESSES, _PROCESSES)  # counted by user, so safe only with a user of its own
        os.setresuid(user, user, user)
    except OSError:
        return None
    return "uid-drop"


def give_up_privileges() -> str:
    """No program gives rights back, no process of the same user may look inside, death comes with the server."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
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


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux" and _libc.prctl(option, ctypes.c_ulong(value), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")
