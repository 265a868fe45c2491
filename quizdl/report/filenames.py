"""A learner's name as the name of a file: one that every file system takes, and that stays in its folder."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import blake2b, sha256
from itertools import pairwise

_MOST_BYTES = 100
"""With a digest and the longest ending still far below the 255 bytes (or 143, encrypted) that file systems take."""

_NOT_IN_A_NAME = re.compile(r"[^\w.@+ -]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_FEW_DIGITS, _ALL_DIGITS = 8, 64
_AT_THE_ENDS = "._-+@ "


class FileNames:
    """A name without ending for each learner, no two the same even where case and composition are ignored.

    It depends on who else there is only where two would collide. A name that had to be changed carries a digest. They
    are made when they are wanted: a class has many.

    >>> names = FileNames(["../../etc/passwd", "sato"])
    >>> names["../../etc/passwd"], names["sato"]
    ('etc_passwd-3754d6cb', 'sato')
    """

    def __init__(self, learners: Iterable[str]) -> None:
        """learners: all different, read several times."""
        self._digits = _FEW_DIGITS
        self._shared = frozenset(_twice(map(_safe, learners)))
        if any(_twice(self[learner] for learner in learners)):  # somebody is called what another's marked name is
            self._digits = _ALL_DIGITS

    def __getitem__(self, learner: str) -> str:
        name = _safe(learner)
        plain = self._digits == _FEW_DIGITS and name == learner and _number(name) not in self._shared
        return name if plain else _marked(name, learner, self._digits)


def _twice(names: Iterable[str]) -> Iterator[int]:
    """The numbers of names that there are more than one of."""
    return (one for one, other in pairwise(sorted(map(_number, names))) if one == other)


def _number(name: str) -> int:
    """The same for names that some file system takes for the same; 64 bits of a digest."""
    return int.from_bytes(blake2b(_folded(name).encode("utf-8"), digest_size=8).digest())


def _safe(learner: str) -> str:
    """Letters, digits, spaces and a few signs; no path, no ending dot, no name that Windows keeps for itself."""
    text = unicodedata.normalize("NFC", learner).encode("utf-8", "ignore").decode("utf-8")
    text = _cut(_NOT_IN_A_NAME.sub("_", text).strip(_AT_THE_ENDS)).rstrip(_AT_THE_ENDS)
    return f"learner-{text}" if not text or _RESERVED.fullmatch(text) else text


def _cut(text: str) -> str:
    return text.encode("utf-8")[:_MOST_BYTES].decode("utf-8", "ignore")


def _marked(name: str, learner: str, digits: int) -> str:
    return f"{name}-{sha256(learner.encode('utf-8', 'surrogatepass')).hexdigest()[:digits]}"


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()
