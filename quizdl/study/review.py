"""When a question is due again, by FSRS (py-fsrs); imported only where dates are asked for."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from fsrs import Card, Rating, Scheduler

from quizdl.model import Past


def rating(past: Past) -> Rating:
    """How well it was remembered: right alone is Good, right with a hint Hard, anything else Again."""
    if past.verdict != "correct":
        return Rating.Again
    return Rating.Hard if past.hints_used else Rating.Good


def due_dates(history: Iterable[Past]) -> dict[str, datetime]:
    """For each question ever answered, the UTC time at which it is due. `history` is in the order of time."""
    scheduler = Scheduler(enable_fuzzing=False)  # the same history gives the same dates
    cards: dict[str, Card] = {}
    for past in history:
        if past.undone:
            continue
        at = datetime.fromtimestamp(past.at, UTC)
        # an explicit id: without one, Card sleeps a millisecond to make its own
        card = cards.get(past.question_id) or Card(card_id=len(cards), due=at)
        cards[past.question_id], _ = scheduler.review_card(card, rating(past), at)
    return {question_id: card.due for question_id, card in cards.items()}


def due(history: Iterable[Past], now: datetime) -> set[str]:
    """The ids of the questions due at `now` (UTC)."""
    return {question_id for question_id, at in due_dates(history).items() if at <= now}
