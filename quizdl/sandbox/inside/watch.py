"""Sees what no answer needs: files, processes, sockets, raw memory, the grader itself. The first such event ends a job.

Python announces these through audit hooks. They are a witness, not a wall: native code goes past them unseen, and is
stopped by the operating system (`walls.py`). An import's name alone is no event: NumPy imports `subprocess` lazily.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable
from typing import Any, NoReturn, TypeAlias

from quizdl.sandbox.inside.library import lies_in

Report: TypeAlias = Callable[[str, str], NoReturn]

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_DEVICES = {os.devnull, "/dev/urandom", "/dev/random", "/dev/zero"}
_UNIX_FAMILY = getattr(socket, "AF_UNIX", None)

_EVENTS = {
    "write": (
        "os.chdir os.chflags os.chmod os.chown os.link os.lockf os.mkdir os.remove os.removexattr os.rename os.rmdir "
        "os.setxattr os.symlink os.truncate os.utime shutil.chown shutil.move shutil.rmtree sqlite3.connect "
        "fcntl.flock fcntl.lockf tempfile.mkdtemp tempfile.mkstemp"
    ),
    "process": (
        "os.exec os.fork os.forkpty os.posix_spawn os.spawn os.system os.startfile pty.spawn subprocess.Popen "
        "signal.pthread_kill os.killpg webbrowser.open"
    ),
    "network": (
        "socket.bind socket.connect socket.getaddrinfo socket.gethostbyaddr socket.gethostbyname socket.getnameinfo "
        "socket.getservbyname socket.getservbyport socket.sendmsg socket.sendto socket.sethostname urllib.Request "
        "ftplib.connect http.client.connect imaplib.open nntplib.connect poplib.connect smtplib.connect "
        "telnetlib.Telnet.open syslog.openlog syslog.syslog"
    ),
    "memory": (
        "ctypes.PyObj_FromPtr ctypes.addressof ctypes.call_function ctypes.cdata ctypes.cdata/buffer ctypes.dlopen "
        "ctypes.dlsym ctypes.dlsym/handle ctypes.string_at ctypes.wstring_at mmap.__new__"
    ),
    "limits": "resource.setrlimit resource.prlimit",
    "grader": (
        "sys.settrace sys.setprofile sys.addaudithook sys._current_frames sys._current_exceptions gc.get_objects "
        "gc.get_referrers gc.get_referents"
    ),
}
_REFUSED = {event: what for what, events in _EVENTS.items() for event in events.split()}


def start(folders: tuple[str, ...], report: Report) -> None:
    """Watches this process from now on, for good. folders: whose files may be read, spelt as `library.normal` does."""
    own_process = os.getpid()
    refused = _REFUSED.get
    checks: dict[str, Callable[[tuple[Any, ...]], tuple[str, str] | None]] = {
        "open": lambda args: _open(args, folders),
        "os.listdir": lambda args: _listing(args, folders),
        "os.scandir": lambda args: _listing(args, folders),
        "os.kill": lambda args: None if args[0] == own_process else ("process", "os.kill"),
        "socket.__new__": lambda args: None if args[1] == _UNIX_FAMILY else ("network", "socket"),
        "import": _import,
    }
    check_of = checks.get

    def hook(event: str, args: tuple[Any, ...]) -> None:
        what = refused(event)
        if what is not None:
            report(what, event)
        check = check_of(event)
        if check is not None and (found := check(args)) is not None:
            report(*found)

    sys.addaudithook(hook)


def _open(args: tuple[Any, ...], folders: tuple[str, ...]) -> tuple[str, str] | None:
    name, mode, flags = args
    path = _path(name)
    if path is None or path in _DEVICES:
        return None
    if (isinstance(mode, str) and set(mode) & set("wax+")) or (isinstance(flags, int) and flags & _WRITING):
        return "write", path
    return None if _lies_in_any(path, folders) else ("read", path)


def _listing(args: tuple[Any, ...], folders: tuple[str, ...]) -> tuple[str, str] | None:
    path = _path("." if args[0] is None else args[0])
    return None if path is None or _lies_in_any(path, folders) else ("read", path)


def _lies_in_any(path: str, folders: tuple[str, ...]) -> bool:
    return any(lies_in(path, folder) for folder in folders)


def _path(name: object) -> str | None:
    """The absolute path by its spelling alone, or None for a descriptor that is open already."""
    if isinstance(name, int):
        return None
    return os.path.abspath(os.fsdecode(name))  # type: ignore[arg-type]  # noqa: PTH100


def _import(args: tuple[Any, ...]) -> tuple[str, str] | None:
    name = args[0]
    if name == "__main__" or name.partition(".")[0] == "quizdl":
        return "grader", f"import {name}"
    return None
