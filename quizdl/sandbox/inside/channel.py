"""The child's end of its conversation with the trusted side."""

from __future__ import annotations

import os
import select
import time
from collections import deque
from typing import Any

from quizdl.sandbox.values import Tree
from quizdl.sandbox.wire import Body, Frame, Frames, framed, item, pack

_CHUNK = 1 << 18
_MOST_HELD = 1 << 16
_HELD_SECONDS = 0.005
_now = time.monotonic  # a learner's `time.monotonic = ...` changes nothing here


class Channel:
    """Sends and receives whole frames over two descriptors, or one that goes both ways.

    They may be set not to block, so that a learner's `os.read` on a guessed number returns at once. The nonce is the
    one of the first frame that comes in.
    """

    def __init__(self, reading: int, writing: int) -> None:
        self._reading, self._writing = reading, writing
        self._frames = Frames(None)
        self._received: deque[Frame] = deque()
        self._held = bytearray()
        self._items: list[str] = []  # of a frame that is not made yet, and what they weigh
        self._blobs: list[bytes] = []
        self._weight = 0
        self._last_write = 0.0

    def send(self, kind: str, **header: Any) -> None:
        """Raises TooLargeError before the first byte is written."""
        self.hold(kind, **header)
        self.flush()

    def hold(self, kind: str, **header: Any) -> None:
        """As `send`, but the frame may wait for the next ones: waking the other side costs more than a small call.

        It waits no longer than until this side waits itself, and less than a large result or a slow call takes.
        """
        self._frame_items()
        self._held += pack(self._nonce(), kind, header)
        self._flush_when_due()

    def give(self, index: int, tree: Tree, blob: bytes, *, mutated: bool) -> None:
        """The result of a call, which is held as others are and shares a frame with those before it.

        Raises TooLargeError.
        """
        text = item(index, tree, mutated)
        size = len(text) + len(blob)
        if self._weight + size > _MOST_HELD:
            self._frame_items()
        self._items.append(text)
        self._blobs.append(blob)
        self._weight += size
        self._flush_when_due()

    def _frame_items(self) -> None:
        if self._items:
            body = Body.of("returned", self._items, b"".join(self._blobs))
            self._items, self._blobs, self._weight = [], [], 0
            self._held += framed(self._nonce(), body)

    def _nonce(self) -> bytes:
        assert self._frames.nonce is not None  # noqa: S101 - the other side speaks first
        return self._frames.nonce

    def _flush_when_due(self) -> None:
        if len(self._held) + self._weight > _MOST_HELD or _now() - self._last_write > _HELD_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Writes what is held."""
        self._frame_items()
        data, self._held = self._held, bytearray()
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._writing, rest) :]
            except BlockingIOError:
                _wait(self._writing, "POLLOUT")
        self._last_write = _now()

    def receive(self) -> Frame:
        """The next frame. Raises EOFError."""
        while not self._received:
            self._received.extend(self._frames.feed(self._read()))
        return self._received.popleft()

    def _read(self) -> bytes:
        if self._held or self._items:
            self.flush()
        while True:
            try:
                data = os.read(self._reading, _CHUNK)
            except BlockingIOError:
                _wait(self._reading, "POLLIN")
                continue
            if not data:
                raise EOFError
            return data


def _wait(descriptor: int, event: str) -> None:
    poller = select.poll()
    poller.register(descriptor, getattr(select, event))
    poller.poll()
