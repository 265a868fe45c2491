"""A seed picks one variant: the same one everywhere, with a key and mistakes that are worth asking."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.bank import ask, parse_file
from quizdl.bank.kinds import is_right_order
from quizdl.bank.rules import can_draw
from quizdl.bank.variants import shuffled
from quizdl.errors import BankError
from quizdl.model import Question
from quizdl.text import Text

Read = Callable[[str], list[Question]]
SEEDS = range(60)


def test_seed_zero_is_the_authors_first(questions: dict[str, Question]) -> None:
    """Seed 0 takes `first`, computes the values and the key, and fills both languages."""
    asked = ask(questions["a-number"], 0)
    assert asked.values == {"n": 5, "r": 0.5, "name": "tanh", "twice": 10}
    assert asked.key == ("10.5",)
    assert asked.prompt == Text("5 と 0.50 と tanh です。", "5, 0.50 and tanh.")
    assert asked.explanation == Text("10 です。", "It is 10.")
    assert asked.hints == (Text("5 の 2 倍です。", "Twice 5."),)


def test_drawn_values_lie_in_their_ranges_and_meet_where(questions: dict[str, Question]) -> None:
    """Every seed's values could have been drawn, and every `where` holds for them."""
    question = questions["a-number"]
    seen = set()
    for seed in SEEDS:
        values = ask(question, seed).values
        assert all(can_draw(variable, values[name]) for name, variable in question.variables.items())
        n, r = values["n"], values["r"]
        assert isinstance(n, int)
        assert isinstance(r, float)
        assert n * r > 3 or n == 5
        seen.add((n, r, values["name"]))
    assert len(seen) > len(SEEDS) / 2


def test_keys_are_what_the_formulas_give(questions: dict[str, Question]) -> None:
    """Keys are text in the form of their kind, on every draw."""
    for seed in SEEDS:
        values = ask(questions["a-shape"], seed).values
        width = (int(values["n"]) + 2 - int(values["f"])) // 2 + 1
        assert ask(questions["a-shape"], seed).key == (str(width), str(width))
    assert ask(questions["a-choice"], 3).key == ("right",)
    assert ask(questions["an-expression"], 3).key == ("2*(x + y)",)
    assert ask(questions["a-term"], 3).key == ("忘却ゲート", "forget gate")
    assert ask(questions["an-order"], 3).key == ("1", "2", "3", "4")
    assert ask(questions["a-blank"], 3).key == ("x - 3*x",)
    assert ask(questions["a-function"], 3).key == ("def triple(x):\n    return 3 * x\n",)
    assert ask(questions["an-essay"], 3).key == ("context",)


def test_mistakes_that_equal_the_key_or_another_are_dropped(questions: dict[str, Question]) -> None:
    """On seed 0 `five` is the key; `the-same` is always; a shape that is no whole number is nobody's answer."""
    assert [one.id for one in ask(questions["a-number"], 0).mistakes] == ["no-rate", "single"]
    assert [one.id for one in ask(questions["an-expression"], 0).mistakes] == ["only-x", "squared"]
    for seed in SEEDS:
        asked = ask(questions["a-shape"], seed)
        whole = int(asked.values["n"]) % int(asked.values["f"]) == 0
        assert [one.id for one in asked.mistakes] == (["flat", "divided"] if whole else ["flat"])


def test_code_mistakes_are_programs(questions: dict[str, Question]) -> None:
    """A fill stays a fill; a change is the worked program with the change made."""
    assert [one.answer for one in ask(questions["a-blank"], 0).mistakes] == [
        ("x",),
        ("def double(x):\n    return -(x - 3*x) + 1\n",),
    ]
    assert [one.answer for one in ask(questions["a-function"], 0).mistakes] == [("def triple(x):\n    return 2 * x\n",)]


def test_options_are_lettered_as_they_are_shown(questions: dict[str, Question]) -> None:
    """Letters follow the shown order, ids travel with their options, and seeds differ in order."""
    orders = set()
    for seed in SEEDS:
        options = ask(questions["a-choice"], seed).options
        assert [option.letter for option in options] == ["A", "B", "C", "D"]
        assert {option.id for option in options if option.correct} == {"right"}
        orders.add(tuple(option.id for option in options))
    assert len(orders) > 12


def test_steps_are_never_shown_in_a_right_order(questions: dict[str, Question], read: Read) -> None:
    """Not even in another order that `free` makes right, and not with two steps only."""
    (two,) = read("- id: two\n  kind: order\n  steps: [a, b]\nCOMMON")
    for seed in SEEDS:
        order = [int(option.id) for option in ask(questions["an-order"], seed).options]
        assert sorted(order) == [1, 2, 3, 4]
        assert not is_right_order(order, [(2, 3)])
        assert [option.id for option in ask(two, seed).options] == ["2", "1"]


def test_a_set_shows_its_stem_and_code_above_the_questions_own(questions: dict[str, Question]) -> None:
    """The shared listing comes first, then the question's."""
    asked = ask(questions["an-essay"], 0)
    assert asked.stem == Text("共通の文です。", "A shared stem.")
    assert asked.code == "h = （あ）\n\ny = h"


