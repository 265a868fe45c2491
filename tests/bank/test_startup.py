"""Reading a bank is what every command begins with: it must not import what only grading needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from quizdl.areas import WEIGHTS
from quizdl.bank import Library, census, index
from quizdl.bank.cache import cached
from quizdl.model import Profile, Selection
from quizdl.study.outlook import Terms
from quizdl.study.plan import menu
from small_banks import write

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


@pytest.mark.usefixtures("settled")
def test_what_the_first_question_costs_does_not_grow_with_the_bank(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: list[str], loaded: list[str]
) -> None:
    """Once a bank is known, by a list or by practice: one file is opened, one parsed, one index read, of any number."""
    monkeypatch.setenv("QUIZDL_HOME", str(tmp_path / "home"))
    for size, known_by in ((3, Library.rows), (60, Library.rows), (61, Library.outline)):
        root = tmp_path / f"of{size}"
        for number in range(size):
            write(root, f"day3/lstm_{number:03}", f"one-{number}", f"two-{number}")
            write(root, f"day4/gan_{number:03}", f"three-{number}", f"four-{number}")
        known_by(Library(root), Selection())
        opened.clear()
        loaded.clear()
        library = Library(root)
        questions = library.outline(Selection(day=3))
        assert len(questions) == 2 * size
        assert library.find(questions[-1].id).id == questions[-1].id
        assert opened == loaded == [f"lstm_{size - 1:03}.yaml"]


@pytest.mark.usefixtures("own_home", "settled")
def test_what_a_plan_costs_does_not_grow_with_the_bank(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opened: list[str], loaded: list[str]
) -> None:
    """Once a bank is counted: one file of the cache is read, of any number of questions those on the menu are decoded,
    and the first costs one file."""
    read: list[str] = []
    decoded: list[int] = []
    unit = census.Roll.unit

    def reading(path: Path, made_of: bytes = b"") -> memoryview | None:
        read.append(path.name)
        return cached(path, made_of)

    def decoding(roll: census.Roll, number: int) -> tuple[Profile, ...]:
        decoded.append(number)
        return unit(roll, number)

    monkeypatch.setattr(index, "cached", reading)
    monkeypatch.setattr(census, "cached", reading)
    monkeypatch.setattr(census.Roll, "unit", decoding)
    for size in (10, 100):
        root = tmp_path / f"of{size}"
        for number in range(size):
            write(root, f"day3/lstm_{number:03}", f"one-{number}", f"two-{number}")
            write(root, f"day4/gan_{number:03}", f"three-{number}", f"four-{number}", chapter="4-3-1")
        Library(root).census()
        for counts in (read, decoded, opened, loaded):
            counts.clear()
        library = Library(root)
        today = menu([], library.census(), 5, Terms(now=0.0, exam=86400.0, weights=WEIGHTS))
        assert library.find(today.ids[0]).id == today.ids[0]
        assert len(read) == len(opened) == len(loaded) == 1
        assert len(decoded) == len(today.ids) > 2
