"""In which order questions are asked: new ones, then missed ones, then the rest; sets stay together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from quizdl.model import Listed, Past


def latest(history: Iterable[Past]) -> dict[str, Past]:
    """The last attempt at each question that was not taken back. `history` is in the order of time."""
    return {past.question_id: past for past in history if not past.undone}


def missed(questions: Iterable[Listed], last: Mapping[str, Past]) -> list[Listed]:
    """The questions whose last answer was not right."""
    return [q for q in questions if q.id in last and last[q.id].verdict != "correct"]


def study_order(questions: Sequence[Listed], last: Mapping[str, Past]) -> list[Listed]:
    """New questions in the bank's order, then missed ones, then known ones, the longest unseen first.

    A set is one unit, placed by its neediest question, so that a shared stem is read once.
    """
    units = _units(questions)
    return [q for unit in sorted(units, key=_need(last)) for q in unit]


def _units(questions: Sequence[Listed]) -> list[list[Listed]]:
    """Questions grouped by set, in order of first appearance; a question outside any set is its own group."""
    groups: dict[str, list[Listed]] = {}
    for question in questions:
        groups.setdefault(f"set {question.set}" if question.set else question.id, []).append(question)
    return list(groups.values())


def _need(last: Mapping[str, Past]) -> Callable[[list[Listed]], tuple[int, float]]:
    def rank(question: Listed) -> tuple[int, float]:
        past = last.get(question.id)
        if past is None:
            return (0, 0.0)
        return (2 if past.verdict == "correct" else 1, past.at)

    return lambda unit: min(map(rank, unit))
