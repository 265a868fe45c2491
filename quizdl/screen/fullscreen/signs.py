"""The signs of the map: what state a question is in. ASCII alone: in a Japanese terminal a bullet may be two wide."""

from __future__ import annotations

from quizdl.study.exam import Sitting
from quizdl.text import Text

FLAGGED, OPEN, UNSEEN = "*", "-", "."

LEGEND = (
    Text("A〜D 解答済", "A-D answered"),
    Text(f"{OPEN} 未解答", f"{OPEN} open"),
    Text(f"{UNSEEN} 未読", f"{UNSEEN} unseen"),
    Text(f"{FLAGGED} 印", f"{FLAGGED} flagged"),
)


def state(sitting: Sitting, number: int) -> str:
    """Two signs for a question: its letter, or why there is none, and its flag."""
    empty = OPEN if number in sitting.seen else UNSEEN
    return (sitting.chosen[number] or empty) + (FLAGGED if number in sitting.flagged else " ")
