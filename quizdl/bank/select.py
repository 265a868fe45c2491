"""Which questions a selection wants, and which folders and files can hold any of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from quizdl.bank.decode import FOLDERS
from quizdl.model import ListRow, Question, Selection


def wants(selection: Selection, question: Question | ListRow) -> bool:
    """Whether the question is one of those selected."""
    return (
        selection.day in (None, question.day)
        and selection.stage in (None, question.stage)
        and selection.section in (None, question.section)
        and selection.kind in (None, question.kind)
        and (selection.chapter is None or within_chapter(question.chapter, selection.chapter))
    )


def within_chapter(chapter: str, prefix: str) -> bool:
    """Whether a syllabus number lies under another, part by part.

    >>> within_chapter("3-5-1", "3-5"), within_chapter("3-50", "3-5")
    (True, False)
    """
    return f"{chapter}-".startswith(f"{prefix.rstrip('-')}-")


def folders(selection: Selection) -> list[str]:
    """The folders of `questions/` that can hold a selected question, in the course's order."""
    wanted = {f"day{selection.day}"} if selection.day is not None else set(FOLDERS)
    if selection.stage is not None:
        wanted &= {selection.stage}
    return [folder for folder in FOLDERS if folder in wanted]


def may_hold(data: bytes, selection: Selection) -> bool:
    """Whether a file's raw bytes can hold a selected question; False only where they surely do not."""
    return all(re.search(pattern, data) for pattern in _patterns(selection))


def _patterns(selection: Selection) -> Iterable[bytes]:
    """What a file must contain, however the field is quoted."""
    for field, value in (("section", selection.section), ("kind", selection.kind), ("chapter", selection.chapter)):
        if value is not None:
            yield rf"""{field}["']?\s*:\s*["']?{re.escape(value)}""".encode()
