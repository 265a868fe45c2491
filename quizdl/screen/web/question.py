"""A question for a browser's page: its statement as blocks, its options as buttons that know only their positions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from quizdl.model import Asked, Figure
from quizdl.sanitise import printable
from quizdl.screen.html import inline_html, prose_html
from quizdl.text import Lang


def statement(asked: Asked, lang: Lang) -> Iterator[str]:
    """Stem, code and prompt; a figure follows the text that speaks of it, as it does in the terminal."""
    drawing = [_figure(asked.figure, lang)] if asked.figure else []
    if asked.stem:
        yield _prose(asked.stem.of(lang))
    if asked.question.figure is None:  # then it is the set's
        yield from drawing
    if asked.code:
        yield f"<pre><code>{escape(printable(asked.code, None).strip(chr(10)))}</code></pre>"
    yield _prose(asked.prompt.of(lang))
    if asked.question.figure is not None:
        yield from drawing


def statements(questions: Sequence[Asked], lang: Lang) -> Iterator[str]:
    """The statement of each question of a page. What a set has in common is marked, so that print has it once."""
    before: list[str] = []
    before_set: str | None = None
    for asked in questions:
        blocks = list(statement(asked, lang))
        name = asked.question.set.id if asked.question.set else None
        same = _shared(before, blocks) if name is not None and name == before_set else 0
        yield "".join(
            f'<div class="{"again" if place < same else ""}">{block}</div>' for place, block in enumerate(blocks)
        )
        before, before_set = blocks, name


def options(asked: Asked, lang: Lang, number: int) -> str:
    """The options, as radio buttons of group `q<number>`; a value is a position, from 0."""
    shown = "".join(
        f'<label class="option"><input type="radio" name="q{number}" value="{place}">'
        f'<span class="letter">{escape(option.letter)}</span>'
        f'<span class="text">{inline_html(option.text.of(lang))}</span></label>'
        for place, option in enumerate(asked.options)
    )
    return f'<fieldset class="options">{shown}</fieldset>'


def _shared(before: Sequence[str], blocks: Sequence[str]) -> int:
    """How many blocks at the beginning are those of the question before; the prompt is always one's own."""
    count = 0
    while count < min(len(before), len(blocks)) - 1 and before[count] == blocks[count]:
        count += 1
    return count


def _prose(text: str) -> str:
    return f'<div class="prose">{prose_html(text)}</div>'


def _figure(figure: Figure, lang: Lang) -> str:
    from quizdl.screen.figures import as_svg, scene_of  # most questions have no figure

    return f"<figure>{as_svg(scene_of(figure), lang)}</figure>"
