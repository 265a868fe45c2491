"""What a learner's imports may read: the standard library and NumPy, and nothing that is installed beside them.

Python often lives below a home directory that only its owner can enter (`/root/.pyenv`). A handle on each folder,
opened before the user changes, still leads to its files through `/proc/self/fd`, and to nothing above it.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import os
import sys
from collections.abc import Callable, Iterable

FIRST_HANDLE = 40
_WANTED_OFTEN = ("numpy.random", "numpy.fft", "numpy.ma", "concurrent.futures.thread", "dataclasses", "inspect")
_OTHERS = ("site-packages", "dist-packages")  # lie within the standard library's folder, and hold solutions


def is_preloaded() -> bool:
    """Whether `preload` has nothing left to do."""
    return sys.modules.keys() >= set(_WANTED_OFTEN)


def preload(is_over: Callable[[], bool]) -> bool:
    """Imports what submissions often import, so that no child has to; whether that was done. Takes 50 ms."""
    for name in _WANTED_OFTEN:
        if is_over():
            return False
        importlib.import_module(name)
    gc.freeze()
    return True


def readable() -> list[str]:
    """The folders that imports read from, the standard library's and each loaded package's; none lies in another."""
    packages = [folder for module in list(sys.modules.values()) for folder in getattr(module, "__path__", ())]
    every = sorted(folder for folder in {*sys.path, *packages} if os.path.exists(folder))  # noqa: PTH110
    return [folder for folder in every if not any(lies_in(folder, other) for other in every if other != folder)]


def normal(folders: Iterable[str]) -> tuple[str, ...]:
    """The folders as `lies_in` compares them, each once."""
    return tuple(dict.fromkeys(os.path.normpath(folder) for folder in folders))


def lies_in(path: str, folder: str) -> bool:
    """Whether an absolute, normal path is the folder or lies in it; what other packages' folders hold does not."""
    if not (path + os.sep).startswith(folder.rstrip(os.sep) + os.sep):
        return False
    return path[len(folder) :].lstrip(os.sep).partition(os.sep)[0] not in _OTHERS


def parts(folder: str) -> list[str]:
    """What of a folder may be read whole: itself, or everything in it but other packages' folders."""
    try:
        entries = os.listdir(folder)  # noqa: PTH208 - pathlib would be imported for this alone
    except NotADirectoryError:
        return [folder]
    if not set(entries) & set(_OTHERS):
        return [folder]
    return [os.path.join(folder, entry) for entry in entries if entry not in _OTHERS]  # noqa: PTH118


def open_for(user: int | None) -> int:
    """Leads imports through handles if `user` cannot walk to the library; how many, from FIRST_HANDLE on."""
    roots = readable()
    if user is None or all(_can_enter(user, root) for root in roots):
        return 0
    moved = {root: _handle(root, FIRST_HANDLE + place) for place, root in enumerate(roots)}
    sys.path[:] = [_translate(folder, moved) for folder in sys.path]
    for module in list(sys.modules.values()):
        if hasattr(module, "__path__"):
            module.__path__ = [_translate(folder, moved) for folder in module.__path__]
    return len(moved)


def _can_enter(user: int, folder: str) -> bool:
    os.seteuid(user)
    try:
        return os.access(folder, os.R_OK | os.X_OK, effective_ids=True)
    finally:
        os.seteuid(0)


def _handle(folder: str, number: int) -> str:
    handle = os.open(folder, os.O_PATH)
    placed = fcntl.fcntl(handle, fcntl.F_DUPFD_CLOEXEC, number)
    os.close(handle)
    return f"/proc/self/fd/{placed}"


def _translate(folder: str, moved: dict[str, str]) -> str:
    for root, handle in moved.items():
        if lies_in(folder, root):
            return handle + folder[len(root) :]
    return folder
