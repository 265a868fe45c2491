"""A practice session as a pure state machine: (state, what happened) → state."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from quizdl.model import Outcome


class Done(msgspec.Struct, frozen=True):
    """One question that was answered or skipped (`attempt_id` and `verdict` are None for a skip)."""

    question_id: str
    points: int
    attempt_id: str | None = None
    verdict: Outcome | None = None
    score: float = 0.0
    section: str = ""
    mistake: str | None = None


class Practice(msgspec.Struct, frozen=True):
    """Where a session stands: the ids to ask, how far it is, what was answered, what is flagged."""

    queue: tuple[str, ...]
    position: int = 0
    done: tuple[Done, ...] = ()
    flagged: frozenset[str] = frozenset()
    hints_shown: int = 0
    stopped: bool = False

    @property
    def current(self) -> str | None:
        """The id of the question to ask now; None when the session is over."""
        return None if self.stopped or self.position >= len(self.queue) else self.queue[self.position]

    @property
    def answered(self) -> tuple[Done, ...]:
        """What was answered, skips left out."""
        return tuple(entry for entry in self.done if entry.attempt_id is not None)


def begin(queue: Iterable[str], flagged: Iterable[str] = ()) -> Practice:
    """A session about to ask its first question."""
    return Practice(tuple(queue), flagged=frozenset(flagged))


def show_hint(state: Practice, available: int) -> Practice:
    """One more hint is on the screen, at most `available`."""
    return msgspec.structs.replace(state, hints_shown=min(state.hints_shown + 1, available))


def complete(state: Practice, done: Done) -> Practice:
    """The current question was answered or skipped: on to the next."""
    return msgspec.structs.replace(state, position=state.position + 1, done=(*state.done, done), hints_shown=0)


def take_back(state: Practice) -> tuple[Practice, Done | None]:
    """The last answer or skip is taken back and its question asked again; None where there is nothing to take back."""
    if not state.done:
        return state, None
    last = state.done[-1]
    return msgspec.structs.replace(state, position=state.position - 1, done=state.done[:-1], hints_shown=0), last


def toggle_flag(state: Practice) -> Practice:
    """The current question's flag is set, or cleared where it was set."""
    assert state.current is not None, "a flag needs a question"  # noqa: S101 - the caller's contract
    return msgspec.structs.replace(state, flagged=state.flagged ^ {state.current})


def stop(state: Practice) -> Practice:
    """The learner ends the session here."""
    return msgspec.structs.replace(state, stopped=True)
