"""What one learner is told: the verdicts, the named mistakes, public counterexamples. Nothing of anybody else.

Hidden inputs never get in here, nor the seed that they can be drawn from. The learner's code has seen them, so that
nothing is told which it could have put them into: what it returned or said in an exception after the public examples,
which run first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from quizdl.batch.records import Line, Shown
from quizdl.model import Asked
from quizdl.report.course import Mark, why_of
from quizdl.report.course_words import feedback_words
from quizdl.report.markdown_parts import bank_text, block, code, fenced, literal
from quizdl.report.templating import environment, style_of
from quizdl.screen.html import page_html
from quizdl.screen.words import OUTCOMES, amount, mark
from quizdl.text import Lang, Text

if TYPE_CHECKING:
    from jinja2 import Environment

Mode: TypeAlias = Literal["all", "public"]
"""`public` tells of the questions' own examples alone, until the deadline has passed."""

_INTRODUCES = re.compile(r"[:：]$")
_OF_THE_CASE = ("On the input shown", "The largest error is ", "Your own `")
"""How sentences begin that speak of one case: its values, or what the learner's own forward did with it."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One question as the learner is told of it, in one language.

    state, mark: of the verdict, empty where that is not told yet. head: short facts. sentences: each with the lines
    that it introduces. case: names and values of the counterexample. origin: what it was graded with.
    """

    question: str
    state: str = ""
    mark: str = ""
    head: tuple[str, ...]
    by_hand: bool = False
    sentences: tuple[tuple[str, str], ...] = ()
    mistake: str = ""
    why: str = ""
    case: tuple[tuple[str, str], ...] = ()
    origin: str = ""


