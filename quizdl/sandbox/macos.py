"""Level L1: macOS's own sandbox, through `sandbox-exec`.

Apple calls the tool deprecated and goes on shipping it. It keeps code from files, the network and other processes; it
does not bound memory. Its rules are tested here as text; whether they hold is tried in each process before any code
runs (`inside/single.py`), and the layer is named only then.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

PROGRAM = "/usr/bin/sandbox-exec"
_SYSTEM = ("/usr/lib", "/System/Library", "/System/Volumes/Preboot/Cryptexes", "/private/var/db/dyld")
_DEVICES = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_OTHER_PACKAGES = ("site-packages", "dist-packages")


def prefix(packages: str, room: Path, folder: str) -> list[str]:
    """The command that what is to be run is appended to. packages: the folder of NumPy. folder: where it starts."""
    return [PROGRAM, "-p", profile(packages, room, folder)]


def profile(packages: str, room: Path, folder: str) -> str:
    """The rules in Apple's language; of two that apply, the later one counts."""
    base = os.path.realpath(sys.base_prefix)
    library = os.path.realpath(Path(os.__file__).parent)
    numpy = [os.path.realpath(Path(packages, name)) for name in ("numpy", "numpy.libs")]
    return "\n".join(
        [
            "(version 1)",
            "(deny default)",
            "(allow file-read-metadata sysctl-read)",
            "(allow signal process-info* (target self))",
            f"(allow process-exec {_below([base])} {_exactly([os.path.realpath(sys.executable)])})",
            f"(allow file-read* {_below([*_SYSTEM, base, library])} {_exactly(['/', *_DEVICES])})",
            f"(deny file-read* {_below(f'{library}/{name}' for name in _OTHER_PACKAGES)})",
            f"(allow file-read* {_below([*numpy, os.path.realpath(room), os.path.realpath(folder)])})",
            f"(allow file-write-data {_exactly(['/dev/null'])})",
        ]
    )


def _below(paths: Iterable[str]) -> str:
    return " ".join(f"(subpath {_quoted(path)})" for path in paths)


def _exactly(paths: Iterable[str]) -> str:
    return " ".join(f"(literal {_quoted(path)})" for path in paths)


def _quoted(path: str) -> str:
    return '"' + path.replace("\\", "\\\\").replace('"', '\\"') + '"'
