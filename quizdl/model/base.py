"""What all records are made of: the words that a field may take, and how a record behaves."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["choice", "numeric", "shape", "expression", "term", "order", "code", "essay"]
Level = Literal["recall", "apply", "analyse"]
Stage = Literal["math", "ml", "ops"]
Scope = Literal["disputed"]
Framework = Literal["pytorch", "tensorflow"]
Status = Literal["draft"]
Mode = Literal["practice", "answer", "submit", "exam", "paper"]
"""Where an answer was given; `paper` is one read back from an exam taken on paper or in a browser."""
Outcome = Literal[
    "correct",
    "partial",
    "wrong",
    "near_miss",
    "unreadable",
    "syntax_error",
    "runtime_error",
    "timeout",
    "memory_limit",
    "output_limit",
    "forbidden",
    "grader_error",
]


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every record is immutable, and named field by field where it is made."""


class Authored(Record, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What an author writes: an unknown field is a fault, never ignored."""
