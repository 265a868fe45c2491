"""Questions as a CSV table: a row a question, in the columns that `bank import --from csv` reads.

UTF-8 with the mark by which Excel knows it, RFC 4180, no cell that a spreadsheet would run or change.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import ascii_uppercase

from quizdl.exchange.markup import clean
from quizdl.exchange.parcel import Languages, Ledger, Parcel
from quizdl.exchange.sheet import LONGEST, guarded
from quizdl.exchange.statement import letters_of, shape_text
from quizdl.model import Asked, Choice, Code, Essay, Expression, Numeric, Order, Shape, Term
from quizdl.spreadsheet import table_bytes
from quizdl.text import Text

BETWEEN_WORDS = " | "
_NO_FIGURE = Text("図は表に入りません", "a table holds no figure")
_NO_MISTAKES = Text("よくある間違いとその理由は表に入りません", "known mistakes and their reasons are not in the table")
_TOO_LONG = Text(f"{LONGEST} 文字を超えるセルがあります", f"it has a cell of more than {LONGEST} characters")


def write_csv(questions: Sequence[Asked], languages: Languages) -> Parcel:
    """The table's bytes."""
    ledger = Ledger()
    rows = [(asked, _row(asked, languages)) for asked in questions]
    kept = []
    for asked, row in rows:
        if any(len(cell) > LONGEST for cell in row.values()):
            ledger.leave_out(asked, _TOO_LONG)
            continue
        kept.append(row)
        _note_losses(asked, ledger)
    widest = max((len(asked.options) for asked, _ in rows), default=0)
    header = columns(languages, widest)
    table = table_bytes([header, *([row.get(name, "") for name in header] for row in kept)])
    return ledger.parcel(table, questions)


def columns(languages: Languages, options: int) -> list[str]:
    """The table's header. options: how many the longest question has."""
    lettered = [f"{what}_{letter.lower()}" for letter in ascii_uppercase[:options] for what in ("option", "why")]
    return [
        *("id", "kind", "section", "folder", "chapter", "level", "points", "set"),
        *_in_languages(("stem", "prompt"), languages),
        *("code", "key", "tolerance", "symbols"),
        *_in_languages(("unit", *lettered, "explanation"), languages),
    ]


def _in_languages(names: Sequence[str], languages: Languages) -> list[str]:
    return [f"{name}_{lang}" for name in names for lang in languages]


def _row(asked: Asked, languages: Languages) -> dict[str, str]:
    question = asked.question
    row = {
        "id": question.id,
        "kind": question.kind,
        "section": question.section,
        "folder": f"day{question.day}" if question.day else question.stage or "",
        "chapter": f"ch {question.chapter}",  # 3-4-1 alone would become a date
        "level": question.level,
        "points": str(question.points),
        "set": question.set.id if question.set else "",
        "code": _listing(asked),
        "key": _key(asked),
        "tolerance": format(question.tolerance.rel, "g") if isinstance(question, Numeric) else "",
        "symbols": _symbols(asked),
    }
    texts: dict[str, Text | None] = {
        "stem": asked.stem,
        "prompt": asked.prompt,
        "explanation": asked.explanation,
        "unit": question.unit if isinstance(question, Numeric) else None,
    }
    for option in asked.options:
        texts[f"option_{option.letter.lower()}"] = option.text
        texts[f"why_{option.letter.lower()}"] = option.why
    row |= {f"{name}_{lang}": text.of(lang) for name, text in texts.items() if text for lang in languages}
    return {name: guarded(clean(cell).strip("\n")) for name, cell in row.items()}


def _listing(asked: Asked) -> str:
    own = asked.question.template if isinstance(asked.question, Code) else None
    return "\n".join(part for part in (asked.code, own) if part)


def _key(asked: Asked) -> str:
    """The key as the import reads it; for reading alone where it does not."""
    match asked.question:
        case Choice() | Order():
            return letters_of(asked, asked.key)
        case Shape():
            return shape_text(asked.key)
        case Term():
            return BETWEEN_WORDS.join(asked.key)
        case Essay() as question:
            return "\n".join(f"{point.text.ja} / {point.text.en}" for point in question.rubric)
        case _:
            return asked.key[0]


def _symbols(asked: Asked) -> str:
    question = asked.question
    return (
        ", ".join(f"{name}: {domain}" for name, domain in question.symbols.items())
        if isinstance(question, Expression)
        else ""
    )


def _note_losses(asked: Asked, ledger: Ledger) -> None:
    if asked.figure is not None:
        ledger.simplify(asked, _NO_FIGURE)
    if getattr(asked.question, "mistakes", ()):
        ledger.simplify(asked, _NO_MISTAKES)
