"""Frames are cut from a stream however it arrives, and a stream that is not ours is refused at once."""

from __future__ import annotations

import json
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.sandbox.values import DTYPES, TooLargeError, WireError
from quizdl.sandbox.wire import HEAD, MAGIC, MAX_BLOB, MAX_HEADER, Body, Frames, framed, item, pack

NONCE = bytes(range(8))

headers = st.dictionaries(
    st.text(max_size=5).filter(lambda key: key != "kind"), st.integers() | st.text(max_size=5), max_size=3
)
messages = st.lists(st.tuples(st.text(max_size=8), headers, st.binary(max_size=64)), max_size=4)


@settings(deadline=None)
@given(messages, st.integers(1, 50))
def test_frames_survive_any_cutting_of_the_stream(sent: list[tuple[str, dict[str, object], bytes]], size: int) -> None:
    """Pieces of any size give the same frames in the same order."""
    stream = b"".join(pack(NONCE, *message) for message in sent)
    frames = Frames(NONCE)
    got = [
        (frame.kind, frame.header, frame.blob)
        for start in range(0, len(stream), size)
        for frame in frames.feed(stream[start : start + size])
    ]
    assert got == sent


arrays = st.tuples(st.sampled_from(sorted(DTYPES)), st.lists(st.integers(0, 1 << 31), max_size=8)).map(
    lambda form: ["a", *form]
)
fields = (
    st.integers() | st.booleans() | st.none() | st.text(max_size=5) | arrays | st.lists(st.text('a<f8"', max_size=3))
)


@settings(deadline=None)
@given(st.lists(st.lists(fields, max_size=3), max_size=6), st.binary(max_size=64))
def test_things_that_share_a_frame_arrive_as_they_were_given(things: list[list[object]], blob: bytes) -> None:
    """A list of them is put together as text, and read as any other header."""
    stream = framed(NONCE, Body.of("many", [item(*thing) for thing in things], blob))
    assert [frame[:3] for frame in Frames(NONCE).feed(stream)] == [("many", {"items": things}, blob)]


def test_what_fits_alone_fits_its_frame() -> None:
    """The most that one thing may be is a header's bound without what stands around it."""
    most = MAX_HEADER - 200
    assert Body.of("calls", [item("x" * most)], b"").header_bytes <= MAX_HEADER
    with pytest.raises(TooLargeError):
        item("x" * MAX_HEADER)


@settings(deadline=None)
@given(st.binary(max_size=200), st.booleans())
def test_any_bytes_give_frames_or_a_clean_refusal(data: bytes, plausible: bool) -> None:
    """Nothing but WireError comes of forged bytes, not even behind a genuine head."""
    stream = HEAD.pack(MAGIC, NONCE, len(data) // 2, len(data) - len(data) // 2) + data if plausible else data
    try:
        for frame in Frames(NONCE).feed(stream):
            assert isinstance(frame.header, dict)
    except WireError:
        pass


@pytest.mark.parametrize(
    "stream",
    [
        b"q" + b"x" * 3,
        b"\x80\x04pickle",
        HEAD.pack(b"QZ1\0", NONCE, 2, 0),
        HEAD.pack(MAGIC, bytes(8), 2, 0),
        HEAD.pack(MAGIC, NONCE, MAX_HEADER + 1, 0),
        HEAD.pack(MAGIC, NONCE, (1 << 32) - 1, 0),
        HEAD.pack(MAGIC, NONCE, 2, MAX_BLOB + 1),
        HEAD.pack(MAGIC, NONCE, 2, 0) + b"[]",
        HEAD.pack(MAGIC, NONCE, 2, 0) + b"{}",
        HEAD.pack(MAGIC, NONCE, 10, 0) + b'{"kind":1}',
        HEAD.pack(MAGIC, NONCE, 20, 0) + b'{"kind":"x","v":NaN}',
        HEAD.pack(MAGIC, NONCE, 14, 0) + b'{"kind":"x"}  ',
        HEAD.pack(MAGIC, NONCE, 14, 0) + b'  {"kind":"x"}',
        HEAD.pack(MAGIC, NONCE, 100_000, 0) + b"[" * 100_000,
        HEAD.pack(MAGIC, NONCE, 10_010, 0) + b'{"kind":' + b"9" * 10_001 + b"}",
        HEAD.pack(MAGIC, NONCE, 4, 0) + b"\xff\xfe{}",
    ],
)
def test_forged_streams_are_refused(stream: bytes) -> None:
    """Wrong magic, wrong nonce, lengths out of bounds, and headers that are not ours."""
    with pytest.raises(WireError):
        list(Frames(NONCE).feed(stream))


def test_a_huge_claimed_length_allocates_nothing() -> None:
    """The bound is checked on the number in the head, before any byte of the body is waited for."""
    tracemalloc.start()
    try:
        with pytest.raises(WireError):
            list(Frames(NONCE).feed(HEAD.pack(MAGIC, NONCE, 1 << 31, 1 << 31)))
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_a_frame_that_is_too_large_is_never_sent() -> None:
    """The sender knows the same bounds as the reader."""
    with pytest.raises(TooLargeError):
        pack(NONCE, "x", {}, bytes(MAX_BLOB + 1))
    with pytest.raises(TooLargeError):
        pack(NONCE, "x", {"text": "x" * MAX_HEADER})


def test_replacing_json_afterwards_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A learner's `json.dumps = ...` is not what frames are written with."""
    monkeypatch.setattr(json, "dumps", lambda *args, **kwargs: "{}")
    (frame,) = Frames(NONCE).feed(pack(NONCE, "kept", {}))
    assert frame.kind == "kept"
