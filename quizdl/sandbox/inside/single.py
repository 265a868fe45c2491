"""One job in a fresh process, where there is no warm server: standard input and output carry the conversation."""

from __future__ import annotations

import contextlib
import os
import sys
import time

from quizdl.sandbox.inside import child, library
from quizdl.sandbox.inside.channel import Channel
from quizdl.sandbox.wire import NONCE_BYTES

if sys.platform != "win32":
    from quizdl.sandbox.inside import walls

_INPUT, _OUTPUT, _ERRORS = 0, 1, 2


def serve(folder: str, cpu: str, memory: str) -> None:
    """Waits for a nonce and plays the child's part. What is printed goes to standard error, which is what may be shown.

    cpu: seconds and memory: bytes, as far as this system bounds them.
    """
    readable = [*library.readable(), folder]
    reading, writing = os.dup(_INPUT), os.dup(_OUTPUT)
    _make_binary(reading, writing)
    _turn_away(_INPUT)
    os.dup2(_ERRORS, _OUTPUT)
    isolation = ["process", "empty-environment", *_limits(float(cpu), int(memory))]
    nonce = os.read(reading, NONCE_BYTES)
    if nonce:
        child.run(Channel(reading, writing, nonce), isolation, readable, _hide_output)


def _limits(cpu: float, memory: int) -> list[str]:
    """The walls of a system that has some but not all of Linux's, as macOS."""
    if sys.platform == "win32":
        return []
    with contextlib.suppress(OSError, ValueError):  # macOS refuses to bound memory
        return [walls.limit_resources(time.process_time() + cpu, memory)]
    return []


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
