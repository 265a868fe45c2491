"""A question as the learner sees it: header, shared stem, code, prompt, options, and the form of the answer."""

from __future__ import annotations

from collections.abc import Iterator

from quizdl.model import Asked, AskedOption, Code
from quizdl.screen.drawing import Drawing
from quizdl.screen.forms import answer_form
from quizdl.screen.listing import Listing
from quizdl.screen.page import Block, Gap, Page, Paragraph, Rule
from quizdl.screen.prose import blocks, inline
from quizdl.screen.words import summary_of
from quizdl.text import Lang, Text


def render_question(
    asked: Asked, lang: Lang, *, position: tuple[int, int] | None = None, flagged: bool = False, hints: int = 0
) -> Page:
    """The question's page, without its key.

    position: (number, total) in a session. hints: how many are shown.
    """
    parts: list[list[Block]] = [
        list(_header(asked, lang, position, flagged)),
        *statement(asked, lang),
        [option_line(option, lang) for option in asked.options],
        [Paragraph(inline(answer_form(asked).of(lang)), (("→ ", "quiet"),))],
        *([block] for block in _hints(asked, lang, hints)),
    ]
    found: list[Block] = []
    for part in parts:
        if part:
            found += [*part, Gap()]
    return Page(tuple(found))


def _header(asked: Asked, lang: Lang, position: tuple[int, int] | None, flagged: bool) -> Iterator[Block]:
    question = asked.question
    place = f"{position[0]}/{position[1]}  " if position else ""
    flag = Text("  [印]", "  [flagged]").of(lang) if flagged else ""
    details = (question.section_title, *summary_of(question))
    yield Rule()
    yield Paragraph(((place, "quiet"), (question.id, "title"), (flag, "near")))
    yield Paragraph((("  ".join(text.of(lang) for text in details if text.of(lang)), "quiet"),))


def statement(asked: Asked, lang: Lang) -> Iterator[list[Block]]:
    """Stem, code and prompt; a figure, or the template of a code question, follows the text that speaks of it."""
    drawing: list[Block] = [Drawing(asked.figure, lang)] if asked.figure else []
    if asked.stem:
        yield list(blocks(asked.stem.of(lang)))
    if asked.question.figure is None:  # then it is the set's
        yield drawing
    if asked.code:
        yield [Listing(asked.code)]
    yield list(blocks(asked.prompt.of(lang)))
    if asked.question.figure is not None:
        yield drawing
    if isinstance(asked.question, Code):
        yield [Listing(asked.question.template)]


def option_line(option: AskedOption, lang: Lang, *, indent: int = 2) -> Paragraph:
    """An option or a step after its letter."""
    return Paragraph(inline(option.text.of(lang)), ((f"{option.letter}  ", "title"),), indent)


def _hints(asked: Asked, lang: Lang, shown: int) -> Iterator[Block]:
    for number, hint in enumerate(asked.hints[:shown], start=1):
        yield hint_line(hint, number, len(asked.hints), lang)


def hint_line(hint: Text, number: int, total: int, lang: Lang) -> Paragraph:
    """One hint, with its number."""
    label = Text(f"ヒント {number}/{total}  ", f"Hint {number}/{total}  ").of(lang)
    return Paragraph(inline(hint.of(lang)), ((label, "near"),))
