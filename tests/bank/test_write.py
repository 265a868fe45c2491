"""What the bank writes it reads back as it was."""

from __future__ import annotations

from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.authoring.files import all_files
from quizdl.bank.decode import Header, decode, load
from quizdl.bank.faults import Faults
from quizdl.bank.write import entry_text, file_text, set_text
from quizdl.model import Choice, Option, Question
from quizdl.paths import bank_root
from quizdl.text import Text, same

FILES = all_files(bank_root())


def written(header: Header, questions: list[Question]) -> str:
    """A file of these questions, their sets put together again."""
    entries = []
    for shared, members in groupby(questions, key=lambda question: question.set):
        group = list(members)
        entries += [set_text(shared, group)] if shared else [entry_text(one) for one in group]
    return file_text(header, entries)


def read_again(text: str, path: Path) -> list[Question]:
    file = decode(text.encode(), path, Faults("written.yaml"))
    assert file is not None
    return [msgspec.structs.replace(one, place="") for one in file.questions]


@cache
def shipped(path: Path) -> tuple[Header, tuple[Question, ...]]:
    file = load(path)
    return file.header, file.questions


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_shipped_question_survives(path: Path) -> None:
    """Written and read, each question is equal to what it was, version and all."""
    header, questions = shipped(path)
    whole = [msgspec.structs.replace(one, place="") for one in questions]
    text = written(header, list(questions))
    half = len(questions) // 2  # a file holds 600 lines at most, and ours are laid out wider
    if text.count("\n") > 600:
        read = [*read_again(written(header, list(questions[:half])), path)]
        read += read_again(written(header, list(questions[half:])), path)
        assert read == whole
    else:
        assert read_again(text, path) == whole


SIGNS = st.characters(blacklist_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"), blacklist_characters="${}\u00a0")
WORDS = st.text(st.one_of(SIGNS, st.sampled_from(list("\n :#'\"-?[],&*!|>%@`ab"))), min_size=1, max_size=40)


@given(WORDS.filter(str.strip), WORDS.filter(str.strip), st.sampled_from([None, "draft"]))
def test_any_text_survives(ja: str, en: str, status: Any) -> None:
    """Colons, quotes, dashes, line ends: what an author typed is what a learner reads."""
    if "`" in ja + en or (status and ja != en):
        ja = en = "plain"
    why = Text("違います。", "No.")
    options = tuple(Option(id=f"o{n}", text=same(str(n)), correct=n == 1, why=why) for n in range(4))
    question = Choice(
        id="one",
        chapter="3-5-1",
        source=("d3-001",),
        prompt=Text(ja, en),
        explanation=Text("同じ。", en) if status is None else same(en),
        status=status,
        options=options if status is None else tuple(msgspec.structs.replace(o, why=same("No.")) for o in options),
    )
    header = Header(section="sample", title=Text("見本", "Sample"), day=3)
    (read,) = read_again(file_text(header, [entry_text(question)]), Path("questions/day3/sample.yaml"))
    assert (read.prompt, read.explanation) == (question.prompt, question.explanation)
