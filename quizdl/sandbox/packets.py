"""Calls as they are sent: many small ones share a frame, for a frame costs more than a small call."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from quizdl.errors import GraderError
from quizdl.sandbox.values import TooLargeError, encode
from quizdl.sandbox.wire import Body, item
from quizdl.text import Text

_MOST = 32 << 10  # bytes that small calls share


@dataclass(frozen=True, slots=True)
class Packet:
    """One frame with the calls from number `first` to before `end`."""

    first: int
    end: int
    body: Body


def of(function: str, calls: Sequence[Mapping[str, object]], first: int = 0) -> Iterator[Packet]:
    """Calls of a function, the first of which is number `first`. Raises GraderError where one cannot be passed on."""
    items: list[str] = []
    blobs: list[bytes] = []
    size = 0
    for index, arguments in enumerate(calls, first):
        text, blob = _call(function, index, arguments)
        if items and size + len(text) + len(blob) > _MOST:
            yield _packet(index, items, blobs)
            items, blobs, size = [], [], 0
        items.append(text)
        blobs.append(blob)
        size += len(text) + len(blob)
    if items:
        yield _packet(first + len(calls), items, blobs)


def of_job(function: str, calls: Sequence[Mapping[str, object]], visible: int) -> Iterator[Packet]:
    """As `of`, but no packet holds both calls that may be heard, the first `visible` ones, and others."""
    yield from of(function, calls[:visible])
    yield from of(function, calls[visible:], min(visible, len(calls)))


def _packet(end: int, items: list[str], blobs: list[bytes]) -> Packet:
    return Packet(end - len(items), end, Body.of("calls", items, b"".join(blobs)))


def _call(function: str, index: int, arguments: Mapping[str, object]) -> tuple[str, bytes]:
    try:
        tree, blob = encode(list(arguments.values()))
        text = item(index, tree)
    except TooLargeError as too_large:
        raise _unsendable(function, index, str(too_large)) from too_large
    if type(tree) is list and tree[0] == "u":
        raise _unsendable(function, index, tree[1])
    return text, blob


def _unsendable(function: str, index: int, reason: str) -> GraderError:
    """An input that no child can be given is the bank's fault."""
    return GraderError(
        Text(
            f"関数 {function} の {index + 1} 番目の入力を渡せません: {reason}",
            f"Input {index + 1} of the function {function} cannot be passed on: {reason}",
        ),
        Text("`quizdl bank check` で問題を確認してください。", "Check the question with `quizdl bank check`."),
    )
