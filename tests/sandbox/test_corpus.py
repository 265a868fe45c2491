"""Every hostile submission at every level for strangers' code: its verdict, and each invariant of its manifest, tested.

`hostile/` is what misbehaves in any grader, `escapes/` is written by one who knows this one and goes past its hooks.
"""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from quizdl.sandbox import Limits, Run, Sandbox, launch
from quizdl.sandbox.levels import Level

CORPUS = Path(__file__).parent.parent / "corpus"
CANARY = b"/tmp/quizdl-canary-main"  # as the corpus writes it; each run puts a folder of its own in its place
PORT = b"48765"  # likewise
LIMITS = Limits(cpu=1.0, wall=2.5, memory=256 << 20)
SECRET = "words-that-nobody-may-see"  # noqa: S105
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
PASSWORDS = "root:"


def cases() -> list[Any]:
    entries = []
    for folder in ("hostile", "escapes"):
        manifest = yaml.safe_load((CORPUS / folder / "manifest.yaml").read_text(encoding="utf-8"))
        entries += [
            pytest.param({**entry, "folder": folder}, id=f"{folder}-{entry['file'].removesuffix('.py')}")
            for entry in manifest["cases"]
        ]
    return entries


@pytest.fixture(scope="module")
def narrow() -> Iterator[Callable[[Level], Sandbox]]:
    """One sandbox a level, whose server could inherit a secret; two jobs old, so that a child waits beside each job."""
    opened: dict[Level, Sandbox] = {}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("QUIZDL_TEST_SECRET", SECRET)

        def at(level: Level) -> Sandbox:
            if level not in opened:
                opened[level] = Sandbox(LIMITS, most=level)
                opened[level].isolation()
            return opened[level]

        yield at
        for sandbox in opened.values():
            sandbox.close()


@pytest.fixture
def canary(tmp_path: Path) -> Path:
    """A folder that anybody may write to, so that only the walls protect it."""
    (tmp_path / "canary.txt").write_text("alive", encoding="utf-8")
    (tmp_path / "secret.txt").write_text(SECRET, encoding="utf-8")
    for path in (tmp_path, *tmp_path.iterdir()):
        path.chmod(0o777 if path.is_dir() else 0o666)
    return tmp_path


@pytest.fixture
def listeners() -> Iterator[list[socket.socket]]:
    """TCP and UDP on one port of this machine; nobody is to be heard."""
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(tcp.getsockname())
        for one in (tcp, udp):
            one.setblocking(False)
        yield [tcp, udp]


def state(folder: Path) -> list[tuple[str, bytes, int]]:
    return sorted((path.name, path.read_bytes(), path.stat().st_mode) for path in folder.iterdir())


def grader_files() -> list[tuple[str, int, int]]:
    """NumPy's and the harness's own, which the corpus tries to change."""
    folders = [Path(np.__file__).parent, Path(np.__file__).parent / "__pycache__", launch.ROOM, launch.ROOM / "inside"]
    files = [path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.suffix != ".pyc"]
    return sorted((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files if path.is_file())


def verdict(clipping: Any, run: Run) -> str:
    """As the grader would say it."""
    if run.outcome != "ok":
        return run.outcome
    if any(result.error for result in run.results):
        return "runtime_error"
    return "correct" if clipping.is_right(run) else "wrong"


def seen(run: Run) -> str:
    """Everything of a run that a person may be shown."""
    texts = [run.message, *(result.error for result in run.results)]
    return run.stdout + "".join(text.en + text.ja for text in texts if text)


class Observer:
    """What the invariants are about, before and after."""

    def __init__(self, canary: Path, listeners: list[socket.socket], processes: Any, sandbox: Sandbox) -> None:
        self.canary, self.listeners, self.processes = canary, listeners, processes
        self.before = (state(canary), grader_files())
        self.started = processes.started_by(sandbox)

    def canary_unchanged(self, run: Run) -> bool:
        return (state(self.canary), grader_files()) == self.before

    def no_new_process(self, run: Run) -> bool:
        """Of the server's, but for the one child that waits; whatever else is left is its descendant, or an orphan."""

        def calm() -> bool:
            server = self.processes.server_of(self.started)
            children = self.processes.children_of(server)
            return len(children) <= 1 and not any(map(self.processes.children_of, children))

        return bool(self.processes.eventually(calm))

    def no_connection(self, run: Run) -> bool:
        tcp, udp = self.listeners
        try:
            tcp.accept()
        except BlockingIOError:
            try:
                udp.recv(100)
            except BlockingIOError:
                return True
        return False

    def secret_not_leaked(self, run: Run) -> bool:
        everything = seen(run) + "".join(str(result.value) for result in run.results)
        return SECRET not in everything and PASSWORDS not in everything

    def output_sanitised(self, run: Run) -> bool:
        return not UNSAFE.search(seen(run))

    def parent_alive(self, run: Run) -> bool:
        return bool(self.processes.alive(os.getpid())) and bool(self.processes.alive(self.started))


@pytest.mark.parametrize("case", cases())
def test_no_hostile_submission_is_right_and_every_invariant_holds(
    level: Level,
    narrow: Callable[[Level], Sandbox],
    clipping: Any,
    canary: Path,
    listeners: list[socket.socket],
    processes: Any,
    case: dict[str, Any],
) -> None:
    """The expected verdict or one that will do; nothing changed, left, told or heard; the next is served as well."""
    sandbox = narrow(level)
    sandbox.run(clipping.good)
    observer = Observer(canary, listeners, processes, sandbox)
    port = listeners[0].getsockname()[1]
    source = (CORPUS / case["folder"] / case["file"]).read_bytes()
    run = sandbox.run(clipping.job(source.replace(CANARY, os.fsencode(canary)).replace(PORT, b"%d" % port)))
    assert verdict(clipping, run) in {case["expected"], *case.get("also_ok", ())}, (run, seen(run))
    assert clipping.is_right(sandbox.run(clipping.good))
    assert processes.started_by(sandbox) == observer.started  # the server was not lost over it
    for invariant in {*case["invariants"], "output_sanitised", "secret_not_leaked"} - {"next_submission_ok"}:
        assert getattr(observer, invariant)(run), invariant


def test_both_manifests_name_every_file_and_no_right_verdict() -> None:
    """No case is left out, and none may be called correct."""
    for folder in ("hostile", "escapes"):
        manifest = yaml.safe_load((CORPUS / folder / "manifest.yaml").read_text(encoding="utf-8"))
        assert {entry["file"] for entry in manifest["cases"]} == {path.name for path in (CORPUS / folder).glob("*.py")}
        for entry in manifest["cases"]:
            assert "correct" not in {entry["expected"], *entry.get("also_ok", ())}
            assert {"parent_alive"} <= set(entry["invariants"])
