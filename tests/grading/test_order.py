"""Order: pairs in the right order, corrected for chance; some steps may change places."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.grading import grade
from quizdl.model import Answer, Asked, AskedMistake, AskedOption, Order, Verdict
from quizdl.text import Text, same

WHY = Text("理由です。", "The reason.")
SHOWN = (3, 1, 4, 2)  # A is step 3, B step 1, C step 4, D step 2


def ask(free: tuple[tuple[int, ...], ...] = (), mistake: tuple[int, ...] = (), shown: tuple[int, ...] = SHOWN) -> Asked:
    return Asked(
        question=Order(
            id="q",
            chapter="3-5",
            prompt=same("?"),
            explanation=same("!"),
            source=("d3-001",),
            steps=tuple(same(f"step {n}") for n in range(1, len(shown) + 1)),
            free=free,
        ),
        seed=0,
        prompt=same("?"),
        explanation=same("!"),
        key=tuple(str(n) for n in range(1, len(shown) + 1)),
        options=tuple(
            AskedOption(letter=letter, id=str(n), text=same(f"step {n}"))
            for letter, n in zip("ABCDEF", shown, strict=False)
        ),
        mistakes=(AskedMistake(id="known", answer=tuple(map(str, mistake)), why=WHY),) if mistake else (),
    )


def answer(text: str, asked: Asked | None = None) -> Verdict:
    return grade(asked or ask(), Answer(text=text))


def steps(order: tuple[int, ...], asked: Asked) -> str:
    """The letters of these steps."""
    letters = {option.id: option.letter for option in asked.options}
    return "".join(letters[str(step)] for step in order)


@pytest.mark.parametrize(
    "typed",
    [
        "BDAC",
        "bdac",
        "ＢＤＡＣ",
        "B,D,A,C",
        "B、D、A、C",
        "B → D → A → C",
        "B->D->A->C",
        "B D A C",
        "B-D-A-C",
        "(B)(D)(A)(C)",
        "b>d>a>c",
        "BーDーAーC",
        "B/D/A/C",
    ],
)
def test_letters_are_read_with_any_separator(typed: str) -> None:
    """As shown, in any dress; the reading is echoed."""
    verdict = answer(typed)
    assert (verdict.verdict, verdict.score, verdict.parsed) == ("correct", 1, "B → D → A → C")


@pytest.mark.parametrize("typed", ["BDA", "BDAA", "BDACE", "BDAC!", "2413", "あいうえ", "B", "B D A C A"])
def test_what_is_no_permutation_is_unreadable(typed: str) -> None:
    """Every letter once; the message lists them."""
    verdict = answer(typed)
    assert (verdict.verdict, verdict.score) == ("unreadable", 0)
    assert "ABCD" in verdict.feedback[0].en


@given(st.permutations(range(1, 5)).map(tuple))
def test_the_score_is_the_share_of_right_pairs_corrected_for_chance(order: tuple[int, ...]) -> None:
    """2p − 1, not below nothing; the verdict follows from it."""
    asked = ask()
    right = sum(order[i] < order[j] for i in range(4) for j in range(i + 1, 4))
    verdict = answer(steps(order, asked), asked)
    assert (verdict.passed, verdict.total) == (right, 6)
    assert verdict.score == pytest.approx(max(0, 2 * right / 6 - 1))
    expected = "correct" if right == 6 else "partial" if right > 3 else "wrong"
    assert verdict.verdict == expected


def test_guessing_earns_little() -> None:
    """Over all orders the mean is far below the half that uncorrected pairs would give."""
    asked = ask()
    scores = [answer(steps(order, asked), asked).score for order in permutations(range(1, 5))]
    assert sum(scores) / len(scores) < 0.2


def test_steps_of_a_free_group_may_change_places() -> None:
    """They are no pair: the total is smaller, and either order is right."""
    asked = ask(free=((2, 3),))
    for order in ((1, 2, 3, 4), (1, 3, 2, 4)):
        verdict = answer(steps(order, asked), asked)
        assert (verdict.verdict, verdict.total) == ("correct", 5)
    assert answer(steps((2, 1, 3, 4), asked), asked).verdict == "partial"


def test_a_known_wrong_order_is_named() -> None:
    """Whatever the order within a free group."""
    asked = ask(free=((3, 4),), mistake=(2, 1, 3, 4))
    for order in ((2, 1, 3, 4), (2, 1, 4, 3)):
        verdict = answer(steps(order, asked), asked)
        assert verdict.mistake == "known"
        assert verdict.feedback[0] == WHY
    assert answer(steps((3, 1, 2, 4), asked), asked).mistake is None


@given(st.permutations(range(1, 7)).map(tuple), st.sampled_from([(), ((2, 3),), ((1, 2), (4, 5, 6))]))
def test_the_feedback_names_one_pair_that_is_really_out_of_order(
    order: tuple[int, ...], free: tuple[tuple[int, ...], ...]
) -> None:
    """Neighbours first; nothing when all is right."""
    asked = ask(free, shown=(1, 2, 3, 4, 5, 6))
    verdict = answer(steps(order, asked), asked)
    if verdict.verdict == "correct":
        assert verdict.feedback == ()
        return
    first, _, _, second = verdict.feedback[-1].en.rstrip(".").split(" ")[0:4]
    place = {option.letter: int(option.id) for option in asked.options}
    earlier, later = place[first], place[second]
    assert earlier < later
    assert order.index(earlier) > order.index(later)
    assert not any({earlier, later} <= set(group) for group in free)