class Feedback(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that one learner is told. total: `62%`; None as long as marks are not told (`early`)."""

    early: bool
    total: str | None
    points: str
    entries: tuple[Entry, ...]


def mode_now(mode: Mode, deadline: float | None, now: float) -> Mode:
    """What may be told at this moment; both are Unix times. A `public` without a deadline stays public."""
    return "all" if mode == "all" or (deadline is not None and now > deadline) else "public"


def feedback_of(
    asked: Sequence[Asked], marks: Mapping[str, Mark], lines: Mapping[str, Line], mode: Mode, lang: Lang
) -> Feedback:
    """What a learner is told of these questions. marks, lines: the learner's own, by question; no line, no file."""
    if mode == "public":
        entries = tuple(_early(one, lines.get(one.question.id), lang) for one in asked)
        return Feedback(early=True, total=None, points="", entries=entries)
    counted = [(one.question.points, mark) for one in asked if _counts(mark := marks[one.question.id])]
    earned = sum(points * (mark.score or 0.0) for points, mark in counted)
    possible = sum(points for points, _ in counted)
    worth = amount(earned)
    return Feedback(
        early=False,
        total=f"{100 * earned / possible:.0f}%" if possible else None,
        points=Text(f"{worth}/{possible} 点", f"{worth}/{possible} points").of(lang),
        entries=tuple(_told(one, marks[one.question.id], lines.get(one.question.id), lang) for one in asked),
    )


def _counts(mark: Mark) -> bool:
    """What could not be graded is not held against anybody."""
    return mark.score is not None or mark.verdict is None


def _early(asked: Asked, line: Line | None, lang: Lang) -> Entry:
    """Before the deadline: the public examples, and no word on whether the rest is right."""
    t = feedback_words(lang)
    if line is None:
        return Entry(question=asked.question.id, head=(t["not_submitted"],))
    wrong = line.public_passed < line.public_total
    return Entry(
        question=asked.question.id,
        state="wrong" if wrong else "",
        mark="✗" if wrong else "",  # ✓ would promise more than is known
        head=(t["received"],),
        sentences=_sentences(line.public_feedback, lang),
        case=_case(line.public_counterexample, lang),
    )


def _told(asked: Asked, own: Mark, line: Line | None, lang: Lang) -> Entry:
    """After the deadline: everything that is the learner's."""
    t = feedback_words(lang)
    if line is None:
        head = (t["not_submitted"], _points(asked, own, lang))
        return Entry(question=asked.question.id, state="unanswered", mark="–", head=head, by_hand=_by_hand(own))
    named = line.mistake if line.mistake and not line.mistake.startswith("generic:") else ""
    why = why_of(asked, named) if named else None
    ours = line.verdict == "grader_error"
    sentences = ((t["not_your_fault"], ""),) if ours else _sentences(_safe(line), lang)
    if line.counterexample is not None and line.public_counterexample is None:
        sentences += ((_try_it(line.question).of(lang), ""),)
    said = " ".join(part for sentence in sentences for part in sentence)
    reason = why.of(lang) if why else ""
    return Entry(
        question=asked.question.id,
        state=own.state,
        mark=mark(line.verdict),
        head=(OUTCOMES[line.verdict].of(lang), _points(asked, own, lang), _cases(line, lang)),
        by_hand=_by_hand(own),
        sentences=sentences,
        mistake=named,
        why="" if reason in said else reason,
        case=_case(line.public_counterexample, lang),
        origin=_origin(line),
    )


def _by_hand(own: Mark) -> bool:
    """That a person changed the mark, not why: the reason may speak of others."""
    return own.by_hand is not None


def _points(asked: Asked, own: Mark, lang: Lang) -> str:
    if not _counts(own):
        return ""
    earned, worth = amount((own.score or 0.0) * asked.question.points), asked.question.points
    return Text(f"{earned}/{worth} 点", f"{earned}/{worth} points").of(lang)


def _cases(line: Line, lang: Lang) -> str:
    return f"{feedback_words(lang)['cases']} {line.passed}/{line.total}" if line.total > 1 else ""


def _safe(line: Line) -> list[Text]:
    """The feedback without what is said of the case that grading showed, which is none of the public ones."""
    said = line.counterexample.got if line.counterexample else None
    return [
        text
        for text in line.feedback
        if not text.en.startswith(_OF_THE_CASE) and text.en.partition(" (line ")[0] != said  # what an exception said
    ]


def _try_it(question: str) -> Text:
    """How to see an input that shows it: one that is drawn anew."""
    command = f"`quizdl submit {question}`"
    return Text(
        f"こうなる入力の例は、手元で {command} に同じファイルを渡すと表示されます。",
        f"For an input that shows it, give the same file to {command}.",
    )


def _sentences(feedback: Sequence[Text], lang: Lang) -> tuple[tuple[str, str], ...]:
    return tuple(_sentence(text.of(lang)) for text in feedback)


def _sentence(text: str) -> tuple[str, str]:
    """After a first line that ends with a colon, the rest is output to be shown as it is; so is a quoted line."""
    first, _, rest = text.partition("\n")
    if rest and _INTRODUCES.search(first):
        return first, rest
    return ("", text[2:]) if text.startswith("> ") else (text, "")


def _case(shown: Shown | None, lang: Lang) -> tuple[tuple[str, str], ...]:
    if shown is None:
        return ()
    t = feedback_words(lang)
    rows = [*shown.inputs.items(), (t["expected"], shown.expected), (t["got"], shown.got)]
    return tuple(rows) + (((t["difference"], shown.difference),) if shown.difference else ())


def _origin(line: Line) -> str:
    """What a complaint must name. Not the seed of the inputs: whoever has it has them."""
    parts = (line.version, f"quizdl {line.quizdl}", f"engine {line.engine}", f"NumPy {line.numpy}", line.level)
    return " · ".join(part for part in parts if part.strip())


# --- as files -----------------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return environment()


@lru_cache(maxsize=1)
def _style() -> str:
    return style_of("charts", "exam", "course")


def feedback_html(feedback: Feedback, learner: str, lang: Lang) -> str:
    """The page of one learner. learner: the own name or id, as it is shown on top."""
    t = feedback_words(lang)
    body = _environment().get_template("feedback.html.j2").render(feedback=feedback, learner=learner, t=t)
    return page_html(f"quizdl: {t['feedback']}", body, lang, style=_style())


def feedback_markdown(feedback: Feedback, learner: str, lang: Lang) -> str:
    """The same as Markdown, ending with a newline."""
    return "\n".join(_lines(feedback, learner, lang)) + "\n"


def _lines(feedback: Feedback, learner: str, lang: Lang) -> Iterator[str]:
    t = feedback_words(lang)
    yield from (f"# {t['feedback']}", "", literal(" ".join(learner.split())), "")
    if feedback.total is not None:
        yield from (f"**{feedback.total}** {feedback.points}", "")
    if feedback.early:
        yield from (t["later"], "")
    for entry in feedback.entries:
        yield from _entry(entry, t)


def _entry(entry: Entry, t: Mapping[str, str]) -> Iterator[str]:
    head = " · ".join(literal(part) for part in entry.head if part)
    title = " ".join(part for part in (entry.mark, literal(entry.question)) if part)
    yield from (f"## {title}", "", head, "")
    if entry.by_hand:
        yield from (t["by_hand"], "")
    for first, rest in entry.sentences:
        if first:
            yield from (" ".join(bank_text(first).split("\n")), "")
        if rest:
            yield from (*fenced(rest, ""), "")
    if entry.mistake:
        yield from (f"{t['mistake']}: {code(entry.mistake)}", "")
    if entry.why:
        yield from (*block(entry.why), "")
    if entry.case:
        yield from (f"### {t['counterexample']}", "")
        yield from (*(f"- {literal(name)}: {code(value)}" for name, value in entry.case), "")
    if entry.origin:
        yield from (literal(entry.origin), "")
