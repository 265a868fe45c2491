"""Frames on the wire: a fixed head, a JSON header, and raw bytes. Every length is bounded before anything is allocated.

    head:   magic (4) · nonce (8) · bytes of the header (4) · bytes of the blob (4), little-endian
    header: a JSON object with a `kind`
    blob:   the arrays' bytes, as `values.py` describes

Both sides use this file; it needs the standard library alone. The nonce is drawn for one job, so that bytes written
blindly to the channel are seen to be forged. It is no secret from code that looks for it, and none is needed: whoever
forges a result has only returned a wrong value, for the trusted side alone compares and decides.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from quizdl.sandbox.values import DTYPES, MAX_ARRAYS_BYTES, TooLargeError, WireError

MAGIC = b"qdl1"
NONCE_BYTES = 8
HEAD = struct.Struct("<4s8sII")
MAX_HEADER = 2 << 20
MAX_BLOB = MAX_ARRAYS_BYTES
_AROUND_ITEMS = 64


class Frame(NamedTuple):
    """One message: its kind, the other fields of its header, and its bytes. size: on the wire; text: the header's."""

    kind: str
    header: dict[str, Any]
    blob: bytes
    size: int = 0
    text: bytes = b""


def pack(nonce: bytes, kind: str, header: dict[str, Any], blob: bytes = b"") -> bytes:
    """The bytes of one frame. Raises TooLargeError."""
    text = _header(kind, header, blob)
    return HEAD.pack(MAGIC, nonce, len(text), len(blob)) + text + blob


@dataclass(frozen=True, slots=True)
class Body:
    """A frame but for its nonce: what many jobs are sent alike is encoded once. data: the header, then the blob."""

    header_bytes: int
    blob_bytes: int
    data: bytes

    @classmethod
    def of(cls, kind: str, items: list[str], blob: bytes) -> Body:
        """One frame for many small things, which costs little more than for one. items: as `item` makes them.

        Raises TooLargeError.
        """
        text = _bounded(f'{{"items":[{",".join(items)}],"kind":"{kind}"}}', blob)
        return cls(len(text), len(blob), text + blob)


def item(*fields: Any) -> str:
    """A list, as JSON, for the header's `items`. Raises TooLargeError."""
    text = f"[{','.join(map(_text, fields))}]"
    if len(text) > MAX_HEADER - _AROUND_ITEMS:
        raise TooLargeError("item")
    return text


def _text(field: Any) -> str:
    """As JSON. Numbers, flags and arrays are most of what is sent, and an encoder costs more to make than they do."""
    if type(field) is int:
        return str(field)
    if type(field) is bool:
        return "true" if field else "false"
    if type(field) is list and len(field) == 3 and field[0] == "a" and type(field[1]) is str and field[1] in DTYPES:
        return f'["a","{field[1]}",{field[2]}]'
    return _encode(field)


def _header(kind: str, header: dict[str, Any], blob: bytes) -> bytes:
    return _bounded(_encode({**header, "kind": kind}), blob)


def _bounded(header: str, blob: bytes) -> bytes:
    if len(header) > MAX_HEADER or len(blob) > MAX_BLOB:
        raise TooLargeError("frame")
    return header.encode("ascii")


def framed(nonce: bytes, body: Body) -> bytes:
    """The bytes of one frame of this job."""
    return HEAD.pack(MAGIC, nonce, body.header_bytes, body.blob_bytes) + body.data


class Frames:
    """Cuts a stream of bytes into frames, however the bytes arrive.

    nonce: the one that every frame must carry; None takes the first frame's.
    """

    def __init__(self, nonce: bytes | None) -> None:
        self.nonce = nonce
        self._bytes = bytearray()
        self._middle = 0  # where the blob of the frame begins that is looked at

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that `data` completes. Raises WireError at the first byte that no honest sender sends."""
        self._bytes += data
        done = 0
        try:
            while (end := self._end_of(done)) is not None:
                yield self._frame(done, end)
                done = end
        finally:
            del self._bytes[:done]  # once for all of them: what follows moves up

    def _end_of(self, start: int) -> int | None:
        """Where the frame ends that starts there; None while some of it is missing."""
        if len(self._bytes) < start + HEAD.size:
            begun = self._bytes[start : start + len(MAGIC)]
            if begun != MAGIC[: len(begun)]:
                raise WireError("not a frame")
            return None
        magic, nonce, header_size, blob_size = HEAD.unpack_from(self._bytes, start)
        if magic != MAGIC:
            raise WireError("not a frame")
        if self.nonce is None:
            self.nonce = nonce
        if nonce != self.nonce or header_size > MAX_HEADER or blob_size > MAX_BLOB:
            raise WireError("a forged head")
        self._middle = start + HEAD.size + header_size
        end: int = self._middle + blob_size
        return end if len(self._bytes) >= end else None

    def _frame(self, start: int, end: int) -> Frame:
        with memoryview(self._bytes) as view:
            return _frame(bytes(view[start + HEAD.size : self._middle]), bytes(view[self._middle : end]))


def _frame(text: bytes, blob: bytes) -> Frame:
    try:
        header, end = _decode(text.decode("ascii"))
    except (ValueError, RecursionError) as malformed:
        raise WireError("the header is not JSON") from malformed
    if end != len(text):
        raise WireError("more than JSON")
    if type(header) is not dict:
        raise WireError("the header is not an object")
    kind = header.pop("kind", None)
    if type(kind) is not str:
        raise WireError("the header has no kind")
    return Frame(kind, header, blob, len(text) + len(blob), text)


def _refuse_constant(name: str) -> None:
    raise WireError(f"{name} is not JSON")


# made once, since `json.dumps` makes one a call; and a learner's `json.dumps = ...` changes nothing here
_encode = json.JSONEncoder(allow_nan=False, separators=(",", ":")).encode
_decode = json.JSONDecoder(parse_constant=_refuse_constant).raw_decode  # no spaces around it are looked for
