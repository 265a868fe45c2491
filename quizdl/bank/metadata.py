"""Reads the lists that a bank keeps beside its questions: `questions/coverage.yaml`, `questions/glossary.yaml`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

Entry = TypeVar("Entry")

UNREADABLE = (yaml.YAMLError, msgspec.ValidationError, KeyError, TypeError)
"""What `read_entries` raises, beside OSError, for a file that is malformed."""


def read_entries(
    path: Path, key: str, kind: type[Entry], narrow: Callable[[bytes], bytes] = bytes
) -> tuple[Entry, ...]:
    """The entries under `key`, each as a record of this kind. Raises OSError or one of UNREADABLE.

    narrow: takes out of the file's bytes what need not be parsed.
    """
    found = yaml.load(narrow(path.read_bytes()), Loader=_LOADER)  # noqa: S506 - a safe loader, in C where there is one
    return msgspec.convert(found[key], tuple[kind, ...])  # type: ignore[valid-type]


_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
