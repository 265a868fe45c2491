"""An ONNX node with its inputs, and the refusal of what the engine does not hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

Adapter: TypeAlias = Callable[["Node"], Sequence[Any]]


class NotHeldError(Exception):
    """The engine holds nothing of the kind; the message says what."""


class Node:
    """A node's operator, attributes and inputs; an input that was left out is None."""

    def __init__(self, operator: str, attributes: dict[str, Any], inputs: Sequence[Any], opset: int = 22) -> None:
        self.operator = operator
        self.attributes = attributes
        self.inputs = list(inputs)
        self.opset = opset

    def input(self, k: int) -> Any:
        """The k-th input, or None."""
        return self.inputs[k] if k < len(self.inputs) else None

    def get(self, name: str, default: Any = None) -> Any:
        """An attribute; text as str."""
        value = self.attributes.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def only(self, *names: str) -> None:
        """Raises NotHeldError where the node has an attribute that is not among these."""
        others = set(self.attributes) - set(names)
        if others:
            raise NotHeldError(f"attributes {sorted(others)}")


def images(x: Any) -> np.ndarray:
    """(N, C, L) as (N, C, 1, L); more than two spatial axes are not held."""
    if x.ndim == 3:
        return np.asarray(x[:, :, None])
    if x.ndim != 4:
        raise NotHeldError(f"{x.ndim - 2} spatial axes")
    return np.asarray(x)
