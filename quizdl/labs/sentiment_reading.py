"""What the numbers of the `sentiment` lab mean, in sentences: only what was measured, and only where it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from quizdl.labs.core import Array
from quizdl.text import Text

_FAR = 10
_NOTHING = 1e-5
"""What rounding leaves of a difference of 0 in single precision."""


@dataclass(frozen=True)
class Scores:
    """The share of right answers: of all sentences, of negated ones, of those with the negation near and far, and of
    negated ones by the middle of their class of distances; NaN where there is no such sentence.
    """

    accuracy: float
    negated: float
    near: float
    far: float
    by_gap: Mapping[float, float]

    @classmethod
    def of(cls, right: Array, negated: Array, gaps: Array, width: int) -> Scores:
        """right (N,), negated (N,) truth values, gaps (N,) in words."""
        classes = sorted({int(gap) // width for gap in gaps[negated.astype(bool)]})
        under = negated.astype(bool)
        return cls(
            float(right.mean()),
            _mean(right[under]),
            _mean(right[under & (gaps < _FAR)]),
            _mean(right[under & (gaps >= _FAR)]),
            {k * width + (width - 1) / 2: _mean(right[under & (gaps // width == k)]) for k in classes},
        )


def _mean(x: Array) -> float:
    return float(x.mean()) if len(x) else float("nan")


def read(
    scores: Mapping[str, Scores], names: Mapping[str, Text], language: str, after: Mapping[str, Array]
) -> tuple[Text, ...]:
    """All there is to say. after: of a shown sentence, what the words after the opinion did for each network."""
    facts = Text(
        "否定文の正解率（かっこ内は全体）は、"
        + "、".join(f"{names[n].ja} {s.negated:.0%}（{s.accuracy:.0%}）" for n, s in scores.items())
        + " です。",
        "Right under negation (and in all): "
        + ", ".join(f"{names[n].en} {s.negated:.0%} ({s.accuracy:.0%})" for n, s in scores.items())
        + ".",
    )
    return (facts, *_direction(scores, language, after), *_distance(scores, names))


def _direction(scores: Mapping[str, Scores], language: str, after: Mapping[str, Array]) -> list[Text]:
    """What the second direction is worth."""
    one_way = [s.negated for n, s in scores.items() if not n.startswith("bi_")]
    both = [s.negated for n, s in scores.items() if n.startswith("bi_")]
    if not one_way or not both:
        return []
    if language == "ja" and max(one_way) < 0.6 and min(both) > 0.8:
        blind = all(np.all(np.abs(words) < _NOTHING) for name, words in after.items() if not name.startswith("bi_"))
        seen = (
            Text(
                "寄与の図でも、一方向では評価語より後ろの語の寄与が 0 です。",
                " In the map of contributions their words after it did nothing.",
            )
            if blind
            else Text("", "")
        )
        return [
            Text(
                "一方向では RNN でも LSTM でも評価語の時点で後ろの否定を知りようがなく、"
                "多い肯定文のほうに賭けるしかありません。"
                "逆向きに読む層が加わると解けます。" + seen.ja,
                "Read one way, neither RNN nor LSTM can know at the opinion that a negation follows: all they can do"
                " is bet"
                " on the more frequent plain sentences. A layer that reads backwards solves it." + seen.en,
            )
        ]
    if language == "en" and max(one_way) > 0.9:
        return [
            Text(
                "英語の文では否定が評価語より前に来るので、一方向でも解けます。必要なのは方向ではなく記憶です。",
                "In English the negation comes first, so that one way is enough: what it takes is memory, not"
                " direction.",
            )
        ]
    return []


def _distance(scores: Mapping[str, Scores], names: Mapping[str, Text]) -> list[Text]:
    """What distance does to those networks that can do it at all when it is short."""
    able = {n: s for n, s in scores.items() if s.near > 0.75 and not np.isnan(s.far)}
    if not able:
        return []
    facts = Text(
        f"否定まで {_FAR} 語未満と {_FAR} 語以上では、"
        + "、".join(f"{names[n].ja} {s.near:.0%} → {s.far:.0%}" for n, s in able.items())
        + " です。",
        f"With under {_FAR} words in between, and with {_FAR} or more: "
        + ", ".join(f"{names[n].en} {s.near:.0%} → {s.far:.0%}" for n, s in able.items())
        + ".",
    )
    falling = [n for n, s in able.items() if s.far < s.near - 0.05]
    holding = [n for n in able if n not in falling]
    if falling and all("lstm" not in n for n in falling) and any("lstm" in n for n in holding):
        meaning = Text(
            "離れると落ちるのは RNN だけです。間の語を読むたびに状態が上書きされ、勾配も減衰します。LSTM"
            " は忘却ゲートで保てます。",
            " Only the RNN's fall with distance: every word in between overwrites the state and shrinks the gradient,"
            " while an LSTM's forget gate can hold on.",
        )
    elif falling:
        meaning = Text(
            "離れるほど難しくなっています。更新回数や hidden_size を増やしてみてください。",
            " Distance makes it harder: try more updates or more units.",
        )
    else:
        meaning = Text(
            "この距離ではほとんど落ちません。--fillers を増やすと、間の語をもっと増やせます。",
            " At these distances hardly anything is lost; --fillers puts more words in between.",
        )
    return [Text(facts.ja + meaning.ja, facts.en + meaning.en)]


def read_own(shares: Mapping[str, float], names: Mapping[str, Text], tested: int, most: float) -> tuple[Text, ...]:
    """Of the learner's own sentences."""
    facts = Text(
        f"訓練に使わなかった {tested} 文の正解率は、"
        + "、".join(f"{names[n].ja} {share:.0%}" for n, share in shares.items())
        + f" です。多いほうのラベルを常に答えると {most:.0%} になります。",
        f"Of {tested} sentences that were not trained on, right: "
        + ", ".join(f"{names[n].en} {share:.0%}" for n, share in shares.items())
        + f". Always giving the more frequent label would get {most:.0%}.",
    )
    return (facts,)
