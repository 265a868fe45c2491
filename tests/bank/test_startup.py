"""Reading a bank is what every command begins with: it must not import what only grading needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HEAVY = {"numpy", "sympy", "rich", "difflib", "typer", "textual", "hypothesis"}


def test_reading_and_asking_imports_nothing_heavy(root: Path) -> None:
    """From the import to an asked question, no module is loaded that the first screen does not need."""
    program = (
        "import sys; from pathlib import Path; from quizdl.bank import Library, ask\n"
        "from quizdl.model import Selection\n"
        "names = ('a-choice', 'a-number', 'an-expression', 'a-blank')\n"
        "library = Library(Path(sys.argv[1])); [ask(library.find(name), 1) for name in names]\n"
        "library.select(Selection(day=3)); print('\\n'.join(sys.modules))\n"
    )
    output = subprocess.run(
        [sys.executable, "-c", program, str(root)],
        capture_output=True,
        check=True,
        text=True,
        encoding="utf-8",
    ).stdout
    assert not HEAVY & {name.split(".")[0] for name in output.split()}
