"""What the file system says of a file beside its bytes, and when that is enough to know that these did not change.

Four numbers: size, time of the last change, time of the last change that nobody can set back, and place on the disk. A
change that keeps all four is possible only in the same tick of the file system's clock as the change before it. So, as
git does with its index ("racily clean" entries, Documentation/technical/racy-git.txt), what was read within a tick of
a file's last change is not vouched for by its stamp; and where the clock's ticks are long, or nothing counts changes,
no stamp is ever believed.
"""

from __future__ import annotations

import os

import msgspec

HAS_CHANGE_TIME = os.name == "posix"
"""Elsewhere `st_ctime` is when the file was made, and a change can be hidden by setting its time back."""

_COARSE_NS = 10_000_000
"""exFAT counts in steps of 10 ms, FAT in seconds, and neither keeps a change time of its own; HFS+ counts in seconds.
A finer clock hardly ever stops at such a step; where it does, the file is read, and nothing is lost."""
_TICK_NS = 3_000_000_000
"""More than the longest tick there is: FAT's two seconds."""


class Stamp(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What the file system says of a file: bytes, nanoseconds, nanoseconds, and its number there."""

    size: int
    modified: int
    changed: int
    inode: int

    def is_settled(self, now: int) -> bool:
        """Whether a change after `now`, in nanoseconds, when the file is still to be read, has to show in the stamp."""
        fine = self.changed % _COARSE_NS != 0
        return HAS_CHANGE_TIME and fine and max(self.modified, self.changed) + _TICK_NS < now


def stamp_of(found: os.stat_result) -> Stamp:
    """The stamp in what `stat` found."""
    return Stamp(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
