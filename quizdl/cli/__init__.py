"""The command line: one command a file, each a few lines; heavy imports happen inside the command."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> None:
    """Run `quizdl` with `argv` (default: this process's arguments) and exit with the contract's code."""
    signal.signal(signal.SIGINT, _leave)  # until the commands are imported there is nothing to save
    from quizdl.cli import language, looks
    from quizdl.screen import look

    arguments = list(sys.argv[1:] if argv is None else argv)
    language.use(language.choose(arguments, os.environ, language.configured))
    look.use(looks.choose(arguments, language.current()))
    from quizdl.cli.app import run  # the help texts are made in the chosen language

    sys.exit(run(arguments))


def _leave(_signal: int, _frame: object) -> None:
    """Ctrl-C while Python is still importing: leave at once, without a traceback."""
    os._exit(130)
