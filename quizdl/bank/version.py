"""A question's version: it changes when the grading may change, and not when a sentence is polished."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec

from quizdl.model import Question

_NOT_GRADED = frozenset(
    {"prompt", "explanation", "hints", "code", "figure", "why", "unit"}
    | {"chapter", "source", "level", "scope", "framework", "twin", "status"}
    | {"section", "section_title", "section_lab", "lab", "day", "stage", "set", "version", "place"}
)


def version_of(question: Question) -> str:
    """12 hexadecimal digits of SHA-256 over what is graded: keys, mistakes, template, solution, reference, variables.

    The bytes are JSON with sorted keys, so that they are the same on every machine. Defaults are left out: a field that
    a later release adds changes no version of a question that does not use it.
    """
    graded = _graded(msgspec.to_builtins(question))
    return hashlib.sha256(msgspec.json.encode(graded, order="deterministic")).hexdigest()[:12]


def _graded(fields: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in fields.items() if name not in _NOT_GRADED}
    for name in (
        "options",
        "mistakes",
    ):  # only here a nested `why` is prose; elsewhere such a key is a name of the author's
        if name in kept:
            kept[name] = [{key: value for key, value in entry.items() if key != "why"} for entry in kept[name]]
    return kept
