"""`quizdl doctor`: what isolation, paths and versions this machine gives."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from quizdl import __version__
from quizdl.cli.language import current, tr
from quizdl.cli.options import JsonOption, LangOption, check_language
from quizdl.errors import QuizdlError, RecordError

HELP = tr(
    "この環境で使える隔離・パス・版を調べて表示する。", "Show what isolation, paths and versions this machine gives."
)
EXAMPLES = "quizdl doctor\nquizdl doctor --json"

PATIENCE = 0.5  # seconds until the endless loop must have been ended
LIBRARIES = ("numpy", "sympy", "rich", "typer", "msgspec", "PyYAML", "fsrs")


def command(as_json: JsonOption = False, lang: LangOption = None) -> int:
    """Try everything and say what held; 3 where code cannot be graded here."""
    check_language(lang)
    found = examine()
    if as_json:
        from quizdl.cli.objects import print_json

        print_json(found)
    else:
        _print(found)
    return 3 if found["problems"] else 0


def examine() -> dict[str, Any]:
    """What this machine gives, each thing tried."""
    import platform  # 25 ms together with the next, and every command would pay for them
    from importlib import metadata

    from quizdl.paths import bank_root, home

    problems: list[str] = []
    isolation = _isolation(problems)
    _record(problems)
    writable = _writable(home())
    if not writable:
        problems.append(tr("QUIZDL_HOME に書き込めません。", "QUIZDL_HOME cannot be written."))
    return {
        "quizdl": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.machine()}",
        "libraries": {name: metadata.version(name) for name in LIBRARIES},
        **isolation,
        "bank": str(bank_root()),
        "home": str(home()),
        "home_writable": writable,
        "encoding": sys.stdout.encoding,
        "problems": problems,
    }


def _isolation(problems: list[str]) -> dict[str, Any]:
    """The layers that a small program really ran under, each wall tried, and what all that is worth."""
    from quizdl.sandbox import Limits, Sandbox
    from quizdl.sandbox.levels import describe

    try:
        with Sandbox(Limits(wall=PATIENCE)) as sandbox:
            found = sandbox.examine()
    except QuizdlError as error:
        problems.append(error.message.of(current()))
        return {"isolation": [], "level": "L0", "guarantee": describe("L0").of(current()), "walls": [], "notes": []}
    return {
        "isolation": list(found.isolation),
        "level": found.level,
        "guarantee": describe(found.level).of(current()),
        "walls": [
            {
                "name": wall.name,
                "tried": wall.tried.of(current()),
                "held": wall.held,
                "how": wall.how.of(current()),
            }
            for wall in found.walls
        ],
        "notes": [note.of(current()) for note in found.notes],
    }


def _record(problems: list[str]) -> None:
    from quizdl.paths import record_file
    from quizdl.record import Store

    if not record_file().exists():
        return
    try:
        Store.open(record_file()).close()
    except RecordError as error:
        problems.append(error.message.of(current()))


def _writable(folder: Path) -> bool:
    """Whether a file can be made in the folder, or in the nearest one above it that exists; tried, not asked."""
    existing = next((path for path in (folder, *folder.parents) if path.exists()), folder)
    try:
        with tempfile.TemporaryFile(dir=existing):
            return True
    except OSError:
        return False


def _print(found: dict[str, Any]) -> None:
    from quizdl.screen.console import make_console
    from quizdl.screen.tables import facts

    yes_no = {True: tr("書き込めます", "writable"), False: tr("書き込めません", "not writable")}
    rows = [
        ("quizdl", found["quizdl"]),
        ("Python", f"{found['python']} ({found['system']})"),
        (tr("ライブラリ", "Libraries"), ", ".join(f"{name} {version}" for name, version in found["libraries"].items())),
        (tr("隔離", "Isolation"), ", ".join([found["level"], *found["isolation"]])),
        (tr("保証", "Guarantee"), found["guarantee"]),
        *((tr("壁", "Wall"), _told(wall)) for wall in found["walls"]),
        *((tr("注", "Note"), note) for note in found["notes"]),
        (tr("問題集", "Bank"), found["bank"]),
        (tr("記録", "Record"), f"{found['home']} ({yes_no[found['home_writable']]})"),
        (tr("文字コード", "Encoding"), str(found["encoding"])),
        *((tr("問題", "Problem"), problem) for problem in found["problems"]),
    ]
    make_console().print(facts("quizdl doctor", rows))


def _told(wall: dict[str, Any]) -> str:
    """One attempt in a line: whether the wall held, what was tried, and how it ended."""
    held = tr("防いだ", "held") if wall["held"] else tr("防げない", "open")
    return f"{held}: {wall['tried']} ({wall['how']})"
