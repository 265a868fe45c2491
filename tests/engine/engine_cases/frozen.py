"""PyTorch's answers, kept in a file, so that parity is proved where PyTorch is not installed.

`python tests/engine/freeze.py` writes them anew. A family's file holds one flat vector of float64 and an index.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import numpy as np

from engine_cases.kinds import Parity

FOLDER = Path(__file__).with_name("frozen")
ARRIVING_SEED = 99

Answers = dict[str, np.ndarray]
"""Outputs ("0", "1", …) and gradients ("d x", …) of one case."""


def families() -> list[str]:
    """The files of this folder that hold cases."""
    names = [module.name for module in iter_modules([str(Path(__file__).parent)])]
    return [name for name in names if name not in {"kinds", "frozen"}]


AT_LENGTH = ("blocks", "convolution")
"""Families whose layers take a short cut for small arrays, such as nearly all of these cases are."""


@contextmanager
def no_short_cuts() -> Iterator[None]:
    """The engine's general forms alone."""
    from quizdl.engine import convolution

    before, convolution.SMALL = convolution.SMALL, 0
    try:
        yield
    finally:
        convolution.SMALL = before


def parity_cases(family: str) -> list[Parity]:
    """The family's cases."""
    cases: list[Parity] = getattr(import_module(f"engine_cases.{family}"), "PARITY", [])
    return cases


def arriving(outputs: tuple[Any, ...]) -> list[np.ndarray]:
    """The gradients that arrive at the outputs, the same for both sides."""
    rng = np.random.RandomState(ARRIVING_SEED)
    return [rng.standard_normal(np.shape(y)) for y in outputs]


def ours(case: Parity) -> Answers:
    """What the engine answers."""
    outputs, cache = case.forward(**case.arguments)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    answers = {str(k): np.asarray(y, dtype=np.float64) for k, y in enumerate(outputs)}
    if case.backward is not None:
        gradients = case.backward(*arriving(outputs), cache)
        for name in _flat(case.arguments):
            answers[f"d {name}"] = np.asarray(gradients[name], dtype=np.float64)
    return answers


def theirs(case: Parity, torch: Any) -> Answers:
    """What PyTorch answers."""
    leaves = {name: _leaf(x, torch, case.backward is not None) for name, x in case.arguments.items()}
    outputs = case.oracle(torch, **leaves)
    outputs = outputs if isinstance(outputs, tuple) else (outputs,)
    answers = {str(k): y.detach().to(torch.float64).numpy() for k, y in enumerate(outputs)}
    if case.backward is not None:
        above = [torch.tensor(d) for d in arriving(outputs)]
        total = sum((y * d).sum() for y, d in zip(outputs, above, strict=True))
        total.backward()
        for name, leaf in _flat(leaves).items():
            gradient = torch.zeros_like(leaf) if leaf.grad is None else leaf.grad
            answers[f"d {name}"] = gradient.numpy()
    return answers


def save(family: str, answers: Mapping[str, Answers]) -> None:
    """Writes a family's file."""
    index = {case: {key: list(x.shape) for key, x in found.items()} for case, found in answers.items()}
    values = [np.ravel(x) for found in answers.values() for x in found.values()]
    text = np.frombuffer(json.dumps(index, ensure_ascii=False).encode(), dtype=np.uint8)
    FOLDER.mkdir(exist_ok=True)
    np.savez_compressed(FOLDER / f"{family}.npz", index=text, values=np.concatenate(values))


def load(family: str) -> dict[str, Answers]:
    """Reads a family's file; empty where there is none."""
    path = FOLDER / f"{family}.npz"
    if not path.exists():
        return {}
    with np.load(path) as file:
        index, values = json.loads(file["index"].tobytes()), file["values"]
    answers: dict[str, Answers] = {}
    start = 0
    for case, shapes in index.items():
        answers[case] = {}
        for key, shape in shapes.items():
            end = start + int(np.prod(shape))
            answers[case][key] = values[start:end].reshape(shape)
            start = end
    return answers


def _leaf(x: Any, torch: Any, differentiable: bool) -> Any:
    if isinstance(x, Mapping):
        return {name: _leaf(part, torch, differentiable) for name, part in x.items()}
    return torch.tensor(np.ascontiguousarray(x), dtype=torch.float64, requires_grad=differentiable)


def _flat(arguments: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, x in arguments.items():
        flat |= x if isinstance(x, Mapping) else {name: x}
    return flat
