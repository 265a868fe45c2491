"""How questions work, from a record's history."""

from __future__ import annotations

from itertools import count

import pytest

from quizdl.model import Past
from quizdl.report.items import ItemStatistics, item_statistics

NUMBERS = count()
KNOWN = {"q": ("sign", "half"), "a": (), "b": ()}


def past(question: str, session: str, score: float, mistake: str | None = None, **changed: object) -> Past:
    fields = {
        "attempt_id": str(next(NUMBERS)),
        "question_id": question,
        "version": "0" * 12,
        "seed": 0,
        "at": float(next(NUMBERS)),
        "verdict": "correct" if score == 1 else "wrong",
        "score": score,
        "mode": "exam",
        "session": session,
        "section": "s",
        "chapter": "3-1",
        "mistake": mistake,
        **changed,
    }
    return Past(**fields)  # type: ignore[arg-type]


def one(history: list[Past]) -> ItemStatistics:
    return next(item for item in item_statistics(history, KNOWN) if item.id == "q")


def test_difficulty_and_choices_are_counted() -> None:
    """A distractor that nobody chose is listed too, and so is a wrong answer without a name."""
    item = one([past("q", "1", 1), past("q", "2", 0, "sign"), past("q", "3", 0, "sign"), past("q", "4", 0)])
    assert (item.answers, item.right, item.difficulty) == (4, 1, 0.25)
    assert item.chosen == {"sign": 2, "half": 0, "-": 1}


def test_what_is_no_answer_does_not_count() -> None:
    """Taken back, unreadable, a failure of the grader, a question that is not looked at."""
    history = [
        past("q", "1", 1),
        past("q", "1", 0, undone=True),
        past("q", "1", 0, verdict="unreadable"),
        past("q", "1", 0, verdict="grader_error"),
        past("stranger", "1", 0),
    ]
    assert [(item.id, item.answers) for item in item_statistics(history, KNOWN)] == [("q", 1)]


@pytest.mark.parametrize(("sign", "expected"), [(1, 1.0), (-1, -1.0)])
def test_a_question_that_goes_with_the_rest_discriminates(sign: int, expected: float) -> None:
    """Right in good sittings and wrong in bad ones: near 1; the other way about: below 0, as a wrong key has it."""
    history = []
    for sitting in range(6):
        good = sitting % 2 == 0
        history += [past("q", str(sitting), float(good if sign == 1 else not good))]
        history += [past(name, str(sitting), float(good)) for name in ("a", "b")]
    assert one(history).discrimination == pytest.approx(expected)


def test_few_sittings_say_nothing() -> None:
    """Below five pairs there is no number, nor where nothing varies."""
    few = [past(name, str(s), float(s % 2)) for s in range(4) for name in ("q", "a")]
    flat = [past(name, str(s), 1.0) for s in range(9) for name in ("q", "a")]
    alone = [past("q", str(s), float(s % 2)) for s in range(9)]
    assert [one(history).discrimination for history in (few, flat, alone)] == [None, None, None]


def test_the_hardest_stand_first() -> None:
    """An author looks at these."""
    history = [past("a", "1", 1), past("b", "1", 0), past("q", "1", 0.5, verdict="partial")]
    assert [item.id for item in item_statistics(history, KNOWN)] == ["b", "q", "a"]
