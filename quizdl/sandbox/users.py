"""Whom learners' code becomes where the grader is root: users that own nothing and that no account has."""

from __future__ import annotations

import os
import pwd
from itertools import islice

_FREE = range(61184, 65520)  # what systemd hands out to services that need no account of their own


def unprivileged(count: int) -> list[int]:
    """So many user ids for one server, or none where this process is not root and cannot change to them.

    They are drawn, so that the children of two servers cannot signal one another and are counted apart.
    """
    if os.geteuid() != 0:
        return []
    start = int.from_bytes(os.urandom(4), "little")
    candidates = (_FREE[(start + step) % len(_FREE)] for step in range(len(_FREE)))
    return list(islice((user for user in candidates if not _has_account(user)), count))


def _has_account(user: int) -> bool:
    try:
        pwd.getpwuid(user)
    except KeyError:
        return False
    return True
