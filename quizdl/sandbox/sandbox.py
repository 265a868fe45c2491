"""The room's door: `Sandbox` takes jobs and gives runs, and keeps the process that runs them in hand."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import weakref
from types import TracebackType
from typing import TYPE_CHECKING, Self

from quizdl.errors import GraderError
from quizdl.sandbox.choice import Worker, lowered, new_worker, wanted
from quizdl.sandbox.levels import Level, level_of, refuse_below
from quizdl.sandbox.lost import ServerLostError
from quizdl.sandbox.records import Job, Limits, Run
from quizdl.sandbox.source import read_source
from quizdl.sanitise import printable
from quizdl.text import Text

if TYPE_CHECKING:
    from quizdl.sandbox.trials import Examination

_ATTEMPTS = 2
_LOOKS, _LOOK_SECONDS = 10, 0.003
_BLANK = "____"
_PROBE = Job(template=None, source=b"def probe():\n    return 1\n", function="probe", calls=({},))


class Sandbox:
    """Runs jobs one after the other, each in a process of its own behind all the walls that this machine gives.

    A warm server is started by `start`, or by the first `run`, and ends with `close`, with the `with` block, or with
    this process. Threads may share one sandbox; their jobs queue.
    """

    def __init__(self, limits: Limits = Limits(), most: Level = "L3") -> None:  # noqa: B008 - frozen
        """most: the highest level of isolation to try; the environment may lower it. Raises InputError."""
        self.limits = limits
        self._most = wanted(most)
        self._lock = threading.Lock()
        self._owner = os.getpid()
        self._worker: Worker | None = None
        self._finalizer: weakref.finalize[..., Sandbox] | None = None
        self._isolation: tuple[str, ...] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Begins to start the worker and returns at once: NumPy is imported while the caller does other work."""
        with self._lock, contextlib.suppress(ServerLostError):  # the first job will say so
            if self._started_worker().is_on_trial():
                threading.Thread(target=self._look_soon, daemon=True).start()

    def _look_soon(self) -> None:
        """What cannot be started mostly fails at once, and then something else is started before a job needs it."""
        for _ in range(_LOOKS):
            time.sleep(_LOOK_SECONDS)
            if not self._lock.acquire(blocking=False):
                return  # a job is there already, and has looked itself
            try:
                if self._worker is None or self._owner != os.getpid() or not self._worker.is_on_trial():
                    return
                self._worker.look()
            finally:
                self._lock.release()

    def run(self, job: Job) -> Run:
        """Runs one job. Raises GraderError where the machine, not the learner, is at fault."""
        _check_template(job)
        text = read_source(job.source, self.limits.source)
        if isinstance(text, Text):
            return Run(outcome="syntax_error", message=text)
        with self._lock:
            return self._run(job, text)

    def isolation(self) -> tuple[str, ...]:
        """The layers really applied on this machine, found by running something. Raises GraderError."""
        if self._isolation is None:
            self._isolation = self.run(_PROBE).isolation
        return self._isolation

    def level(self) -> Level:
        """What the layers really applied amount to. Raises GraderError."""
        return level_of(self.isolation())

    def require(self, least: Level, hint: Text | None = None) -> None:
        """Raises GraderError where this machine gives less: code of people unknown is to run at L2 or above.

        hint: what to do about it, for the person who reads the refusal.
        """
        if hint is None:
            refuse_below(least, self.isolation())
        else:
            refuse_below(least, self.isolation(), hint)

    def examine(self) -> Examination:
        """Attempts to get past each wall from inside, with a worker started for that. Raises GraderError."""
        from quizdl.sandbox import trials

        with self._lock, trials.secret_in_environment():
            self._drop_worker()
            self._isolation = self._run(_PROBE, _PROBE.source.decode()).isolation
            worker = self._started_worker()
            try:
                walls = [*trials.around(worker.held), *trials.make_all(worker.run, self.limits)]
            except ServerLostError as lost:
                raise _cannot_run(self._drop_worker() or str(lost)) from lost
            return trials.Examination(
                level=trials.proved(level_of(self._isolation), walls),
                isolation=self._isolation,
                walls=tuple(walls),
                notes=(*lowered(self._most), *worker.notes(), *trials.lacking(self._isolation, self._most)),
            )

    def dismiss(self) -> None:
        """Says that no other job is expected: the worker ends while the caller goes on, so that `close` waits less."""
        with self._lock:
            if self._worker is not None and self._owner == os.getpid():
                self._worker.dismiss()

    def close(self) -> None:
        """Ends the worker and reaps it; a later `run` starts a new one."""
        with self._lock:
            self._drop_worker()

    def _run(self, job: Job, text: str) -> Run:
        reason = ""
        for _ in range(_ATTEMPTS):
            try:
                return self._attempt(job, text)
            except ServerLostError as lost:
                reason = self._drop_worker() or str(lost)
        raise _cannot_run(reason)

    def _attempt(self, job: Job, text: str) -> Run:
        """One try. Raises ServerLostError where it failed before it reached the learner's code."""
        worker = self._started_worker()
        worker.look()
        import numpy  # noqa: F401 - values need it; imported here, while a new worker imports its own

        from quizdl.sandbox.conversation import Conversation
        from quizdl.sandbox.outcome import run_of
        from quizdl.sandbox.wire import NONCE_BYTES

        conversation = Conversation(job, text, self.limits, os.urandom(NONCE_BYTES))
        try:
            ending = worker.run(conversation)
        except ServerLostError:
            raise
        except BaseException:  # Ctrl-C in the middle of a job: the worker may still be busy with it
            self._drop_worker()
            raise
        return run_of(conversation, ending, self.limits)

    def _started_worker(self) -> Worker:
        if self._worker is not None and self._owner != os.getpid():
            self._worker.forget()
            self._worker = None
            self._detach_finalizer()
        if self._worker is None:
            self._owner = os.getpid()
            self._worker = new_worker(self.limits, self._most)
            self._finalizer = weakref.finalize(self, self._worker.close)
        return self._worker

    def _drop_worker(self) -> str:
        """Ends the worker; what it printed last, if it failed."""
        if self._worker is None:
            return ""
        self._detach_finalizer()
        close = self._worker.close if self._owner == os.getpid() else self._worker.forget
        self._worker = None
        return close()

    def _detach_finalizer(self) -> None:
        if self._finalizer is not None:
            self._finalizer.detach()
            self._finalizer = None


def _cannot_run(reason: str) -> GraderError:
    shown = printable(reason, 200) or "?"
    return GraderError(
        Text(f"コードを実行するプロセスを動かせません: {shown}", f"Code cannot be run on this machine: {shown}"),
        Text("`quizdl doctor` で環境を確認してください。", "Check this machine with `quizdl doctor`."),
    )


def _check_template(job: Job) -> None:
    """A template that is not a template is the bank's fault, and must not be blamed on the learner."""
    if job.template is not None and job.template.count(_BLANK) != 1:
        raise GraderError(
            Text(
                f"テンプレートの空欄 {_BLANK} はちょうど一つ必要です。",
                f"A template needs its blank {_BLANK} exactly once.",
            ),
            Text("`quizdl bank check` で問題を確認してください。", "Check the question with `quizdl bank check`."),
        )
