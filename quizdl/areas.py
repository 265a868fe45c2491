"""The syllabus's areas: what the score report counts in, the chapters they are made of, and how an exam weighs them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from quizdl.text import Text

AREAS: Mapping[str, Text] = MappingProxyType(
    {
        "math": Text("応用数学", "Applied mathematics"),
        "ml": Text("機械学習", "Machine learning"),
        "dl": Text("深層学習", "Deep learning"),
        "ops": Text("開発・運用環境", "Development and operations"),
    }
)
"""The four areas of the score report, in its order."""

CHAPTERS: Mapping[str, Text] = MappingProxyType(
    {
        "1": Text("応用数学", "Applied mathematics"),
        "2": Text("機械学習", "Machine learning"),
        "3": Text("深層学習の基礎", "Deep learning: foundations"),
        "4": Text("深層学習の応用", "Deep learning: applications"),
        "5": Text("開発・運用環境", "Development and operations"),
    }
)
"""The five chapters of the syllabus, by the first part of its numbers."""

WEIGHTS: Mapping[str, float] = MappingProxyType({"math": 10, "ml": 35, "dl": 50, "ops": 5})
"""Percent of an exam's questions. An estimate by one candidate: the real weights are not published."""

EXAM_QUESTIONS = 104
"""Questions in a real exam."""

EXAM_MINUTES = 120
"""Minutes that a real exam takes."""

_OF_CHAPTER = {"1": "math", "2": "ml", "3": "dl", "4": "dl", "5": "ops"}


def chapter_of(number: str) -> str:
    """The chapter that a syllabus number lies in.

    >>> chapter_of("3-5-1")
    '3'
    """
    return number.partition("-")[0]


def area_of(number: str) -> str | None:
    """The area that a syllabus number lies in; None for a number of no syllabus, as a course's own bank may have.

    >>> area_of("4-7-1"), area_of("9-1")
    ('dl', None)
    """
    return _OF_CHAPTER.get(chapter_of(number))
