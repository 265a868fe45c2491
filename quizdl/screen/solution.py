"""The worked answer to a question: key, explanation, and the known mistakes with their reasons."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quizdl.bank.glossary import Entry
from quizdl.model import Asked, Code, Order
from quizdl.screen.drawing import Drawing
from quizdl.screen.glossary import terms_line
from quizdl.screen.key import as_letters, key_blocks
from quizdl.screen.lab_link import lab_line
from quizdl.screen.listing import Listing
from quizdl.screen.page import Block, Gap, Page, Paragraph, Rule
from quizdl.screen.prose import blocks, inline
from quizdl.text import Lang, Text


def render_solution(asked: Asked, lang: Lang, terms: Sequence[Entry] = ()) -> Page:
    """The page of `quizdl solution`; terms: those of the glossary that the explanation mentions."""
    question = asked.question
    header = Paragraph(((question.id, "title"), (f"  {question.section_title.of(lang)}", "quiet")))
    mistakes = list(_mistakes(asked, lang))
    return Page(
        (
            Rule(),
            header,
            Gap(),
            *((Drawing(asked.figure, lang), Gap()) if asked.figure else ()),
            *key_blocks(asked, lang),
            *_filled_template(asked),
            Gap(),
            Paragraph(((Text("解説", "Explanation").of(lang), "title"),)),
            *blocks(asked.explanation.of(lang), 2),
            *terms_line(terms, lang, 2),
            *lab_line(question, lang, 2),
            *((Gap(), *mistakes) if mistakes else ()),
        )
    )


def _filled_template(asked: Asked) -> Iterator[Block]:
    """The whole program of a one-blank question; that of a whole function is its key."""
    question = asked.question
    if isinstance(question, Code) and question.answer is not None:
        yield Gap()
        yield Listing(question.template.replace("____", asked.key[0]))


def _mistakes(asked: Asked, lang: Lang) -> Iterator[Block]:
    """Every known wrong answer: its name, the answer where it is short, and why it is wrong."""
    known = [(option.id, option.letter, option.why) for option in asked.options if option.why and not option.correct]
    known += [(one.id, _typed(asked, one.answer), one.why) for one in asked.mistakes]
    if known:
        yield Paragraph(((Text("よくある間違い", "Known mistakes").of(lang), "title"),))
    for name, answer, why in known:
        given = (("  ", ""), (answer, "code")) if answer else ()
        yield Paragraph(((name, "near"), *given), indent=2)
        yield Paragraph(inline(why.of(lang)), indent=4)


def _typed(asked: Asked, answer: tuple[str, ...]) -> str:
    """A wrong answer as a learner would type it; none for a whole program."""
    if isinstance(asked.question, Order):
        return " ".join(as_letters(asked, answer))
    return "" if "\n" in answer[0] else ", ".join(answer)
