"""With what a score was found: so that any one can be reproduced, and contested, a year later."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from quizdl import __version__

_ROOMS = ("bank", "engine", "formula", "grading", "model", "sandbox", "sandbox/inside")
_FILES = ("batch/source.py", "batch/work.py", "sanitise.py", "text.py")
"""What a verdict comes out of: how a question is read and drawn, what is right, how code runs, how results are judged,
how a file is read, and the records and words that these pass on. Not what is made of it later.
"""

_PACKAGE = Path(__file__).parent.parent
_SEED_BITS = 31


@lru_cache
def engine_digest() -> str:
    """12 hexadecimal digits of SHA-256 over all that can change a verdict, as it is installed."""
    digest = hashlib.sha256()
    for name in sorted(_sources()):
        text = (_PACKAGE / name).read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{name}\0{len(text)}\0".encode() + text)
    return digest.hexdigest()[:12]


def _sources() -> Iterator[str]:
    for room in _ROOMS:
        yield from (f"{room}/{path.name}" for path in (_PACKAGE / room).glob("*.py"))
    yield from _FILES


@lru_cache
def numpy_version() -> str:
    """NumPy's, found without importing it."""
    from importlib.metadata import version

    return version("numpy")


def quizdl_version() -> str:
    """This package's."""
    return __version__


@lru_cache
def input_seed_of(seed: int, question_id: str) -> int:
    """The seed of a question's hidden inputs in a batch: every question its own, all of them from one."""
    digest = hmac.digest(str(seed).encode(), question_id.encode(), "sha256")
    return int.from_bytes(digest[:8], "big") >> (64 - _SEED_BITS)


def source_digest(source: bytes) -> str:
    """SHA-256 of a file as it was handed in."""
    return hashlib.sha256(source).hexdigest()


def task_key(source_sha256: str, form: str, question: str, version: str, seeds: tuple[int, int], level: str) -> str:
    """Equal for gradings that cannot differ: they are done once. 32 hexadecimal digits."""
    parts = (source_sha256, form, question, version, *map(str, seeds), engine_digest(), numpy_version(), level)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]
