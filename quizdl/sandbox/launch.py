"""How the untrusted side is started: the command, and an environment built from nothing."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Literal

from quizdl.errors import GraderError
from quizdl.text import Text

ROOM = Path(__file__).parent

_ONE_THREAD = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
ENVIRONMENT = {
    **dict.fromkeys(_ONE_THREAD, "1"),
    "LANG": "C.UTF-8",
    "MALLOC_ARENA_MAX": "1",  # an arena a thread reserves 64 MiB of the memory limit
}


def environment() -> dict[str, str]:
    """No variable of the caller's, so no secret; but Windows cannot start Python without its root folder."""
    if sys.platform == "win32":
        import os

        return {**ENVIRONMENT, "SYSTEMROOT": os.environ["SYSTEMROOT"]}
    return ENVIRONMENT


def command(mode: Literal["server", "single"], *arguments: str, python: str = sys.executable) -> list[str]:
    """Starts `inside/boot.py` in a Python that sees no site-packages, told where NumPy is."""
    boot = ROOM / "inside" / "boot.py"
    return [python, "-I", "-S", "-B", "-X", "utf8", str(boot), str(ROOM), numpy_folder(), mode, *arguments]


def numpy_folder() -> str:
    """The folder that the caller would import NumPy from, found without importing it."""
    spec = importlib.util.find_spec("numpy")
    if spec is None or spec.origin is None:
        raise GraderError(
            Text("NumPy が見つかりません。", "NumPy is not installed."),
            Text("`pip install quizdl` を実行してください。", "Run `pip install quizdl`."),
        )
    return str(Path(spec.origin).parent.parent)
