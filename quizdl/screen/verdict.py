"""What the grader says of an answer: the mark, the reasons, the named mistake, a counterexample, the explanation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from quizdl.bank.glossary import Entry
from quizdl.model import Asked, Counterexample, Essay, Verdict
from quizdl.screen.glossary import terms_line
from quizdl.screen.key import key_blocks
from quizdl.screen.lab_link import lab_line
from quizdl.screen.page import Block, Facts, Gap, Page, Paragraph, Span, Verbatim
from quizdl.screen.prose import blocks, inline
from quizdl.screen.words import OUTCOMES, amount, mark, mark_style
from quizdl.text import Lang, Text

INDENT = 2
_INTRODUCES = re.compile(r"[:：]$")


def render_verdict(
    asked: Asked, verdict: Verdict, lang: Lang, *, explain: bool = True, terms: Sequence[Entry] = ()
) -> Page:
    """The verdict's page. explain: whether the right answer and the explanation follow; terms: those it mentions."""
    found: list[Block] = [_head(asked, verdict, lang), *_reasons(asked, verdict, lang), Gap()]
    if verdict.counterexample:
        found += [*_counterexample(verdict.counterexample, lang), Gap()]
    if explain and verdict.verdict not in ("unreadable", "grader_error"):
        found += _explanation(asked, verdict, lang, terms)
    return Page(tuple(found))


def _head(asked: Asked, verdict: Verdict, lang: Lang) -> Block:
    style = mark_style(verdict.verdict)
    details: list[Span] = [(f"  {text.of(lang)}", "quiet") for text in _score(asked, verdict)]
    return Paragraph(((OUTCOMES[verdict.verdict].of(lang), "title"), *details), ((f"{mark(verdict.verdict)} ", style),))


def _score(asked: Asked, verdict: Verdict) -> Iterator[Text]:
    if verdict.verdict in ("grader_error", "unreadable"):
        return
    earned, worth = amount(verdict.score * asked.question.points), asked.question.points
    yield Text(f"{earned}/{worth} 点", f"{earned}/{worth} points")
    if verdict.total > 1 and not isinstance(asked.question, Essay):
        yield Text(f"{verdict.passed}/{verdict.total} 件", f"{verdict.passed} of {verdict.total}")


def _reasons(asked: Asked, verdict: Verdict, lang: Lang) -> Iterator[Block]:
    if verdict.parsed is not None:
        label = Text("こう読み取りました: ", "Read as: ").of(lang)
        yield Paragraph(((verdict.parsed, "code"),), ((label, "quiet"),), INDENT)
    for text in verdict.feedback:
        yield from _sentence(text.of(lang))
    yield from _mistake(asked, verdict, lang)


def _sentence(text: str) -> Iterator[Block]:
    """One reason. After a first line that ends with a colon, the rest is output to be shown as it is."""
    first, _, rest = text.partition("\n")
    if rest and _INTRODUCES.search(first):
        yield from blocks(first, INDENT)
        yield Verbatim(rest, INDENT + 2)
    else:
        yield from blocks(text, INDENT)


def _mistake(asked: Asked, verdict: Verdict, lang: Lang) -> Iterator[Block]:
    """The matched mistake by its name, and its reason where the grader has not given it already."""
    if verdict.mistake is None or verdict.mistake.startswith("generic:"):
        return
    why = _why(asked, verdict.mistake)
    if why and not any(why.of(lang) in text.of(lang) for text in verdict.feedback):
        yield Paragraph(inline(why.of(lang)), indent=INDENT)
    label = Text("よくある間違い: ", "A known mistake: ").of(lang)
    yield Paragraph(((verdict.mistake, "near"),), ((label, "quiet"),), INDENT)


def _why(asked: Asked, mistake: str) -> Text | None:
    """The author's reason for a wrong option or a known wrong answer."""
    of_options = {option.id: option.why for option in asked.options}
    return of_options.get(mistake) or {known.id: known.why for known in asked.mistakes}.get(mistake)


def _counterexample(shown: Counterexample, lang: Lang) -> Iterator[Block]:
    """One input on which the code is wrong, value under value."""
    rows: list[tuple[str, tuple[Span, ...]]] = [(name, ((value, ""),)) for name, value in shown.inputs.items()]
    rows.append((Text("期待する値", "expected").of(lang), ((shown.expected, "good"),)))
    rows.append((Text("あなたの値", "got").of(lang), ((shown.got, "bad"),)))
    if shown.difference:
        rows.append((Text("差", "difference").of(lang), ((shown.difference, ""),)))
    yield Paragraph(((Text("こうなる入力の例", "An input that shows it").of(lang), "title"),), indent=INDENT)
    yield Facts(tuple(rows), INDENT + 2)


def _explanation(asked: Asked, verdict: Verdict, lang: Lang, terms: Sequence[Entry]) -> Iterator[Block]:
    if verdict.verdict != "correct":
        yield from key_blocks(asked, lang)
        yield Gap()
    yield Paragraph(((Text("解説", "Explanation").of(lang), "title"),))
    yield from blocks(asked.explanation.of(lang), INDENT)
    yield from terms_line(terms, lang, INDENT)
    yield from lab_line(asked.question, lang, INDENT)
    yield Gap()
