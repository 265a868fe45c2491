"""What the numbers of the `translate` lab mean, in sentences: only what was measured, and only where it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from quizdl.text import Text


@dataclass(frozen=True)
class Scores:
    """How a network did: exact matches by the source's length, and the share of greatest weights on the right word.

    The latter is None for one without attention, and NaN where no translation was right.
    """

    exact: Mapping[int, float]
    aligned: float | None


def read(scores: Mapping[str, Scores], names: Mapping[str, Text], longest: int, hidden_size: int) -> tuple[Text, ...]:
    """All there is to say."""
    found = [_at_longest(scores, names, longest)]
    if "without" in scores:
        found.append(_bottleneck(scores["without"], longest, hidden_size))
    found += _alignment(scores, names)
    found += _beyond(scores, names, longest)
    return tuple(found)


def _at_longest(scores: Mapping[str, Scores], names: Mapping[str, Text], longest: int) -> Text:
    shares = {name: score.exact[longest] for name, score in scores.items()}
    return Text(
        f"{longest} 語の文（訓練に使っていないもの）が最後の語まで完全に一致した割合は、"
        + "、".join(f"{names[name].ja} {share:.0%}" for name, share in shares.items())
        + " です。",
        f"Of unseen sentences of {longest} words, translated exactly to the last word: "
        + ", ".join(f"{names[name].en} {share:.0%}" for name, share in shares.items())
        + ".",
    )


def _bottleneck(score: Scores, longest: int, hidden_size: int) -> Text:
    """Whether the one vector was enough."""
    short, long = score.exact[4], score.exact[longest]
    facts = Text(
        f"注意なしの完全一致率は、4 語の文で {short:.0%}、{longest} 語の文で {long:.0%} です。",
        f"Without attention, {short:.0%} of the sentences of 4 words are exact and {long:.0%} of those of {longest}.",
    )
    if short - long > 0.2:
        meaning = Text(
            f"どんなに長い文も最終状態（{hidden_size} 次元）だけを通ってデコーダに渡るため、"
            f"長いほど語や語順が失われます（固定長ベクトルのボトルネック）。",
            f" However long, the sentence passes through the last state alone ({hidden_size} units): the longer it is,"
            " the more of its words and their order is lost, which is called the fixed-length bottleneck.",
        )
    elif short < 0.5:
        meaning = Text(
            "短い文もまだ訳せないので、長さの影響を語るには学習が足りません。",
            " It cannot translate short ones yet: it has learnt too little to say anything of length.",
        )
    else:
        meaning = Text(
            "この長さまでは最終状態 1 本に収まっています。hidden_size を減らすか longest を増やすと崩れます。",
            " Up to this length the one state was enough; try fewer hidden units or longer sentences.",
        )
    return Text(facts.ja + meaning.ja, facts.en + meaning.en)


def _alignment(scores: Mapping[str, Scores], names: Mapping[str, Text]) -> list[Text]:
    """Where the greatest weights are. NaN is no measurement."""
    found = {name: score.aligned for name, score in scores.items() if score.aligned is not None}
    found = {name: share for name, share in found.items() if share == share}
    if not found:
        return []
    facts = Text(
        "正しく訳せた文で、重み α が最大の原語が、いま訳している語と一致した割合は、"
        + "、".join(f"{names[name].ja} {share:.0%}" for name, share in found.items())
        + " です。",
        "In right translations, the source word of the greatest weight α is the one being translated: "
        + ", ".join(f"{names[name].en} {share:.0%}" for name, share in found.items())
        + ".",
    )
    if min(found.values()) > 0.9:
        meaning = Text(
            "対応する語の位置は教えていません。訳語の誤差だけから、語の対応（アラインメント）を学びました。",
            " Nobody told them which word goes with which: they learnt the alignment from errors in the words alone.",
        )
    else:
        meaning = Text(
            "100% でなくてもよいのは、エンコーダの状態が前後の語の情報も含み、隣を見ても訳せるからです。",
            " It need not be all: an encoder's state knows of other words too, so that one may look beside the word.",
        )
    return [Text(facts.ja + meaning.ja, facts.en + meaning.en)]


def _beyond(scores: Mapping[str, Scores], names: Mapping[str, Text], longest: int) -> list[Text]:
    """Two words more than any sentence of the training, for networks that translate the longest of those."""
    able = {name: score for name, score in scores.items() if score.exact[longest] > 0.8}
    if not able:
        return []
    length = longest + 2
    shares = {name: score.exact[length] for name, score in able.items()}
    facts = Text(
        f"訓練にない {length} 語の文では、"
        + "、".join(f"{names[name].ja} {share:.0%}" for name, share in shares.items())
        + " です。",
        f"Of sentences of {length} words, longer than any they learnt from: "
        + ", ".join(f"{names[name].en} {share:.0%}" for name, share in shares.items())
        + ".",
    )
    weak = [name for name, share in shares.items() if share < able[name].exact[longest] - 0.5]
    if "transformer" in weak:
        meaning = Text(
            "Transformer は語順を位置符号化だけから知るので、訓練で見なかった位置には弱いままです。",
            " The Transformer knows order from its positional encoding alone, and these positions it never saw.",
        )
    else:
        meaning = Text("", "")
    return [Text(facts.ja + meaning.ja, facts.en + meaning.en)]
