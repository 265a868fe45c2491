"""What to study after an exam: commands to type, the dearest points first."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

import msgspec

from quizdl.report.mistakes import Costly
from quizdl.report.tally import Part
from quizdl.text import Text

MOST_SECTIONS = 3
MOST_REPEATED = 5
ENOUGH = 5
"""Fewer questions than this say nothing about a chapter."""


class Step(msgspec.Struct, frozen=True):
    """A command and why to type it."""

    command: str
    why: Text


def advice(
    sections: Sequence[Part], chapters: Sequence[Part], mistakes: Sequence[Costly], *, unanswered: int
) -> tuple[Step, ...]:
    """The steps in the order in which to take them; the last is the next exam."""
    steps = (*_sections(sections), *_repeated(mistakes), *_chapter(chapters), *_time(unanswered))
    return (
        *steps,
        Step("quizdl exam", Text("次の模試(直近の模試とは別の問題)", "the next mock, with other questions")),
    )


def _sections(sections: Sequence[Part]) -> Iterator[Step]:
    """The sections in which most was lost."""
    worst = [one for one in sections if one.key and one.lost]
    for one in sorted(worst, key=lambda one: -one.lost)[:MOST_SECTIONS]:
        yield Step(
            f"quizdl practice --section {shlex.quote(one.key)} --missed",
            Text(
                f"{one.name.ja}: {one.count} 問中 {one.lost} 問を落としています",
                f"{one.name.en}: {one.lost} of {one.count} lost",
            ),
        )


def _repeated(mistakes: Sequence[Costly]) -> Iterator[Step]:
    """What was made before and came back."""
    ids = [name for one in mistakes if one.earlier for name in one.question_ids][:MOST_REPEATED]
    if ids:
        options = " ".join(f"--id {shlex.quote(name)}" for name in ids)
        yield Step(f"quizdl practice {options}", Text("前にもした間違いです", "mistakes made before"))


def _chapter(chapters: Sequence[Part]) -> Iterator[Step]:
    """The weakest chapter, of those with enough questions to tell."""
    known = [one for one in chapters if one.key and one.count >= ENOUGH and one.lost]
    if known:
        weakest = min(known, key=lambda one: one.percent or 0)
        yield Step(
            f"quizdl practice --chapter {weakest.key} -n 20",
            Text(
                f"{weakest.name.ja} が最も低い({weakest.percent}%)",
                f"{weakest.name.en} is the lowest ({weakest.percent}%)",
            ),
        )


def _time(unanswered: int) -> Iterator[Step]:
    if unanswered:
        yield Step(
            "quizdl exam -n 26 --minutes 30",
            Text(
                f"{unanswered} 問が無解答です。4 分の 1 の模試で時間配分を練習できます",
                f"{unanswered} left unanswered; a quarter-size mock trains the pace",
            ),
        )
