"""The command line in a process of its own: `quizdl` and `python -m quizdl`."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import NoReturn

from quizdl.cli import main as command_line


def main() -> NoReturn:
    """Run this process's command line, and end the process.

    At once: everything that matters is on disk and every helper process is reaped, while Python would take as long to
    take NumPy's modules apart as it took to import them. Whoever watches (a profiler, a debugger) wants the slow end.
    """
    try:
        command_line()
    except SystemExit as left:
        if sys.getprofile() or sys.gettrace() or not isinstance(left.code, int):
            raise
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):  # whoever read it has gone, as the exit code says
                stream.flush()
        os._exit(left.code)
    raise AssertionError("a command line always ends with an exit code")


if __name__ == "__main__":
    main()
