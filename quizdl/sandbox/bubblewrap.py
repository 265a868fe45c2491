"""Bubblewrap's command line: namespaces in which there is the standard library, NumPy, this room, and nothing else.

No network, process ids of its own, an empty home, an environment built from nothing, a root folder that cannot be
written, no capability that the server does not need. Whether all that holds is tried from inside, by
`inside/namespaces.py`; a version that does not know an option fails to start, and the next level down is used.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

HOME = "/home"
_OTHER_PACKAGES = ("site-packages", "dist-packages")
_ALWAYS = ("/etc/ld.so.cache", "/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux-aarch64.so.1")
_LIBRARY_FOLDERS = ("/lib", "/usr/lib", "/nix/store/", f"{sys.base_prefix}/lib")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom")
_SERVER_NEEDS = ("CAP_SETUID", "CAP_SETGID", "CAP_KILL", "CAP_DAC_READ_SEARCH")  # to become another user, and to end it


def find() -> str | None:
    """The program, as the caller's PATH finds it."""
    for folder in os.environ.get("PATH", os.defpath).split(os.pathsep):
        program = os.path.join(folder, "bwrap")  # noqa: PTH118 - PATH may hold what is no path
        if os.path.isabs(program) and os.access(program, os.X_OK):  # noqa: PTH117
            return program
    return None


def python() -> str:
    """The interpreter itself: a virtual environment's link or copy leads to site-packages, which stay outside."""
    return os.path.realpath(getattr(sys, "_base_executable", sys.executable))


def prefix(program: str, environment: dict[str, str], packages: str, room: Path, *, die_with_parent: bool) -> list[str]:
    """The command that what is to be run is appended to.

    packages: the folder that NumPy lies in. die_with_parent: the kernel ends everything with the thread that starts it.
    """
    return [
        program,
        *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try", "--new-session"),
        *(_as_root() if os.geteuid() == 0 else ["--unshare-user"]),
        *(["--die-with-parent"] if die_with_parent else []),
        *("--hostname", "sandbox", "--clearenv"),
        *(word for name, value in environment.items() for word in ("--setenv", name, value)),
        *_folders(
            [str(path) for name in ("numpy", "numpy.libs") if (path := Path(packages, name)).exists()], str(room)
        ),
        *(word for path in _DEVICES for word in ("--dev-bind", path, path)),
        *("--proc", "/proc", "--dir", HOME, "--chdir", HOME, "--remount-ro", "/", "--"),
    ]


def _folders(numpy: list[str], room: str) -> Iterator[str]:
    """The libraries, with a cover over other packages in them, and NumPy and this room where they lie, cover or not."""
    libraries = _without_inner([*_library(), python(), *_shared_libraries()])
    covered = list(_other_packages(libraries))
    for path in _above([*libraries, *_DEVICES]):
        yield from ("--dir", path)
    for path in libraries:
        yield from ("--ro-bind", path, path)
    for path in covered:
        yield from ("--tmpfs", path)
    for path in _above([*numpy, room]):
        yield from ("--dir", path)
    for path in (*numpy, room):
        yield from ("--ro-bind", path, path)
    for path in covered:
        yield from ("--remount-ro", path)


def _as_root() -> Iterator[str]:
    yield from ("--cap-drop", "ALL")
    for capability in _SERVER_NEEDS:
        yield from ("--cap-add", capability)


def _library() -> list[str]:
    """The standard library, and its compiled part where that lies elsewhere."""
    compiled = [folder for folder in sys.path if folder.endswith("lib-dynload")]
    return [str(Path(os.__file__).parent), *compiled]


def _shared_libraries() -> Iterator[str]:
    """Where this interpreter's libraries lie, and so where NumPy finds those that it needs."""
    yield from _ALWAYS
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:  # noqa: PTH123
        mapped = {"/" + line.rstrip("\n").partition("/")[2] for line in maps if ".so" in line}
    for path in sorted(mapped):
        if not any(name in path for name in _OTHER_PACKAGES):
            folder = os.path.dirname(path)  # noqa: PTH120
            yield folder if folder.startswith(_LIBRARY_FOLDERS) else path


def _without_inner(paths: Iterable[str]) -> list[str]:
    """Each path once, and none that lies in another."""
    every = sorted({path for path in paths if os.path.exists(path)})  # noqa: PTH110
    return [path for path in every if not any(path.startswith(other.rstrip("/") + "/") for other in every)]


def _above(paths: Iterable[str]) -> list[str]:
    """The folders on the way to these, the outermost first; left to itself, bubblewrap lets nobody but root pass."""
    return sorted({str(folder) for path in paths for folder in Path(path).parents} - {"/"})


def _other_packages(folders: Iterable[str]) -> Iterator[str]:
    """Folders of other packages that lie in what is readable; they are covered."""
    for folder in folders:
        if os.path.isdir(folder):  # noqa: PTH112
            names = os.listdir(folder)  # noqa: PTH208
            yield from (f"{folder}/{name}" for name in names if name in _OTHER_PACKAGES)
            for inner in (name for name in names if name.startswith("python")):
                for name in _OTHER_PACKAGES:
                    if os.path.isdir(f"{folder}/{inner}/{name}"):  # noqa: PTH112
                        yield f"{folder}/{inner}/{name}"
