"""The trusted side's hold on the warm server (Linux): starts it behind the best walls there are, and hands it jobs.

With bubblewrap the server itself stands in namespaces of its own (level L3). Where bubblewrap fails, or starts and does
not isolate, the server is started once more without it (L2), and `bubblewrap_refused` says why. A one-off submission
gets L3 as well: bubblewrap takes 10 ms, and the server is ready long before its caller has imported bank and grader.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from quizdl.sandbox import bubblewrap, launch, users
from quizdl.sandbox.exchange import Berth, Exchange
from quizdl.sandbox.lost import ServerLostError
from quizdl.sandbox.records import Ending, Limits
from quizdl.sandbox.talk import Talk
from quizdl.sanitise import printable
from quizdl.text import Text

_CHUNK = 1 << 16
_START_SECONDS = 60.0
_PATIENCE_SECONDS = 20.0  # with bubblewrap, without which there is another way
_BURIAL_SECONDS = 20.0
_HURRY_SECONDS = 0.02

bubblewrap_refused: dict[str, str] = {}
"""Programs that were tried in this process and did not isolate, with what they said or which walls did not hold."""


class WarmServer:
    """One server process. Not safe for two threads at a time; `Sandbox` holds the lock."""

    def __init__(self, limits: Limits, *, namespaces: bool = True) -> None:
        """Begins to start the server and returns at once. namespaces: whether bubblewrap may be tried."""
        self._limits = limits
        self._ended = 0.0
        self._found = bubblewrap.find() if namespaces else None
        self._wanted = namespaces
        self.held: dict[str, bool] = {}
        self._berth: Berth | None = None
        self._start(None if self._found in bubblewrap_refused else self._found)

    def _start(self, program: str | None) -> None:
        try:
            self._launch(program)
        except OSError as failed:
            if program is None:
                raise
            bubblewrap_refused[program] = str(failed)
            self._launch(None)

    def _launch(self, program: str | None) -> None:
        self._program = program
        self._started = self._late = False
        self._berths = 0
        with contextlib.ExitStack() as undo:
            self._listener = undo.enter_context(_Listener()) if program else None
            self._folder = None if program else _empty_folder(undo)
            self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            undo.enter_context(self._control)
            with theirs, _watch_over_this_process() as watch:
                self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
                    self._command(theirs.fileno(), watch),
                    env=launch.ENVIRONMENT,
                    cwd=self._folder or "/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    pass_fds=[theirs.fileno(), *([] if watch is None else [watch])],
                    start_new_session=True,  # Ctrl-C in the terminal is for the trusted side to handle
                )
            undo.pop_all()
        with contextlib.suppress(OSError):  # it has failed already, as `look` or the first job will see
            self._berth = self._new_berth(soon=False)

    def _command(self, control: int, watch: int | None) -> list[str]:
        settings: dict[str, Any] = {
            "cpu": self._limits.cpu,
            "memory": self._limits.memory,
            "folder": self._folder or bubblewrap.HOME,
            "users": users.unprivileged(2),
            "outside": None,
            "watch": watch,
            "die_with_parent": _in_main_thread() and not self._program,
        }
        if self._program is None or self._listener is None:
            return launch.command("server", str(control), json.dumps(settings))
        settings["outside"] = {
            "files": str(launch.ROOM.parent / "__init__.py"),
            "network": self._listener.name,
            "processes": f"{os.getpid()} {os.readlink('/proc/self/ns/pid')}",  # noqa: PTH115
        }
        inner = launch.command("server", str(control), json.dumps(settings), python=bubblewrap.python())
        environment, packages = launch.ENVIRONMENT, launch.numpy_folder()
        outer = bubblewrap.prefix(self._program, environment, packages, launch.ROOM, die_with_parent=_in_main_thread())
        return [*outer, *inner]

    def _new_berth(self, *, soon: bool) -> Berth:
        self._berths += 1
        return Berth(self._control, self._berths, soon=soon)

    def is_on_trial(self) -> bool:
        """Whether bubblewrap was started and has not been heard of."""
        return self._program is not None and not self._started

    def look(self) -> None:
        """Starts again at once where bubblewrap has failed already."""
        if self.is_on_trial() and self._process.poll() is not None:
            with contextlib.suppress(OSError):  # the job that needs it will say so
                self._fall(None)

    def run(self, talk: Talk) -> Ending:
        """Plays one job to its end. Raises ServerLostError.

        The child and all it started are then gone; after a job that gave every result they are being killed.
        """
        try:
            self._wait_until_started()
            hurried = time.monotonic() - self._ended < _HURRY_SECONDS
            with self._berth or self._new_berth(soon=True) as berth:
                self._berth = None
                ending = Exchange(self._control, berth, talk, self._limits).run(self._hurry if hurried else _rest)
            if self._berth is None and berth.number > 1:  # whoever has a single job pays for a single child
                self._berth = self._new_berth(soon=False)
        except OSError as lost:
            raise ServerLostError(str(lost)) from lost
        self._ended = time.monotonic()
        return ending

    def _hurry(self) -> None:
        """Where jobs follow one another the child of the next is made while this one's works; else it is after it."""
        self._berth = self._new_berth(soon=True)

    def _wait_until_started(self) -> None:
        while not self._started:
            message = self._first_message()
            if not message and not self._program:
                raise ServerLostError("the server did not start")
            held = json.loads(message)["held"] if message else None
            if self._program and not (held and all(held.values())):
                self._fall(held)
            else:
                self.held, self._started = held or {}, True
        self._close_listener()

    def _first_message(self) -> bytes:
        """What the server says when it is ready, or nothing."""
        self._control.settimeout(_PATIENCE_SECONDS if self._program else _START_SECONDS)
        try:
            return self._control.recv(_CHUNK)
        except ConnectionError:
            return b""
        except TimeoutError:
            self._late = True
            return b""
        finally:
            self._control.settimeout(_START_SECONDS)

    def _fall(self, held: dict[str, bool] | None) -> None:
        """To the next level down. held: the walls that were tried, None where bubblewrap did not even start."""
        program = self._program
        reason = self.close()
        if self._late:
            reason = f"no answer within {_PATIENCE_SECONDS:g} s"
        if held is not None:
            reason = "no isolation: " + ", ".join(name for name, holds in held.items() if not holds)
        if program:
            bubblewrap_refused[program] = reason or "?"
        self._start(None)

    def notes(self) -> list[Text]:
        """Why there are no namespaces, where they were wanted."""
        if not self._wanted or self._program:
            return []
        if self._found is None:
            return [
                Text(
                    "bubblewrap（bwrap）がないため、L3 にできません。`apt install bubblewrap` などで入れられます。",
                    "There is no bubblewrap (bwrap), which L3 needs. Install it, as with `apt install bubblewrap`.",
                )
            ]
        reason = printable(bubblewrap_refused.get(self._found, "?"), 200)
        return [
            Text(
                f"bubblewrap はありますが、この環境では隔離できないため、L3 にできません: {reason}",
                f"Bubblewrap is here but cannot isolate on this machine, so there is no L3: {reason}",
            )
        ]

    def dismiss(self) -> None:
        """Lets the server end by itself; `close` reaps it."""
        self._let_go()

    def close(self) -> str:
        """Ends the server and reaps it; the last line that it printed explains a failure. Can be called again."""
        self.dismiss()
        try:
            _wait(self._process, _BURIAL_SECONDS if self._started else 0)
        except subprocess.TimeoutExpired:
            self._kill()
        if self._folder is not None:
            with contextlib.suppress(OSError):
                Path(self._folder).rmdir()
        return self._last_words()

    def _kill(self) -> None:
        """The server, and with bubblewrap first its child, which everything in the namespaces ends with."""
        for process in _children(self._process.pid) if self._program else []:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self._process.kill()
        self._process.wait()

    def _last_words(self) -> str:
        stderr = self._process.stderr
        if stderr is None or stderr.closed:
            return ""
        with stderr:
            os.set_blocking(stderr.fileno(), False)  # whatever bubblewrap is, it may have left somebody behind
            printed: bytes | None = stderr.read(_CHUNK)
            return (printed or b"").decode("utf-8", "replace").strip().rpartition("\n")[2]

    def _let_go(self) -> None:
        if self._berth is not None:
            self._berth.close()
            self._berth = None
        self._control.close()
        self._close_listener()

    def _close_listener(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def forget(self) -> str:
        """In a fork of the trusted side: lets go of a server that belongs to the original."""
        self._let_go()
        self._process.returncode = 0  # no wait, no warning: it is not this process's child
        if self._process.stderr:
            self._process.stderr.close()
        return ""


class _Listener:
    """A local socket that is reached from this network namespace alone; a server that reaches it is not isolated."""

    def __init__(self) -> None:
        self.name = f"quizdl-{os.urandom(8).hex()}"
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(f"\0{self.name}")
        self._socket.listen(1)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        self._socket.close()


def _empty_folder(undo: contextlib.ExitStack) -> str:
    import tempfile

    folder = tempfile.mkdtemp(prefix="quizdl-")
    undo.callback(os.rmdir, folder)
    return folder


@contextlib.contextmanager
def _watch_over_this_process() -> Iterator[int | None]:
    """A descriptor that the server can see this process end by, whoever else holds the control socket open."""
    try:
        watch = os.pidfd_open(os.getpid())
    except OSError:  # an old kernel; a signal at this process's end, or the socket's, must do
        yield None
        return
    try:
        yield watch
    finally:
        os.close(watch)


def _wait(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Until the process has ended, to the moment: `Popen.wait` sleeps in growing naps. Raises TimeoutExpired."""
    with contextlib.suppress(OSError):  # an old kernel, or it is reaped already
        ended = os.pidfd_open(process.pid)
        try:
            poller = select.poll()
            poller.register(ended, select.POLLIN)
            poller.poll(seconds * 1000)
        finally:
            os.close(ended)
        seconds = 0
    process.wait(seconds)


def _rest() -> None:
    """Nothing is to be done meanwhile."""


def _children(process: int) -> list[int]:
    try:
        return [int(number) for number in Path(f"/proc/{process}/task/{process}/children").read_text("ascii").split()]
    except OSError:
        return []


def _in_main_thread() -> bool:
    """The kernel counts the end of the thread that forked as the end of the parent."""
    return threading.current_thread() is threading.main_thread()
