"""RNN, LSTM and GRU: ONNX stacks i, o, f, c and z, r, h, keeps peepholes as i, o, f, and its z keeps the old state."""

from __future__ import annotations

from typing import Any

import numpy as np

from onnx_adapters.node import Node, NotHeldError
from quizdl.engine.gru import gru_forward
from quizdl.engine.lstm import lstm_forward
from quizdl.engine.recurrent import rnn_forward

GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}
OURS = {"RNN": [0], "LSTM": [0, 2, 1, 3], "GRU": [1, 0, 2]}
"""Where our gates i, f, o, g and r, z, n stand in ONNX's stack."""


def gates_first(W: np.ndarray, operator: str) -> np.ndarray:
    """(k·H, I) in ONNX's order → (k, I, H) in ours."""
    k = GATES[operator]
    return W.reshape(k, -1, W.shape[-1])[OURS[operator]].transpose(0, 2, 1)


def one_direction(node: Node, d: int, x: Any, lengths: Any, h0: Any, c0: Any) -> tuple[Any, ...]:
    """The states (T, B, H) of direction d, and its last ones."""
    operator = node.operator
    W, U = gates_first(node.inputs[1][d], operator), gates_first(node.inputs[2][d], operator)
    k, H = GATES[operator], U.shape[-1]
    B = node.input(3)
    b, b_h = np.zeros((2, k, H), x.dtype) if B is None else B[d].reshape(2, k, H)[:, OURS[operator]]
    order: dict[str, Any] = {"lengths": lengths, "reverse": node.get("direction", "forward") == "reverse" or d == 1}
    if operator == "RNN":
        return rnn_forward(x, h0, W[0], U[0], b[0] + b_h[0], **order)[0]
    if operator == "GRU":
        conventions = {"reset_after": bool(node.get("linear_before_reset", 0)), "z_keeps": "old"}
        return gru_forward(x, h0, W, U, b, b_h, **conventions, **order)[0]
    P = node.input(7)
    P = None if P is None else P[d].reshape(3, H)[[0, 2, 1]]
    return lstm_forward(x, h0, c0, W, U, b + b_h, P, **order)[0]


def recurrent(node: Node) -> list[Any]:
    """Y (T, directions, B, H), Y_h (directions, B, H) and, of an LSTM, Y_c."""
    node.only("hidden_size", "direction", "layout", "linear_before_reset")
    batch_first = node.get("layout", 0) == 1
    x = node.inputs[0].transpose(1, 0, 2) if batch_first else node.inputs[0]
    lengths, h0, c0 = (node.input(k) for k in (4, 5, 6))
    if batch_first and h0 is not None:
        raise NotHeldError("initial states in the other layout")
    directions = node.inputs[1].shape[0]
    each = [
        one_direction(node, d, x, lengths, *(None if s is None else s[d] for s in (h0, c0))) for d in range(directions)
    ]
    Y = np.stack([states[0] for states in each], axis=1)
    last = [np.stack(part) for part in zip(*(states[1:] for states in each), strict=True)]
    if batch_first:
        return [Y.transpose(2, 0, 1, 3), *(part.transpose(1, 0, 2) for part in last)]
    return [Y, *last]


ADAPTERS = {"RNN": recurrent, "LSTM": recurrent, "GRU": recurrent}
