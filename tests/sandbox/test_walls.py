"""The kernel's walls, tried from inside with native calls that no Python hook sees."""

from __future__ import annotations

import json
import platform
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from quizdl.sandbox.inside import syscalls

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in ("x86_64", "aarch64"), reason="walls of Linux's kernel"
)

SCRIPT = """
import ctypes, json, os, socket, sys, threading, time
from quizdl.sandbox.inside import landlock, library, seccomp, walls
folder, attempt = sys.argv[1:]
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
libc_number = lambda name: seccomp.own_machine().numbers[name]
walls.give_up_privileges()
rights = [(part, landlock.READ_DIR | landlock.READ_FILE) for part in library.parts(folder + "/lib")]
raised = [landlock.restrict(landlock.ruleset(rights)), seccomp.filter_calls()]
ctypes.set_errno(0)
got = eval(attempt)
print(json.dumps([raised, got, ctypes.get_errno()]))
"""


def attempt(folder: Path, code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder), code],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
        encoding="utf-8",
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library beside other packages and a secret; everybody may write everywhere in it."""
    root = tmp_path_factory.mktemp("machine")
    for name in ("lib/module.py", "lib/package/module.py", "lib/site-packages/bank/solution.py", "secret.txt"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x", encoding="utf-8")
        (root / name).chmod(0o666)
    return root


@pytest.fixture(scope="module", autouse=True)
def _walls_exist(folder: Path) -> None:
    done = attempt(folder, "0")
    if done.returncode != 0 or None in json.loads(done.stdout)[0]:
        pytest.skip("this kernel has no Landlock or no seccomp")


FATAL = {
    "fork": "libc.fork()",
    "exec": "libc.execv(b'/bin/true', None)",
    "system": "libc.system(b'true')",
    "tcp": "libc.socket(2, 1, 0)",
    "udp": "libc.socket(2, 2, 0)",
    "packets": "libc.socket(17, 3, 0)",
    "kill": "libc.kill(os.getppid(), 0)",
    "kill_group": "libc.kill(0, 0)",
    "ptrace": "libc.ptrace(16, os.getppid(), 0, 0)",
    "vmread": "libc.process_vm_readv(os.getppid(), None, 0, None, 0, 0)",
    "limits": "libc.prlimit(os.getppid(), 0, ctypes.create_string_buffer(16), None)",
    "io_uring": "libc.syscall(425, 8, ctypes.create_string_buffer(200))",
    "pidfd": "libc.syscall(434, os.getppid(), 0)",
    "chroot": "libc.chroot(b'/')",
    "namespaces": "libc.unshare(0x10000000)",
    "mount": "libc.mount(None, b'/', None, 0, None)",
    "rename": "libc.rename(os.fsencode(folder) + b'/secret.txt', os.fsencode(folder) + b'/x')",
    "remove": "libc.unlink(os.fsencode(folder) + b'/secret.txt')",
    "chmod": "libc.chmod(os.fsencode(folder) + b'/secret.txt', 0o777)",
    "times": "libc.utimes(os.fsencode(folder) + b'/secret.txt', None)",
    "folder": "libc.mkdir(os.fsencode(folder) + b'/new', 0o700)",
    "link": "libc.symlink(b'/etc/passwd', os.fsencode(folder) + b'/new')",
    "truncate": "libc.truncate(os.fsencode(folder) + b'/secret.txt', 0)",
    "shared_memory": "libc.shmget(0, 4096, 0o1600)",
    "memory_file": "libc.memfd_create(b'x', 0)",
    "change_folder": "libc.chdir(b'/')",
    "become_root": "libc.setuid(0)",
    "clock": "libc.clock_settime(0, ctypes.create_string_buffer(16))",
    "personality": "libc.personality(0x0040000)",
    "keyring": "libc.syscall(libc_number('keyctl'), 0, -3, 0)",
    "session": "libc.setsid()",
}


@pytest.mark.parametrize("code", FATAL.values(), ids=FATAL.keys())
def test_calls_that_nobody_makes_by_accident_kill_the_process(folder: Path, code: str) -> None:
    """The kernel's own signal says so, whatever the code would have made of an error."""
    assert attempt(folder, code).returncode == -signal.SIGSYS


