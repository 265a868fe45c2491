"""What candidates of the real exam scored on average, as published: something to hold one's own numbers against."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import msgspec

from quizdl.text import Text


class Published(msgspec.Struct, frozen=True):
    """The mean percentage in each area of the score report, over the candidates of one exam."""

    exam: str
    when: Text
    percent: Mapping[str, float]

    @property
    def name(self) -> Text:
        """What it is, and of which exam."""
        return Text(f"公表平均 {self.when.ja}", f"published average, {self.when.en}")


PUBLISHED = (
    Published(
        "2025-1",
        Text("2025 年第 1 回", "2025 #1"),
        MappingProxyType({"math": 61.1, "ml": 62.2, "dl": 57.7, "ops": 68.7}),
    ),
    Published(
        "2022-1",
        Text("2022 年第 1 回", "2022 #1"),
        MappingProxyType({"math": 63.4, "ml": 67.6, "dl": 64.0, "ops": 66.7}),
    ),
)
"""The newest first. They are published by area alone: there is none for a whole exam or a chapter."""
