"""Starting is quick: what is not needed is not imported, and only the asked day's files are read."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from quizdl.bank.stamps import HAS_CHANGE_TIME

HEAVY = ("numpy", "sympy", "textual", "fsrs", "jinja2", "mpmath")

TRACED = """
import builtins, io, os, sys
opened = []
sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == "open" else None)
from quizdl.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print("MODULES", *sorted({name.split(".")[0] for name in sys.modules}), file=sys.stderr)
print("OPENED", *[path for path in opened if path.endswith((".yaml", ".yml"))], file=sys.stderr)
"""


def _trace(environment: dict[str, str], *arguments: str, stdin: str = "") -> tuple[set[str], list[Path]]:
    """The top-level modules imported, and the bank files opened, while a command ran."""
    process = subprocess.run(
        [sys.executable, "-c", TRACED, *arguments],
        input=stdin,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    lines = {
        line.split()[0]: line.split()[1:] for line in process.stderr.splitlines() if line[:6] in ("MODULE", "OPENED")
    }
    return set(lines["MODULES"]), [Path(name) for name in lines["OPENED"]]


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("practice", "--help"),
        ("exam", "--help"),
        ("exam", "--section", "lstm", "-n", "2"),
        ("config",),
        ("practice", "--day", "3"),
        ("list", "--day", "3"),
        ("show", "conv-output-size"),
        ("answer", "conv-output-size", "3x3"),
        ("answer", "vae-blank", "確率分布"),
    ],
    ids=lambda arguments: " ".join(arguments),
)
def test_nothing_heavy_is_imported_before_it_is_needed(environment: dict[str, str], arguments: tuple[str, ...]) -> None:
    """Help, the first question and answers that need no code import neither NumPy nor SymPy nor a screen library."""
    modules, _ = _trace(environment, *arguments)
    assert not modules.intersection(HEAVY)


@pytest.mark.parametrize("arguments", [(), ("--json",), ("practice", "--due"), ("stats", "--json")], ids=" ".join)
def test_the_plan_needs_neither_numpy_nor_sympy(
    environment: dict[str, str], home: Path, arguments: tuple[str, ...]
) -> None:
    """With an exam date and a history the dates are computed, by FSRS, and nothing else that is heavy comes along."""
    home.mkdir()
    (home / "settings.toml").write_text('exam_date = "2999-01-01"\n', encoding="utf-8")
    _trace(environment, "answer", "conv-output-size", "3x3")
    modules, opened = _trace(environment, *arguments)
    assert not modules.intersection(set(HEAVY) - {"fsrs"})
    assert modules.isdisjoint({"torch", "pandas"})
    assert len(opened) == len(set(opened))


def test_today_without_a_plan_or_a_history_computes_no_dates(environment: dict[str, str]) -> None:
    """The first page imports nothing that the first page does not show."""
    modules, _ = _trace(environment)
    assert not modules.intersection(HEAVY)


def test_help_reads_no_question(environment: dict[str, str]) -> None:
    """Help does not depend on the bank at all."""
    _, opened = _trace(environment, "--help")
    assert opened == []


def test_practice_reads_only_the_asked_day(environment: dict[str, str]) -> None:
    """`--day 3` opens the files of day3, each once."""
    _, opened = _trace(environment, "practice", "--day", "3")
    assert {path.parent.name for path in opened} == {"day3"}
    assert len(opened) == len(set(opened))


@pytest.mark.skipif(not HAS_CHANGE_TIME, reason="here no stamp vouches for a file, and all are read")
def test_the_second_practice_reads_only_the_file_of_its_question(environment: dict[str, str]) -> None:
    """What the day holds is known from the first time."""
    _trace(environment, "practice", "--day", "3")
    _, opened = _trace(environment, "practice", "--day", "3")
    assert len(opened) == 1


@pytest.mark.skipif(not HAS_CHANGE_TIME, reason="here no stamp vouches for a file, and all are read")
@pytest.mark.parametrize(
    ("arguments", "files"),
    [((), 0), (("practice", "--due"), 1), (("stats", "--json"), 0), (("completion", "words", "--", "show", "ls"), 0)],
    ids=lambda one: " ".join(one) if isinstance(one, tuple) else "",
)
def test_the_second_plan_reads_only_the_file_of_its_question(
    environment: dict[str, str], home: Path, arguments: tuple[str, ...], files: int
) -> None:
    """What the bank holds is known from the first time, to whoever asks."""
    home.mkdir()
    (home / "settings.toml").write_text('exam_date = "2999-01-01"\n', encoding="utf-8")
    _trace(environment)
    _, opened = _trace(environment, *arguments)
    assert len(opened) == files


def test_showing_a_question_parses_one_file(environment: dict[str, str]) -> None:
    """`show ID` finds its file by its bytes; only that file goes through the YAML parser."""
    counted = TRACED.replace(
        "from quizdl.cli import main",
        "from quizdl.bank import library\nparsed = []\noriginal = library.load\n"
        "library.load = lambda *arguments: (parsed.append(1), original(*arguments))[1]\nfrom quizdl.cli import main",
    )
    process = subprocess.run(
        [sys.executable, "-c", counted + "print('PARSED', len(parsed), file=sys.stderr)", "show", "conv-output-size"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        encoding="utf-8",
    )
    assert "PARSED 1" in process.stderr.splitlines()
