"""The report as CSV for a spreadsheet: a row a question, and no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from quizdl.report.exam import ExamReport
from quizdl.report.objects import report_object
from quizdl.sanitise import printable
from quizdl.text import Lang

COLUMNS = (
    *("number", "id", "area", "chapter", "section", "level", "kind", "set", "answer", "key", "right", "mistake"),
    *("first_answer", "flagged", "seconds", "plan_seconds", "prompt", "answer_text", "key_text", "why", "explanation"),
)

_BYTE_ORDER_MARK = "\ufeff"
_BEGINS_A_FORMULA = frozenset("=+-@\t＝＋－＠−")
"""What makes a cell a formula, full-width as well."""


def report_csv(report: ExamReport, lang: Lang) -> str:
    """The table with its header, in the form of RFC 4180, after the mark by which Excel knows UTF-8."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    plan = round(report.pace.plan, 3)
    for row in report_object(report, lang)["questions"]:
        writer.writerow(_cells({**row, "plan_seconds": plan}))
    return _BYTE_ORDER_MARK + written.getvalue()


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [_cell(row[name]) for name in COLUMNS]


def _cell(value: object) -> str:
    """Numbers as they are; a text that would be a formula after an apostrophe, which a spreadsheet does not show."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int | float):
        return str(value)
    text = printable(str(value), None).strip("\n")
    return f"'{text}" if text.lstrip(" \u3000\u00a0")[:1] in _BEGINS_A_FORMULA and text.strip() else text
