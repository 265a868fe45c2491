"""Starts the untrusted side. Run as `python -I -S -B boot.py ROOM NUMPY MODE ARGUMENT...`, never imported.

ROOM: the folder of `quizdl/sandbox`. NUMPY: the folder that NumPy lies in. MODE: `server` or `single`.
No other package of that folder can be imported later, and this one is taken out of sight.
"""

import gc
import importlib
import linecache
import os
import sys
import types

_BEFOREHAND = ("numpy", "zlib", "bz2", "lzma")  # the last three need system libraries, which nobody may read later


def _stand_in(name: str, *folders: str) -> None:
    """A package without its `__init__.py`, which would import the trusted side."""
    package = types.ModuleType(name)
    package.__path__ = list(folders)
    sys.modules[name] = package


def _hide_room() -> None:
    """Learners' code cannot import the room, and their warnings and tracebacks quote no line of it."""
    for name, module in list(sys.modules.items()):
        if name == "__main__" or name.partition(".")[0] == "quizdl":
            del sys.modules[name]
            file = str(getattr(module, "__file__", name))
            linecache.cache[file] = (0, None, [], file)


def _import_testing(numpy_folder: str) -> None:
    """NumPy 2.0 starts a program when `numpy.testing` is imported, as `from numpy import *` does: no learner's doing.

    It asks for a processor's feature that its own tests alone want, and takes a program that is not there for a no.
    """
    try:
        with open(f"{numpy_folder}/numpy/testing/_private/utils.py", "rb") as source:  # noqa: PTH123
            if b"\n_SUPPORTS_SVE = check_support_sve()" not in source.read():
                return
    except OSError:
        return
    import subprocess

    def no_program(*arguments: object, **options: object) -> None:
        raise FileNotFoundError

    run, subprocess.run = subprocess.run, no_program  # type: ignore[assignment]
    try:
        importlib.import_module("numpy.testing")
    finally:
        subprocess.run = run


def main() -> None:
    """Imports NumPy and the room, hides both sources, and serves."""
    room, numpy_folder, mode, *arguments = sys.argv[1:]
    sys.argv[:] = [""]
    sys.path[:] = [folder for folder in sys.path if os.path.exists(folder)]  # noqa: PTH110 - a zip that is not there
    _stand_in("quizdl")
    _stand_in("quizdl.sandbox", room)
    _stand_in("quizdl.sandbox.inside", f"{room}/inside")
    sys.path.append(numpy_folder)
    for module in _BEFOREHAND:
        importlib.import_module(module)
    _import_testing(numpy_folder)
    sys.path.remove(numpy_folder)
    program = importlib.import_module(f"quizdl.sandbox.inside.{mode}")
    _hide_room()
    gc.freeze()  # children share these pages for good
    program.serve(*arguments)


if __name__ == "__main__":
    main()
