"""Small attempts and events made by hand, and a fresh store."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from quizdl.model import Asked, Attempt, Event, Numeric, Verdict
from quizdl.record import Store
from quizdl.text import Text, same

QUESTION = Numeric(
    id="softmax-value",
    chapter="3-1-2",
    prompt=Text("値を答えてください。", "Give the value."),
    explanation=same("$1/2$"),
    source=("d1-001",),
    answer="1/2",
    section="activation",
    day=3,
    points=2,
    version="0123456789ab",
)
ASKED = Asked(question=QUESTION, seed=7, prompt=QUESTION.prompt, explanation=QUESTION.explanation, key=("0.5",))
ATTEMPT = Attempt(
    id="a0",
    question_id="softmax-value",
    version="0123456789ab",
    seed=7,
    quizdl="0.1.0",
    at=1_700_000_000.25,
    mode="practice",
    session="s1",
    asked=ASKED,
    answer="０．５",
    verdict=Verdict(verdict="wrong", score=0.0, passed=0, total=1, mistake="generic:sign", feedback=(same("no"),)),
    hints_used=1,
    thinking_seconds=12.5,
)

MakeAttempt = Callable[..., Attempt]
MakeEvent = Callable[..., Event]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a record is to be made: neither the file nor its folder is there yet."""
    return tmp_path / "home" / "record.sqlite3"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    """A fresh, empty record."""
    with Store.open(path) as opened:
        yield opened


@pytest.fixture
def make_attempt() -> MakeAttempt:
    """Makes attempts like ATTEMPT, each with an id of its own, changed as asked."""
    numbers = itertools.count(1)

    def make(**changes: object) -> Attempt:
        return msgspec.structs.replace(ATTEMPT, **{"id": f"a{next(numbers)}", **changes})

    return make


@pytest.fixture
def make_event() -> MakeEvent:
    """Makes events about the question, each with an id of its own, changed as asked."""
    numbers = itertools.count(1)

    def make(kind: str, **changes: object) -> Event:
        known = {"id": f"e{next(numbers)}", "kind": kind, "question_id": "softmax-value", "at": 0.0, "session": "s1"}
        return msgspec.convert({**known, **changes}, Event)

    return make
