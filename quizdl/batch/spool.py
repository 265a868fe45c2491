"""The texts that count, kept on the disk while a batch runs: reports compare them, and memory stays flat."""

from __future__ import annotations

import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import TracebackType
from typing import NamedTuple, Self

from quizdl.batch.records import Form, Submission
from quizdl.batch.source import code_of
from quizdl.text import Text


class _Kept(NamedTuple):
    place: int
    size: int
    form: Form


class Spool:
    """The code that was handed in, by learner and question."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the block
        self._kept: dict[str, dict[str, _Kept]] = defaultdict(dict)  # by question and learner
        self._end = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def through(self, submissions: Iterable[Submission], id_of: Callable[[str], str]) -> Iterator[Submission]:
        """The same submissions, kept as they go by."""
        for one in submissions:
            if one.form != "text":
                self._file.seek(self._end)
                self._file.write(one.source)
                self._kept[one.question_id][id_of(one.learner)] = _Kept(self._end, len(one.source), one.form)
                self._end += len(one.source)
            yield one

    def texts(self, question_id: str) -> Mapping[str, str]:
        """Keyed id → the code that answers one question, read when it is asked for: it is never all in memory."""
        return _Texts(self._kept.get(question_id, {}), self.text)

    def text(self, kept: _Kept) -> str:
        """What lies at a place."""
        self._file.seek(kept.place)
        read = code_of(self._file.read(kept.size), kept.form)
        return "" if isinstance(read, Text) else read.code.decode("utf-8", "replace")


class _Texts(Mapping[str, str]):
    def __init__(self, kept: Mapping[str, _Kept], read: Callable[[_Kept], str]) -> None:
        self._kept, self._read = kept, read

    def __getitem__(self, learner: str) -> str:
        return self._read(self._kept[learner])

    def __contains__(self, learner: object) -> bool:
        return learner in self._kept

    def __iter__(self) -> Iterator[str]:
        return iter(self._kept)

    def __len__(self) -> int:
        return len(self._kept)
