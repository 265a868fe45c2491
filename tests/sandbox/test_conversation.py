"""The trusted side believes only what it asked for, in the order it asked."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.sandbox.conversation import Conversation
from quizdl.sandbox.lost import ServerLostError
from quizdl.sandbox.outcome import run_of
from quizdl.sandbox.records import Ending, Job, Limits
from quizdl.sandbox.values import WireError, encode
from quizdl.sandbox.wire import Frame, Frames

NONCE = b"12345678"
LIMITS = Limits()


def conversation(calls: int = 2, visible: int = 0) -> Conversation:
    arguments = tuple({"x": np.ones(2), "y": float(number)} for number in range(calls))
    return Conversation(Job(None, b"", "f", arguments, visible), "", LIMITS, NONCE, clock=lambda: 0.0)


def frame(kind: str, blob: bytes = b"", **header: Any) -> Frame:
    return Frame(kind, header, blob)


READY = frame("ready", isolation=["process"])
OPENING = (READY, frame("compiled"), frame("loaded"))


def returned(index: int, value: object = 1.0) -> Frame:
    tree, blob = encode(value)
    return frame("returned", blob, items=[[index, tree, False]])


def asked(sent: list[Frame]) -> list[int]:
    """The numbers of the calls that were sent."""
    return [index for item in sent if item.kind == "calls" for index, _ in item.header["items"]]


def play(talk: Conversation, *frames: Frame) -> list[Frame]:
    sent = b"".join(talk.receive(item) for item in frames)
    return list(Frames(NONCE).feed(sent))


def test_an_honest_job_is_asked_call_by_call_and_ends_ok() -> None:
    """Each call is sent once, results keep their order, and the outcome waits for the last."""
    talk = conversation(calls=20)
    sent = list(Frames(NONCE).feed(talk.opening())) + play(talk, *OPENING)
    for index in range(20):
        assert talk.outcome is None
        sent += play(talk, returned(index, float(index)))
    assert talk.outcome == "ok"
    assert [item.kind for item in sent] == ["job", "calls"]
    assert asked(sent) == list(range(20))
    assert [result.value for result in talk.results] == [float(index) for index in range(20)]


@pytest.mark.parametrize("visible", [0, 12])
def test_the_child_is_never_far_ahead(visible: int) -> None:
    """A child that answers nothing is not flooded with inputs, but one call is always on its way."""
    for size, most in ((1 << 20, 1), (1 << 10, 300)):
        calls = tuple({"x": np.ones(size // 8)} for _ in range(300))
        talk = Conversation(Job(None, b"", "f", calls, visible), "", LIMITS, NONCE, clock=lambda: 0.0)
        sent = list(Frames(NONCE).feed(talk.opening()))[1:]
        talk.prepare()
        sent += play(talk, *OPENING)
        assert 1 <= len(asked(sent)) <= most
        assert sum(len(item.blob) for item in sent) <= max(size, 300 << 10)
        for index in range(300):
            assert len(asked(sent)) > index
            sent += play(talk, returned(index))
        assert (talk.outcome, asked(sent)) == ("ok", list(range(300)))


def test_results_that_share_a_frame_are_those_of_frames_of_their_own() -> None:
    """Each has its part of the bytes, in order; bytes that belong to none are forged."""
    values = [np.arange(3.0), 2.5, [np.ones((2, 2)), "b"], np.zeros(0)]
    encoded = [encode(value) for value in values]
    items = [[index, tree, index == 1] for index, (tree, _) in enumerate(encoded)]
    blob = b"".join(part for _, part in encoded)
    talk = conversation(calls=4)
    play(talk, *OPENING, frame("returned", blob, items=items))
    assert talk.outcome == "ok"
    assert [encode(result.value) for result in talk.results] == encoded
    assert [result.mutated for result in talk.results] == [False, True, False, False]
    with pytest.raises(WireError):
        play(conversation(calls=4), *OPENING, frame("returned", blob + b"x", items=items))


@pytest.mark.parametrize("visible", [0, 1, 3, 5, 9])
def test_hidden_inputs_are_sent_when_nothing_is_heard_any_more(visible: int) -> None:
    """Code that reads its inputs early finds only those whose output may be shown."""
    talk = conversation(calls=5, visible=visible)
    sent = list(Frames(NONCE).feed(talk.opening()))[1:]
    for item in (*OPENING, *map(returned, range(5))):
        assert talk.past_visible or len(asked(sent)) <= visible
        sent += play(talk, item)
    assert asked(sent) == list(range(5))


@pytest.mark.parametrize(
    "frames",
    [
        (returned(0),),
        (READY, frame("loaded")),
        (READY, READY),
        (*OPENING, returned(1)),
        (*OPENING, returned(0), returned(0)),
        (*OPENING, frame("done")),
        (*OPENING, frame("returned", items=[[0, ["a", "<f8", [5]], False]])),
        (*OPENING, frame("returned", items=[[0, ["x"], False]])),
        (*OPENING, frame("returned", b"more", items=[[0, None, False]])),
        (*OPENING, frame("returned", items=[[False, None, False]])),
        (*OPENING, frame("returned", items=[[0, None, 1]])),
        (*OPENING, frame("returned", items=[[0, None]])),
        (*OPENING, frame("returned", items=[0, None, False])),
        (*OPENING, frame("returned", items=[[0, None, False], [0, None, False]])),
        (*OPENING, frame("returned", items=[[index, None, False] for index in range(3)])),
        (*OPENING, frame("returned", items=[])),
        (*OPENING, frame("returned")),
        (*OPENING, frame("raised", index=0, type=1, message="", line=None)),
        (*OPENING, frame("raised", index=0, type="E", message="", line=-1)),
        (READY, frame("compiled"), frame("missing", found="abc")),
        (frame("ready", isolation=[1]),),
    ],
)
def test_frames_that_were_not_asked_for_are_forged(frames: tuple[Frame, ...]) -> None:
    """Out of order, twice, unknown, or not as the harness writes them."""
    talk = conversation()
    with pytest.raises(WireError):
        play(talk, *frames)


KINDS = [
    "ready",
    "compiled",
    "loaded",
    "returned",
    "raised",
    "syntax",
    "failed",
    "missing",
    "arity",
    "forbidden",
    "done",
]
fields = st.dictionaries(
    st.sampled_from(
        ["index", "items", "mutated", "type", "message", "line", "found", "signature", "isolation", "what"]
    ),
    st.none()
    | st.booleans()
    | st.integers(-1, 3)
    | st.text(max_size=3)
    | st.lists(st.text(max_size=2), max_size=2)
    | st.lists(st.tuples(st.integers(0, 2), st.none() | st.text(max_size=2), st.booleans()).map(list), max_size=3),
)


@settings(deadline=None)
@given(st.lists(st.builds(Frame, st.sampled_from(KINDS), fields, st.binary(max_size=8)), max_size=6))
def test_no_stream_of_frames_does_more_than_end_or_be_refused(frames: list[Frame]) -> None:
    """Whatever a child says, at most as many results are kept as calls were made, and ok means exactly as many."""
    talk = conversation(calls=2)
    with contextlib.suppress(WireError):
        play(talk, *OPENING[:1], *frames)
    assert len(talk.results) <= 2
    assert talk.outcome != "ok" or len(talk.results) == 2


def test_what_the_child_says_is_sanitised() -> None:
    """Control, bidirectional and escape characters of an exception's name and message do not pass."""
    talk = conversation()
    play(talk, *OPENING, frame("raised", index=0, type="E\x1b[31m\u202e", message="a\x07b", line=3))
    error = talk.results[0].error
    assert error is not None
    assert error.en == "E: ab (line 3)"
    assert error.ja == "E: ab（3 行目）"


