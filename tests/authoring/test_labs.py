"""A bank's links to the labs lead somewhere."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from quizdl.authoring.check import check_bank
from quizdl.authoring.labs import check_labs
from quizdl.authoring.subject import Subject
from quizdl.bank import ask
from quizdl.bank.decode import load
from quizdl.bank.faults import Faults
from quizdl.bank.version import version_of
from quizdl.labs.catalogue import ENTRIES
from quizdl.model import Code
from quizdl.paths import bank_root
from quizdl.screen.page import View
from quizdl.screen.solution import render_solution

HEADER = """section: waves
day: 3
order: 1
title: {{ja: 波, en: Waves}}
{lab}questions:

- id: wave-term
  kind: term
  chapter: "3-5-2"
  source: [own-001]
  prompt: {{ja: 'ゲートを 2 つ持つ再帰層の名前は何ですか。', en: 'Which recurrent layer has two gates?'}}
  accept: {{ja: [GRU], en: [GRU]}}
  explanation: {{ja: 'リセットゲートと更新ゲートを持つ GRU です。', en: 'The GRU, with a reset and an update gate.'}}
"""


def bank(folder: Path, lab: str) -> Path:
    """A bank of one question whose header has this `lab:`."""
    file = folder / "questions" / "day3" / "waves.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(HEADER.format(lab=f"lab: {lab}\n" if lab else ""), encoding="utf-8")
    return file


@pytest.mark.parametrize(("lab", "hint"), [("sine-waves", "sine-wave"), ("gan", "binary-addition, sine-wave")])
def test_an_unknown_lab_is_a_fault_at_its_place(tmp_path: Path, lab: str, hint: str) -> None:
    """With the nearest name, or all of them."""
    bank(tmp_path, lab)
    (fault,) = check_bank(tmp_path, seeds=1).faults
    assert f"'{lab}'" in fault.message.en
    assert fault.hint is not None
    assert hint in fault.hint.en
    assert str(fault.where).endswith("waves.yaml:5:6")


@pytest.mark.parametrize("lab", ["", "sine-wave"])
def test_a_sections_lab_stands_under_its_explanations(tmp_path: Path, lab: str) -> None:
    """Where there is one."""
    file = bank(tmp_path, lab)
    assert check_bank(tmp_path, seeds=1).faults == ()
    (question,) = load(file).questions
    page = "\n".join(line.plain for line in render_solution(ask(question, 0), "ja").lines(View(80)))
    assert ("実験: `quizdl lab sine-wave`" in page) == bool(lab)


def test_the_shipped_questions_with_a_lab_are_of_functions_that_it_runs() -> None:
    """gru-step and its kin; a lab is no part of what is graded."""
    hosts = {entry.name: entry.hosts for entry in ENTRIES}
    files = sorted((bank_root() / "questions" / "day3").glob("*_code.yaml"))
    found = {q.id: q for file in files for q in load(file).questions if isinstance(q, Code) and q.lab is not None}
    assert {"gru-step", "lstm-step", "rnn-step"} <= set(found)
    for question in found.values():
        assert question.lab is not None
        assert question.function in hosts[question.lab]
        without = msgspec.structs.replace(question, lab=None, section_lab=None)
        assert version_of(without) == version_of(question)


@pytest.mark.parametrize(("lab", "said"), [("translate", "cannot run gru_step"), ("nowhere", "no lab 'nowhere'")])
def test_a_lab_that_cannot_run_the_function_is_a_fault(lab: str, said: str) -> None:
    """At the question's own key."""
    file = load(bank_root() / "questions" / "day3" / "gru_code.yaml")
    question = next(question for question in file.questions if question.id == "gru-step")
    faults = Faults("gru_code.yaml", gather=True)
    renamed = msgspec.structs.replace(question, lab=lab)
    check_labs([Subject(renamed, file.nodes[question.id], faults, Faults("", gather=True), Counter())])
    (fault,) = faults.found
    assert said in fault.message.en
    assert str(fault.where).startswith("gru_code.yaml:")
