"""A learner's name as the name of a file: one that every file system takes, and that stays in its folder."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256

_MOST_BYTES = 100
"""With a digest and the longest ending still far below the 255 bytes (or 143, encrypted) that file systems take."""

_NOT_IN_A_NAME = re.compile(r"[^\w.@+ -]+")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)
_AT_THE_ENDS = "._-+@ "


def file_names(learners: Iterable[str]) -> dict[str, str]:
    """A name without ending for each learner, no two the same even where case and composition are ignored.

    It depends on who else there is only where two would collide. A name that had to be changed carries a digest.

    >>> file_names(["../../etc/passwd", "sato"])
    {'../../etc/passwd': 'etc_passwd-3754d6cb', 'sato': 'sato'}
    """
    everybody = sorted(set(learners))
    plain = {learner: _safe(learner) for learner in everybody}
    taken = Counter(map(_folded, plain.values()))
    found = {
        learner: name if name == learner and taken[_folded(name)] == 1 else _marked(name, learner, 8)
        for learner, name in plain.items()
    }
    if len(set(map(_folded, found.values()))) < len(found):  # somebody is called what another's marked name is
        found = {learner: _marked(plain[learner], learner, 64) for learner in everybody}
    return found


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
