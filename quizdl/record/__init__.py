"""The record of everything answered: append-only rows in one SQLite file."""

from quizdl.record.copies import Merged
from quizdl.record.exams import ExamSummaryRow
from quizdl.record.store import Store

__all__ = ["ExamSummaryRow", "Merged", "Store"]
