"""Runs the code that a question shows: its program, or an option put into its blank."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout, suppress
from typing import Any

import numpy as np
import torch
from torch import nn

from quizdl.model import Asked, Choice

Found = str | float | tuple[int, ...] | Mapping[str, bool]
"""What PyTorch does: an option's id, a number, a shape, or of each option by id whether it does what was asked."""

Key = Callable[[Asked], Found]


def run(code: str, **given: Any) -> dict[str, Any]:
    """The names that a program leaves behind; what it printed is `printed`."""
    names = {"torch": torch, "nn": nn, "np": np, **given}
    printed = io.StringIO()
    with redirect_stdout(printed):
        exec(code, names)  # noqa: S102 - the bank's own code is what is to be proved
    return {**names, "printed": printed.getvalue().strip()}


def shown(asked: Asked, **given: Any) -> dict[str, Any]:
    """Runs the program of the question."""
    assert asked.code is not None
    return run(asked.code, **given)


def printed(asked: Asked) -> float:
    """The number that the question's program prints."""
    return float(shown(asked)["printed"])


def options(asked: Asked) -> dict[str, str]:
    """The options' code by their ids."""
    assert isinstance(asked.question, Choice)
    return {option.id: option.text.en.strip("`") for option in asked.options}


def tried(asked: Asked, does: Callable[[str], bool]) -> dict[str, bool]:
    """Of each option whether it does what was asked; one that PyTorch refuses does not."""
    results = dict.fromkeys(options(asked), False)
    for name, code in options(asked).items():
        with suppress(RuntimeError, ValueError, TypeError, AttributeError, IndexError):
            results[name] = bool(does(code))
    return results


def parameters(module: nn.Module) -> int:
    return sum(parameter.numel() for parameter in module.parameters())
