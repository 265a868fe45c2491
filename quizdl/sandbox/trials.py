"""Tries each wall from inside, for `quizdl doctor`: what was attempted, whether the wall held, and how."""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from quizdl.sandbox.levels import LAYERS, LEVELS, Level, at_most
from quizdl.sandbox.records import Ending, Limits, RunOutcome
from quizdl.sandbox.values import WireError
from quizdl.sandbox.wire import NONCE_BYTES, Frame, pack
from quizdl.text import Text

_VARIABLE = "QUIZDL_CANARY_SECRET"


@dataclass(frozen=True, slots=True)
class Wall:
    """One attempt. tried: what was attempted; held: it did not succeed; how: what met it, as the system calls it."""

    name: str
    tried: Text
    held: bool
    how: Text


@dataclass(frozen=True, slots=True)
class Examination:
    """What this machine's isolation is, every wall tried. notes: why it is no more."""

    level: Level
    isolation: tuple[str, ...]
    walls: tuple[Wall, ...]
    notes: tuple[Text, ...]


class Trial:
    """A talk that asks a child for one attempt instead of a job."""

    def __init__(self, attempt: str, target: str) -> None:
        self.nonce = os.urandom(NONCE_BYTES)
        self.outcome: RunOutcome | None = None
        self.past_visible = False
        self.held: bool | None = None
        self.how = ""
        self._header = {"attempt": attempt, "target": target}

    def opening(self) -> bytes:
        """The attempt to make."""
        return pack(self.nonce, "job", self._header)

    def prepare(self) -> None:
        """There is nothing more to send."""

    def receive(self, frame: Frame) -> bytes:
        """What came of it. Raises WireError."""
        if frame.kind == "tried":
            self.held, self.how = frame.header.get("held") is True, str(frame.header.get("how"))
            self.outcome = "ok"
        elif frame.kind != "ready":
            raise WireError(frame.kind)
        return b""

    def judge(self, ending: Ending) -> tuple[bool, Text]:
        """Whether the wall held, and how. A process that went without a word has succeeded, unless it was ended."""
        if self.held:
            return True, _met(self.how)
        if self.held is False:
            return False, _SUCCEEDED
        if ending.cause == "wall" or ending.signal == getattr(signal, "SIGXCPU", 24):
            return True, Text("時間切れで終了させました", "ended when its time was up")
        if ending.signal is not None and ending.signal != _OUR_OWN_ANSWER:
            name = _SIGNALS.get(ending.signal, str(ending.signal))
            return True, Text(f"カーネルが終了させました（{name}）", f"killed by the kernel ({name})")
        return False, _SUCCEEDED


def _met(error: str) -> Text:
    if error in ("", "ENOENT"):
        return Text("見つかりませんでした", "it was not found")
    return Text(f"拒否されました（{error}）", f"refused ({error})")


_SUCCEEDED = Text("成功しました", "it succeeded")
_SIGNALS = {int(one): one.name for one in signal.Signals}
_OUR_OWN_ANSWER = 9  # SIGKILL, to a process that closes its channel, as one does that becomes another program
_TRIED = {
    "read": Text("ほかのファイルを読む", "read another file"),
    "write": Text("ファイルを作る", "make a file"),
    "find": Text("ファイルがあるか調べる", "find out whether a file exists"),
    "connect": Text("ネットワークに接続する", "connect over the network"),
    "fork": Text("プロセスを増やす", "start another process"),
    "execute": Text("ほかのプログラムを起動する", "run another program"),
    "signal": Text("採点プログラムにシグナルを送る", "signal the grader"),
    "unlimit": Text("採点プログラムの実行制限を変える", "change the grader's limits"),
    "allocate": Text("上限を超えるメモリを使う", "use more memory than allowed"),
    "spin": Text("無限ループを続ける", "loop for ever"),
    "environment": Text("環境変数の秘密を読む", "read a secret from the environment"),
}
_AROUND = {
    "files": Text("サーバーから採点プログラムのファイルを探す", "look for the grader's files from the server"),
    "network": Text("サーバーから採点プログラムのソケットに接続する", "reach the grader's socket from the server"),
    "processes": Text("サーバーから採点プログラムのプロセスを探す", "look for the grader's process from the server"),
}
_PROMISED: dict[Level, set[str]] = {
    "L0": set(),
    "L1": {"spin", "read", "write", "connect", "fork", "environment"},
    "L2": set(_TRIED) - {"find"},
    "L3": {*_TRIED, *_AROUND},
}
_NOT_EVERYWHERE = {"fork": "win32", "execute": "win32", "signal": "win32", "unlimit": "darwin win32"}


def make_all(play: Callable[[Trial], Ending], limits: Limits) -> list[Wall]:
    """Makes every attempt that this system has. play: gives one talk to a child of its own."""
    walls = []
    with _targets(limits) as targets:
        for name, target in targets.items():
            if sys.platform not in _NOT_EVERYWHERE.get(name, "").split():
                trial = Trial(name, target)
                held, how = trial.judge(play(trial))
                walls.append(Wall(name, _TRIED[name], held, how))
    return walls


def around(held: Mapping[str, bool]) -> list[Wall]:
    """What the server itself tried when it was started in namespaces."""
    return [Wall(name, _AROUND[name], holds, _met("") if holds else _SUCCEEDED) for name, holds in held.items()]


def proved(claimed: Level, walls: Collection[Wall]) -> Level:
    """The highest level, up to the one that the layers claim, whose every wall has held."""
    fallen = {wall.name for wall in walls if not wall.held}
    return next(level for level in reversed(LEVELS) if at_most(claimed, level) and not fallen & _PROMISED[level])


def lacking(isolation: Collection[str], most: Level) -> list[Text]:
    """The note on layers that Linux's kernel has not given, where they were wanted."""
    is_wanted = sys.platform == "linux" and at_most(most, "L2")
    missing = sorted(LAYERS["L2"] - set(isolation)) if is_wanted else []
    if not missing:
        return []
    names = ", ".join(missing)
    return [Text(f"使えなかった層: {names}", f"Layers that could not be used: {names}")]


@contextmanager
def secret_in_environment() -> Iterator[None]:
    """A variable that a worker started meanwhile must not inherit."""
    os.environ[_VARIABLE] = "secret"
    try:
        yield
    finally:
        del os.environ[_VARIABLE]


@contextmanager
def _targets(limits: Limits) -> Iterator[dict[str, str]]:
    """What to reach for, put where nothing but the walls protects it."""
    with tempfile.TemporaryDirectory(prefix="quizdl-") as folder, socket.create_server(("127.0.0.1", 0)) as listener:
        file = Path(folder, "canary.txt")
        file.write_text("canary", encoding="utf-8")
        Path(folder).chmod(0o777)
        file.chmod(0o666)
        yield {
            "read": str(file),
            "write": str(Path(folder, "made.txt")),
            "find": str(file),
            "connect": str(listener.getsockname()[1]),
            "fork": "",
            "execute": "/bin/sh",
            "signal": str(os.getpid()),
            "unlimit": str(os.getpid()),
            "allocate": str(4 * limits.memory),
            "spin": "",
            "environment": _VARIABLE,
        }
