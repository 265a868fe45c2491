"""The report as one JSON object."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from quizdl.report.averages import PUBLISHED
from quizdl.report.exam import ExamReport
from quizdl.report.history import PastExam
from quizdl.report.mistakes import Costly
from quizdl.report.pace import Pace
from quizdl.report.tally import Item, Part
from quizdl.text import Lang, Text


def report_object(report: ExamReport, lang: Lang) -> dict[str, Any]:
    """Everything in the report, its texts in one language. A percentage is a whole number, or null for no questions."""
    return {
        "exam": report.id,
        "at": _iso(report.at),
        "minutes": report.minutes,
        "seed": report.seed,
        "form": report.form,
        "framework": report.framework,
        "quizdl": report.quizdl,
        "count": report.total.count,
        "answered": report.answered,
        "right": report.total.right,
        "percent": report.total.percent,
        "pass_line": report.pass_line,
        "pass_line_is_estimate": True,
        "passed": report.passed,
        "areas": [_area(part, report, lang) for part in report.areas],
        "averages": [{"exam": one.exam, "name": one.name.of(lang), "percent": dict(one.percent)} for one in PUBLISHED],
        **{
            name: [_part(part, lang) for part in getattr(report, name)]
            for name in ("chapters", "sections", "levels", "kinds")
        },
        "time": _pace(report.pace),
        "flags": _fields(report.flags),
        "changes": [_fields(change) for change in report.changes],
        "mistakes": [_mistake(one, lang) for one in report.mistakes],
        "next": [{"command": step.command, "why": step.why.of(lang)} for step in report.steps],
        "history": [_past(one) for one in report.history],
        "questions": [_item(item, lang) for item in report.items],
    }


def _fields(record: Any) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")


def _part(part: Part, lang: Lang) -> dict[str, Any]:
    return {
        "key": part.key,
        "name": part.name.of(lang),
        "percent": part.percent,
        "right": part.right,
        "count": part.count,
        "seconds": round(part.seconds, 3),
    }


def _area(part: Part, report: ExamReport, lang: Lang) -> dict[str, Any]:
    return {
        **_part(part, lang),
        "averages": {one.exam: one.percent[part.key] for one in PUBLISHED if part.key in one.percent},
        "before": report.before.areas.get(part.key) if report.before else None,
    }


def _pace(pace: Pace) -> dict[str, Any]:
    numbers = {name: round(value, 3) if isinstance(value, float) else value for name, value in _fields(pace).items()}
    return {"is_measured": pace.is_measured, **numbers, "slow": list(pace.slow)}


def _mistake(one: Costly, lang: Lang) -> dict[str, Any]:
    return {
        "mistake": one.name,
        "section": one.section,
        "lost": one.lost,
        "earlier": one.earlier,
        "seconds": round(one.seconds, 3),
        "questions": list(one.question_ids),
        "reasons": [reason.of(lang) for reason in one.reasons],
    }


def _past(one: PastExam) -> dict[str, Any]:
    return {
        "exam": one.id,
        "at": _iso(one.at),
        "percent": one.percent,
        "right": one.right,
        "count": one.count,
        "areas": one.areas,
    }


def _item(item: Item, lang: Lang) -> dict[str, Any]:
    question, asked = item.asked.question, item.asked
    return {
        "number": item.number,
        "id": question.id,
        "version": question.version,
        "seed": asked.seed,
        "area": item.area,
        "chapter": question.chapter,
        "section": question.section,
        "level": question.level,
        "kind": item.kind,
        "set": question.set.id if question.set else None,
        "prompt": asked.prompt.of(lang),
        "answer": item.answer or None,
        "answer_text": _of(item.text_of(item.answer), lang),
        "key": item.key,
        "key_text": _of(item.text_of(item.key), lang),
        "right": item.right,
        "verdict": item.verdict.verdict,
        "mistake": item.verdict.mistake,
        "why": _of(item.why, lang),
        "explanation": asked.explanation.of(lang),
        "first_answer": item.first or None,
        "flagged": item.flagged,
        "seconds": round(item.seconds, 3),
    }


def _of(text: Text | None, lang: Lang) -> str | None:
    return text.of(lang) if text else None