REFUSED = {
    "read_secret": "libc.open(os.fsencode(folder) + b'/secret.txt', os.O_RDONLY)",
    "read_passwd": "libc.open(b'/etc/passwd', os.O_RDONLY)",
    "read_solution": "libc.open(os.fsencode(folder) + b'/lib/site-packages/bank/solution.py', os.O_RDONLY)",
    "write_library": "libc.open(os.fsencode(folder) + b'/lib/module.py', os.O_WRONLY)",
    "create": "libc.open(os.fsencode(folder) + b'/new', os.O_CREAT | os.O_WRONLY, 0o600)",
    "create_in_tmp": "libc.open(b'/tmp/quizdl-new', os.O_CREAT | os.O_WRONLY, 0o600)",
    "list_root": "libc.open(b'/', os.O_RDONLY)",
    "parent_memory": "libc.open(f'/proc/{os.getppid()}/mem'.encode(), os.O_RDONLY)",
    "local_socket": "libc.socket(1, 1, 0)",
    "undo_dumpable": "libc.prctl(4, 1, 0, 0, 0)",
    "new_call": "libc.syscall(460, 0, 0, 0)",
    "splice": "libc.splice(0, None, 1, None, 1, 0)",
    "timer": "libc.timer_create(0, None, ctypes.create_string_buffer(8))",
    "niceness": "libc.setpriority(0, 0, -5)",
    "lock_memory": "libc.mlockall(1)",
    "list_processes": "libc.open(b'/proc', os.O_RDONLY)",
    "own_memory": "libc.open(b'/proc/self/mem', os.O_RDWR)",
    "link_to_own_memory": "libc.open(b'/proc/thread-self/mem', os.O_RDWR)",
}


@pytest.mark.parametrize("code", REFUSED.values(), ids=REFUSED.keys())
def test_files_and_settings_are_out_of_reach(folder: Path, code: str) -> None:
    """Each fails with an errno; the secret stays as it was, and nothing is added."""
    done = attempt(folder, code)
    assert done.returncode == 0, done.stderr
    _, got, error = json.loads(done.stdout)
    assert got == -1
    assert error != 0
    assert (folder / "secret.txt").read_text(encoding="utf-8") == "x"
    assert sorted(path.name for path in folder.iterdir()) == ["lib", "secret.txt"]
    assert not Path("/tmp/quizdl-new").exists()  # noqa: S108


ALLOWED = {
    "read_library": "libc.open(os.fsencode(folder) + b'/lib/package/module.py', os.O_RDONLY)",
    "null_device": "libc.open(b'/dev/null', os.O_RDWR)",
    "signal_itself": "libc.kill(os.getpid(), 0)",
    "own_limits": "libc.prlimit(0, 0, None, ctypes.create_string_buffer(16))",
    "threads": "[t := threading.Thread(target=print, args=('',), kwargs={'end': ''}), t.start(), t.join(), 0][-1]",
    "event_loop": "len(socket.socketpair()) - 2",
    "memory": "len(bytearray(1 << 24)) - (1 << 24)",
    "random": "len(os.urandom(8)) - 8",
    "time": "time.sleep(0) or 0",
}


@pytest.mark.parametrize("code", ALLOWED.values(), ids=ALLOWED.keys())
def test_what_honest_code_needs_works_behind_the_walls(folder: Path, code: str) -> None:
    """Threads, event loops, memory, clocks, randomness, the library."""
    done = attempt(folder, code)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)[1] >= 0


HEADERS = {
    "X86_64": Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
    "AARCH64": Path("/usr/include/asm-generic/unistd.h"),
}


@pytest.mark.parametrize("machine", HEADERS)
def test_numbers_are_those_of_the_kernels_headers(machine: str) -> None:
    """Where the headers are installed, every name has the number that they give it."""
    header = HEADERS[machine]
    if not header.exists():
        pytest.skip("kernel headers are not installed")
    found = re.findall(r"#define __NR(?:3264)?_(\w+)\s+(\d+)\b", header.read_text(encoding="utf-8"))
    numbers = {name: int(number) for name, number in found}
    numbers.setdefault("newfstatat", numbers.get("fstatat", -1))
    table: dict[str, int] = getattr(syscalls, machine)
    assert table == {name: numbers[name] for name in table}


def test_no_call_is_both_allowed_and_fatal() -> None:
    """The lists are disjoint, and every fatal name is known on both processors but for those that one lacks."""
    assert not syscalls.ALLOWED & syscalls.FATAL
    assert syscalls.X86_64.keys() >= syscalls.FATAL
    newer_only = {"unlinkat", "fchmodat", "utimensat", "mkdirat", "renameat", "linkat", "symlinkat", "fchownat"}
    assert newer_only <= syscalls.AARCH64.keys()  # what that one has instead of those it lacks
