"""Essay: phrases propose, the learner decides, misconceptions are named."""

from __future__ import annotations

import pytest

from quizdl.grading import grade
from quizdl.grading.essay import proposed
from quizdl.model import Answer, Asked, AskedMistake, Essay, EssayMistake, RubricPoint, Verdict, Words
from quizdl.text import Text, same

WHY = Text("理由です。", "The reason.")
RUBRIC = (
    RubricPoint(
        id="unrolled",
        text=Text("時間方向に展開する", "It is unrolled in time"),
        phrases=Words(ja=("展開", "エンコーダ"), en=("unroll", "chain rule")),
    ),
    RubricPoint(
        id="shared",
        text=Text("重みを共有する", "Weights are shared"),
        phrases=Words(ja=("共有",), en=("share", "t+1")),
        points=2,
    ),
)
FALSE = Words(ja=("時刻ごとに別の重み",), en=("different weights",))
ASKED = Asked(
    question=Essay(
        id="q",
        chapter="3-5",
        prompt=same("?"),
        explanation=same("!"),
        source=("d3-001",),
        rubric=RUBRIC,
        mistakes=(EssayMistake(id="own-weights", phrases=FALSE, why=WHY),),
    ),
    seed=0,
    prompt=same("?"),
    explanation=same("!"),
    key=("unrolled", "shared"),
    mistakes=(AskedMistake(id="own-weights", answer=(*FALSE.ja, *FALSE.en), why=WHY),),
)


def answer(text: str, *confirmed: str, asked: bool = False) -> Verdict:
    return grade(ASKED, Answer(text=text, confirmed=confirmed if asked or confirmed else None))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("時間方向に展開し、重みを共有する。", {"unrolled", "shared"}),
        ("The network is UNROLLED and weights are\nshared.", {"unrolled", "shared"}),
        ("by the chain-rule", {"unrolled"}),
        ("エンコーダーは読む", {"unrolled"}),
        ("ｴﾝｺｰﾀﾞが読む", {"unrolled"}),
        ("δ at t + 1 counts", {"shared"}),
        ("a scrolled page, unshared", set()),
        ("何も書いていません", set()),
    ],
)
def test_phrases_propose_points(text: str, found: set[str]) -> None:
    """In either language and any spelling; English ones from the beginning of a word."""
    assert proposed(ASKED, text) == found


@pytest.mark.parametrize(
    ("confirmed", "verdict", "earned"),
    [
        (("unrolled", "shared"), "correct", 3),
        (("shared",), "partial", 2),
        (("unrolled",), "partial", 1),
        ((), "wrong", 0),
        (("no-such-point",), "wrong", 0),
    ],
)
def test_what_the_learner_confirms_decides(confirmed: tuple[str, ...], verdict: str, earned: int) -> None:
    """Whatever the phrases propose; points not made are listed."""
    result = answer("展開", *confirmed, asked=True)
    assert (result.verdict, result.passed, result.total) == (verdict, earned, 3)
    assert result.score == pytest.approx(earned / 3)
    assert len(result.feedback) == sum(point.id not in confirmed for point in RUBRIC)


def test_without_confirmation_the_proposals_count() -> None:
    """For scripts, where nobody can be asked."""
    assert answer("展開する").score == pytest.approx(1 / 3)
    assert answer("展開して共有する").verdict == "correct"


def test_a_misconception_is_named_with_its_reason() -> None:
    """In the feedback always, as the mistake where the answer is not full."""
    verdict = answer("展開するが、時刻ごとに別の重みを使う")
    assert (verdict.verdict, verdict.mistake) == ("partial", "own-weights")
    assert verdict.feedback[0] == WHY
    full = answer("different weights", "unrolled", "shared")
    assert (full.verdict, full.mistake, full.feedback) == ("correct", None, (WHY,))
