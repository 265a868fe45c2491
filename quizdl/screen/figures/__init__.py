"""Figures drawn by code from one source: text art for a terminal, SVG for a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from quizdl.figures import Values
from quizdl.model import Figure
from quizdl.screen.figures.attention import attention
from quizdl.screen.figures.cells import gru_cell, lstm_cell
from quizdl.screen.figures.graphs import computation_graph, residual_block, two_layer_network
from quizdl.screen.figures.scene import Scene
from quizdl.screen.figures.sequences import bidirectional, encoder_decoder, rnn_unrolled
from quizdl.screen.figures.svg import as_svg
from quizdl.screen.figures.tables import confusion_matrix
from quizdl.screen.figures.text import as_text
from quizdl.screen.figures.windows import convolution, pooling

SCENES: Mapping[str, Callable[[Values], Scene]] = {
    "rnn-unrolled": rnn_unrolled,
    "bidirectional": bidirectional,
    "encoder-decoder": encoder_decoder,
    "attention": attention,
    "lstm-cell": lstm_cell,
    "gru-cell": gru_cell,
    "convolution": convolution,
    "pooling": pooling,
    "computation-graph": computation_graph,
    "residual-block": residual_block,
    "two-layer-network": two_layer_network,
    "confusion-matrix": confusion_matrix,
}
"""The figures by the names of `quizdl.figures.FIGURES`."""


def scene_of(figure: Figure) -> Scene:
    """The scene that a figure's values give."""
    return SCENES[figure.name](figure.values)


__all__ = ["SCENES", "as_svg", "as_text", "scene_of"]
