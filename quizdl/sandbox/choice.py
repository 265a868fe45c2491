"""Which worker runs jobs on this machine. What it is worth is not decided here: each tries its own walls."""

from __future__ import annotations

import os
import sys
from typing import Protocol

from quizdl.errors import GraderError, InputError
from quizdl.sandbox.levels import LEVELS, Level, at_most
from quizdl.sandbox.lost import ServerLostError
from quizdl.sandbox.records import Ending, Limits
from quizdl.sandbox.talk import Talk
from quizdl.text import Text, same

VARIABLE = "QUIZDL_SANDBOX"
PROCESSORS = ("x86_64", "aarch64")  # whose system calls `inside/syscalls.py` knows


class Worker(Protocol):
    """Runs jobs one after the other, each in a process of its own. held: walls around itself that it has tried."""

    held: dict[str, bool]

    def notes(self) -> list[Text]:
        """Why it is worth no more, as far as it knows."""

    def is_on_trial(self) -> bool:
        """Whether it has started in a way that may not work on this machine."""

    def look(self) -> None:
        """If that has been seen to fail by now, starts in another way."""

    def run(self, talk: Talk) -> Ending:
        """Plays one job to its end. Raises ServerLostError."""

    def dismiss(self) -> None:
        """Begins to end without waiting for it."""

    def close(self) -> str:
        """Ends everything; what was printed last, if it failed."""

    def forget(self) -> str:
        """In a fork of the trusted side: lets go of what belongs to the original."""


def wanted(most: Level) -> Level:
    """The highest level to try: `most`, or what the environment lowers it to. Raises InputError."""
    text = os.environ.get(VARIABLE, "")
    if not text:
        return most
    named = next((level for level in LEVELS if level == text.upper()), None)
    if named is None:
        raise InputError(
            Text(
                f"環境変数 {VARIABLE} の値は {', '.join(LEVELS)} のどれかです: {text!r}",
                f"The environment variable {VARIABLE} is one of {', '.join(LEVELS)}: {text!r}",
            ),
            same(f"unset {VARIABLE}"),
        )
    return named if at_most(most, named) else most


def lowered(most: Level) -> list[Text]:
    """The note that more was not tried."""
    if most == "L3":
        return []
    return [Text(f"{most} より上は試していません。", f"Nothing above {most} was tried.")]


def new_worker(limits: Limits, most: Level) -> Worker:
    """The best worker for this machine, no higher than `most`. Raises ServerLostError, GraderError."""
    platform: str = sys.platform
    try:
        if platform == "linux" and not at_most("L1", most):
            _check_processor()
            from quizdl.sandbox.warm import WarmServer

            return WarmServer(limits, namespaces=most == "L3")
        from quizdl.sandbox.single import SingleUse

        return SingleUse(limits, enclosed=platform == "darwin" and most != "L0")
    except OSError as failed:
        raise ServerLostError(str(failed)) from failed


def _check_processor() -> None:
    """Without its table there is no filter, and nobody is to run code in the belief that there is one."""
    machine = os.uname().machine
    if machine not in PROCESSORS or sys.maxsize < 1 << 32:
        bits = sys.maxsize.bit_length() + 1
        raise GraderError(
            Text(
                f"このプロセッサー（{machine}、{bits} ビット）のシステムコール表がないため、コードを隔離できません。"
                "実行を中止しました。",
                f"Code cannot be isolated on this processor ({machine}, {bits} bits): its system calls are not known. "
                "Nothing was run.",
            ),
            Text(
                f"自分で書いたコードだけなら、隔離なしで実行できます: {VARIABLE}=L0",
                f"Code that you wrote yourself can be run without isolation: {VARIABLE}=L0",
            ),
        )
