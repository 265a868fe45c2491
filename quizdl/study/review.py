"""What is still remembered, and when a question is due again, by FSRS (py-fsrs); imported where dates are asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from fsrs import Card, Rating, Scheduler

from quizdl.model import Past

RETENTION = 0.9
"""A question is due when the chance to remember it has fallen to this."""

SLOW, QUICK = 2.5, 0.35
"""An answer that took SLOW times what was expected was hard to find; one in QUICK of it was there at once."""

HALF = 0.5
"""A partial answer that earns this was remembered, with effort."""

_DAY = 86400.0
_SCHEDULER = Scheduler(
    desired_retention=RETENTION,
    learning_steps=(timedelta(minutes=10),),  # what is right at the first sight is not asked again the same day
    enable_fuzzing=False,  # the same history gives the same dates
)
_DECAY = -_SCHEDULER.parameters[20]
_FACTOR = 0.9 ** (1 / _DECAY) - 1


class Usual(NamedTuple):
    """What speed is measured by: the seconds that one usually takes, and whether the answer had to be typed."""

    seconds: float
    typed: bool


Expected = Callable[[Past], Usual | None]


def rating(past: Past, usual: Usual | None = None) -> Rating | None:
    """How well it was remembered; None where the answer does not tell.

    Right is Good; with a hint or slowly, Hard; Easy only where it was typed, alone, at once. Half right or almost the
    word is Hard, for the rest Again. What could not be read says nothing about memory.
    """
    match past.verdict:
        case "correct":
            return _rating_of_right(past, usual)
        case "near_miss":
            return Rating.Hard
        case "partial":
            return Rating.Hard if past.score >= HALF else Rating.Again
        case "unreadable" | "grader_error":
            return None
    return Rating.Again


def _rating_of_right(past: Past, usual: Usual | None) -> Rating:
    if past.hints_used:
        return Rating.Hard
    if usual is None or past.seconds <= 0:  # `quizdl answer` and `submit` take no time
        return Rating.Good
    if past.seconds > SLOW * usual.seconds:
        return Rating.Hard
    return Rating.Easy if usual.typed and past.seconds < QUICK * usual.seconds else Rating.Good


def cards(history: Iterable[Past], expected: Expected = lambda past: None) -> dict[str, Card]:
    """What FSRS knows of each question ever answered. `history` is in the order of time."""
    found: dict[str, Card] = {}
    for past in history:
        if past.undone or (rated := rating(past, expected(past))) is None:
            continue
        at = datetime.fromtimestamp(past.at, UTC)
        # an explicit id: without one, Card sleeps a millisecond to make its own
        card = found.get(past.question_id) or Card(card_id=len(found), due=at)
        found[past.question_id] = reviewed(card, rated, at)
    return found


def new_card() -> Card:
    """A question that was never answered."""
    return Card(card_id=0, due=datetime.fromtimestamp(0, UTC))


def reviewed(card: Card, rated: Rating, at: datetime) -> Card:
    """The card after one more answer at `at` (UTC); the card given stays as it is."""
    return _SCHEDULER.review_card(card, rated, at)[0]


def recall(card: Card, at: datetime) -> float:
    """The chance to remember at `at` (UTC), by the hour; 0 for a question that was never answered.

    FSRS 6: R(t, S) = (1 + factor · t / S) ^ decay, t and S in days.
    """
    if card.last_review is None or not card.stability:
        return 0.0
    days = max((at - card.last_review).total_seconds() / _DAY, 0.0)
    return float((1 + _FACTOR * days / card.stability) ** _DECAY)


def due_dates(history: Iterable[Past], expected: Expected = lambda past: None) -> dict[str, datetime]:
    """For each question ever answered, the UTC time at which it is due. `history` is in the order of time."""
    return {question_id: card.due for question_id, card in cards(history, expected).items()}


def due(history: Iterable[Past], now: datetime, expected: Expected = lambda past: None) -> set[str]:
    """The ids of the questions due at `now` (UTC)."""
    return {question_id for question_id, at in due_dates(history, expected).items() if at <= now}
