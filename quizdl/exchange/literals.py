"""Values of examples as Python source that gives them back: numbers, texts, lists, arrays."""

from __future__ import annotations

from typing import Any


def literal(value: object) -> str:
    """Source that evaluates to `value` where `np` is NumPy. Raises TypeError for what no example holds.

    >>> literal({"x": 1.0, "n": float("nan")}), literal((1,))
    ("{'x': 1.0, 'n': np.nan}", '(1,)')
    """
    import numpy as np

    if isinstance(value, np.ndarray):
        return _array(value)
    if isinstance(value, np.generic):
        return literal(value.item())
    if isinstance(value, dict):
        return f"{{{', '.join(f'{literal(key)}: {literal(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, tuple):
        return f"({', '.join(map(literal, value))}{',' if len(value) == 1 else ''})"
    if isinstance(value, float) and not np.isfinite(value):
        return "np.nan" if np.isnan(value) else "np.inf" if value > 0 else "-np.inf"
    if value is None or isinstance(value, bool | int | float | complex | str):
        return repr(value)
    raise TypeError(type(value).__name__)


def _array(value: Any) -> str:
    """An array with its type; one without entries, with its shape as well."""
    made = f"np.array({literal(value.tolist())}, dtype='{value.dtype.name}')"
    return made if value.size else f"{made}.reshape({value.shape})"
