"""One job in a fresh process, where there is no warm server: standard input and output carry the conversation."""

from __future__ import annotations

import os
import socket
import sys
import time
from collections.abc import Callable

from quizdl.sandbox.inside import child, library
from quizdl.sandbox.inside.channel import Channel

if sys.platform != "win32":
    from quizdl.sandbox.inside import walls

_INPUT, _OUTPUT, _ERRORS = 0, 1, 2


def serve(folder: str, cpu: str, memory: str, outside: str) -> None:
    """Waits for a job and plays the child's part. What is printed goes to standard error, which is what may be shown.

    cpu: seconds and memory: bytes, as far as this system bounds them. outside: where macOS's sandbox was put around
    this process, a file that it hides.
    """
    readable = library.normal([*library.readable(), folder])
    reading, writing = os.dup(_INPUT), os.dup(_OUTPUT)
    _make_binary(reading, writing)
    _turn_away(_INPUT)
    os.dup2(_ERRORS, _OUTPUT)
    isolation = ["process", "empty-environment", *_limits(float(cpu), int(memory))]
    if outside and is_enclosed(outside):
        isolation.append("sandbox-exec")
    child.run(Channel(reading, writing), isolation, readable, _hide_output)


def is_enclosed(outside: str) -> bool:
    """Whether the system's sandbox refuses to read a file, to reach a port, and to start a process: each is tried."""
    tries: list[Callable[[], object]] = [
        lambda: os.close(os.open(outside, os.O_RDONLY)),
        lambda: socket.create_connection(("127.0.0.1", 9), timeout=1).close(),
        _fork,
    ]
    return all(map(_is_refused, tries))


def _is_refused(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except PermissionError:
        return True
    except OSError:  # nobody listens, or there is no such file: that was asked, and so nothing stood in the way
        return False
    return False


def _fork() -> None:
    if sys.platform == "win32":
        return
    process = os.fork()
    if process == 0:
        os._exit(0)
    os.waitpid(process, 0)


def _limits(cpu: float, memory: int) -> list[str]:
    """The walls of a system that has some but not all of Linux's, as macOS."""
    if sys.platform == "win32":
        return []
    limits = walls.resource_limits(time.process_time() + cpu, memory, walls.mapped_bytes(), None)
    return [walls.limit_resources(limits)]


def _make_binary(*descriptors: int) -> None:
    """Windows would translate line ends."""
    if sys.platform == "win32":
        import msvcrt

        for descriptor in descriptors:
            msvcrt.setmode(descriptor, os.O_BINARY)


def _turn_away(descriptor: int) -> None:
    nowhere = os.open(os.devnull, os.O_RDWR)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


def _hide_output() -> None:
    _turn_away(_OUTPUT)
    _turn_away(_ERRORS)
