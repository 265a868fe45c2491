"""The end of a practice session: what was answered, how well, the mistakes met, and what to type next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quizdl.model import Outcome
from quizdl.screen.page import Block, Facts, Gap, Page, Paragraph, Rule, Span, Table
from quizdl.screen.tables import bar
from quizdl.screen.words import OUTCOMES, amount, mark, mark_style
from quizdl.study.practice import Done, Practice
from quizdl.text import Lang, Text

Row = tuple[str, tuple[Span, ...]]


def render_summary(state: Practice, lang: Lang, *, seconds: float, again: str = "quizdl practice") -> Page:
    """The session's page. seconds: how long it took. again: the command that goes on with the same selection."""
    parts = (
        _counts(state, seconds, lang),
        _by_section(state.answered, lang),
        _mistakes(state.answered, lang),
        _next(state, again, lang),
    )
    found: list[Block] = [Rule()]
    for part in parts:
        if lines := list(part):
            found += [*lines, Gap()]
    return Page(tuple(found))


def _counts(state: Practice, seconds: float, lang: Lang) -> Iterator[Block]:
    answered, total = len(state.answered), len(state.queue)
    minutes = amount(round(seconds / 60, 1))
    yield Paragraph(
        (
            (Text(f"{total} 問中 {answered} 問に解答", f"{answered} of {total} answered").of(lang), "title"),
            (Text(f"  {minutes} 分", f"  {minutes} minutes").of(lang), "quiet"),
        )
    )
    yield Facts(tuple(_outcomes(state, lang)), indent=2)


def _outcomes(state: Practice, lang: Lang) -> Iterator[Row]:
    """How many of each verdict, in the order of OUTCOMES, then what was skipped, then the points."""
    for outcome in OUTCOMES:
        if count := sum(done.verdict == outcome for done in state.answered):
            yield _outcome(outcome, count, lang)
    if skipped := len(state.done) - len(state.answered):
        yield f"  {Text('とばした', 'Skipped').of(lang)}", ((f"{skipped}", ""),)
    if state.answered:
        earned, worth = _points(state.answered)
        yield f"  {Text('得点', 'Points').of(lang)}", ((f"{amount(earned)}/{worth}", ""),)


def _outcome(outcome: Outcome, count: int, lang: Lang) -> Row:
    return f"{mark(outcome)} {OUTCOMES[outcome].of(lang)}", ((f"{count}", mark_style(outcome)),)


def _points(answered: Sequence[Done]) -> tuple[float, int]:
    return sum(done.points * done.score for done in answered), sum(done.points for done in answered)


def _by_section(answered: Sequence[Done], lang: Lang) -> Iterator[Block]:
    """Only where there is more than one section to compare."""
    sections = list(dict.fromkeys(done.section for done in answered))
    if len(sections) < 2:
        return
    yield Paragraph(((Text("節ごとの得点", "Points by section").of(lang), "title"),))
    rows = []
    for section in sections:
        earned, worth = _points([done for done in answered if done.section == section])
        score = f"{amount(earned)}/{worth}"
        rows.append(((section, ""), (score, ""), (bar(earned / worth if worth else 0.0), "quiet")))
    yield Table(tuple(rows), right=frozenset({1}), indent=2)


def _mistakes(answered: Sequence[Done], lang: Lang) -> Iterator[Block]:
    met = [done for done in answered if done.mistake]
    if met:
        yield Paragraph(((Text("見つかった間違い", "Mistakes met").of(lang), "title"),))
        yield Facts(tuple((done.question_id, ((done.mistake or "", "near"),)) for done in met), indent=2)


def _next(state: Practice, again: str, lang: Lang) -> Iterator[Block]:
    yield Paragraph(((Text("次のコマンド", "Next").of(lang), "title"),))
    rows: list[tuple[str, Text]] = []
    if state.position < len(state.queue) or len(state.done) > len(state.answered):
        rows.append((again, Text("続きから", "go on")))
    if any(done.verdict != "correct" for done in state.answered):
        rows.append((f"{again} --missed", Text("間違えた問題をもう一度", "the missed ones again")))
    rows.append(("quizdl stats", Text("これまでの記録", "how you stand")))
    yield Table(tuple(((command, "title"), (text.of(lang), "quiet")) for command, text in rows), indent=2)
