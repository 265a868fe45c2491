"""The filter for both processors, run instruction by instruction: what each system call comes to."""

from __future__ import annotations

import errno
import os
import struct
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.errors import GraderError
from quizdl.sandbox import choice
from quizdl.sandbox.inside import seccomp, syscalls

ALLOW, KILL = 0x7FFF0000, 0x80000000
OWN = 4321
PROGRAMS = {name: seccomp.program(machine, OWN) for name, machine in seccomp.MACHINES.items()}
MACHINES = pytest.mark.parametrize("machine", PROGRAMS)


def refused(error: int) -> int:
    return 0x00050000 | error


def judge(program: bytes, number: int, audit: int, arguments: tuple[int, ...] = ()) -> int:
    """What the kernel would return: classic BPF on `struct seccomp_data`, as in `kernel/seccomp.c`."""
    padded = [value & (1 << 64) - 1 for value in (*arguments, 0, 0, 0, 0, 0, 0)[:6]]
    data = struct.pack("=IIQ6Q", number, audit, 0, *padded)
    accumulator, place, steps = 0, 0, 0
    while True:
        code, if_true, if_false, value = struct.unpack_from("=HBBI", program, 8 * place)
        place, steps = place + 1, steps + 1
        if code == 0x06:
            return int(value)
        if code == 0x20:
            (accumulator,) = struct.unpack_from("=I", data, value)
            continue
        held = {0x15: accumulator == value, 0x35: accumulator >= value, 0x45: bool(accumulator & value)}[code]
        place += if_true if held else if_false
        assert steps < 64  # the kernel bounds nothing, but each call of a job goes this way


def of(machine: str, name: str, *arguments: int) -> int:
    found = seccomp.MACHINES[machine]
    return judge(PROGRAMS[machine], found.numbers[name], found.audit, arguments)


@MACHINES
def test_every_number_is_judged_as_its_name_says(machine: str) -> None:
    """Allowed, fatal, or refused with an errno; beyond the table the call does not exist."""
    found = seccomp.MACHINES[machine]
    names = {number: name for name, number in found.numbers.items()}
    judged = {"clone", "clone3", "kill", "tgkill", "socket", "socketpair", "sendto", "prlimit64", "prctl", "ioctl"}
    for number in range(max(names) + 200):
        name = names.get(number)
        verdict = judge(PROGRAMS[machine], number, found.audit)
        if name in syscalls.ALLOWED:
            assert verdict == ALLOW, name
        elif name in syscalls.FATAL:
            assert verdict == KILL, name
        elif name is None:
            assert verdict == refused(errno.EPERM if number <= max(names) else errno.ENOSYS), number
        else:
            assert name in {*judged, "fcntl"}


@MACHINES
def test_calls_of_another_architecture_are_fatal(machine: str) -> None:
    """`int 0x80`, the x32 numbers and the other processor's: the same number means another call there."""
    found = seccomp.MACHINES[machine]
    for audit in (0x40000003, 0xC000003E, 0xC00000B7, 0x40000028, 0):
        if audit != found.audit:
            assert {judge(PROGRAMS[machine], number, audit) for number in range(500)} == {KILL}
    assert {judge(PROGRAMS[machine], 0x40000000 + number, found.audit) for number in range(600)} == {KILL}
    assert judge(PROGRAMS[machine], 0xFFFFFFFF, found.audit) == KILL


@MACHINES
def test_arguments_decide_where_a_call_has_a_good_and_a_bad_use(machine: str) -> None:
    """Threads but no processes, signals to oneself, limits read and not set, local pairs and no other socket."""
    thread, process = 0x3D0F00, 0x1200011
    assert of(machine, "clone", thread) == ALLOW
    assert of(machine, "clone", process) == KILL
    for namespace in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert of(machine, "clone", namespace) == KILL
        assert of(machine, "clone", thread | namespace) == KILL
    assert of(machine, "clone3", 0, 88) == refused(errno.ENOSYS)
    for call in ("kill", "tgkill"):
        assert of(machine, call, OWN, OWN, 0) == ALLOW
        for other in (0, 1, OWN + 1, -1, -OWN, 1 << 32):
            assert of(machine, call, other, OWN, 0) == KILL
    assert of(machine, "prlimit64", 0, 0, 0, 0x7FFF0000) == ALLOW
    assert of(machine, "prlimit64", OWN, 0, 0, 0x7FFF0000) == ALLOW
    assert of(machine, "prlimit64", OWN + 1, 0, 0, 0x7FFF0000) == KILL
    for new in (1, 1 << 40):
        assert of(machine, "prlimit64", 0, 0, new, 0) == KILL
    assert of(machine, "socket", 1, 1, 0) == refused(errno.EACCES)
    for family in (2, 10, 16, 17, 40):
        assert of(machine, "socket", family, 1, 0) == KILL
    assert of(machine, "socketpair", 1, 1, 0) == ALLOW
    assert of(machine, "socketpair", 2, 1, 0) == refused(errno.EPERM)
    assert of(machine, "sendto", 5, 0, 1, 0, 0, 0) == ALLOW
    for address in (1, 1 << 40):
        assert of(machine, "sendto", 5, 0, 1, 0, address, 16) == KILL


