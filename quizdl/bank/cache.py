"""What was found out about a bank, kept between runs: whatever is wrong with a file of it, it is as none."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from functools import cache
from pathlib import Path

from quizdl.paths import cache_folder
from quizdl.whole import write_whole

_ROOMS = ("bank", "formula", "model")
_DIGEST_BYTES = 32


def cache_path(root: Path, name: str) -> Path:
    """Where something of this name is kept of the bank in this folder."""
    return cache_folder() / "index" / f"{hashed(str(root.resolve()).encode()).hex()[:16]}-{name}.msgpack"


def cached(path: Path, made_of: bytes = b"") -> memoryview | None:
    """What was kept; None where it is damaged, was made of anything else or by another version, or is not there."""
    try:
        content = memoryview(path.read_bytes())
    except OSError:
        return None
    digest, rest = content[:_DIGEST_BYTES], content[_DIGEST_BYTES:]
    mark, data = rest[:_DIGEST_BYTES], rest[_DIGEST_BYTES:]
    return data if mark == _mark(made_of) and digest == hashed(rest) else None


def keep(path: Path, data: bytes, made_of: bytes = b"") -> bool:
    """Keep this on disk; where nothing can be written, that is no fault. made_of: what it has to be asked for with."""
    mark = _mark(made_of)
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, hashed(mark + data) + mark + data, lasting=False)
        return True
    return False


def hashed(data: bytes | memoryview) -> bytes:
    """What stands for these bytes, and for no others."""
    return hashlib.sha256(data).digest()


def _mark(made_of: bytes) -> bytes:
    return hashed(_reader() + made_of)


@cache
def _reader() -> bytes:
    """A name for what reads banks: it changes with any line of the rooms that do."""
    package = Path(__file__).parents[1]
    sources = (path.read_bytes() for room in _ROOMS for path in sorted((package / room).glob("*.py")))
    return hashed(b"\0".join(sources))
