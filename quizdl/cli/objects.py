"""The JSON objects of the contract, and how they are printed."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from quizdl.bank.index import as_listed
from quizdl.model import Asked, Code, Counterexample, Expression, Figure, ListRow, Numeric, Question, Verdict
from quizdl.text import Lang, Text


def print_json(value: object) -> None:
    """One line of JSON on standard output; ASCII only where the stream could not carry Japanese."""
    readable = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    print(json.dumps(value, ensure_ascii=not readable, allow_nan=False), flush=True)


def verdict_object(asked: Asked, verdict: Verdict, lang: Lang) -> dict[str, Any]:
    """What `answer --json` and `submit --json` print."""
    shown = verdict.counterexample
    return {
        "id": asked.question.id,
        "seed": asked.seed,
        "input_seed": verdict.input_seed,
        "verdict": verdict.verdict,
        "score": verdict.score,
        "points": asked.question.points,
        "passed": verdict.passed,
        "total": verdict.total,
        "mistake": verdict.mistake,
        "feedback": [text.of(lang) for text in verdict.feedback],
        "counterexample": shown and _counterexample(shown),
        "isolation": list(verdict.isolation),
        "seconds": round(verdict.seconds, 6),
        "version": asked.question.version,
        "parsed": verdict.parsed,
    }


def _counterexample(shown: Counterexample) -> dict[str, Any]:
    return {
        "inputs": shown.inputs,
        "expected": shown.expected,
        "got": shown.got,
        "difference": shown.difference or None,
    }


def row_object(row: ListRow) -> dict[str, Any]:
    """One question in `list --json`."""
    return {
        "id": row.id,
        "kind": row.kind,
        "day": row.day,
        "stage": row.stage,
        "section": row.section,
        "chapter": row.chapter,
        "level": row.level,
        "points": row.points,
        "set": row.set,
        "function": row.function,
    }


def shown_object(asked: Asked, lang: Lang) -> dict[str, Any]:
    """The rendered question of `show --json`: everything a learner sees, and nothing of the key."""
    question = asked.question
    return {
        **row_object(as_listed(question)),
        "seed": asked.seed,
        "version": question.version,
        "stem": _text(asked.stem, lang),
        "code": asked.code,
        "prompt": asked.prompt.of(lang),
        "figure": asked.figure and _figure(asked.figure, lang),
        "options": [{"letter": option.letter, "text": option.text.of(lang)} for option in asked.options],
        "hints": len(asked.hints),
        **_kind_fields(question, lang),
    }


def _kind_fields(question: Question, lang: Lang) -> Mapping[str, Any]:
    if isinstance(question, Code):
        return {"template": question.template, "blank": question.answer is not None}
    if isinstance(question, Expression):
        return {"symbols": dict(question.symbols)}
    if isinstance(question, Numeric):
        return {"unit": _text(question.unit, lang)}
    return {}


def _figure(figure: Figure, lang: Lang) -> dict[str, Any]:
    """Name and values of a figure, and the figure itself as text art."""
    from quizdl.screen.figures import as_text, scene_of
    from quizdl.screen.page import View

    art = as_text(scene_of(figure), lang, View(width=80))
    return {"name": figure.name, **figure.values, "text": art}


def _text(text: Text | None, lang: Lang) -> str | None:
    return text.of(lang) if text else None