@MACHINES
def test_settings_are_out_of_reach(machine: str) -> None:
    """Names may be set; who may attach, dump, trace or be signalled may not; no keys into the terminal."""
    assert of(machine, "prctl", 15) == ALLOW
    for option in (1, 4, 22, 23, 24, 36, 38, 47, 59):
        assert of(machine, "prctl", option, 1) == refused(errno.EPERM)
    assert of(machine, "ioctl", 0, 0x5401) == ALLOW
    for request in (0x5412, 0x5410, 0x541C, 0x40086602):
        assert of(machine, "ioctl", 0, request) == refused(errno.ENOTTY)
    assert of(machine, "fcntl", 0, 1030, 3) == ALLOW
    for command in (5, 6, 7, 8, 10, 15, 1024, 1031, 1033):
        assert of(machine, "fcntl", 0, command, 1) == refused(errno.EPERM)


@MACHINES
@settings(deadline=None, max_examples=300)
@given(
    number=st.integers(0, 1 << 32) | st.integers(0, 500),
    audit=st.sampled_from([0xC000003E, 0xC00000B7, 0x40000003]),
    arguments=st.tuples(*[st.integers(0, (1 << 64) - 1) | st.integers(0, 9)] * 6),
)
def test_no_call_falls_off_the_end(machine: str, number: int, audit: int, arguments: tuple[int, ...]) -> None:
    """Every way through the filter ends in a verdict, within a few dozen steps."""
    verdict = judge(PROGRAMS[machine], number & 0xFFFFFFFF, audit, arguments)
    assert verdict in (ALLOW, KILL) or verdict & 0xFFFF0000 == 0x00050000


def test_the_number_of_the_process_is_put_in_at_the_end() -> None:
    """The filter is built once, and is then the one that would have been built for the child."""
    prepared = seccomp.prepare()
    prepared.belong_to(OWN)
    assert prepared.code() == seccomp.program(seccomp.own_machine(), OWN)
    prepared.belong_to(OWN + 1)
    assert prepared.code() == seccomp.program(seccomp.own_machine(), OWN + 1)


@pytest.mark.parametrize("name", ["riscv64", "ppc64le", "armv7l", "i686", "s390x"])
def test_other_processors_are_refused_aloud(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Inside by an exception that stops the child, outside by a sentence; nothing runs without its filter."""
    system = os.uname()
    monkeypatch.setattr(os, "uname", lambda: type(system)((*system[:4], name)))
    with pytest.raises(NotImplementedError, match=name):
        seccomp.own_machine()
    for most in ("L2", "L3"):
        with pytest.raises(GraderError) as refusal:
            choice.new_worker(choice.Limits(), most)  # type: ignore[arg-type]
        assert name in refusal.value.message.ja
        assert name in refusal.value.message.en
        assert refusal.value.hint is not None
        assert "QUIZDL_SANDBOX=L0" in refusal.value.hint.en


def test_the_trusted_side_knows_the_same_processors() -> None:
    """It refuses before a process is started, and must not refuse less."""
    assert set(choice.PROCESSORS) == set(seccomp.MACHINES)


@pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")
def test_a_real_child_is_killed_by_the_real_filter() -> None:
    """The kernel agrees with the interpreter above: a fork ends the process with SIGSYS."""
    script = (
        "import ctypes\nfrom quizdl.sandbox.inside import seccomp, walls\n"
        "walls.give_up_privileges()\nassert seccomp.filter_calls() == 'seccomp'\nctypes.CDLL(None).fork()\n"
    )
    assert subprocess.run([sys.executable, "-c", script], timeout=30, check=False).returncode == -31
