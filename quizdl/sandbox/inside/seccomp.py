"""A seccomp filter: the system calls that numerical Python needs, and no other.

What code cannot do by accident (start a program, attach to a process, open a network socket) kills the process, which
the trusted side reports as forbidden. Everything else that is not listed fails with EPERM, and calls newer than those
listed with ENOSYS, as on an older kernel, so that libraries fall back.
"""

from __future__ import annotations

import ctypes
import errno
import functools
import os
import struct
import sys
from collections.abc import Iterable
from dataclasses import dataclass

from quizdl.sandbox.inside import syscalls

_libc = ctypes.CDLL(None, use_errno=True)

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06  # classic BPF
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENTS_AT = 0, 4, 16  # offsets in `struct seccomp_data`
_PR_SET_SECCOMP, _MODE_FILTER = 22, 2
_X32 = 0x40000000
_PLACEHOLDER = 0x5EC0FD1D  # no number of a process, a call or a flag
_AF_UNIX = 1
_CLONE_THREAD = 0x00010000
_CLONE_NAMESPACES = 0x7E020000
_PRCTL_NAMES = (15, 16, 0x53564D41)  # a thread's name, a mapping's name
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # is it a terminal, how wide; how much to read; flags
_FCNTLS = (0, 1, 2, 3, 4, 1030)  # duplicate, flags: not the ones that direct signals or resize pipes


@dataclass(frozen=True, slots=True)
class Machine:
    """A processor as the kernel's audit knows it, and its numbers of system calls by name."""

    audit: int
    numbers: dict[str, int]

    def of(self, names: Iterable[str]) -> list[int]:
        """The numbers of those calls that this processor has."""
        return sorted(self.numbers[name] for name in names if name in self.numbers)


MACHINES = {
    "x86_64": Machine(0xC000003E, syscalls.X86_64),
    "aarch64": Machine(0xC00000B7, syscalls.AARCH64),
}


def filter_calls() -> str | None:
    """Raises the filter around this process for good, then tries it. None where the kernel has no filters.

    No new privileges must have been given up before. Raises NotImplementedError for a processor without a table.
    """
    prepared = prepare()
    prepared.belong_to(os.getpid())
    if _libc.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), prepared.header, 0, 0) != 0:
        return None
    return "seccomp" if _holds() else None


def own_machine() -> Machine:
    """This process's processor. Raises NotImplementedError for one without a table."""
    name = os.uname().machine
    if name not in MACHINES or sys.maxsize < 1 << 32:  # a 32-bit program has other numbers on the same processor
        raise NotImplementedError(f"no table of system calls for {name}, {sys.maxsize.bit_length() + 1} bits")
    return MACHINES[name]