def test_results_cannot_change_a_verdict_that_is_reached() -> None:
    """After the end every frame is ignored."""
    talk = conversation(calls=1)
    play(talk, *OPENING, returned(0))
    assert play(talk, returned(0), frame("forbidden", what="x", detail="")) == []
    assert (talk.outcome, len(talk.results)) == ("ok", 1)


def test_all_results_together_are_bounded() -> None:
    """Each may be large, but the trusted side keeps them all; the first one over the bound ends the job."""
    talk = conversation(calls=40)
    play(talk, *OPENING)
    for index in range(40):
        if talk.outcome is None:
            talk.receive(Frame("returned", {"items": [[index, None, False]]}, b"", size=4 << 20))
    assert talk.outcome == "output_limit"
    assert len(talk.results) == 16


def run_after(ending: Ending, *frames: Frame) -> str:
    talk = conversation()
    play(talk, *frames)
    return run_of(talk, ending, LIMITS).outcome


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (Ending("wall", signal=9), "timeout"),
        (Ending("output", signal=9), "output_limit"),
        (Ending("forged", signal=9), "forbidden"),
        (Ending("vanished", signal=24), "timeout"),
        (Ending("vanished", signal=9, cpu=2.9), "timeout"),
        (Ending("vanished", signal=9, cpu=0.1), "runtime_error"),
        (Ending("vanished", signal=31), "forbidden"),
        (Ending("vanished", signal=11), "runtime_error"),
        (Ending("vanished", exit_code=0), "runtime_error"),
    ],
)
def test_the_way_a_process_ends_gives_its_outcome(ending: Ending, outcome: str) -> None:
    """Limits are timeouts and floods, filters are forbidden, the rest is the program's own end."""
    assert run_after(ending, *OPENING) == outcome


def test_a_death_while_compiling_is_a_syntax_error() -> None:
    """A nest of brackets can kill the parser itself."""
    assert run_after(Ending("vanished", signal=11), READY) == "syntax_error"


def test_a_death_before_the_first_frame_is_never_the_learners() -> None:
    """It is raised for the sandbox to retry, with what the process printed."""
    with pytest.raises(ServerLostError, match="no memory"):
        run_after(Ending("vanished", exit_code=1, hidden=b"Traceback\nOSError: no memory\n"))
