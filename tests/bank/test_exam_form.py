"""The exam form: four options, one of them right, on every question that has such a form."""

from __future__ import annotations

import msgspec
import pytest

from quizdl.bank import Library, ask
from quizdl.bank.exam_form import exam_form
from quizdl.model import Choice, Selection
from quizdl.text import same


def test_every_form_of_the_shipped_bank_has_four_options_and_one_right() -> None:
    """Lettered A to D, their texts differ in both languages, and the variant is the seed's or one near it."""
    for question in Library().select(Selection()):
        for seed in (1, 2_000_000_011):
            form = exam_form(question, seed)
            if form is None:
                continue
            assert [option.letter for option in form.options] == ["A", "B", "C", "D"], question.id
            assert sum(option.correct for option in form.options) == 1, question.id
            for texts in ([option.text.ja for option in form.options], [option.text.en for option in form.options]):
                assert len(set(texts)) == 4, question.id
            assert seed <= form.seed < seed + 20


@pytest.mark.parametrize("name", ["conv-output-size", "gradient-clipping", "lstm-forget-gate", "chain-rule"])
def test_most_kinds_have_a_form(name: str) -> None:
    """Also code with one blank."""
    form = exam_form(Library().find(name), 5)
    assert form is not None
    assert isinstance(form.question, Choice)


@pytest.mark.parametrize("name", ["lstm-step", "sigmoid"])
def test_whole_functions_have_none(name: str) -> None:
    """Nobody chooses a program of ten lines among four."""
    assert exam_form(Library().find(name), 5) is None


def test_of_five_options_the_right_one_and_three_others_stay() -> None:
    """In the order in which they stood, lettered anew; two right ones are no form."""
    question = Library().find("sigmoid-derivative-max")
    assert isinstance(question, Choice)
    more = tuple(
        msgspec.structs.replace(question.options[-1], id=f"more-{n}", text=same(f"{n}"), correct=False)
        for n in range(4)
    )
    wide = msgspec.structs.replace(question, options=(*question.options, *more))
    for seed in range(1, 20):
        form, whole = exam_form(wide, seed), ask(wide, seed)
        assert form is not None
        assert [option.letter for option in form.options] == ["A", "B", "C", "D"]
        assert sum(option.correct for option in form.options) == 1
        order = [option.id for option in whole.options]
        kept = [order.index(option.id) for option in form.options]
        assert kept == sorted(kept)
    both = tuple(msgspec.structs.replace(option, correct=True) for option in question.options)
    assert exam_form(msgspec.structs.replace(question, options=both), 1) is None
