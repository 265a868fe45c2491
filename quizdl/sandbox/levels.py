"""How much a machine's isolation is worth, judged by the layers that were really applied. Pure.

L2  kernel filters: Landlock, seccomp and resource limits. For code of people you do not know.
L0  a separate process: protects from loops, floods and crashes. For your own code and that of people you trust.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from quizdl.text import Text

Level = Literal["L0", "L2"]

_KERNEL_FILTERS = {"process", "empty-environment", "rlimits", "no-new-privs", "landlock", "seccomp"}
_DESCRIPTIONS: dict[Level, Text] = {
    "L0": Text(
        "別プロセス（無限ループやクラッシュからは保護されますが、悪意のあるコードには対応できません）",
        "a separate process (protects from loops and crashes, not from malice)",
    ),
    "L2": Text(
        "カーネルによる保護（ファイル、ネットワーク、プロセスへのアクセスを遮断します）",
        "kernel filters (files, network and other processes are out of reach)",
    ),
}


def level_of(isolation: Collection[str]) -> Level:
    """The level that these layers amount to.

    >>> level_of(("process", "rlimits", "audit"))
    'L0'
    """
    return "L2" if set(isolation) >= _KERNEL_FILTERS else "L0"


def describe(level: Level) -> Text:
    """One line for `quizdl doctor`."""
    return _DESCRIPTIONS[level]
