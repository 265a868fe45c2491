"""The report as CSV for a spreadsheet: a row a question, and no cell that a spreadsheet would run as a formula."""

from __future__ import annotations

from quizdl.report.exam import ExamReport
from quizdl.report.objects import report_object
from quizdl.spreadsheet import safe_cell, table_text
from quizdl.text import Lang

COLUMNS = (
    *("number", "id", "area", "chapter", "section", "level", "kind", "set", "answer", "key", "right", "mistake"),
    *("first_answer", "flagged", "seconds", "plan_seconds", "prompt", "answer_text", "key_text", "why", "explanation"),
)


def report_csv(report: ExamReport, lang: Lang) -> str:
    """The table with its header."""
    plan = round(report.pace.plan, 3)
    rows = [{**row, "plan_seconds": plan} for row in report_object(report, lang)["questions"]]
    return table_text([COLUMNS, *([_cell(row[name]) for name in COLUMNS] for row in rows)])


def _cell(value: object) -> str:
    """Numbers as they are; a text that would be a formula after an apostrophe."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(int(value))
    return str(value) if isinstance(value, int | float) else safe_cell(str(value), lines=True)
