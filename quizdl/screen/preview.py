"""A question as its author looks at it: both languages side by side, a few variants, and the form an exam gives it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest

from rich.text import Text as RichText

from quizdl.bank import as_choice, ask
from quizdl.errors import BankError
from quizdl.model import Asked, Question
from quizdl.screen.kinsoku import cell_width
from quizdl.screen.page import Block, Gap, Page, Paragraph, Rule, View
from quizdl.screen.question import option_line, render_question
from quizdl.screen.solution import render_solution
from quizdl.text import Lang, Text

LEAST_SIDE = 44
"""Below so many columns a side, the languages stand below one another."""

MOST_SIDE = 400
"""A pipe has no width of its own; there too they stand below one another."""

_GAP = "  │  "


@dataclass(frozen=True, slots=True)
class Beside:
    """Two pages side by side, where there is room for both."""

    left: Page
    right: Page

    def lines(self, view: View) -> Iterator[RichText]:
        """The pages' lines, in pairs."""
        width = (view.width - len(_GAP)) // 2
        if view.look.plain or not LEAST_SIDE <= width <= MOST_SIDE:
            yield from self.left.lines(view)
            yield from self.right.lines(view)
            return
        side = replace(view, width=width)
        for left, right in zip_longest(self.left.lines(side), self.right.lines(side), fillvalue=RichText()):
            room = " " * max(width - cell_width(left.plain), 0)
            line = RichText.assemble(left, room, (view.fit(_GAP), "dim"), right)
            line.rstrip()
            yield line


def preview_page(question: Question, seeds: int, lang: Lang) -> Page:
    """All there is to see of a question. seeds: how many variants beside the first."""
    try:
        first = ask(question, 0)
    except BankError as error:
        return fault_page([error], lang)
    return Page(
        (
            Beside(render_question(first, "ja"), render_question(first, "en")),
            Beside(_solution(first, "ja"), _solution(first, "en")),
            Gap(),
            *_variants(question, seeds, lang),
            *_exam_form(first, lang),
        )
    )


def fault_page(faults: Sequence[BankError], lang: Lang) -> Page:
    """What is wrong with the file, and how to mend it."""
    found: list[Block] = []
    for fault in faults:
        hint = f" → {fault.hint.of(lang)}" if fault.hint else ""
        found.append(Paragraph(((f"{fault.where}: ", "quiet"), (fault.message.of(lang), "bad"), (hint, ""))))
    return Page(tuple(found))


def _solution(asked: Asked, lang: Lang) -> Page:
    """The solution's page without the header and the figure, which the question has shown."""
    blocks = render_solution(asked, lang).blocks[3:]
    return Page((*blocks[2 if asked.figure else 0 :], Gap()))


def variant_lines(question: Question, seeds: int) -> list[tuple[int, str, str]]:
    """Seed, drawn values and key of each variant; one that cannot be asked says so."""
    found = []
    for seed in range(seeds + 1):
        try:
            asked = ask(question, seed)
        except BankError as error:
            found.append((seed, error.message.en, ""))
            continue
        values = ", ".join(f"{name} = {value}" for name, value in asked.values.items())
        found.append((seed, values, ", ".join(asked.key)))
    return found


def _variants(question: Question, seeds: int, lang: Lang) -> Iterator[Block]:
    if not question.variables:
        return
    yield Paragraph(((VARIANTS.of(lang), "title"),))
    for seed, values, key in variant_lines(question, seeds):
        yield Paragraph(((values, ""), ("  → ", "quiet"), (key, "code")), ((f"{seed}  ", "quiet"),), 2)
    yield Gap()


def _exam_form(asked: Asked, lang: Lang) -> Iterator[Block]:
    form = as_choice(asked)
    yield Paragraph(((EXAM.of(lang), "title"),))
    if form is None:
        yield Paragraph(((NO_EXAM.of(lang), "quiet"),), indent=2)
        return
    yield Beside(_options(form, "ja"), _options(form, "en"))
    yield Rule()


def _options(form: Asked, lang: Lang) -> Page:
    return Page(tuple(option_line(option, lang) for option in form.options))


VARIANTS = Text("出題例(種・値・正解)", "Variants (seed, values, key)")
EXAM = Text("模試での形", "In the exam")
NO_EXAM = Text("模試には出ません。", "It is not asked in an exam.")
