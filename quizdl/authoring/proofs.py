"""What was proved before, so that a question that has not changed since is not proved again.

A proof is found by a hash over all that it rests on: the question as read (with its solution and its set's stem), how
many seeds, every source file of this program (grader, engine, sandbox), the versions of Python and of what computes.
Whatever changes, the hash is another, and the proof is not found. Only questions without a fault are kept.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
from functools import cached_property
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from quizdl.authoring.subject import Note, Subject
from quizdl.model import Question
from quizdl.whole import write_whole

_COMPUTES = ("numpy", "sympy", "msgspec", "pyyaml")
_MOST_BYTES = 1 << 16
_KEPT_TOOLS = 3
"""Proofs of so many versions of the program are kept side by side; those of the others are deleted."""


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A sound question: how much was proved of it, and what its author was warned about. key: its own name."""

    key: str
    counts: dict[str, int]
    warnings: tuple[Note, ...] = ()


class Proofs:
    """The proofs in a folder. Without a folder none is found and none is kept.

    seeds, shipped: how a question is proved depends on them, beside itself.
    """

    def __init__(self, folder: Path | None, seeds: int, shipped: bool) -> None:
        self._folder = folder
        self._terms = (seeds, shipped)

    def recall(self, subject: Subject) -> bool:
        """Repeat what is known of a question; False where it has to be proved."""
        proof = self._read(subject.question)
        if proof is None:
            return False
        subject.counts.update(proof.counts)
        for note in proof.warnings:
            subject.repeat(note)
        return True

    def keep(self, subject: Subject) -> None:
        """Keep what was just proved of a sound question; a folder that cannot be written is no reason to fail."""
        if self._folder is None:
            return
        key = self._key(subject.question)
        proof = Proof(key=key, counts=dict(subject.counts), warnings=tuple(subject.notes))
        try:
            self._home.mkdir(parents=True, exist_ok=True)
            write_whole(self._home / f"{key}.json", msgspec.json.encode(proof), lasting=False)
        except OSError:
            self._folder = None

    def _read(self, question: Question) -> Proof | None:
        if self._folder is None:
            return None
        key = self._key(question)
        try:
            with (self._home / f"{key}.json").open("rb") as file:
                proof = msgspec.json.decode(file.read(_MOST_BYTES), type=Proof)
        except (OSError, msgspec.MsgspecError):
            return None
        return proof if proof.key == key else None

    def _key(self, question: Question) -> str:
        """32 hexadecimal digits over the question, wherever in its file it stands."""
        placed_nowhere = msgspec.structs.replace(question, place="")
        data = msgspec.json.encode([*self._terms, msgspec.to_builtins(placed_nowhere)], order="deterministic")
        return hashlib.sha256(data).hexdigest()[:32]

    @cached_property
    def _home(self) -> Path:
        """The folder of this version of the program; those of old versions are cleared away."""
        assert self._folder is not None  # noqa: S101 - asked only where there is a folder
        home = self._folder / tool_digest()
        if not home.is_dir():
            _clear(self._folder)
        return home


def tool_digest() -> str:
    """16 hexadecimal digits over the program's own sources and over the versions of what it computes with."""
    digest = hashlib.sha256(f"{platform.python_version()} {platform.machine()}".encode())
    for name in _COMPUTES:
        digest.update(f"{name} {_version(name)}\n".encode())
    package = Path(__file__).parents[1]
    for path in sorted(package.rglob("*.py")):
        digest.update(f"{path.relative_to(package)}\n".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "-"


def _clear(folder: Path) -> None:
    """Delete the proofs of all but the last few versions of the program."""
    try:
        homes = sorted((path for path in folder.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    except OSError:
        return
    for path in homes[: max(0, len(homes) - _KEPT_TOOLS + 1)]:
        shutil.rmtree(path, ignore_errors=True)
