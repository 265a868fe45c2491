"""The child's end of its conversation with the trusted side."""

from __future__ import annotations

import os
import select
from collections import deque
from typing import Any

from quizdl.sandbox.wire import Frame, Frames, pack

_CHUNK = 1 << 16


class Channel:
    """Sends and receives whole frames over two descriptors, or one that goes both ways.

    They may be set not to block, so that a learner's `os.read` on a guessed number returns at once.
    """

    def __init__(self, reading: int, writing: int, nonce: bytes) -> None:
        self._reading, self._writing, self._nonce = reading, writing, nonce
        self._frames = Frames(nonce)
        self._received: deque[Frame] = deque()

    def send(self, kind: str, blob: bytes = b"", **header: Any) -> None:
        """Raises TooLargeError before the first byte is written."""
        rest = memoryview(pack(self._nonce, kind, header, blob))
        while rest:
            try:
                rest = rest[os.write(self._writing, rest) :]
            except BlockingIOError:
                _wait(self._writing, "POLLOUT")

    def receive(self) -> Frame:
        """The next frame. Raises EOFError."""
        while not self._received:
            self._received.extend(self._frames.feed(self._read()))
        return self._received.popleft()

    def _read(self) -> bytes:
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
