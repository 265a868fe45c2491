"""Proves a question's variants: over many seeds each has one key, its own mistakes, and enough distractors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from quizdl.authoring.subject import Subject
from quizdl.bank.as_choice import MOST_DISTRACTORS, as_choice
from quizdl.bank.variants import ask
from quizdl.errors import BankError
from quizdl.model import Asked, Choice, Code, Essay
from quizdl.text import Text

_SHUFFLES = 5
"""Without variables the seeds differ by their shuffle only, and a few of them show all there is."""


def prove_variants(subject: Subject, seeds: int) -> list[Asked]:
    """Every variant over the seeds, after reporting what is wrong among them; empty after one that cannot be asked."""
    try:
        variants = list(_variants(subject, seeds))
    except BankError as error:
        subject.broken(("answer",) if "answer" in error.message.en else ("variables",), error)
        return []
    subject.counts["variants"] += len(variants)
    _check_right_options(subject, variants)
    _check_coincidences(subject, variants)
    _check_distractors(subject, variants)
    return variants


def _variants(subject: Subject, seeds: int) -> Iterator[Asked]:
    for seed in range(seeds if subject.question.variables else min(seeds, _SHUFFLES)):
        yield ask(subject.question, seed)


def _check_right_options(subject: Subject, variants: list[Asked]) -> None:
    """A choice shows its right option on every draw, just one unless its author marked several."""
    question = subject.question
    if not isinstance(question, Choice):
        return
    wanted = sum(option.correct for option in question.options)
    for asked in variants:
        texts = {option.text for option in asked.options if option.correct}
        if len(texts) != wanted:
            subject.fault(
                ("options",),
                Text(
                    f"シード {asked.seed} で正解の選択肢が {len(texts)} 種類です（必要: {wanted}）。",
                    f"Seed {asked.seed} shows {len(texts)} different right options, not {wanted}.",
                ),
                _APART,
            )
            return


def _check_coincidences(subject: Subject, variants: list[Asked]) -> None:
    """A mistake that equals the key, or another mistake, on most draws teaches and distinguishes nothing."""
    field = "options" if isinstance(subject.question, Choice) else "mistakes"
    authored = [entry.id for entry in getattr(subject.question, field, ())]
    kept = Counter(one.id for asked in variants for one in getattr(asked, field))
    for index, mistake in enumerate(authored):
        dropped = len(variants) - kept[mistake]
        if dropped * 2 > len(variants):
            subject.fault(
                (field, index),
                Text(
                    f"間違い「{mistake}」は {len(variants)} 通り中 {dropped} 通りで正解か他の間違いと一致します。",
                    f"The mistake '{mistake}' equals the key or another mistake on {dropped} of {len(variants)} draws.",
                ),
                _APART,
            )


def _check_distractors(subject: Subject, variants: list[Asked]) -> None:
    """The exam shows four options: a choice must have them unless it is a draft, and other kinds should."""
    question = subject.question
    if isinstance(question, Essay) or (isinstance(question, Code) and question.answer is None):
        return
    short = [(asked.seed, count) for asked in variants if (count := _distractors(asked)) < MOST_DISTRACTORS]
    if not short:
        return
    seed, count = short[0]
    message = Text(
        f"誤答が {MOST_DISTRACTORS} 個未満です（{len(short)} / {len(variants)} 通り。シード {seed} は {count} 個）。",
        f"Fewer than {MOST_DISTRACTORS} distractors ({len(short)} of {len(variants)} draws; {count} on seed {seed}).",
    )
    hint = Text("よくある間違いを書き加えてください。", "Add mistakes that people make.")
    report = subject.fault if isinstance(question, Choice) and question.status != "draft" else subject.warn
    report(("options",) if isinstance(question, Choice) else ("mistakes",), message, hint)


def _distractors(asked: Asked) -> int:
    form = as_choice(asked)
    return sum(not option.correct for option in form.options) if form else 0


_APART = Text(
    "値が重ならないように variables や where を狭めるか、式を直してください。",
    "Narrow variables or where so that the values stay apart, or mend the formula.",
)
