"""Values on the wire: a JSON tree that names its types, and the arrays' raw bytes beside it. Never pickle.

Both sides use this file: the room that runs learners' code to write results, the trusted side to read them. `encode` is
lenient about what it is given, because that is a learner's object; `decode` believes nothing, because its bytes come
from a process that runs learners' code. Only the standard library and NumPy are needed here.

A tree is `null`, `true`, `false`, a string, or a list that begins with a tag:

    ["i", hex] int   ["f", hex] float   ["c", hex, hex] complex   ["l", [...]] list   ["t", [...]] tuple
    ["d", [[key, tree], ...]] dict   ["a", dtype, [sizes]] array   ["u", description] a value of no allowed type
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np

Tree: TypeAlias = "bool | str | list[Any] | None"

MAX_DEPTH = 12
MAX_NODES = 20_000
MAX_ARRAYS_BYTES = 16 << 20
MAX_AXES = 8
MAX_INT_BITS = 4096
MAX_STRING = 64 << 10
MAX_AXIS = 1 << 31

DTYPES = frozenset(["|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8", "<f2", "<f4", "<f8", "<c8", "<c16"])
_ITEM_BYTES = {dtype: int(dtype[2:]) for dtype in DTYPES}
_EXTENDED = {"f": "<f8", "c": "<c16"}


class WireError(ValueError):
    """Bytes that no honest child sends."""


class TooLargeError(ValueError):
    """An honest value that is larger than a result may be."""


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A result of no type that can be compared. description: its type, as `coroutine` or `ndarray of object`."""

    description: str


class _OddError(Exception):
    """Some part of a value is of no allowed type."""


def encode(value: object) -> tuple[Tree, bytes]:
    """The tree and the arrays' bytes of any object; one that cannot be sent becomes `["u", description]`.

    Subclasses of lists, numbers and arrays are sent as their plain bases. Raises TooLargeError.
    """
    encoder = _Encoder()
    try:
        return encoder.tree(value, 0), b"".join(encoder.blobs)
    except _OddError as odd:
        return ["u", str(odd)[:200]], b""
    except (TooLargeError, MemoryError):
        raise
    except BaseException:  # the learner's class may raise anything from its own methods
        return ["u", type_name(value)[:200]], b""


def decode(tree: object, blob: bytes) -> object:
    """The value that `tree` and `blob` describe, of plain Python and plain native-endian arrays, freshly allocated.

    Raises WireError where anything is not as `encode` writes it; nothing is allocated before its size is checked.
    """
    decoder = Decoder(blob)
    value = decoder.next(tree)
    decoder.end()
    return value


def type_name(value: object) -> str:
    """The type's name, whatever the learner's metaclass says."""
    return type.__dict__["__name__"].__get__(type(value))  # type: ignore[no-any-return]


class _Encoder:
    def __init__(self) -> None:
        self.blobs: list[bytes] = []
        self.blob_bytes = 0
        self.nodes = 0

    def tree(self, value: object, depth: int) -> Tree:
        import numpy as np

        self.nodes += 1
        if depth > MAX_DEPTH:
            raise _OddError(f"{type_name(value)}: nested deeper than {MAX_DEPTH}")
        if self.nodes > MAX_NODES:
            raise _OddError(f"more than {MAX_NODES} values")
        if value is None or value is True or value is False:
            return value
        if isinstance(value, str):
            return self.string(value)
        if isinstance(value, (np.ndarray, np.generic)):
            return self.array(value)
        return self.number(value) or self.container(value, depth)

    def string(self, value: str) -> str:
        if len(value) > MAX_STRING:
            raise TooLargeError("string")
        return str.__str__(value)

    def number(self, value: object) -> list[Any] | None:
        if isinstance(value, int):
            if int.bit_length(value) > MAX_INT_BITS:
                raise _OddError(f"int of more than {MAX_INT_BITS} bits")
            return ["i", hex(int.__index__(value))]
        if isinstance(value, float):
            return ["f", float.hex(value)]
        if isinstance(value, complex):
            return ["c", value.real.hex(), value.imag.hex()]
        return None

    def container(self, value: object, depth: int) -> list[Any]:
        if isinstance(value, list):
            return ["l", [self.tree(item, depth + 1) for item in list.__iter__(value)]]
        if isinstance(value, tuple):
            return ["t", [self.tree(item, depth + 1) for item in tuple.__iter__(value)]]
        if isinstance(value, dict):
            return ["d", [[self.key(key), self.tree(item, depth + 1)] for key, item in dict.items(value)]]
        raise _OddError(type_name(value))

    def key(self, key: object) -> str:
        if not isinstance(key, str):
            raise _OddError(f"dict with a key of {type_name(key)}")
        return self.string(key)

    def array(self, value: np.ndarray[Any, Any] | np.generic) -> list[Any]:
        import numpy as np

        if type(value) is np.ndarray:
            plain = value
        elif any(base.__name__ == "MaskedArray" for base in type(value).__mro__):
            raise _OddError("MaskedArray")
        else:
            plain = np.asarray(value)
        own = dtype = plain.dtype.str
        if dtype not in DTYPES:
            dtype = plain.dtype.newbyteorder("<").str
        if dtype not in DTYPES:
            dtype = _EXTENDED.get(plain.dtype.kind, "")  # long double: wider than anything it is compared with
        if not dtype or plain.ndim > MAX_AXES:
            raise _OddError(f"{type_name(value)} of {plain.dtype.name}, {plain.ndim} axes")
        self.blob_bytes += plain.size * _ITEM_BYTES[dtype]
        if self.blob_bytes > MAX_ARRAYS_BYTES:
            raise TooLargeError("array")
        self.blobs.append((plain if own == dtype else plain.astype(dtype)).tobytes())
        return ["a", dtype, list(plain.shape)]


