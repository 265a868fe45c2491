"""How an attempt or an event lies in its row: scalar columns for questions about the history, JSON for the rest."""

from __future__ import annotations

import msgspec

from quizdl.model import Attempt, Event

OF_ATTEMPT = ("id", "question_id", "version", "seed", "quizdl", "at", "mode", "session", "hints_used")
EVENT_COLUMNS = "id, kind, question_id, at, session, attempt_id, seed, version, comment"
_OF_QUESTION = ("section", "chapter", "day", "stage", "points")
_OF_VERDICT = ("verdict", "score", "mistake")


def attempt_row(attempt: Attempt) -> dict[str, object]:
    """The row of table `attempts`, but for its number."""
    question, verdict = attempt.asked.question, attempt.verdict
    return {
        **{name: getattr(attempt, name) for name in OF_ATTEMPT},
        **{name: getattr(question, name) for name in _OF_QUESTION},
        **{name: getattr(verdict, name) for name in _OF_VERDICT},
        "seconds": attempt.thinking_seconds,
        "answer": encodable(attempt.answer),
        "asked": msgspec.json.encode(attempt.asked),
        "judged": msgspec.json.encode(verdict),
    }


def event_row(event: Event) -> dict[str, object]:
    """The row of table `events`, but for its number."""
    return msgspec.structs.asdict(event) | {"comment": encodable(event.comment)}


def encodable(text: str) -> str:
    r"""`text` with lone surrogates, which come from a terminal in another encoding, written as `\udc80`."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
