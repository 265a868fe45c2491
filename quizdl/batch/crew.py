"""Who is there to grade, on a cluster: each worker's name, and why one may not. It sends nothing itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from quizdl.batch.addresses import parse_address
from quizdl.batch.remote import Demand, Introduction, Refusal, Reply, unfit
from quizdl.errors import GraderError, InputError
from quizdl.sanitise import printable
from quizdl.text import Text


@dataclass(slots=True)
class Crew:
    """threads: of each worker that is there. names: for people. refused: those of them that may not grade, and why."""

    demand: Demand
    threads: dict[str, int] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    refused: dict[str, Text] = field(default_factory=dict)

    def meet(self, worker: str, threads: int) -> Text | None:
        """A worker is new. Why nothing may be sent to it, not even the question what it is; None where that may."""
        self.threads[worker] = threads
        self.names[worker] = printable(worker, 100)
        return None if _private(worker) else _UNENCRYPTED

    def know(self, worker: str, said: Reply) -> Text | None:
        """What it answered when it was asked what it is. Why it may not grade, None where it may."""
        if isinstance(said, Refusal):
            return said.reason
        if not isinstance(said, Introduction):
            return NO_ANSWER
        self.names[worker] = f"{printable(worker, 100)} ({printable(said.host, 60)}, {said.process})"
        return unfit(self.demand, said)

    def refuse(self, worker: str, reason: Text) -> Text:
        """It stays known, so that it is not asked again. What to tell people."""
        self.refused[worker] = reason
        name = self.names[worker]
        return Text(f"{name} では採点しません: {reason.ja}", f"{name} does not grade: {reason.en}")

    def lose(self, worker: str) -> Text:
        """It is gone, and forgotten: under the same address another may begin. What to tell people."""
        del self.threads[worker]
        self.refused.pop(worker, None)
        name = self.names.pop(worker)
        return Text(
            f"{name} がいなくなりました。採点中だった答案はほかで採点します。",
            f"{name} is gone; what it had in hand is graded elsewhere.",
        )

    def anybody(self) -> bool:
        """Whether there is somebody who may grade, or has not yet said what it is."""
        return len(self.threads) > len(self.refused)

    def nobody(self, address: str) -> GraderError:
        """The error that nobody can grade, which names everybody who may not."""
        if not self.refused:
            return GraderError(
                Text(f"{address} にワーカーがいません。", f"There are no workers at {address}."),
                Text(
                    f"採点するコンピューターで `dask worker {address} --nworkers auto --nthreads 1` を実行し、"
                    "同じコマンドに `--resume` を付けて実行してください。",
                    f"Run `dask worker {address} --nworkers auto --nthreads 1` where code is to be graded, then the "
                    "same command with `--resume`.",
                ),
                "--scheduler",
            )
        said = [(self.names[worker], reason) for worker, reason in self.refused.items()]
        ja = "".join(f"\n  {name}: {reason.ja}" for name, reason in said)
        en = "".join(f"\n  {name}: {reason.en}" for name, reason in said)
        return GraderError(
            Text(
                f"{address} に採点できるワーカーがいません。採点済みの結果は保存されています。{ja}",
                f"No worker at {address} may grade. What is graded is kept.{en}",
            ),
            Text(
                "そのコンピューターで `quizdl doctor` を実行して確認してください。",
                "See why with `quizdl doctor` on that machine.",
            ),
            "--scheduler",
        )


def _private(worker: str) -> bool:
    try:
        return parse_address(worker).private
    except InputError:
        return False


_UNENCRYPTED = Text(
    "接続が暗号化されません。tls:// のスケジューラーにつないでください。",
    "The connection to it is not encrypted. Connect it to a tls:// scheduler.",
)
NO_ANSWER = Text("返事を読めません。", "What it answers cannot be read.")
