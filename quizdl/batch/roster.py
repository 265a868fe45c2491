"""Who is enrolled: a CSV of learners, found again by whatever name they hand in under."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from quizdl.batch.scratch import Scratch
from quizdl.batch.tables import read_rows
from quizdl.errors import InputError
from quizdl.spreadsheet import plain_cell
from quizdl.text import Text

_COLUMNS: dict[str, tuple[str, ...]] = {
    "learner": ("learner", "student id", "studentid", "id number", "idnumber", "sis user id", "sisid", "学籍番号",
                "学生番号", "学習者", "受講者番号", "番号"),
    "account": ("id", "canvas id", "moodle id", "user id", "userid", "participant", "識別番号"),
    "login": ("login", "username", "user name", "user", "sis login id", "ログイン名", "ユーザー名", "ユーザ名"),
    "email": ("email", "e-mail", "email address", "mail", "メール", "メールアドレス"),
    "name": ("name", "student", "full name", "fullname", "氏名", "名前", "学生氏名"),
    "first": ("first name", "firstname", "given name", "名"),
    "last": ("last name", "lastname", "surname", "family name", "姓", "苗字"),
    "section": ("section", "class", "group", "クラス", "組"),
}  # fmt: skip


_SEVERAL = ""
"""In place of the one who goes by a name."""


@dataclass(frozen=True, slots=True)
class Enrolled:
    """One learner of the roster. learner: the id that everything goes under; empty texts where the roster has none."""

    learner: str
    name: str = ""
    login: str = ""
    email: str = ""
    account: str = ""
    section: str = ""
    other_names: tuple[str, ...] = ()

    @property
    def names(self) -> Iterable[str]:
        """Whatever they may hand in under."""
        local = self.email.partition("@")[0]
        return (self.learner, self.name, self.login, self.email, local, self.account, *self.other_names)


class Roster:
    """The enrolled, in the file's order."""

    def __init__(self, enrolled: Iterable[Enrolled], scratch: Scratch) -> None:
        """Raises ValueError with the id of somebody who is there twice."""
        self.enrolled, self._owner = scratch.kept(Enrolled), scratch.kept(str)
        for one in enrolled:
            if one.learner in self.enrolled:
                raise ValueError(one.learner)
            self.enrolled[one.learner] = one
            for name in filter(None, map(_plain, one.names)):
                if self._owner.setdefault(name, one.learner) != one.learner:
                    self._owner[name] = _SEVERAL

    def same(self, learner: str, account: str = "") -> str:
        """The id of who hands in under a name or an account; the name itself where nobody, or several, go by it."""
        return self._owner.get(_plain(account)) or self._owner.get(_plain(learner)) or learner


def _plain(name: str) -> str:
    """Spaces, case, width and punctuation tell nobody apart."""
    return re.sub(r"[\W_]+", "", unicodedata.normalize("NFKC", name).casefold())


def read_roster(path: Path, scratch: Scratch | None = None) -> Roster:
    """The roster in a CSV file. Without a row of headings its first column is the id, its second the name.

    Raises InputError for what is no table, and for an id that is there twice.
    """
    try:
        roster = Roster(_rows(path), scratch or Scratch())
    except ValueError as error:
        raise _twice(path, str(error)) from error
    if not roster.enrolled:
        raise InputError(
            Text("名簿に学習者がいません。", "The roster has no learners."),
            Text("1 列目に ID、2 列目に氏名を書いてください。", "Put ids in its first column, names in its second."),
            str(path),
        )
    return roster


def _rows(path: Path) -> Iterator[Enrolled]:
    columns: dict[str, int] | None = None
    for _, row in read_rows(path):
        if columns is None and (columns := _headings(row)):
            continue
        one = _enrolled(row, columns or {"learner": 0, "name": 1})
        if one is not None:
            yield one


def _headings(row: Sequence[str]) -> dict[str, int]:
    """Which column holds what; empty where the first row is a learner."""
    found: dict[str, int] = {}
    for number, cell in enumerate(row):
        plain = _heading(cell)
        for column, spellings in _COLUMNS.items():
            if plain in spellings:
                found.setdefault(column, number)
    account = found.get("account")
    if account is not None and _heading(row[account]) == "id" and not _from_canvas(row):
        found.setdefault("learner", found.pop("account"))
    return found


def _from_canvas(row: Sequence[str]) -> bool:
    """Whether `ID` is Canvas's own number of an account; elsewhere it is a course's own of a learner.

    Whoever is given a grade by the wrong one of the two is given somebody else's.
    """
    return any(_heading(cell) == "student" or _heading(cell).startswith("sis ") for cell in row)


def _heading(cell: str) -> str:
    return unicodedata.normalize("NFKC", cell).strip().casefold().replace("_", " ")


def _enrolled(row: Sequence[str], columns: dict[str, int]) -> Enrolled | None:
    def cell(column: str) -> str:
        number = columns.get(column, len(row))
        return plain_cell(row[number].strip()) if number < len(row) else ""

    first, last = cell("first"), cell("last")
    both = (f"{first} {last}", f"{last} {first}") if first and last else ()
    name = cell("name") or (both[0] if both else first or last)
    learner = cell("learner") or cell("login") or cell("email") or cell("account") or name
    if not learner or learner.casefold().startswith("points possible"):
        return None
    turned = tuple(f"{part[1]} {part[0]}" for part in [name.split(", ")] if len(part) == 2)
    return Enrolled(
        learner=unicodedata.normalize("NFC", learner),
        name=name,
        login=cell("login"),
        email=cell("email"),
        account=cell("account"),
        section=cell("section"),
        other_names=(*both, *turned),
    )


def _twice(path: Path, learner: str) -> InputError:
    return InputError(
        Text(f"名簿に「{learner}」が 2 回あります。", f"The roster has '{learner}' twice."),
        Text("ID は一人に一つにしてください。", "Give each learner an id of their own."),
        str(path),
    )
