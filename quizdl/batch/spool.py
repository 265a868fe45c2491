"""The texts that count, kept on the disk while a batch runs: reports compare them, and memory stays flat."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple

from quizdl.batch.records import Form, Submission
from quizdl.batch.scratch import Kept, Scratch
from quizdl.batch.source import code_of
from quizdl.text import Text


class _Handed(NamedTuple):
    form: Form
    source: bytes


class Spool:
    """The code that was handed in, by learner and question."""

    def __init__(self, scratch: Scratch) -> None:
        self._scratch = scratch
        self._kept: dict[str, Kept[_Handed]] = {}  # by question

    def through(self, submissions: Iterable[Submission], id_of: Callable[[str], str]) -> Iterator[Submission]:
        """The same submissions, kept as they go by."""
        for one in submissions:
            if one.form != "text":
                if one.question_id not in self._kept:
                    self._kept[one.question_id] = self._scratch.kept(_Handed)
                self._kept[one.question_id][id_of(one.learner)] = _Handed(one.form, one.source)
            yield one

    def texts(self, question_id: str) -> Mapping[str, str]:
        """Keyed id → the code that answers one question, read when it is asked for: it is never all in memory."""
        return _Texts(self._kept.get(question_id, {}))


class _Texts(Mapping[str, str]):
    def __init__(self, kept: Mapping[str, _Handed]) -> None:
        self._kept = kept

    def __getitem__(self, learner: str) -> str:
        handed = self._kept[learner]
        read = code_of(handed.source, handed.form)
        return "" if isinstance(read, Text) else read.code.decode("utf-8", "replace")

    def __contains__(self, learner: object) -> bool:
        return learner in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)
