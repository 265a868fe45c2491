"""Small questions and histories, made by hand."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from quizdl.model import Past


@pytest.fixture
def past() -> Callable[..., Past]:
    """Makes one earlier attempt; every field can be given."""

    def make(question_id: str, verdict: str = "correct", at: float = 0.0, **fields: object) -> Past:
        values: dict[str, object] = {
            "attempt_id": f"{question_id}-{at}",
            "question_id": question_id,
            "version": "0" * 12,
            "seed": 0,
            "at": at,
            "verdict": verdict,
            "score": 1.0 if verdict == "correct" else 0.0,
            "mode": "practice",
            "session": "s",
            "section": "rnn",
            "chapter": "3-5-1",
        }
        return Past(**{**values, **fields})  # type: ignore[arg-type]

    return make
