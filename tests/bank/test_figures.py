"""A figure's formulas are evaluated with the variant's values; a set's figure is the same for all its questions."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest

from quizdl.bank import ask, version_of
from quizdl.errors import BankError
from quizdl.figures import FIGURES
from quizdl.model import Asked, Figure, Question

Read = Callable[[str], list[Question]]

DRAWN = """
- id: drawn
  kind: numeric
  variables: {n: {range: [5, 9]}, keeps: {choice: [old, new]}}
  first: {n: 5, keeps: old}
  values: {twice: 2*n}
  answer: n
  figure: FIGURE
COMMON
"""
SET = """
- set: shared
  stem: {ja: '共通の文です。', en: 'A shared stem.'}
  figure: {name: rnn-unrolled, T: 3}
  questions:
    - id: with-the-sets
      kind: numeric
      answer: 1
      chapter: '3-5-1'
      source: [d3-001]
      prompt: {ja: '答えてください。', en: 'Answer.'}
      explanation: {ja: '説明です。', en: 'It is so.'}
    - id: with-its-own
      kind: numeric
      answer: 1
      figure: {name: lstm-cell}
      chapter: '3-5-1'
      source: [d3-001]
      prompt: {ja: '答えてください。', en: 'Answer.'}
      explanation: {ja: '説明です。', en: 'It is so.'}
"""


def test_formulas_are_evaluated_with_the_drawn_values(read: Read) -> None:
    """Variables, computed values and numbers, on every seed."""
    (question,) = read(DRAWN.replace("FIGURE", "{name: convolution, n: twice, f: n - 3, s: 6/3, p: 1}"))
    for seed in range(8):
        asked = ask(question, seed)
        n = asked.values["n"]
        assert isinstance(n, int)
        assert asked.figure == Figure(name="convolution", values={"n": 2 * n, "f": n - 3, "s": 2, "p": 1})


def test_a_word_may_be_drawn_too(read: Read) -> None:
    """A variable of words gives a parameter its word; a word of the parameter's own stands for itself."""
    (question,) = read(DRAWN.replace("FIGURE", "{name: gru-cell, z_keeps: keeps, hide: reset}"))
    for seed in range(8):
        asked = ask(question, seed)
        assert asked.figure == Figure(name="gru-cell", values={"z_keeps": str(asked.values["keeps"]), "hide": "reset"})


def test_lists_are_rows_of_numbers(read: Read) -> None:
    """A list is one row; its entries are formulas."""
    (question,) = read(DRAWN.replace("FIGURE", "{name: attention, S: 2, query: n, weights: [1/n, 0.8]}"))
    figure = ask(question, 0).figure
    assert figure is not None
    assert figure.values == {"S": 2, "query": 5, "weights": ((0.2, 0.8),)}
    (question,) = read(DRAWN.replace("FIGURE", "{name: pooling, grid: [[1, n], [2, -3]], f: 2, s: 2}"))
    figure = ask(question, 0).figure
    assert figure is not None
    assert figure.values["grid"] == ((1, 5), (2, -3))


def test_a_draw_that_cannot_be_drawn_is_the_banks_fault(read: Read) -> None:
    """The limits hold on every draw, not only on the author's first."""
    (question,) = read(DRAWN.replace("FIGURE", "{name: attention, S: n, query: 1}"))
    with pytest.raises(BankError, match=r"The figure cannot draw S = [789]") as raised:
        [ask(question, seed) for seed in range(20)]
    assert raised.value.hint is not None
    assert raised.value.where is not None


def test_a_set_shares_its_figure(read: Read) -> None:
    """A question's own figure comes before that of its set."""
    shared, own = (ask(question, 1) for question in read(SET))
    assert shared.figure == Figure(name="rnn-unrolled", values={"T": 3})
    assert own.figure == Figure(name="lstm-cell")


def test_a_figure_changes_no_version(read: Read) -> None:
    """It is not graded."""
    (question,) = read(DRAWN.replace("FIGURE", "{name: rnn-unrolled, T: n}"))
    (other,) = read(DRAWN.replace("  figure: FIGURE\n", ""))
    assert question.version == other.version == version_of(msgspec.structs.replace(question, figure=None))


def test_what_was_asked_is_stored_with_its_figure(read: Read) -> None:
    """An attempt's JSON gives back the same figure; one from before there were figures has none."""
    (question,) = read(DRAWN.replace("FIGURE", "{name: attention, S: 2, query: n, weights: [1/n, 0.8]}"))
    asked = ask(question, 3)
    assert msgspec.json.decode(msgspec.json.encode(asked), type=Asked) == asked
    old = msgspec.to_builtins(asked)
    del old["figure"]
    assert msgspec.convert(old, Asked).figure is None


def test_no_parameter_hides_what_json_says() -> None:
    """`show --json` puts a figure's name, its values and its text side by side."""
    for specification in FIGURES.values():
        assert not {"name", "text"} & set(specification.parameters)
