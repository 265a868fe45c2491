"""Turns a forked copy of the server into a process that has a job's descriptors, its walls, and nothing else."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
from dataclasses import dataclass, field
from typing import NoReturn, TextIO

from quizdl.sandbox.inside import child, landlock, library, seccomp, walls
from quizdl.sandbox.inside.channel import Channel

_SHOWN, _HIDDEN, _CONVERSATION = 1, 2, 3
_OUT_OF_THE_WAY = 20
_REHEARSED_CALLS = 20
_set_handler = getattr(signal.signal, "__wrapped__", signal.signal)  # without enums, which take longer than the call


@dataclass(slots=True)
class Cell:
    """What every child of one server is put into, made ready once.

    cpu: seconds and memory: bytes for each job. folder: the empty one it starts in. users: those that children take
    turns to become where the server is root, else none. outer: names of the walls around the server itself.
    """

    cpu: float
    memory: int
    folder: str
    users: list[int]
    outer: list[str]
    readable: tuple[str, ...] = field(init=False)
    rules: int | None = field(init=False)
    handles: int = field(init=False)
    tasks: int = field(init=False)
    limits: walls.ResourceLimits = field(init=False)

    def __post_init__(self) -> None:
        if not all(map(walls.can_become, self.users)):
            self.users = []
        readable = [*library.readable(), self.folder]
        self.rules = landlock.ruleset(_reading_rights(readable))
        self.handles = library.open_for(self.users[0] if self.users else None)
        self.readable = library.normal([*readable, *library.readable()])
        self.tasks = walls.tasks_allowed(own_user=bool(self.users), own_namespace="bwrap" in self.outer)
        seccomp.prepare()
        sys.stdout = sys.__stdout__ = _text_stream(_SHOWN)  # type: ignore[assignment, misc]
        sys.stderr = sys.__stderr__ = _text_stream(_HIDDEN)  # type: ignore[assignment, misc]
        self.measure()

    def warm_up(self) -> None:
        """Work that pays from the second child on, and when the server has imported more."""
        child.rehearse(_REHEARSED_CALLS)
        self.measure()

    def measure(self) -> None:
        """A child's memory counts from what the server has mapped by now."""
        self.limits = walls.resource_limits(self.cpu, self.memory, walls.mapped_bytes(), self.tasks)

    def user(self, number: int) -> int | None:
        """Whom the child of this number becomes: never whom its neighbours are."""
        return self.users[number % len(self.users)] if self.users else None

    def enclose(self, number: int, descriptors: list[int], *, has_time: bool) -> NoReturn:
        """Makes the calling process, just forked, the child of this number, and plays its part to the end.

        has_time: its job is not expected at once, and will run sooner for a rehearsal.
        """
        try:
            signal.set_wakeup_fd(-1)
            _set_handler(signal.SIGCHLD, signal.SIG_DFL)
            _set_handler(signal.SIGTERM, signal.SIG_DFL)
            os.setsid()
            isolation = self.raise_walls(self.user(number))
            self.place(descriptors)
            isolation += filter(None, [seccomp.filter_calls()])
            if has_time:
                child.rehearse(1)
            child.run(Channel(_CONVERSATION, _CONVERSATION), isolation, self.readable, _hide_output)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            sys.stderr.flush()
        finally:
            os._exit(1)

    def raise_walls(self, user: int | None) -> list[str]:
        """The names of those that stand."""
        raised = [
            "process",
            "empty-environment",
            *self.outer,
            walls.limit_resources(self.limits),
            walls.drop_user(user),
            walls.give_up_privileges(),
            landlock.restrict(self.rules),
        ]
        return [name for name in raised if name is not None]

    def place(self, descriptors: list[int]) -> None:
        """The job's descriptors take their places; every other is closed, but for the library's handles."""
        spare = [fcntl.fcntl(number, fcntl.F_DUPFD, _OUT_OF_THE_WAY) for number in descriptors]
        for number, target in zip(spare, (_CONVERSATION, _SHOWN, _HIDDEN), strict=True):
            os.dup2(number, target)
        os.closerange(_CONVERSATION + 1, library.FIRST_HANDLE)
        os.closerange(library.FIRST_HANDLE + self.handles, 4096)


def _text_stream(descriptor: int) -> TextIO:
    """Line by line, so that what was printed before an endless loop is seen."""
    return open(descriptor, "w", 1, "utf-8", "backslashreplace", closefd=False)


def _reading_rights(folders: list[str]) -> list[tuple[str, int]]:
    """Folders may be listed and the files in them read, but of other packages' folders only the names can be seen."""
    listed = [(folder, landlock.READ_DIR) for folder in folders]
    return listed + [
        (part, landlock.READ_DIR | landlock.READ_FILE) for folder in folders for part in library.parts(folder)
    ]


def _hide_output() -> None:
    os.dup2(_HIDDEN, _SHOWN)
