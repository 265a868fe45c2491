"""The labs that a bank names: a section's, and those in which the function of a code question can be run."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from quizdl.authoring.subject import Subject
from quizdl.bank.decode import BankFile, bytes_of, shown
from quizdl.errors import BankError
from quizdl.labs.catalogue import ENTRIES
from quizdl.model import Code
from quizdl.text import Text

_HOSTS = {entry.name: entry.hosts for entry in ENTRIES}
_HEADER = re.compile(rb"^lab:[ \t]*", re.MULTILINE)


def check_header(file: BankFile, path: Path) -> list[BankError]:
    """A file's `lab:` that there is not."""
    name = file.header.lab
    if name is None or name in _HOSTS:
        return []
    data = bytes_of(path)
    found = _HEADER.search(data)
    line = data[: found.start()].count(b"\n") + 1 if found else 1
    column = len(found[0]) + 1 if found else 1
    return [BankError(_unknown(name), _hint(name), f"{shown(path)}:{line}:{column}")]


def check_labs(subjects: Sequence[Subject]) -> None:
    """Report a question's `lab` that there is not, or that cannot run the question's function."""
    for subject in subjects:
        question = subject.question
        if not isinstance(question, Code) or question.lab is None:
            continue
        if question.lab not in _HOSTS:
            subject.fault(("lab",), _unknown(question.lab), _hint(question.lab))
        elif question.function not in _HOSTS[question.lab] or question.answer is not None:
            lab, function = question.lab, question.function
            hosts = ", ".join(_HOSTS[lab]) or "–"
            subject.fault(
                ("lab",),
                Text(
                    f"実験「{lab}」で {function} は動かせません。動かせる関数: {hosts}",
                    f"The lab '{lab}' cannot run {function}. It can run: {hosts}",
                ),
                Text(
                    "関数全体を書く問題だけが lab を持てます。",
                    "Only a question about such a whole function has a lab.",
                ),
            )


def _unknown(name: str) -> Text:
    return Text(f"「{name}」という実験はありません。", f"There is no lab '{name}'.")


def _hint(name: str) -> Text:
    near = get_close_matches(name, _HOSTS, 1)
    known = near[0] if near else ", ".join(_HOSTS)
    return Text(f"次の名前を書いてください: {known}", f"Write: {known}")
