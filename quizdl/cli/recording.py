"""Makes the record of one answer, and says so where it cannot be kept."""

from __future__ import annotations

import sys
import time
import uuid
from typing import Literal

from quizdl import __version__
from quizdl.cli.language import current
from quizdl.errors import RecordError
from quizdl.model import Answer, Asked, Attempt, Verdict
from quizdl.screen.say import say
from quizdl.text import Text


def new_id() -> str:
    """A fresh id for an attempt, an event or a session."""
    return uuid.uuid4().hex


def attempt_of(
    asked: Asked,
    answer: Answer,
    verdict: Verdict,
    *,
    mode: Literal["practice", "answer", "submit"],
    session: str,
    hints_used: int = 0,
    thinking_seconds: float = 0.0,
) -> Attempt:
    """The record of this answer, as of now."""
    text = answer.text if answer.source is None else answer.source.decode("utf-8", "replace")
    return Attempt(
        id=new_id(),
        question_id=asked.question.id,
        version=asked.question.version,
        seed=asked.seed,
        quizdl=__version__,
        at=time.time(),
        mode=mode,
        session=session,
        asked=asked,
        answer=text,
        verdict=verdict,
        hints_used=hints_used,
        thinking_seconds=thinking_seconds,
    )


def right_once() -> frozenset[str]:
    """The ids of the questions that were answered right at least once; none where there is no record to read."""
    from quizdl.paths import record_file
    from quizdl.record import Store

    if not record_file().exists():
        return frozenset()
    try:
        with Store.open(record_file()) as store:
            return frozenset(past.question_id for past in store.past() if past.verdict == "correct")
    except RecordError:
        return frozenset()


def keep(attempt: Attempt) -> None:
    """Record one attempt outside a session; a verdict is worth showing even where it cannot be kept."""
    if attempt.verdict.verdict == "grader_error":
        return
    from quizdl.paths import record_file
    from quizdl.record import Store

    try:
        with Store.open(record_file()) as store:
            store.append(attempt)
    except RecordError as error:
        warning = Text("この解答は記録されませんでした", "This answer was not recorded").of(current())
        say(f"{warning}: {error.message.of(current())}", stream=sys.stderr)
        if error.hint:
            say(f"  → {error.hint.of(current())}", stream=sys.stderr)
