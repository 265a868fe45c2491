"""The warm server: a process with NumPy imported that forks one child a job and sees it buried.

It runs no learner's code and decides nothing. Its control socket carries a message a packet:

    in:   `child N` with three descriptors (the conversation, the output that may be shown, the output that may not),
          or `child N soon` where a job waits for it already; `kill N`; `done N`, which has it killed too, but nobody
          waits for its end
    out:  `{"ready": true, "held": {...}}` once, then `{"child": N, "exit_code", "signal", "cpu"}` when a child and all
          that it started are gone, unless nobody waits for that

Each child waits behind its walls for its job. The trusted side asks for the next one beforehand: forking it takes
longer than a small job does. The server ends when the control socket closes.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
from collections import deque
from dataclasses import dataclass
from typing import Any

from quizdl.sandbox.inside import library, namespaces, walls
from quizdl.sandbox.inside.burial import bury
from quizdl.sandbox.inside.cell import Cell

_MESSAGE = 4096
_SECOND = 2
_PAUSE = 30  # ms without a word from the trusted side, which would have ended by then if one job was all


def serve(control_number: str, settings: str) -> None:
    """Serves until the trusted side closes its end; then nothing of this process is left, its folder included.

    settings, as JSON: `cpu`, seconds, and `memory`, bytes, for each job · `folder`, empty, to start in · `users`, to
    become in turn · `outside`, what bubblewrap hides, null without it · `watch`, a descriptor that can be read when the
    trusted side has ended, null on old kernels · `die_with_parent`, where the kernel may send a signal at its end.
    """
    given = json.loads(settings)
    control = socket.socket(fileno=_lowest(int(control_number)))
    watch = None if given["watch"] is None else _lowest(given["watch"])
    held = namespaces.held(given["outside"]) if given["outside"] else {}
    outer = ["bwrap"] if held and all(held.values()) else []
    server = _Server(control, watch, Cell(given["cpu"], given["memory"], given["folder"], given["users"], outer))
    walls.hide_memory()
    walls.adopt_orphans()
    signal.signal(signal.SIGTERM, lambda number, frame: _close(control))
    if given["die_with_parent"]:
        walls.die_with_parent(signal.SIGTERM)  # should another process hold the trusted side's end open
    try:
        server.run(held)
    finally:
        with contextlib.suppress(OSError):
            os.rmdir(given["folder"])  # noqa: PTH106 - pathlib would be imported for this alone
    os._exit(0)  # Python would tidy up for 20 ms, and whoever closes the sandbox waits


@dataclass(frozen=True, slots=True)
class _Child:
    number: int
    process: int


class _Server:
    def __init__(self, control: socket.socket, watch: int | None, cell: Cell) -> None:
        self.control, self.watch, self.cell = control, watch, cell
        self.children: deque[_Child] = deque()  # the first has a job or will be the next to have one
        self.done: set[int] = set()  # those of them whose end nobody waits for
        self.wake = _wake_on_child_exit()
        self.poller = select.poll()
        self.poller.register(control, select.POLLIN)
        self.poller.register(self.wake, select.POLLIN)
        if watch is not None:
            self.poller.register(watch, select.POLLIN)

    def run(self, held: dict[str, bool]) -> None:
        self.reply({"ready": True, "held": held})
        while self.attend():
            while self.children and _has_ended(self.children[0].process):
                self.bury_first()
        while self.children:
            self.bury_first()

    def attend(self) -> bool:
        """Waits for something to happen and deals with it; False when the trusted side is gone."""
        may_rest = not self.children and not library.is_preloaded()  # as after a learner's first answer, in no batch
        ready = [descriptor for descriptor, _ in self.poller.poll(_PAUSE if may_rest else None)]
        if self.wake in ready:
            os.read(self.wake, _MESSAGE)
        if self.watch in ready:
            return False
        if self.control.fileno() in ready:
            return self.obey()
        if not ready:
            self.preload()
        return True

    def obey(self) -> bool:
        data, descriptors, _, _ = socket.recv_fds(self.control, _MESSAGE, 3)
        if not data:
            return False
        number = int(data.split()[1])
        if descriptors:
            if number == _SECOND:
                self.cell.warm_up()
            self.fork(number, descriptors, has_time=not data.endswith(b"soon"))
        for one in self.children:
            if one.number == number and not descriptors:
                os.kill(one.process, signal.SIGKILL)
                self.done |= {number} if data.startswith(b"done") else set()
        return True

    def preload(self) -> None:
        """Imports what later jobs may want, unless there will be none. It makes every fork a half dearer."""
        if library.preload(self.is_over):
            self.cell.warm_up()

    def is_over(self) -> bool:
        poller = select.poll()
        poller.register(self.control, 0)  # of its end alone, not of what it sends
        return bool(poller.poll(0))

    def fork(self, number: int, descriptors: list[int], *, has_time: bool) -> None:
        process = os.fork()
        if process == 0:
            self.control.detach()  # it is closed with the others, and not once more when this object goes
            self.cell.enclose(number, descriptors, has_time=has_time)
        for descriptor in descriptors:
            os.close(descriptor)
        self.children.append(_Child(number, process))

    def bury_first(self) -> None:
        first = self.children.popleft()
        how = bury(first.process, self.cell.user(first.number), [one.process for one in self.children])
        if first.number in self.done:
            self.done.remove(first.number)
        else:
            self.reply({"child": first.number, **how})

    def reply(self, message: dict[str, Any]) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has gone, as the next message will tell
            self.control.send(json.dumps(message).encode())


def _lowest(descriptor: int) -> int:
    """Moves it to the lowest free number, clear of the library's handles."""
    moved = os.dup(descriptor)
    os.close(descriptor)
    return moved


def _has_ended(process: int) -> bool:
    return os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _close(control: socket.socket) -> None:
    """As if the trusted side had closed its end, so that there is one way to end."""
    with contextlib.suppress(OSError):
        control.shutdown(socket.SHUT_RDWR)


def _wake_on_child_exit() -> int:
    """A descriptor that can be read when a child has ended, so that one `poll` waits for everything."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading
