"""Results that came before are the same results, may be changed by nobody, and answer only what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.sandbox.conversation import Conversation
from quizdl.sandbox.known import MOST_BYTES, MOST_BYTES_EACH, MOST_FRAMES, MOST_RESULTS, Known, Latest
from quizdl.sandbox.records import Job, Limits, Result
from quizdl.sandbox.values import WireError, encode
from quizdl.sandbox.wire import Body, Frame, Frames, framed, item, pack

NONCE = b"12345678"
OPENING = b"".join(
    [pack(NONCE, "ready", {"isolation": ["process"]}), pack(NONCE, "compiled", {}), pack(NONCE, "loaded", {})]
)

Given = tuple[object, bool]
"""A value, and whether its call changed the arguments."""


def returned(first: int, given_back: Sequence[Given]) -> bytes:
    """A frame of results as a child sends it."""
    encoded = [encode(value) for value, _ in given_back]
    items = [
        item(number, tree, mutated)
        for number, ((tree, _), (_, mutated)) in enumerate(zip(encoded, given_back, strict=True), start=first)
    ]
    return framed(NONCE, Body.of("returned", items, b"".join(blob for _, blob in encoded)))


def frame_of(data: bytes) -> Frame:
    """The one frame."""
    (found,) = Frames(NONCE).feed(data)
    return found


def talk(calls: int, known: Known | None, visible: int = 0) -> Conversation:
    """A job that has come to its calls."""
    job = Job(None, b"", "f", tuple({"x": 1.0} for _ in range(calls)), visible, known=known)
    begun = Conversation(job, "", Limits(), NONCE, clock=lambda: 0.0)
    begun.opening()
    hear(begun, OPENING)
    return begun


def hear(conversation: Conversation, data: bytes) -> None:
    """Whatever frames there are."""
    for frame in Frames(NONCE).feed(data):
        conversation.receive(frame)


def bits(results: Sequence[Result]) -> list[object]:
    """All that is said of results, seconds aside."""
    return [(encode(one.value), one.mutated, one.error) for one in results]


numbers = st.floats() | st.integers(-3, 3) | st.booleans() | st.none() | st.text(max_size=2) | st.complex_numbers()
arrays = st.builds(
    lambda dtype, entries: np.array(entries).astype(dtype),
    st.sampled_from(["f8", "f4", "i8", "?", "c16"]),
    st.lists(st.integers(-2, 2), max_size=3),
)
values = st.recursive(
    numbers | arrays,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=1), inner, max_size=2)
    ),
    max_leaves=5,
)


@settings(deadline=None)
@given(st.data(), st.lists(st.tuples(values, st.booleans()), min_size=1, max_size=6))
def test_what_came_before_is_read_as_if_it_had_not(data: st.DataObject, given_back: list[Given]) -> None:
    """However it is put into frames, and whoever gave it first."""
    known, alone = Known(), talk(len(given_back), None)
    hear(alone, returned(0, given_back))
    for _ in range(3):
        cuts = sorted(data.draw(st.sets(st.integers(1, len(given_back)))) | {0, len(given_back)})
        shared = talk(len(given_back), known)
        for begin, end in pairwise(cuts):
            hear(shared, returned(begin, given_back[begin:end]))
        assert shared.outcome == alone.outcome == "ok"
        assert bits(shared.results) == bits(alone.results)


@settings(deadline=None)
@given(st.tuples(values, st.booleans()), st.tuples(values, st.booleans()))
def test_one_number_is_one_result_bit_by_bit(one: Given, other: Given) -> None:
    """And what has no number says nothing."""
    known = Known()
    first, second = (talk(1, known) for _ in range(2))
    hear(first, returned(0, [one]))
    hear(second, returned(0, [other]))
    (mine,), (theirs,) = first.results, second.results
    if mine.number and theirs.number:
        assert (mine.number == theirs.number) == (bits([mine]) == bits([theirs]))


@pytest.mark.parametrize("value", [np.arange(3.0), (np.ones(2), 1), 2.5, "x", None])
def test_what_is_shared_can_be_changed_by_nobody(value: object) -> None:
    """An array of it may only be read."""
    known = Known()
    one, other = talk(1, known), talk(1, known)
    for each in (one, other):
        hear(each, returned(0, [(value, False)]))
    assert one.results[0].value is other.results[0].value
    arrays = value if isinstance(value, tuple) else (value,)
    for array in (part for part in arrays if isinstance(part, np.ndarray)):
        found = other.results[0].value
        shared = found[0] if isinstance(found, tuple) else found
        assert isinstance(shared, np.ndarray)
        with pytest.raises(ValueError, match="read-only"):
            shared[...] = array


@pytest.mark.parametrize("value", [[1.0], {"a": 1}, ([1.0], 2.0)])
def test_what_can_be_changed_is_everybodys_own(value: object) -> None:
    """A list, a dict, a tuple that holds one."""
    known = Known()
    one, other = talk(1, known), talk(1, known)
    for each in (one, other):
        hear(each, returned(0, [(value, False)]))
    assert one.results[0].value is not other.results[0].value
    assert one.results[0].number == other.results[0].number == 0


def test_bytes_that_are_known_answer_only_what_was_asked() -> None:
    """Twice, too early, or for calls that are not made yet: they are forged, however well they are known."""
    known = Known()
    frames = [returned(0, [(1.0, False)]), returned(1, [(2.0, False), (3.0, False)])]
    hear(talk(3, known), b"".join(frames))
    for forged, calls, visible in (
        (frames[1], 3, 0),
        (frames[0] * 2, 3, 0),
        (frames[0] + frames[1], 2, 0),
        (frames[0] + frames[1], 3, 2),  # the last call goes out when nothing is heard any more
    ):
        for each in (known, None):
            with pytest.raises(WireError):
                hear(talk(calls, each, visible), forged)


@pytest.mark.parametrize("tree", [["a", "<f8", [5]], ["x"], ["i", "zz"], ["l", 3]])
def test_bytes_that_say_nothing_are_forged_every_time(tree: object) -> None:
    """The same judgement for the same bytes."""
    known = Known()
    hear(talk(2, known), returned(0, [(1.0, False), (1.0, False)]))
    for _ in range(2):
        with pytest.raises(WireError):
            hear(talk(1, known), pack(NONCE, "returned", {"items": [[0, tree, False]]}))


def test_what_is_known_is_bounded() -> None:
    """Of many frames the latest are kept, of large ones fewer, of the largest none."""
    for size in (1, 1000, MOST_BYTES_EACH // 8 - 200, MOST_BYTES_EACH // 8 + 1):
        known, sent = Known(), list[Frame]()
        for number in range(2 * MOST_FRAMES):
            data = returned(0, [(np.full(size, float(number)), False)])
            sent.append(frame_of(data))
            hear(talk(1, known), data)
        kept = [frame for frame in sent if known.find(0, frame)]
        assert len(kept) <= MOST_FRAMES
        assert sum(frame.size for frame in kept) <= MOST_BYTES
        assert bool(kept) == (8 * size < MOST_BYTES_EACH)
        assert kept == sent[len(sent) - len(kept) :]


def test_results_that_are_known_are_bounded() -> None:
    """A result that was forgotten gets another number."""
    known = Known()
    numbers = []
    for number in [*range(MOST_RESULTS + 1), 0]:
        one = talk(1, known)
        hear(one, returned(0, [(number, False)]))
        numbers.append(one.results[0].number)
    assert numbers[-1] != numbers[0]
    assert len(set(numbers)) == len(numbers)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9))), st.integers(0, 4), st.integers(0, 20))
def test_the_latest_are_kept_within_both_bounds(steps: list[tuple[int, int]], most: int, most_bytes: int) -> None:
    """What is there is what was kept last; what was used last is there if it fits at all."""
    latest: Latest[int, int] = Latest(most, most_bytes)
    weights = dict[int, int]()
    for place, (key, weight) in enumerate(steps):
        latest.keep(key, place, weight)
        weights[key] = weight
        assert (latest.get(key) == place) == (most > 0 and weight <= most_bytes)
        there = [key for key in weights if latest.get(key) is not None]
        assert len(latest) == len(there) <= most
        assert sum(weights[key] for key in there) <= most_bytes
