"""The warm server: a process with NumPy imported that forks one child a job and sees it buried.

It runs no learner's code and decides nothing. On its control socket it takes a job's nonce with three descriptors (the
conversation, the output that may be shown, the output that may not), then perhaps `kill`; when the child and all it
started are gone it answers `{"exit_code", "signal", "cpu"}`. It ends when the control socket closes.

Between jobs it keeps one child ready behind its walls, waiting for a job: forking is most of a small job's time.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import sys
from typing import Any, NoReturn, TextIO

from quizdl.sandbox.inside import child, landlock, library, seccomp, walls
from quizdl.sandbox.inside.burial import bury
from quizdl.sandbox.inside.channel import Channel

_SHOWN, _HIDDEN, _CONVERSATION = 1, 2, 3
_OUT_OF_THE_WAY = 20
_MESSAGE = 4096
_PAUSE = 5  # ms


def serve(control_number: str, folder: str, cpu: str, memory: str, die_with_parent: str) -> None:
    """Serves until the trusted side closes its end; then nothing of this process is left, its folder included.

    cpu: seconds and memory: bytes for each job. die_with_parent: `yes` where the kernel may watch over that.
    """
    control = socket.socket(fileno=os.dup(int(control_number)))  # the lowest number, clear of the library's handles
    os.close(int(control_number))
    server = _Server(control, folder, float(cpu), int(memory))
    walls.hide_memory()
    walls.adopt_orphans()
    signal.signal(signal.SIGTERM, lambda number, frame: _close(control))
    if die_with_parent == "yes":
        walls.die_with_parent(signal.SIGTERM)  # should another process hold the trusted side's end open
    try:
        server.run()
    finally:
        with contextlib.suppress(OSError):
            os.rmdir(folder)  # noqa: PTH106 - pathlib would be imported for this alone


class _Server:
    def __init__(self, control: socket.socket, folder: str, cpu: float, memory: int) -> None:
        self.control, self.cpu, self.memory = control, cpu, memory
        self.user = walls.unprivileged_user(os.getpid())
        self.readable = [*library.readable(), folder]
        self.rules = landlock.ruleset(_reading_rights(self.readable))
        self.handles = library.open_for(self.user)
        self.readable += [entry for entry in library.readable() if entry not in self.readable]
        self.wake = _wake_on_child_exit()

    def run(self) -> None:
        """One child is always ready while the trusted side is thinking."""
        process, door = self.prepare()
        self.reply({"ready": True})
        while (request := self.request()) is not None:
            nonce, descriptors = request
            with door:
                self.hand_over(door, nonce, descriptors)
                self.wait_for(process)
            self.reply(bury(process, self.user))
            if self.is_over():
                return
            process, door = self.prepare()
        bury(process, self.user)

    def is_over(self) -> bool:
        """Whether the trusted side has gone. A pause of its is used for what later jobs may want."""
        poller = select.poll()
        poller.register(self.control, select.POLLIN)
        events = poller.poll(0 if library.is_preloaded() else _PAUSE)
        if not events and not library.is_preloaded():
            library.preload()
        return any(event & select.POLLHUP for _, event in events)

    def reply(self, message: dict[str, Any]) -> None:
        self.control.send(json.dumps(message).encode())

    def request(self) -> tuple[bytes, list[int]] | None:
        """The next job; a `kill` that comes late, for a child that has ended meanwhile, is passed over."""
        while True:
            data, descriptors, _, _ = socket.recv_fds(self.control, _MESSAGE, 3)
            if not data:
                return None
            if descriptors:
                return data, descriptors

    def prepare(self) -> tuple[int, socket.socket]:
        """A child that waits behind its walls, and the socket over which its job goes in."""
        door, inner = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        process = os.fork()
        if process == 0:
            door.close()
            self.become_child(inner)
        inner.close()
        return process, door

    def hand_over(self, door: socket.socket, nonce: bytes, descriptors: list[int]) -> None:
        with contextlib.suppress(OSError):  # the child is dead already, as `wait_for` will see
            socket.send_fds(door, [nonce], descriptors)
        for descriptor in descriptors:
            os.close(descriptor)

    def wait_for(self, process: int) -> None:
        """Until the child has ended. It is killed on request, and when the trusted side is gone."""
        poller = select.poll()
        poller.register(self.control, select.POLLIN)
        poller.register(self.wake, select.POLLIN)
        while os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            ready = [descriptor for descriptor, _ in poller.poll()]
            if self.wake in ready:
                os.read(self.wake, _MESSAGE)
            if self.control.fileno() in ready:
                self.kill_on_request(process)

    def kill_on_request(self, process: int) -> None:
        message = self.control.recv(_MESSAGE)
        os.kill(process, signal.SIGKILL)
        if not message:
            bury(process, self.user)
            sys.exit()

    def become_child(self, inner: socket.socket) -> NoReturn:
        """Turns the forked process into one that has three descriptors, its walls, and nothing of the server's."""
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.setsid()
            self.control.close()
            isolation = self.raise_walls()
            child.rehearse()
            nonce, descriptors, _, _ = socket.recv_fds(inner, _MESSAGE, 3)
            if nonce:
                self.place(descriptors)
                inner.detach()
                isolation += filter(None, [seccomp.filter_calls()])
                channel = Channel(_CONVERSATION, _CONVERSATION, nonce)
                child.run(channel, isolation, self.readable, _hide_output)
        except BaseException:
            sys.excepthook(*sys.exc_info())
            sys.stderr.flush()
        finally:
            os._exit(1)

    def raise_walls(self) -> list[str]:
        """The names of those that stand. The filter comes later: it lets no descriptor in."""
        raised = [
            "process",
            "empty-environment",
            walls.limit_resources(self.cpu, self.memory),
            walls.drop_user(self.user),
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
        sys.stdout = sys.__stdout__ = _text_stream(_SHOWN)  # type: ignore[assignment, misc]
        sys.stderr = sys.__stderr__ = _text_stream(_HIDDEN)  # type: ignore[assignment, misc]


def _close(control: socket.socket) -> None:
    """As if the trusted side had closed its end, so that there is one way to end."""
    with contextlib.suppress(OSError):
        control.shutdown(socket.SHUT_RDWR)


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


def _wake_on_child_exit() -> int:
    """A descriptor that can be read when a child has ended, so that one `poll` waits for everything."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    return reading
