"""The record of everything answered: append-only rows in one SQLite file."""

from quizdl.record.store import Store

__all__ = ["Store"]