def test_wrong_options_that_read_like_the_right_one_are_dropped(read: Read) -> None:
    """Where a draw makes two options alike, the wrong one goes."""
    why = "why: {ja: 違う, en: Wrong}"
    (question,) = read(
        "- id: q\n  kind: choice\n  variables: {n: {range: [1, 9]}}\n  first: {n: 2}\n  values: {d: 2*n, s: n*n}\n"
        "  options:\n  - {id: double, text: '{{d}}', correct: true}\n"
        f"  - {{id: square, text: '{{{{s}}}}', {why}}}\n"
        f"  - {{id: zero, text: '0', {why}}}\nCOMMON"
    )
    assert {option.id for option in ask(question, 0).options} == {"double", "zero"}
    different = next(seed for seed in range(1, 50) if ask(question, seed).values["n"] != 2)
    assert {option.id for option in ask(question, different).options} == {"double", "square", "zero"}


@pytest.mark.parametrize(
    ("change", "part"),
    [
        ("where: [n > 9]", "`where` does not hold"),
        ("where: [n == 2]\n  first: {n: 2}\n  variables: {n: {uniform: [0, 2], digits: 9}}", "draws met no values"),
        ("answer: 1/(n - 2)\n  where: []", "cannot be computed"),
        ("values: {k: log(n - 2)}\n  where: []", "cannot be computed"),
    ],
)
def test_a_variant_that_cannot_be_made_is_the_banks_fault(read: Read, change: str, part: str) -> None:
    """Conditions that cannot be met and keys that cannot be computed are BankErrors that name the question's place."""
    lines = {"variables": "{n: {range: [1, 9]}}", "first": "{n: 2}", "answer": "n"}
    lines |= dict(line.strip().split(": ", 1) for line in change.split("\n"))
    (question,) = read("- id: q\n  kind: numeric\n  " + "\n  ".join(f"{k}: {v}" for k, v in lines.items()) + "\nCOMMON")
    with pytest.raises(BankError) as raised:
        _ = [ask(question, seed) for seed in (0, 1)]
    assert part in raised.value.message.en
    assert raised.value.where == "questions/day3/other.yaml:5:3"


def test_a_condition_is_met_before_what_it_guards_is_computed(read: Read) -> None:
    """A computed value that would divide by zero can be kept out by a condition on another computed value."""
    (question,) = read(
        "- id: q\n  kind: numeric\n  variables: {n: {range: [1, 3]}}\n  first: {n: 1}\n"
        "  values: {rest: n - 2, share: 1/rest, twice: 2*share}\n  where: [rest != 0, twice < 2]\n"
        "  answer: twice\nCOMMON"
    )
    assert {ask(question, seed).values["n"] for seed in range(1, 9)} == {1}


def test_the_same_seed_gives_the_same_variant_in_every_process(root: Path) -> None:
    """Neither hash randomisation nor the process changes what a seed picks."""
    program = (
        "import sys, msgspec; from pathlib import Path; from quizdl.bank import ask, as_choice, parse_file\n"
        "for q in parse_file(Path(sys.argv[1])):\n"
        "  for seed in (0, 1, 2**40):\n"
        "    a = ask(q, seed); sys.stdout.buffer.write(msgspec.json.encode([a, as_choice(a)]))\n"
    )
    path = str(root / "questions/day3/sample.yaml")
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program, path],
            env={**os.environ, "PYTHONHASHSEED": salt},
            capture_output=True,
            check=True,
        ).stdout
        for salt in ("0", "1", "12345")
    }
    assert len(outputs) == 1


def test_the_stream_of_draws_is_frozen(questions: dict[str, Question]) -> None:
    """What was recorded with a seed can be asked again in years: these values must never change."""
    asked = ask(questions["a-number"], 7)
    assert asked.values == FROZEN
    assert [option.id for option in ask(questions["a-choice"], 7).options] == FROZEN_ORDER


FROZEN = {"n": 14, "r": 1.74, "name": "relu", "twice": 28}
FROZEN_ORDER = ["right", "four", "two", "three"]


def test_what_was_asked_survives_json(root: Path) -> None:
    """`Asked` is stored with each attempt, and comes back equal."""
    from quizdl.model import Asked

    for question in parse_file(root / "questions/day3/sample.yaml"):
        asked = ask(question, 5)
        assert msgspec.json.decode(msgspec.json.encode(asked), type=Asked) == asked


@given(st.integers(0, 2**63), st.integers(1, 12))
def test_shuffling_loses_nothing(seed: int, count: int) -> None:
    """A shuffle is a permutation, whatever is drawn."""
    draw = random.Random(seed).random  # noqa: S311
    assert sorted(shuffled(list(range(count)), draw)) == list(range(count))


@given(st.permutations(range(1, 6)))
def test_an_order_is_right_when_no_pair_outside_a_group_is_swapped(order: list[int]) -> None:
    """`is_right_order` agrees with looking at every pair."""
    pairs = [(a, b) for index, a in enumerate(order) for b in order[index + 1 :] if a > b]
    assert is_right_order(order, [(2, 3, 4)]) == all({a, b} <= {2, 3, 4} for a, b in pairs)
