"""The gradebook imports: by the rules of Canvas's importer and of Moodle's, and into a spreadsheet set to Japanese.

The rules were read in Canvas's `lib/gradebook_importer.rb` and in Moodle's `grade/import/csv/classes/load_data.php`.
"""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from quizdl.bank import Library
from quizdl.batch.gradebook import Gradebook
from quizdl.batch.ledger import Ledger
from quizdl.batch.overrides import Override
from quizdl.batch.roster import read_roster
from quizdl.spreadsheet import safe_cell, table_bytes

QUESTIONS = ("gradient-clipping", "sigmoid")
FROM_CANVAS = (
    "Student,ID,SIS User ID,SIS Login ID,Section\n"
    '"    Points Possible",,,,\n'
    '"Lee, Ann",901,s1,ann,A\n'
    "山田 太郎,902,s2,taro,A\n"
    "\"=cmd|' /C calc'!A0\",903,s3,eve,A\n"
)
FROM_MOODLE = (
    "First name,Last name,ID number,Email address\nAnn,Lee,s1,ann@x.jp\n太郎,山田,s2,taro@x.jp\n=1+1,+x,s3,eve@x.jp\n"
)
DECISIONS = [("s1", "gradient-clipping", 1.0), ("s1", "sigmoid", 2 / 3), ("s3", "sigmoid", 0.0)]
"""s2 handed in nothing, and s3 one thing, which was worth nothing."""

Book = Callable[[str], Gradebook]


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """The gradebook of a class of three, made with a roster."""

    def make(roster: str) -> Gradebook:
        (tmp_path / "roster.csv").write_text(roster, encoding="utf-8")
        enrolled = read_roster(tmp_path / "roster.csv")
        overrides = {(who, what): Override(who, what, score, "", "", "") for who, what, score in DECISIONS}
        nothing = cast("Ledger", SimpleNamespace(standing=lambda learner, question: None))
        questions = [Library().find(question) for question in QUESTIONS]
        return Gradebook(nothing, {}, lambda learner: learner, overrides, questions, enrolled)

    return make


def canvas(data: bytes, accounts: dict[int, str]) -> tuple[dict[int, dict[str, str]], list[str]]:
    """What Canvas takes: account → assignment → grade, and the assignments that it would make."""
    text = data.decode("utf-8")  # it knows no byte order mark, and looks whether the heading has the word in it
    sizes = {
        separator: {len(row) for row in csv.reader(text.splitlines()[:3], delimiter=separator)} for separator in ",;"
    }
    assert len(sizes[","]) == 1
    header, *rows = csv.reader(io.StringIO(text, newline=""))
    assert "Student" in header[0]
    assert "ID" in header[1]
    assert header[2:4] == ["SIS User ID", "SIS Login ID"]
    assert "Section" in header[4]
    passed_over = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
    found = [name for name in header[5:] if not passed_over.search(name)]
    taken = {}
    for row in rows:
        account = int(row[1]) if row[1] else next(one for one, name in accounts.items() if name == row[0])
        assert account in accounts
        taken[account] = {name: row[header.index(name)].strip() for name in found}
    return taken, [name for name in found if name not in QUESTIONS]


def moodle(data: bytes, by: str, users: dict[str, str], *, new: bool) -> dict[str, dict[str, float | None]]:
    """What Moodle takes: user → grade item → grade, None for no grade. new: the items are made by this import."""
    header, *rows = csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""))
    taken = {}
    for row in rows:
        assert len(row) == len(header)
        user = users[row[header.index(by)]]  # whom it does not know ends the whole import
        grades = {name: row[header.index(name)].strip() for name in QUESTIONS}
        none = {"-"} if new else {"-", ""}
        taken[user] = {name: None if cell in none else float(cell or 0) for name, cell in grades.items()}
    return taken


def test_canvas_takes_the_gradebook_as_it_is(book: Book) -> None:
    """Everybody by their account, each question as the assignment of that name, nothing else as an assignment."""
    taken, made = canvas(table_bytes(book(FROM_CANVAS).table()), {901: "Ann Lee", 902: "山田 太郎", 903: "Eve"})
    assert made == []
    assert taken == {
        901: {"gradient-clipping": "1", "sigmoid": "0.6667"},
        902: {"gradient-clipping": "", "sigmoid": ""},
        903: {"gradient-clipping": "", "sigmoid": "0"},
    }


def test_canvas_is_told_no_account_that_is_not_its_own(book: Book) -> None:
    """A roster of Moodle's numbers nobody for Canvas, which then goes by SIS id, login and name."""
    header, *rows = book("ID,Name\n901,Ann Lee\n902,Bob\n").table()
    assert [row[header.index("ID")] for row in rows] == ["", ""]
    assert [row[header.index("SIS User ID")] for row in rows] == ["901", "902"]


@pytest.mark.parametrize("new", [False, True])
@pytest.mark.parametrize("by", ["ID number", "Email address"])
def test_moodle_takes_its_table_and_gives_nobody_a_zero(book: Book, by: str, new: bool) -> None:
    """Grade items that it has and those it makes: no grade stays no grade, and a zero a zero."""
    users = {"s1": "ann", "s2": "taro", "s3": "eve", "ann@x.jp": "ann", "taro@x.jp": "taro", "eve@x.jp": "eve"}
    assert moodle(table_bytes(book(FROM_MOODLE).moodle_table()), by, users, new=new) == {
        "ann": {"gradient-clipping": 1.0, "sigmoid": 0.6667},
        "taro": {"gradient-clipping": None, "sigmoid": None},
        "eve": {"gradient-clipping": None, "sigmoid": 0.0},
    }


def test_moodle_takes_the_gradebook_into_the_items_that_it_has(book: Book) -> None:
    """It leaves an empty cell alone there."""
    users = {name: name for name in ("s1", "s2", "s3")}
    taken = moodle(table_bytes(book(FROM_MOODLE).table()), "SIS User ID", users, new=False)
    assert taken["s2"] == {"gradient-clipping": None, "sigmoid": None}
    assert taken["s3"] == {"gradient-clipping": None, "sigmoid": 0.0}


def test_no_name_is_a_formula_in_either(book: Book) -> None:
    """A lone `-` is none."""
    for data in (table_bytes(book(FROM_CANVAS).table()), table_bytes(book(FROM_MOODLE).moodle_table())):
        for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
            assert all(cell in ("-", safe_cell(cell)) for cell in row)


@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
def test_a_japanese_spreadsheet_opens_it_unbroken(book: Book, tmp_path: Path) -> None:
    """With what it chooses for a table with this mark and a user in Japan: nothing broken, nothing computed."""
    (tmp_path / "gradebook.csv").write_bytes(table_bytes(book(FROM_CANVAS).table()))
    utf8, japan = 76, 1041
    command = ["soffice", f"-env:UserInstallation=file://{tmp_path / 'profile'}", "--headless"]
    command += [f"--infilter=CSV:44,34,{utf8},1,,{japan}", "--convert-to", "fods", "gradebook.csv"]
    environment = {"LC_ALL": "C.UTF-8", "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=120)
    opened = (tmp_path / "gradebook.fods").read_text(encoding="utf-8")
    assert ">山田 太郎<" in opened
    assert "cmd|" in opened
    assert "table:formula" not in opened
    assert 'office:value="0.6667"' in opened
