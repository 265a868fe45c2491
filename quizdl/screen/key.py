"""The right answer on a page, in the form that a learner would give it in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quizdl.model import Asked, Choice, Code, Essay, Order, Shape, Term
from quizdl.screen.listing import Listing
from quizdl.screen.page import Block, Paragraph, Span
from quizdl.screen.prose import inline
from quizdl.screen.question import option_line
from quizdl.text import Lang, Text

LABEL = Text("正解", "Answer")


def key_blocks(asked: Asked, lang: Lang) -> Iterator[Block]:
    """The right answer after its label."""
    question = asked.question
    if isinstance(question, Choice):
        yield from _below([option_line(option, lang) for option in asked.options if option.correct], lang)
    elif isinstance(question, Order):
        yield _beside(((" ".join(as_letters(asked, asked.key)), "code"),), lang)
    elif isinstance(question, Essay):
        points = [Paragraph(inline(point.text.of(lang)), (("• ", "quiet"),), 2) for point in question.rubric]
        yield from _below(points, lang)
    elif isinstance(question, Code) and question.answer is None:
        yield from _below([Listing(asked.key[0])], lang)
    else:
        yield _beside(((_short(asked, lang), "code"),), lang)


def as_letters(asked: Asked, answer: Sequence[str]) -> list[str]:
    """An answer as it is typed: options of a choice and steps of an order by the letters under which they are shown."""
    letters = {option.id: option.letter for option in asked.options}
    return [letters.get(part, part) for part in answer]


def _short(asked: Asked, lang: Lang) -> str:
    question = asked.question
    if isinstance(question, Term):
        words = question.accept
        return (words.ja if lang == "ja" else words.en)[0]
    if isinstance(question, Shape):
        return f"({', '.join(asked.key)}{',' if len(asked.key) == 1 else ''})"
    return ", ".join(asked.key)


def _beside(spans: tuple[Span, ...], lang: Lang) -> Block:
    return Paragraph(spans, ((f"{LABEL.of(lang)}  ", "title"),))


def _below(blocks: Sequence[Block], lang: Lang) -> Iterator[Block]:
    yield Paragraph(((LABEL.of(lang), "title"),))
    yield from blocks
