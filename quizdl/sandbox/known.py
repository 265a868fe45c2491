"""Results that came before, byte for byte: in a class many programs give the same ones, and to read them is most work.

What bytes say follows from them alone, whoever sent them; whether they answer what was asked is for `Conversation` to
see, every time anew. Only what nobody can change is shared, and only the latest of it is kept.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from itertools import count
from typing import Generic, TypeVar

import numpy as np

from quizdl.sandbox.records import Result
from quizdl.sandbox.values import Unsupported
from quizdl.sandbox.wire import Frame

MOST_FRAMES, MOST_RESULTS = 64, 1024
MOST_BYTES, MOST_BYTES_EACH = 512 << 10, 64 << 10

_UNCHANGING = frozenset([bool, int, float, complex, str, type(None), Unsupported])

Key = TypeVar("Key", bound=Hashable)
Kept = TypeVar("Kept")


class Latest(Generic[Key, Kept]):
    """What was used last, as much of it as two bounds allow: a number of things, and the bytes of all together."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._most, self._most_bytes = most, most_bytes
        self._kept: OrderedDict[Key, tuple[Kept, int]] = OrderedDict()
        self._bytes = 0

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Key) -> Kept | None:
        """What was kept under the key, None where it is not there (any more)."""
        found = self._kept.get(key)
        if found is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def keep(self, key: Key, value: Kept, weight: int = 0) -> None:
        """weight: in bytes. What was not used for longest gives way."""
        self._bytes += weight - self._kept.pop(key, (None, 0))[1]
        self._kept[key] = value, weight
        while len(self._kept) > self._most or self._bytes > self._most_bytes:
            self._bytes -= self._kept.popitem(last=False)[1][1]


class Known:
    """The results that the submissions to one question gave, and the frames that they came in."""

    def __init__(self) -> None:
        self._frames: Latest[tuple[int, bytes, bytes], tuple[Result, ...]] = Latest(MOST_FRAMES, MOST_BYTES)
        self._results: Latest[tuple[str, bool, bytes], Result] = Latest(MOST_RESULTS, MOST_BYTES)
        self._numbers = count(1)

    def find(self, first: int, frame: Frame) -> Sequence[Result]:
        """What the frame says where its results are those from number `first` on; none where that is not known."""
        return self._frames.get((first, frame.text, frame.blob)) or ()

    def keep(self, first: int, frame: Frame, results: Sequence[Result]) -> None:
        """What the frame was found to say. results: as `shared` gave them."""
        if frame.text and frame.size <= MOST_BYTES_EACH and all(one.number for one in results):
            self._frames.keep((first, frame.text, frame.blob), tuple(results), frame.size)

    def shared(self, tree: object, blob: bytes, result: Result) -> Result:
        """The one that came before of the same bytes, else this one with a number; without, where it can be changed.

        tree, blob: what it was read from, however results were put into frames.
        """
        text = repr(tree)
        size = len(text) + len(blob)
        if size > MOST_BYTES_EACH or not _is_lasting(result.value):
            return result
        found = self._results.get((text, result.mutated, blob))
        if found is None:
            found = Result(value=result.value, mutated=result.mutated, number=next(self._numbers))
            self._results.keep((text, result.mutated, blob), found, size)
        return found


def _is_lasting(value: object) -> bool:
    """Whether nobody can change the value, now that its arrays may only be read."""
    if isinstance(value, np.ndarray):
        value.flags.writeable = False
        return True
    return all(map(_is_lasting, value)) if isinstance(value, tuple) else type(value) in _UNCHANGING
