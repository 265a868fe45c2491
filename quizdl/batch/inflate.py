"""Reads packed archives forwards within bounds: of all that comes out, of a single read, of the unpacker's memory."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Protocol

MOST_UNPACKED = 1000
"""Times its size is what may come out of a larger one."""
MOST_OF_SMALL = 256 << 20
"""What may come out of an archive however small it is."""

_MOST_AT_ONCE = 16 << 20
_XZ_MEMORY = 256 << 20
_CHUNK = 1 << 16


class Readable(Protocol):
    """A stream that is read from its beginning to its end."""

    def read(self, size: int = -1, /) -> bytes:
        """At most `size` bytes; none at the end."""


class BombError(Exception):
    """More comes out than anybody puts in who means well."""


@contextmanager
def opened(file: BinaryIO) -> Iterator[Readable]:
    """The unpacked stream of a file, by its first bytes; the file itself where it is not packed."""
    head = file.read(6)
    file.seek(0)
    if head.startswith(b"\x1f\x8b"):
        with gzip.GzipFile(fileobj=file) as stream:
            yield stream
    elif head.startswith(b"BZh"):
        with bz2.BZ2File(file) as stream:
            yield stream
    elif head == b"\xfd7zXZ\x00":
        yield _Xz(file)
    else:
        yield file


class _Xz:
    """`lzma.LZMAFile` lets the archive say how much memory its unpacking takes; this does not."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._unpack = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)

    def read(self, size: int = -1) -> bytes:
        found: list[bytes] = []
        while size > 0 and not self._unpack.eof:
            packed = self._file.read(_CHUNK) if self._unpack.needs_input else b""
            if self._unpack.needs_input and not packed:
                raise EOFError("cut short")
            try:
                found.append(self._unpack.decompress(packed, size))
            except lzma.LZMAError as error:
                raise OSError(str(error)) from error
            size -= len(found[-1])
        return b"".join(found)


class Inflated:
    """What `tarfile` needs of a file, forwards alone."""

    def __init__(self, stream: Readable, most: int) -> None:
        """most: bytes in all."""
        self._stream = stream
        self._place = 0
        self._most = most

    def tell(self) -> int:
        """Bytes read so far."""
        return self._place

    def read(self, size: int = -1) -> bytes:
        """At most a bounded number of bytes. Raises BombError for more."""
        if not 0 <= size <= _MOST_AT_ONCE:
            raise BombError
        data = self._stream.read(size)
        self._advance(len(data))
        return data

    def seek(self, place: int, whence: int = os.SEEK_SET) -> int:
        """Forwards; nothing is kept of what lies between."""
        if whence != os.SEEK_SET or place < self._place:
            raise OSError("backwards")
        while self._place < place:
            data = self._stream.read(min(_CHUNK, place - self._place))
            if not data:
                break
            self._advance(len(data))
        return self._place

    def _advance(self, size: int) -> None:
        self._place += size
        if self._place > self._most:
            raise BombError

    def close(self) -> None:
        """Whoever opened the stream closes it."""
