"""A learner's own function at work inside a lab: called step by step in the sandbox, its results checked outside.

The function is never imported here. One process runs it, one call after another; each call's inputs follow from the
results so far, which are data and nothing else.
"""

from __future__ import annotations

import ast
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from quizdl.errors import InputError
from quizdl.labs.core import Array, Experiment, Picture
from quizdl.labs.runner import Run
from quizdl.sandbox import Job, Limits, Result, Sandbox
from quizdl.sanitise import printable
from quizdl.text import Text, same


@dataclass(frozen=True)
class Hosted:
    """What became of it. `difference`: the largest one from the engine's results; None where it could not be run."""

    reading: tuple[Text, ...]
    pictures: tuple[Picture, ...] = ()
    difference: float | None = None


@runtime_checkable
class Host(Experiment, Protocol):
    """An experiment in which a learner's function can take the place of the engine's."""

    def host(self, function: str, source: bytes, sandbox: Sandbox) -> Hosted:
        """Put the function of this name to work. Called after the last step."""
        ...


@dataclass(frozen=True)
class Play:
    """How far the function came: the checked results of its calls, and what ended them early, if anything did."""

    results: tuple[tuple[Array, ...], ...]
    trouble: Text | None = None


def hosted_in(run: Run, experiment: Experiment, functions: Sequence[str], source: bytes, sandbox: Sandbox) -> Run:
    """The run with what became of the learner's functions before everything else that it shows.

    Its metrics say of each how far it was from the engine: `gru_step_difference`, NaN where it could not be run.
    """
    if not isinstance(experiment, Host):
        return run
    metrics, reading, pictures = dict(run.outcome.metrics), list[Text](), list[Picture]()
    for function in functions:
        hosted = experiment.host(function, source, sandbox)
        metrics[f"{function}_difference"] = math.nan if hosted.difference is None else hosted.difference
        reading += hosted.reading
        pictures += hosted.pictures
    before = run.outcome
    outcome = replace(
        before, metrics=metrics, reading=(*reading, *before.reading), pictures=(*pictures, *before.pictures)
    )
    return replace(run, outcome=outcome)


def own_functions(path: Path, known: Sequence[str]) -> tuple[bytes, tuple[str, ...]]:
    """The file's bytes, and which of the functions that the lab knows it defines. Raises InputError."""
    with path.open("rb") as file:
        source = file.read(_MOST_BYTES + 1)
    if len(source) > _MOST_BYTES:
        raise InputError(
            Text("コードのファイルが大きすぎます。", "This file of code is too large."),
            None,
            printable(str(path), None),
        )
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        line = getattr(error, "lineno", None)
        where = f"{path}:{line}" if line else str(path)
        raise InputError(
            Text("Python のコードとして読めません（構文エラー）。", "This is not Python: a syntax error."), None, where
        ) from error
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    found = tuple(name for name in known if name in defined)
    if not found:
        listed = ", ".join(known)
        raise InputError(
            Text(
                f"この実験で動かせる関数がありません。次のいずれかを定義してください: {listed}",
                f"It defines no function that this lab can run; it takes one of: {listed}",
            ),
            same(f"quizdl start {known[0].replace('_', '-')}"),
            str(path),
        )
    return source, found


_MOST_BYTES = Limits().source
"""As large as a submission may be."""


def play(
    sandbox: Sandbox,
    source: bytes,
    function: str,
    first: Mapping[str, object],
    following: Callable[[tuple[Array, ...]], Mapping[str, object]],
    shapes: Sequence[tuple[int, ...]],
    count: int,
) -> Play:
    """Call it `count` times: with `first`, then with what `following` makes of the last call's results.

    shapes: those that each call's results must have, one array or a tuple of them. Raises GraderError where the machine
    is at fault.
    """
    checked: list[tuple[Array, ...]] = []
    trouble: list[Text] = []

    def more(results: Sequence[Result]) -> Sequence[Mapping[str, object]]:
        try:
            checked.append(_checked(results[-1], shapes))
        except ValueError as error:
            trouble.append(error.args[0])
            return ()
        return (following(checked[-1]),) if len(checked) < count else ()

    run = sandbox.run(Job(None, source, function, (first,), more=more))
    if run.outcome != "ok" and not trouble and len(checked) < count:
        trouble.append(_outcome(run.outcome, run.message))
    number = len(checked) + 1
    said = [
        Text(f"{number} 回目の呼び出しで止まりました。{text.ja}", f"It stopped at call {number}. {text.en}")
        for text in trouble
    ]
    return Play(tuple(checked), said[0] if said else None)


def _checked(result: Result, shapes: Sequence[tuple[int, ...]]) -> tuple[Array, ...]:
    """The arrays of one call. Raises ValueError with the Text that says what is wrong with them."""
    if result.error is not None:
        raise ValueError(result.error)
    values = result.value if isinstance(result.value, tuple) else (result.value,)
    if len(values) != len(shapes):
        raise ValueError(
            Text(
                f"{len(shapes)} 個の値を返すはずですが、{len(values)} 個です。",
                f"It should return {len(shapes)} values, not {len(values)}.",
            )
        )
    return tuple(_array(value, shape) for value, shape in zip(values, shapes, strict=True))


def _array(value: Any, shape: tuple[int, ...]) -> Array:
    if value is None:
        raise ValueError(Text("何も返しませんでした（None）。", "It returned nothing (None)."))
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(Text("数値の配列ではない値を返しました。", "It returned no array of numbers.")) from error
    if array.shape != shape:
        raise ValueError(
            Text(
                f"形 {shape} を返すはずですが、{array.shape} でした。",
                f"It should return the shape {shape}, not {array.shape}.",
            )
        )
    if not np.isfinite(array).all():
        raise ValueError(Text("無限大か NaN を返しました。", "It returned an infinite number or NaN."))
    return array


def _outcome(outcome: str, message: Text | None) -> Text:
    known = {
        "timeout": Text(
            "時間切れです（無限ループかもしれません）。", "It ran out of time: perhaps a loop without an end."
        ),
        "memory_limit": Text("メモリーを使いすぎました。", "It used too much memory."),
        "output_limit": Text("出力が多すぎました。", "It printed too much."),
        "forbidden": Text("許可されていない操作をしました。", "It did something that is forbidden."),
    }
    if outcome in known:
        return known[outcome]
    if message is None:
        return Text("コードを実行できませんでした。", "The code could not be run.")
    return Text(printable(message.ja), printable(message.en))
