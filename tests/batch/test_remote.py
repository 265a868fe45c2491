"""What a worker of a cluster says of itself, when it refuses, and what it needs: nothing but the task."""

from __future__ import annotations

import json
import os

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.bank import Library
from quizdl.batch.records import Task
from quizdl.batch.remote import Demand, grade_remotely, introduce, packed, versions_here
from quizdl.batch.work import encode_task
from quizdl.model import Code, Selection
from quizdl.sandbox import Sandbox
from quizdl.sandbox.levels import Level


@pytest.fixture(scope="module")
def level() -> Level:
    """What this machine gives."""
    with Sandbox() as sandbox:
        return sandbox.level()


def task(level: Level, source: bytes = b"def mse(p, y):\n    return ((p - y) ** 2).mean()\n") -> bytes:
    version = Library().find("mse").version
    return encode_task(
        Task(
            key="0", question_id="mse", version=version, source=source, form="python", seed=0, input_seed=1, least=level
        )
    )


def demand(level: Level, **versions: str) -> bytes:
    return msgspec.json.encode(Demand(least=level, versions=msgspec.structs.replace(versions_here(), **versions)))


def test_a_worker_introduces_itself(level: Level) -> None:
    """With the layers that it really has, found by running something."""
    said = json.loads(introduce())
    assert said["process"] == os.getpid()
    assert said["trouble"] is None
    assert said["versions"] == msgspec.to_builtins(versions_here())
    with Sandbox() as sandbox:
        assert tuple(said["isolation"]) == sandbox.isolation()


def test_a_worker_needs_no_bank(level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    """The question travels with its task."""
    question, sent = packed(Library().find("mse")), task(level)
    monkeypatch.setattr(Library, "find", lambda library, question_id: pytest.fail("looked in the bank"))
    monkeypatch.setattr("quizdl.batch.work._own", [])
    reply = json.loads(grade_remotely(demand(level), question, sent))
    assert reply["graded"]["verdict"] == "correct"


def test_every_question_arrives_as_it_was_sent() -> None:
    """Nothing of a question is lost in JSON: not a float's last digit, nor the order of its inputs."""
    from zlib import decompress

    from quizdl.model import Question

    for question in Library().select(Selection(kind="code")):
        arrived = msgspec.json.decode(decompress(packed(question)), type=Question)
        assert arrived == question
        assert isinstance(arrived, Code)
        assert isinstance(question, Code)
        assert list(arrived.inputs) == list(question.inputs)


@pytest.mark.parametrize("name", ["quizdl", "engine", "numpy", "python"])
def test_a_worker_with_another_version_refuses_by_itself(name: str, level: Level) -> None:
    """Two learners' marks must not differ because their code met another NumPy."""
    reply = json.loads(grade_remotely(demand(level, **{name: "0"}), packed(Library().find("mse")), task(level)))
    assert reply["type"] == "Refusal"
    assert f"{name} {getattr(versions_here(), name)}" in reply["reason"]["en"]
    assert f"{name} 0" in reply["reason"]["ja"]


def test_a_worker_below_the_level_refuses_by_itself(level: Level, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the client made of its introduction."""
    if level == "L0":
        pytest.skip("there is no level below this machine's")
    monkeypatch.setenv("QUIZDL_SANDBOX", "L0")
    monkeypatch.setattr("quizdl.batch.work._own", [])
    monkeypatch.setattr("quizdl.batch.remote._known", [])
    reply = json.loads(grade_remotely(demand(level), packed(Library().find("mse")), task(level)))
    assert reply["type"] == "Refusal"
    assert "L0" in reply["reason"]["en"]


@given(st.binary(max_size=40), st.binary(max_size=40), st.binary(max_size=40))
def test_a_worker_never_raises(demanded: bytes, question: bytes, sent: bytes) -> None:
    """dask would log what was raised together with the learner's code."""
    assert json.loads(grade_remotely(demanded, question, sent))["type"] == "Refusal"
