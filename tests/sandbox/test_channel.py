"""What a child says reaches the other side in the order it was said, whole, in as few frames as that allows."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import numpy as np
import pytest

from quizdl.sandbox.inside.channel import Channel
from quizdl.sandbox.values import encode
from quizdl.sandbox.wire import Frame, Frames, pack

NONCE = bytes(range(8))


class Ends:
    """A channel, and the other side of it."""

    def __init__(self, ours: socket.socket, theirs: socket.socket) -> None:
        self.ours, self.frames = ours, Frames(NONCE)
        self.channel = Channel(theirs.fileno(), theirs.fileno())
        ours.sendall(pack(NONCE, "job", {}))
        assert self.channel.receive().kind == "job"

    def heard(self) -> list[Frame]:
        """What has arrived by now."""
        self.ours.setblocking(False)
        found: list[Frame] = []
        while True:
            try:
                found += self.frames.feed(self.ours.recv(1 << 20))
            except BlockingIOError:
                return found


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ends]:
    """A channel that thinks no time passes."""
    monkeypatch.setattr("quizdl.sandbox.inside.channel._now", lambda: 0.0)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        for one in (ours, theirs):
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 22)
        yield Ends(ours, theirs)


def test_small_results_share_a_frame_and_wait_for_the_next_pause(ends: Ends) -> None:
    """Nothing is written until the child has nothing left to say."""
    for index in range(30):
        ends.channel.give(index, *encode(np.full(3, index)), mutated=False)
    assert ends.heard() == []
    ends.channel.flush()
    (frame,) = ends.heard()
    assert [item[0] for item in frame.header["items"]] == list(range(30))
    assert frame.blob == b"".join(np.full(3, index).tobytes() for index in range(30))


def test_an_error_stands_between_the_results_around_it(ends: Ends) -> None:
    """Frames keep the order of the calls, whatever came of each."""
    ends.channel.give(0, *encode(1.0), mutated=False)
    ends.channel.hold("raised", index=1)
    ends.channel.give(2, *encode(2.0), mutated=True)
    ends.channel.flush()
    assert [(frame.kind, frame.header.get("index"), frame.header.get("items")) for frame in ends.heard()] == [
        ("returned", None, [[0, encode(1.0)[0], False]]),
        ("raised", 1, None),
        ("returned", None, [[2, encode(2.0)[0], True]]),
    ]


def test_a_large_result_has_a_frame_of_its_own(ends: Ends) -> None:
    """So each is bounded as it would be alone, and it does not wait."""
    large = np.zeros(40_000)
    ends.channel.give(0, *encode(1.0), mutated=False)
    ends.channel.give(1, *encode(large), mutated=False)
    assert [len(frame.header["items"]) for frame in ends.heard()] == [1, 1]
