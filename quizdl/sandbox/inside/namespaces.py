"""Tries, from inside, whether bubblewrap has really put the server into namespaces of its own.

The trusted side names a file, a local socket and a process of its own; a server that reaches one of them is not
isolated, whatever bubblewrap's exit code or version say.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping


def held(outside: Mapping[str, str]) -> dict[str, bool]:
    """Which walls hold.

    outside: `files`, a path; `network`, the name of an abstract socket; `processes`, a number and its namespace.
    """
    tries: dict[str, Callable[[str], bool]] = {
        "files": _is_hidden,
        "network": _is_cut_off,
        "processes": _is_out_of_reach,
    }
    return {name: holds(outside[name]) for name, holds in tries.items()}


def _is_hidden(path: str) -> bool:
    try:
        os.stat(path)  # noqa: PTH116 - pathlib would be imported for this alone
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return False


def _is_cut_off(name: str) -> bool:
    """Abstract sockets belong to a network namespace, as ports do; the trusted side listens on this one."""
    with socket.socket(socket.AF_UNIX) as client:
        try:
            client.connect(f"\0{name}")
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return False


def _is_out_of_reach(process: str) -> bool:
    """The trusted side's number means nothing here, or somebody else: the first process, or this one."""
    number, _, namespace = process.partition(" ")
    own = {"1", str(os.getpid())}
    if os.readlink("/proc/self/ns/pid") == namespace or (number not in own and _exists(int(number))):  # noqa: PTH115
        return False
    return {name for name in os.listdir("/proc") if name.isdigit()} <= own  # noqa: PTH208


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
