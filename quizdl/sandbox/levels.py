"""How much a machine's isolation is worth, judged by the layers that were really applied. Pure.

L3  namespaces: bubblewrap around the server, and in each child everything of L2.
L2  kernel filters: Landlock, seccomp and resource limits. The same protection, but that paths can be asked after.
L1  the operating system's own sandbox: macOS.
L0  a separate process: protects from loops, floods and crashes, and from nothing that is done on purpose.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal, get_args

from quizdl.errors import GraderError
from quizdl.text import Text

Level = Literal["L0", "L1", "L2", "L3"]
LEVELS: tuple[Level, ...] = get_args(Level)

_EVERYWHERE = frozenset({"process", "empty-environment", "rlimits"})
_KERNEL_FILTERS = _EVERYWHERE | {"no-new-privs", "landlock", "seccomp"}
LAYERS: dict[Level, frozenset[str]] = {
    "L3": _KERNEL_FILTERS | {"bwrap"},
    "L2": _KERNEL_FILTERS,
    "L1": _EVERYWHERE | {"sandbox-exec"},
}
_DESCRIPTIONS: dict[Level, Text] = {
    "L3": Text(
        "提出されたコードは、ファイルもネットワークもほかのプログラムも見えない空間で、時間とメモリの上限つきで"
        "実行されます。知らない人のコードを採点できます。",
        "Submitted code runs where it sees no files, no network and no other program, with limits on time and memory. "
        "You may grade code of people you do not know.",
    ),
    "L2": Text(
        "提出されたコードは、ファイルもネットワークもほかのプログラムも使えず、時間とメモリの上限つきで実行されます"
        "（ファイルがあるかどうかだけは分かります）。知らない人のコードを採点できます。",
        "Submitted code can use no files, no network and no other program, and has limits on time and memory (it can "
        "only find out whether a file exists). You may grade code of people you do not know.",
    ),
    "L1": Text(
        "提出されたコードはファイルとネットワークを使えず、時間の上限つきで実行されますが、メモリの上限はありません。"
        "信頼できる人のコードだけを採点してください。",
        "Submitted code can use no files and no network and has a limit on time, but none on memory. Grade only code "
        "of people you trust.",
    ),
    "L0": Text(
        "無限ループと異常終了からは保護されますが、悪意のあるコードはこのコンピューターのファイルを読み書きできます。"
        "自分で書いたコードだけを採点してください。",
        "It protects from endless loops and crashes, but malicious code can read and change this computer's files. "
        "Grade only code that you wrote yourself.",
    ),
}
_ASK_DOCTOR = Text("`quizdl doctor` で理由を確認してください。", "See why with `quizdl doctor`.")


def level_of(isolation: Collection[str]) -> Level:
    """The highest level whose every layer is there.

    >>> level_of(("process", "rlimits", "audit"))
    'L0'
    """
    return next((level for level, layers in LAYERS.items() if layers <= set(isolation)), "L0")


def at_most(most: Level, level: Level) -> bool:
    """Whether a level is no higher than another.

    >>> at_most("L2", "L3")
    False
    """
    return LEVELS.index(level) <= LEVELS.index(most)


def describe(level: Level) -> Text:
    """The guarantee in words that need no knowledge of operating systems."""
    return _DESCRIPTIONS[level]


def refuse_below(least: Level, isolation: Collection[str], hint: Text = _ASK_DOCTOR) -> None:
    """Raises GraderError where the layers amount to less than `least`. hint: what to type or do about it."""
    found = level_of(isolation)
    if not at_most(found, least):
        raise GraderError(
            Text(
                f"このコードの実行には隔離レベル {least} が必要ですが、この環境では {found} です。{describe(found).ja}",
                f"Running this code needs isolation level {least}, and this machine gives {found}. "
                f"{describe(found).en}",
            ),
            hint,
        )
