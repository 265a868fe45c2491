"""With what a score was found: so that any one can be reproduced, and contested, a year later."""

from __future__ import annotations

import hashlib
import hmac
from functools import lru_cache
from pathlib import Path

from quizdl import __version__

_ROOMS = ("engine", "grading")
_SEED_BITS = 31


@lru_cache
def engine_digest() -> str:
    """12 hexadecimal digits of SHA-256 over the engine and the grader, as they are installed."""
    digest = hashlib.sha256()
    root = Path(__file__).parent.parent
    for path in sorted(one for room in _ROOMS for one in (root / room).glob("*.py")):
        digest.update(f"{path.parent.name}/{path.name}\0".encode() + path.read_bytes().replace(b"\r\n", b"\n"))
    return digest.hexdigest()[:12]


@lru_cache
def numpy_version() -> str:
    """NumPy's, found without importing it."""
    from importlib.metadata import version

    return version("numpy")


def quizdl_version() -> str:
    """This package's."""
    return __version__


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