class _Prepared:
    """The filter in memory as the kernel reads it, but for the number of the process that it is for."""

    def __init__(self) -> None:
        code = program(own_machine(), _PLACEHOLDER)
        mark = struct.pack("=I", _PLACEHOLDER)
        self._places = [place for place in range(4, len(code), 8) if code[place : place + 4] == mark]
        self._instructions = ctypes.create_string_buffer(code, len(code))
        self.header = struct.pack("@HP", len(code) // 8, ctypes.addressof(self._instructions))

    def code(self) -> bytes:
        return self._instructions.raw

    def belong_to(self, process: int) -> None:
        for place in self._places:
            struct.pack_into("=I", self._instructions, place, process)


@functools.cache
def prepare() -> _Prepared:
    """Builds the filter once, for every process that is forked later. Raises NotImplementedError."""
    return _Prepared()


def _holds() -> bool:
    """A local socket is refused, which no system refuses by itself."""
    descriptor: int = _libc.socket(_AF_UNIX, 1, 0)
    if descriptor >= 0:
        os.close(descriptor)
    return descriptor < 0 and ctypes.get_errno() == errno.EACCES


def program(machine: Machine, process: int) -> bytes:
    """The filter as instructions for the kernel. process: the only one that may be signalled."""
    return b"".join(
        [
            _instruction(_LOAD, _ARCHITECTURE_AT),
            _instruction(_EQUAL, machine.audit, 1, 0),
            _instruction(_RETURN, _KILL),
            _instruction(_LOAD, _NUMBER_AT),
            _tree(_ranges(machine, process)),
        ]
    )


def _ranges(machine: Machine, process: int) -> list[tuple[int, bytes]]:
    """The first number of each range of calls that are judged alike, and the judgement, which returns."""
    bodies = dict.fromkeys(machine.of(syscalls.ALLOWED), _instruction(_RETURN, _ALLOW))
    bodies |= dict.fromkeys(machine.of(syscalls.FATAL), _instruction(_RETURN, _KILL))
    bodies |= {machine.numbers[name]: body for name, body in _judgements(process).items()}
    refused = _instruction(_RETURN, _ERRNO | errno.EPERM)
    each = [bodies.get(number, refused) for number in range(max(machine.numbers.values()) + 1)]
    starts = [(number, body) for number, body in enumerate(each) if number == 0 or body != each[number - 1]]
    beyond = (len(each), _instruction(_RETURN, _ERRNO | errno.ENOSYS))
    return [*starts, beyond, (_X32, _instruction(_RETURN, _KILL))]  # the third set of numbers on x86-64


def _tree(ranges: list[tuple[int, bytes]]) -> bytes:
    """A search by halves: the kernel tries the filter on every number there is when it is put on."""
    if len(ranges) == 1:
        return ranges[0][1]
    middle = len(ranges) // 2
    below = _tree(ranges[:middle])
    return _instruction(_AT_LEAST, ranges[middle][0], len(below) // 8, 0) + below + _tree(ranges[middle:])


def _judgements(process: int) -> dict[str, bytes]:
    """What becomes of the calls that depend on their arguments."""
    refused = _ERRNO | errno.EPERM
    return {
        "clone": _argument(0)
        + _instruction(_ANY_BIT, _CLONE_NAMESPACES, 1, 0)
        + _instruction(_ANY_BIT, _CLONE_THREAD, 1, 0)
        + _returns(_KILL, _ALLOW),
        "clone3": _instruction(_RETURN, _ERRNO | errno.ENOSYS),  # its flags lie in memory; libraries fall back to clone
        "kill": _one_of(0, [process], _KILL),
        "tgkill": _one_of(0, [process], _KILL),
        "socket": _argument(0) + _instruction(_EQUAL, _AF_UNIX, 0, 1) + _returns(_ERRNO | errno.EACCES, _KILL),
        "socketpair": _one_of(0, [_AF_UNIX], refused),
        "sendto": _zero(4, _KILL) + _instruction(_RETURN, _ALLOW),  # to its own other end, with no address
        "prlimit64": _zero(2, _KILL) + _one_of(0, [0, process], _KILL),  # to read a limit, of its own
        "prctl": _one_of(0, _PRCTL_NAMES, refused),
        "ioctl": _one_of(1, _IOCTLS, _ERRNO | errno.ENOTTY),
        "fcntl": _one_of(1, _FCNTLS, refused),
    }


def _instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)


def _argument(index: int, half: int = 0) -> bytes:
    """Loads the low or high 32 bits of an argument (both processors are little-endian)."""
    return _instruction(_LOAD, _ARGUMENTS_AT + 8 * index + 4 * half)


def _returns(if_true: int, if_false: int) -> bytes:
    return _instruction(_RETURN, if_true) + _instruction(_RETURN, if_false)


def _one_of(index: int, values: Iterable[int], otherwise: int) -> bytes:
    allowed = b"".join(_instruction(_EQUAL, value, 0, 1) + _instruction(_RETURN, _ALLOW) for value in values)
    return _argument(index) + allowed + _instruction(_RETURN, otherwise)


def _zero(index: int, otherwise: int) -> bytes:
    """Goes on only if all 64 bits of the argument are zero."""
    return b"".join(
        _argument(index, half) + _instruction(_EQUAL, 0, 1, 0) + _instruction(_RETURN, otherwise) for half in (0, 1)
    )
