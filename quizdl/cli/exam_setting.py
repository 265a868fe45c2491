"""Sets an exam: from what was asked for on the command line to a sheet with every question drawn."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from quizdl import __version__
from quizdl.areas import EXAM_MINUTES, EXAM_QUESTIONS
from quizdl.errors import InputError
from quizdl.model import Asked, ExamSheet, Question, Selection
from quizdl.settings import Settings
from quizdl.study.blueprint import Candidate, compose
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.bank import Library
    from quizdl.record import Store

FRESH_SEEDS = 2**31
LARGEST_SEED = 2**63 - 2**10
"""A seed is a column of the record, and a variant's seed lies a little above the exam's."""

LONGEST_MINUTES = 24 * 60


class Wanted(msgspec.Struct, frozen=True):
    """An exam as asked for; None where the default holds."""

    selection: Selection
    count: int | None = None
    minutes: float | None = None
    seed: int | None = None
    no_disputed: bool = False
    clock: Literal["running", "paused"] = "paused"
    form: Literal["screen", "paper"] = "screen"


class Pool(NamedTuple):
    """What can be asked: each question with its exam form on this seed."""

    questions: dict[str, Question]
    forms: dict[str, Asked]

    def candidates(self) -> list[Candidate]:
        """The questions as the blueprint sees them, in the bank's order."""
        return [
            Candidate(one.id, one.set.id if one.set else None, one.chapter, one.framework, one.scope)
            for one in self.questions.values()
        ]


def set_exam(library: Library, store: Store, settings: Settings, wanted: Wanted) -> tuple[ExamSheet, Text | None]:
    """The sheet, not yet in the store, and a remark where it is smaller than a whole exam.

    The last exams' questions are left out as long as there are others, unless a seed is given: the same seed sets
    the same exam for everybody. Raises InputError where nothing can be set, or less than the number asked for.
    """
    _check(wanted)
    seed = random.SystemRandom().randrange(1, FRESH_SEEDS) if wanted.seed is None else wanted.seed
    pool = _pool(library, wanted.selection, seed)
    recent = _recent(store, pool) if wanted.seed is None else set()
    count = _count(wanted)
    ids = _composed(pool, count, settings, wanted, seed, recent)
    remark = _shortfall(len(ids), count, wanted, len(_composed(pool, len(pool.forms), settings, wanted, seed, set())))
    sheet = ExamSheet(
        id=_new_id(),
        at=time.time(),
        minutes=_minutes(wanted, len(ids)),
        seed=seed,
        clock=wanted.clock,
        pass_line=settings.pass_line,
        framework=settings.framework,
        weights=settings.weights,
        quizdl=__version__,
        questions=tuple(pool.forms[name] for name in ids),
        selection=wanted.selection,
        no_disputed=wanted.no_disputed,
        form=wanted.form,
    )
    return sheet, remark


def _new_id() -> str:
    from quizdl.cli.recording import new_id

    return new_id()


def _check(wanted: Wanted) -> None:
    if wanted.minutes is not None and not 0 < wanted.minutes <= LONGEST_MINUTES:
        raise InputError(
            Text(
                f"--minutes は 0 より大きく {LONGEST_MINUTES} 以下の数で指定してください。",
                f"--minutes must be above 0 and at most {LONGEST_MINUTES}.",
            ),
            same("quizdl exam --minutes 60"),
        )
    if wanted.seed is not None and abs(wanted.seed) > LARGEST_SEED:
        raise InputError(Text("--seed が大きすぎます。", "--seed is too large."), same("quizdl exam --seed 7"))


def _pool(library: Library, selection: Selection, seed: int) -> Pool:
    """The selected questions that can be asked with four options."""
    from quizdl.bank.exam_form import exam_form

    questions = {one.id: one for one in library.select(selection)}
    forms = {name: form for name, one in questions.items() if (form := exam_form(one, seed)) is not None}
    return Pool({name: questions[name] for name in forms}, forms)


def _recent(store: Store, pool: Pool) -> set[str]:
    """What the last exams asked, under whichever framework it was asked."""
    recent = store.recently_examined()
    return recent | {name for name, one in pool.questions.items() if one.twin in recent}


def _count(wanted: Wanted) -> int:
    """How many questions: as many as asked for, or as the minutes give time for."""
    if wanted.count is not None:
        return wanted.count
    return EXAM_QUESTIONS if wanted.minutes is None else max(round(wanted.minutes * EXAM_QUESTIONS / EXAM_MINUTES), 1)


def _minutes(wanted: Wanted, count: int) -> float:
    """How long: as asked for, or at the real exam's pace."""
    pace = EXAM_MINUTES / EXAM_QUESTIONS
    return wanted.minutes if wanted.minutes is not None else float(max(round(count * pace), 1))


def _composed(pool: Pool, count: int, settings: Settings, wanted: Wanted, seed: int, recent: set[str]) -> list[str]:
    return compose(
        pool.candidates(),
        count,
        settings.weights,
        seed,
        recent,
        framework=settings.framework,
        disputed=not wanted.no_disputed,
    )


def _shortfall(found: int, count: int, wanted: Wanted, available: int) -> Text | None:
    """What to say where fewer questions were found than wanted; None where there are enough."""
    if available == 0:
        raise InputError(
            Text(
                "この条件には、四択で出題できる問題がありません。",
                "Nothing that matches can be asked with four options.",
            ),
            same("quizdl exam"),
        )
    if available < count and wanted.count is not None:
        raise InputError(
            Text(
                f"この条件で四択にできる問題は {available} 問です({count} 問は出せません)。",
                f"Only {available} questions that match can be asked with four options, not {count}.",
            ),
            same(f"{_command(wanted)} -n {available}"),
        )
    if found == 0:
        raise InputError(
            Text(
                "共通の題材の問題は分けられないので、この問題数では出題できません。",
                "Questions that share a stem stay together, so no exam can be this small.",
            ),
            same(f"{_command(wanted)} -n {available}"),
        )
    if found < count:
        return Text(
            f"この条件で出題できる問題が少ないため、{count} 問ではなく {found} 問の模試です。",
            f"There are few questions that match: this exam has {found} questions instead of {count}.",
        )
    return None


def _command(wanted: Wanted) -> str:
    chosen = ((f"--{name}", getattr(wanted.selection, name)) for name in Selection.__struct_fields__)
    words = [f"{option} {value}" for option, value in chosen if value is not None]
    return " ".join(["quizdl exam", *words, *(["--no-disputed"] if wanted.no_disputed else [])])
