"""The phone pack: today's menu written as one page, and its answers graded when they come back."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from quizdl import __version__
from quizdl.cli.language import current, tr
from quizdl.errors import InputError
from quizdl.exchange.phone import PACK_BYTES, PhoneAnswer, PhoneResults, pack_id
from quizdl.model import Answer, Asked, Attempt, Event, Listed, PhonePack
from quizdl.screen.say import say
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.bank import Library
    from quizdl.record import Merged, Store

MINUTES = 20.0
SECONDS_A_QUESTION = 90
"""The exam's pace and as much again for the explanation, rounded; only how many questions fit follows from it."""


def write_phone_page(
    store: Store,
    library: Library,
    questions: Sequence[Listed],
    path: Path,
    *,
    seed: int,
    count: int | None,
    minutes: float | None,
    as_json: bool,
) -> int:
    """Draw the menu, keep it in the record, and write its page to `path`; only then does a page take its place there.

    questions: in the order of need. count, minutes: how much of them; by default what 20 minutes give time for.
    """
    from quizdl.screen.web.phone import phone_html

    wanted = _wanted(count, minutes)
    chosen = _forms(library, questions, seed, wanted)
    if not chosen:
        raise InputError(
            Text("条件に合う、四択にできる問題はありません。", "No question matches that can be asked with options."),
            same("quizdl practice --html menu.html"),
        )
    pack = PhonePack(
        id=pack_id(secrets.token_bytes(PACK_BYTES)),
        at=float(int(time.time())),
        seed=seed,
        quizdl=__version__,
        questions=tuple(chosen),
    )
    page = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        page.write_text(phone_html(pack, _minutes(len(chosen)), current()), encoding="utf-8", newline="\n")
        store.add_pack(pack)
        page.replace(path)
    finally:
        page.unlink(missing_ok=True)
    _say_written(pack, path, as_json=as_json)
    return 0


def _wanted(count: int | None, minutes: float | None) -> int:
    """How many questions: what is asked for, and no more than there is time for."""
    if count is not None and minutes is None:
        return count
    fitting = max(int(60 * (MINUTES if minutes is None else minutes) / SECONDS_A_QUESTION), 1)
    return fitting if count is None else min(count, fitting)


def _minutes(count: int) -> int:
    return max(round(count * SECONDS_A_QUESTION / 60), 1)


def _forms(library: Library, questions: Sequence[Listed], seed: int, wanted: int) -> list[Asked]:
    """The first so many questions that can be asked with four options; the others stay for the terminal."""
    from quizdl.bank.exam_form import exam_form

    found: list[Asked] = []
    for listed in questions:
        if len(found) == wanted:
            break
        form = exam_form(library.find(listed.id), seed)
        if form is not None:
            found.append(form)
    return found


def _say_written(pack: PhonePack, path: Path, *, as_json: bool) -> None:
    again = "quizdl record import"
    if as_json:
        from quizdl.cli.objects import print_json

        questions = [asked.question.id for asked in pack.questions]
        print_json({"pack": pack.id, "path": str(path), "seed": pack.seed, "questions": questions, "next": again})
        return
    count = len(pack.questions)
    say(tr(f"{count} 問を書き出しました: {path}", f"Written, with {count} questions: {path}"), path)
    say(
        tr(
            f"スマートフォンで開いて解き、結果を取り込みます: {again} コードまたはファイル",
            f"Open it on a phone; then bring the results back: {again} CODE-or-FILE",
        )
    )


def merge_results(store: Store, results: PhoneResults, where: str) -> Merged:
    """Grade the answers of one code, and record those that are not there yet.

    Raises InputError where this record has not written the pack, or the pack has no such question or option.
    """
    pack = store.pack(results.pack)
    if pack is None:
        raise InputError(
            Text(
                f"パック {results.pack} はこの記録にありません。書き出したパソコンで取り込んでください。",
                f"This record has no pack {results.pack}: import it on the computer that wrote the page.",
            ),
            Text(
                "そのパソコンの記録ごと移すには: quizdl record export FILE",
                "To move that computer's record here as well: quizdl record export FILE",
            ),
            where,
        )
    now = time.time()
    return store.merge(list(_attempts(pack, results, where, now)), list(_events(pack, results, where, now)))


def _attempts(pack: PhonePack, results: PhoneResults, where: str, now: float) -> Iterator[Attempt]:
    from quizdl.grading import grade

    for attempt_id, act in results.named():
        if not isinstance(act, PhoneAnswer):
            continue
        asked = _asked(pack, act.question, where)
        if act.position >= len(asked.options):
            raise _not_in_pack(pack, where)
        answer = Answer(text=asked.options[act.position].letter)
        yield Attempt(
            id=attempt_id,
            question_id=asked.question.id,
            version=asked.question.version,
            seed=asked.seed,
            quizdl=__version__,
            at=_believed(pack, act.after, now),
            mode="practice",
            session=f"phone-{pack.id}",
            asked=asked,
            answer=answer.text,
            verdict=grade(asked, answer),
            hints_used=int(act.hinted),
            thinking_seconds=float(act.seconds),
        )


def _events(pack: PhonePack, results: PhoneResults, where: str, now: float) -> Iterator[Event]:
    for event_id, act in results.named():
        if isinstance(act, PhoneAnswer):
            continue
        asked = _asked(pack, act.question, where)
        yield Event(
            id=event_id,
            kind=act.kind,
            question_id=asked.question.id,
            at=_believed(pack, act.after, now),
            session=f"phone-{pack.id}",
            seed=asked.seed,
            version=asked.question.version,
        )


def _asked(pack: PhonePack, number: int, where: str) -> Asked:
    if number >= len(pack.questions):
        raise _not_in_pack(pack, where)
    return pack.questions[number]


def _believed(pack: PhonePack, after: int, now: float) -> float:
    """Unix time; a phone's clock that is wrong is set right as far as can be known."""
    return max(pack.at, min(pack.at + after, now))


def _not_in_pack(pack: PhonePack, where: str) -> InputError:
    return InputError(
        Text(
            f"パック {pack.id} にない問題か選択肢の解答です。",
            f"This answers a question or an option that pack {pack.id} does not have.",
        ),
        Text("コードを写し直してください: quizdl record import", "Copy the code again: quizdl record import"),
        where,
    )
