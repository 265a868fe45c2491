"""Shares code questions out among sandboxes that work at the same time: whoever is free takes the next."""

from __future__ import annotations

import os
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from quizdl.authoring.subject import Subject

if TYPE_CHECKING:
    from quizdl.sandbox import Sandbox

_MOST = 2
"""The threads that wait for the sandboxes share one interpreter, which a third would only crowd."""


def useful(programs: int) -> int:
    """How many sandboxes so many code questions can keep busy on this machine."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return min(_MOST, cores, programs)


def share(subjects: Sequence[Subject], sandboxes: Sequence[Sandbox], prove: Callable[[Subject, Sandbox], None]) -> None:
    """Prove each subject in one of the sandboxes, which never has two of them at a time. Raises what `prove` raises."""
    waiting = deque(subjects)

    def work(sandbox: Sandbox) -> None:
        while waiting:
            try:
                subject = waiting.popleft()
            except IndexError:  # the other took the last one in between
                return
            prove(subject, sandbox)

    if len(sandboxes) < _MOST:
        for sandbox in sandboxes:
            work(sandbox)
        return
    with ThreadPoolExecutor(len(sandboxes)) as pool:
        try:
            for done in [pool.submit(work, sandbox) for sandbox in sandboxes]:
                done.result()
        except BaseException:  # Ctrl-C too: what has not begun is not begun
            waiting.clear()
            raise
