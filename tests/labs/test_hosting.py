"""A learner's own function inside a lab: right, wrong, and every way in which it can fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from quizdl.errors import InputError
from quizdl.labs.binary_addition import LAB as ADDITION
from quizdl.labs.binary_addition import Addition
from quizdl.labs.core import Lab, Setting
from quizdl.labs.hosting import Hosted, hosted_in, own_functions
from quizdl.labs.runner import run
from quizdl.labs.sine_wave import LAB as WAVE
from quizdl.labs.sine_wave import SineWave
from quizdl.paths import bank_root
from quizdl.sandbox import Limits, Sandbox

SOLUTIONS = bank_root() / "solutions" / "day3"
RIGHT = (SOLUTIONS / "gru_step.py").read_bytes()


def settings(lab: Lab, **changed: Setting) -> dict[str, Setting]:
    return lab.smallest(steps=3) | changed


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(replace(Limits(), cpu=1.0, wall=3.0)) as one:
        yield one


@pytest.fixture(scope="module")
def wave() -> SineWave:
    one = SineWave(settings(WAVE, layer="all", horizon=20), None)
    for _ in one.steps():
        pass
    return one


def hosted(wave: SineWave, source: bytes | str, sandbox: Sandbox, function: str = "gru_step") -> Hosted:
    return wave.host(function, source.encode() if isinstance(source, str) else source, sandbox)


@pytest.mark.parametrize("layer", ["rnn", "lstm", "gru"])
def test_a_right_step_draws_the_engines_wave(wave: SineWave, sandbox: Sandbox, layer: str) -> None:
    """The bank's worked answers, to rounding; both lines stand in one picture."""
    found = hosted(wave, (SOLUTIONS / f"{layer}_step.py").read_bytes(), sandbox, f"{layer}_step")
    assert found.difference is not None
    assert found.difference < 1e-9
    assert len(found.pictures) == 1
    assert "the same" in found.reading[0].en


def test_a_wrong_step_is_told_by_how_much(wave: SineWave, sandbox: Sandbox) -> None:
    """And which command finds out why."""
    wrong = RIGHT.replace(b"(1 - z) * h + z * n", b"z * h + (1 - z) * n")
    found = hosted(wave, wrong, sandbox)
    assert found.difference is not None
    assert found.difference > 1e-3
    assert "quizdl submit gru-step" in found.reading[0].en


FAULTS = {
    "while True: pass": "time",
    "raise ValueError('boo')": "ValueError: boo",
    "return np.zeros((3, 3))": "(3, 3)",
    "return h, h": "1 value",
    "return None": "nothing (None)",
    "return 'words'": "no array of numbers",
    "return h * np.nan": "NaN",
    "import os; os._exit(3)": "ended",
    "print('x' * 10**7); return h": "too much",
}


@pytest.mark.parametrize("body", FAULTS)
def test_a_failing_step_is_said_and_the_lab_goes_on(wave: SineWave, sandbox: Sandbox, body: str) -> None:
    """In one sentence with the call at which it stopped; no difference is claimed."""
    found = hosted(wave, f"import numpy as np\ndef gru_step(x, h, W, U, b):\n    {body}\n", sandbox)
    assert found.difference is None
    assert "call 1" in found.reading[0].en
    assert FAULTS[body] in found.reading[0].en
    assert found.reading[0].ja


def test_a_step_that_fails_later_shows_how_far_it_came(wave: SineWave, sandbox: Sandbox) -> None:
    """The calls before are drawn."""
    source = (
        RIGHT
        + b"\n_right, _calls = gru_step, []\n"
        + (b"def gru_step(*a):\n    _calls.append(1)\n    return _right(*a) if len(_calls) < 6 else None\n")
    )
    found = hosted(wave, source, sandbox)
    assert "call 6" in found.reading[0].en
    shown = found.pictures[0].series[-1]  # type: ignore[union-attr]
    assert len(shown.xs) == 6


def test_it_never_runs_in_this_process(wave: SineWave, sandbox: Sandbox, tmp_path: Path) -> None:
    """What the file does at import cannot be seen here."""
    mark = tmp_path / "mark"
    source = f"import builtins\nbuiltins.hacked = 1\nopen({str(mark)!r}, 'w').write('x')\n".encode() + RIGHT
    hosted(wave, source, sandbox)
    import builtins

    assert not hasattr(builtins, "hacked")


def test_the_rnn_adds_with_a_learners_step(sandbox: Sandbox) -> None:
    """As rightly as the engine's; other activations are left out in a sentence."""
    source = (SOLUTIONS / "rnn_step.py").read_bytes()
    one = Addition(settings(ADDITION))
    found = one.host("rnn_step", source, sandbox)
    assert found.difference is not None
    assert found.difference < 1e-5
    assert Addition(settings(ADDITION, activation="relu")).host("rnn_step", source, sandbox).difference is None


def test_a_layer_that_was_not_trained_is_named(sandbox: Sandbox) -> None:
    """Nothing is run."""
    alone = SineWave(settings(WAVE, layer="rnn"), None)
    assert "--layer gru" in alone.host("gru_step", RIGHT, sandbox).reading[0].en


def test_the_run_carries_what_came_of_it(sandbox: Sandbox) -> None:
    """First in reading and pictures, a number among the metrics; also where it failed."""
    chosen = settings(WAVE)
    one = SineWave(chosen, None)
    done = run(WAVE, chosen, one)
    after = hosted_in(done, one, ("gru_step",), RIGHT, sandbox)
    assert after.outcome.metrics["gru_step_difference"] < 1e-9
    assert after.outcome.reading[1:] == done.outcome.reading
    failed = hosted_in(done, one, ("gru_step",), b"def gru_step(): pass\n", sandbox)
    assert failed.outcome.metrics["gru_step_difference"] != failed.outcome.metrics["gru_step_difference"]
    assert failed.outcome.metrics["gru_rmse"] == done.outcome.metrics["gru_rmse"]


def test_a_file_is_read_without_being_run(tmp_path: Path) -> None:
    """Its functions are found by their names; a file without any, a syntax error and a huge file are input errors."""
    path = tmp_path / "mine.py"
    path.write_text("raise SystemExit\ndef lstm_step(): ...\ndef other(): ...\ndef gru_step(): ...\n", encoding="utf-8")
    assert own_functions(path, ("rnn_step", "lstm_step", "gru_step"))[1] == ("lstm_step", "gru_step")
    for text in ("x = 1\n", "def gru_step(:\n", "\0", "#" * 70_000):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(InputError):
            own_functions(path, ("gru_step",))
