"""Which worker gets which task, while workers come and go. Pure: it knows numbers and names, and sends nothing itself.

Every task is in one place: waiting, with one worker, or finished. To send it is to make a ticket; what a worker says
counts while its ticket is good, so that a worker that was given up can say what it likes: no task finishes twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

AHEAD = 4
"""Tasks with a worker for each of its threads: one at work, the others on the way, so that it never waits."""

STALE = 1.0
"""Seconds after which a task behind another may be given to a worker that has nothing to do."""

FROZEN = 120.0
"""Seconds that no task takes: its worker has stopped, though dask still believes in it."""


@dataclass(frozen=True, slots=True)
class Send:
    """Give this task to that worker; its answer comes under the ticket."""

    ticket: int
    task: int
    worker: str


@dataclass(frozen=True, slots=True)
class Withdraw:
    """What this ticket brings is no longer wanted."""

    ticket: int


@dataclass(slots=True)
class _Ticket:
    task: int
    worker: str
    sent: float


@dataclass(slots=True)
class Dispatch:
    """waiting: tasks, the next one first. crew: how many tasks each worker may have at a time."""

    waiting: deque[int] = field(default_factory=deque)
    crew: dict[str, int] = field(default_factory=dict)
    losses: dict[int, int] = field(default_factory=dict)
    _tickets: dict[int, _Ticket] = field(default_factory=dict)
    _held: dict[str, list[int]] = field(default_factory=dict)
    _next: int = 0

    def add(self, task: int) -> None:
        """A new task, to be finished once."""
        self.waiting.append(task)

    def join(self, worker: str, threads: int) -> None:
        """A worker that may be given tasks from now on."""
        self.crew[worker] = max(1, threads) * AHEAD
        self._held.setdefault(worker, [])

    def leave(self, worker: str) -> list[int]:
        """A worker is gone, or may be given nothing any more: what it had is waiting again, before all else.

        `losses` counts that for the tasks that it may have been at work on. Returns the tickets that are void.
        """
        threads = self.crew.pop(worker, 0) // AHEAD
        tickets = self._held.pop(worker, [])
        tasks = [self._tickets.pop(ticket).task for ticket in tickets]
        self.waiting.extendleft(reversed(tasks))
        for task in tasks[:threads]:
            self.losses[task] = self.losses.get(task, 0) + 1
        return tickets

    def finish(self, ticket: int) -> int | None:
        """The task that is finished by this answer, or None where the ticket is no longer good."""
        found = self._tickets.pop(ticket, None)
        if found is None:
            return None
        self._held[found.worker].remove(ticket)
        self.losses.pop(found.task, None)
        return found.task

    def forget(self, task: int) -> list[int]:
        """Nobody wants this task any more. Returns the tickets that are void."""
        self.losses.pop(task, None)
        if task in self.waiting:
            self.waiting.remove(task)
        tickets = [ticket for ticket, one in self._tickets.items() if one.task == task]
        return [self._taken_back(ticket).ticket for ticket in tickets]

    def orders(self, now: float) -> Iterator[Send | Withdraw]:
        """What to do now: each waiting task to the least busy worker that has room; then the idle help out."""
        while self.waiting and (worker := self._roomiest()) is not None:
            yield self._send(self.waiting.popleft(), worker, now)
        while not self.waiting and (idle := self._idle()) is not None and (ticket := self._stale(now)) is not None:
            task = self._tickets[ticket].task
            yield self._taken_back(ticket)
            yield self._send(task, idle, now)

    def unfinished(self) -> bool:
        """Whether any task is waiting or with a worker."""
        return bool(self.waiting or self._tickets)

    def _send(self, task: int, worker: str, now: float) -> Send:
        self._next += 1
        self._tickets[self._next] = _Ticket(task, worker, now)
        self._held[worker].append(self._next)
        return Send(self._next, task, worker)

    def _taken_back(self, ticket: int) -> Withdraw:
        self._held[self._tickets.pop(ticket).worker].remove(ticket)
        return Withdraw(ticket)

    def _roomiest(self) -> str | None:
        room = {worker: 1 - len(self._held[worker]) / most for worker, most in self.crew.items()}
        worker = max(room, key=lambda name: room[name], default=None)
        return worker if worker is not None and room[worker] > 0 else None

    def _idle(self) -> str | None:
        return next((worker for worker in self.crew if not self._held[worker]), None)

    def _stale(self, now: float) -> int | None:
        """The last of what a worker has had for long, where it is not the one that it is at work on; else a frozen."""
        for patience, least in ((STALE, 2), (FROZEN, 1)):
            for held in self._held.values():
                if len(held) >= least and now - self._tickets[held[-1]].sent >= patience:
                    return held[-1]
        return None