class Decoder:
    """Reads values whose arrays follow one another in one blob. offset: where the arrays of the next value begin."""

    def __init__(self, blob: bytes) -> None:
        self.blob = blob
        self.offset = 0
        self.nodes = 0

    def next(self, tree: object) -> object:
        """The value that comes next. Raises WireError, as `decode` does."""
        if type(tree) is list and len(tree) == 2 and tree[0] == "u":
            return Unsupported(_string(tree[1]))
        self.nodes = 0
        return self.value(tree, 0)

    def end(self) -> None:
        """Raises WireError where no value has used the last bytes."""
        if self.offset != len(self.blob):
            raise WireError("bytes are left over")

    def value(self, tree: object, depth: int) -> object:
        self.nodes += 1
        if depth > MAX_DEPTH or self.nodes > MAX_NODES:
            raise WireError("too deep or too wide")
        if type(tree) is list and tree and type(tree[0]) is str:
            read = _READERS.get((tree[0], len(tree)))
            if read is None:
                raise WireError("no such tag")
            return read(self, depth, *tree[1:])
        if tree is None or type(tree) is bool:
            return tree
        if type(tree) is str:
            return _string(tree)
        raise WireError("not a tree")

    def items(self, depth: int, trees: object) -> list[object]:
        if type(trees) is not list:
            raise WireError("not a list of trees")
        return [self.value(tree, depth + 1) for tree in trees]

    def pairs(self, depth: int, pairs: object) -> dict[str, object]:
        if type(pairs) is not list or not all(type(pair) is list and len(pair) == 2 for pair in pairs):
            raise WireError("not a list of pairs")
        return {_string(key): self.value(tree, depth + 1) for key, tree in pairs}

    def array(self, depth: int, dtype: object, sizes: object) -> np.ndarray[Any, Any]:
        import numpy as np

        if type(dtype) is not str or dtype not in DTYPES:
            raise WireError("dtype is not allowed")
        if type(sizes) is not list or len(sizes) > MAX_AXES or not all(map(_is_axis, sizes)):
            raise WireError("not a shape")
        start, self.offset = self.offset, self.offset + math.prod(sizes) * _ITEM_BYTES[dtype]
        if self.offset > len(self.blob):
            raise WireError("fewer bytes than the shape needs")
        try:
            seen = np.ndarray(sizes, "u1" if dtype == "|b1" else dtype, self.blob, start)
        except (ValueError, TypeError) as impossible:  # (0, 2**31, 2**31): empty, yet more than NumPy can address
            raise WireError("not a shape") from impossible
        return seen != 0 if dtype == "|b1" else seen.astype(dtype[1:], "C")  # of this machine's byte order


def _is_axis(size: object) -> bool:
    return type(size) is int and 0 <= size <= MAX_AXIS


def _string(value: object) -> str:
    if type(value) is not str or len(value) > MAX_STRING:
        raise WireError("not a string")
    return value


def _integer(text: object) -> int:
    if type(text) is not str or len(text) > MAX_INT_BITS // 4 + 3:
        raise WireError("not an integer")
    try:
        return int(text, 16)
    except ValueError as malformed:
        raise WireError("not an integer") from malformed


def _float(text: object) -> float:
    if type(text) is not str or len(text) > 40:
        raise WireError("not a float")
    try:
        return float.fromhex(text)
    except (ValueError, OverflowError) as malformed:
        raise WireError("not a float") from malformed


_READERS: dict[tuple[str, int], Callable[..., object]] = {
    ("i", 2): lambda decoder, depth, text: _integer(text),
    ("f", 2): lambda decoder, depth, text: _float(text),
    ("c", 3): lambda decoder, depth, real, imag: complex(_float(real), _float(imag)),
    ("l", 2): Decoder.items,
    ("t", 2): lambda decoder, depth, trees: tuple(decoder.items(depth, trees)),
    ("d", 2): Decoder.pairs,
    ("a", 3): Decoder.array,
}
