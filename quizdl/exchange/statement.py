"""A question taken apart for other tools: the parts of its statement in order, and its key as a person reads it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from quizdl.exchange.markup import Markup, escaped, listing
from quizdl.exchange.parcel import Languages
from quizdl.model import Asked, AskedOption, Choice, Code, Essay, Expression, Numeric, Order, Shape, Term
from quizdl.text import Lang, Text, same


class Drawing(NamedTuple):
    """A figure as SVG in one language. title: what it shows, in words."""

    lang: Lang
    svg: str
    title: str


class Statement(NamedTuple):
    """The parts above the answer. texts are in both languages; code is a listing."""

    parts: tuple[Text | str | tuple[Drawing, ...], ...]

    @property
    def drawings(self) -> tuple[Drawing, ...]:
        """The figure, where there is one."""
        return tuple(one for part in self.parts if not isinstance(part, Text | str) for one in part)


def statement_of(asked: Asked, languages: Languages, *, template: bool = True) -> Statement:
    """The stem, code, prompt and figure; a figure or a template follows the text that speaks of it."""
    return Statement(tuple(_parts(asked, languages, template=template)))


def _parts(asked: Asked, languages: Languages, *, template: bool) -> Iterator[Text | str | tuple[Drawing, ...]]:
    question = asked.question
    figure = _drawings(asked, languages) if asked.figure else ()
    if asked.stem:
        yield asked.stem
    if figure and question.figure is None:  # then it is the set's
        yield figure
    if asked.code:
        yield asked.code
    yield asked.prompt
    if figure and question.figure is not None:
        yield figure
    if isinstance(question, Code) and template:
        yield question.template
    if isinstance(question, Numeric) and question.unit:
        yield Text(f"(単位: {question.unit.ja})", f"(Unit: {question.unit.en})")
    if isinstance(question, Choice) and len(asked.key) > 1:
        count = len(asked.key)
        yield Text(f"({count} 個選んでください)", f"(Choose {count})")


def _drawings(asked: Asked, languages: Languages) -> tuple[Drawing, ...]:
    """The figure in each language; once where only its title differs."""
    from quizdl.screen.figures import as_svg, scene_of

    if asked.figure is None:
        return ()
    scene = scene_of(asked.figure)
    found = [Drawing(lang, as_svg(scene, lang), scene.title.of(lang)) for lang in languages]
    return tuple({one.svg.partition("</desc>")[2]: one for one in reversed(found)}.values())[::-1]


def html_of(statement: Statement, markup: Markup, *, picture: str | None = None) -> str:
    """The statement as blocks. picture: how a figure is written, with `{lang}` and `{title}`; None sets it inline."""
    return "".join(_block(part, markup, picture) for part in statement.parts)


def _block(part: Text | str | tuple[Drawing, ...], markup: Markup, picture: str | None) -> str:
    if isinstance(part, Text):
        return markup.block(part)
    if isinstance(part, str):
        return listing(part)
    if picture is None:
        return "".join(f"<div>{one.svg}</div>" for one in part)
    return "".join(f"<p>{picture.format(lang=one.lang, title=escaped(one.title))}</p>" for one in part)


def letters_of(asked: Asked, ids: tuple[str, ...]) -> str:
    """Options or steps as the letters under which they are shown."""
    letters = {option.id: option.letter for option in asked.options}
    return " ".join(letters[one] for one in ids)


def shape_text(axes: tuple[str, ...]) -> str:
    """A shape as Python writes it.

    >>> shape_text(("3",)), shape_text(("3", "4"))
    ('(3,)', '(3, 4)')
    """
    return f"({', '.join(axes)}{',' if len(axes) == 1 else ''})"


def shape_spellings(axes: tuple[str, ...]) -> list[str]:
    """The ways in which people write a shape: `(3, 3)`, `3x3`, `3×3`, `3 3` and the like."""
    if len(axes) == 1:
        return [f"({axes[0]},)", axes[0], f"({axes[0]})", f"[{axes[0]}]"]
    joined = [between.join(axes) for between in ("x", "×", " x ", " × ", ", ", ",", " ")]
    commas = [between.join(axes) for between in (", ", ",")]
    return [*(f"({one})" for one in commas), *(f"[{one}]" for one in commas), *joined]


def key_texts(asked: Asked) -> list[Text]:
    """The key as the bank's own light markup, a line each."""
    question = asked.question
    if isinstance(question, Choice):
        return [_option(option) for option in asked.options if option.correct]
    if isinstance(question, Order):
        return [same(f"`{letters_of(asked, asked.key)}`")]
    if isinstance(question, Essay):
        return [Text(f"- {point.text.ja}", f"- {point.text.en}") for point in question.rubric]
    if isinstance(question, Term):
        return [Text(question.accept.ja[0], question.accept.en[0])]
    return [_short(asked)]


def _short(asked: Asked) -> Text:
    question = asked.question
    if isinstance(question, Shape):
        return same(f"`{shape_text(asked.key)}`")
    if isinstance(question, Numeric) and question.unit:
        return Text(f"`{asked.key[0]}` {question.unit.ja}", f"`{asked.key[0]}` {question.unit.en}")
    if isinstance(question, Numeric | Expression) or "\n" not in asked.key[0]:
        return same(f"`{asked.key[0]}`")
    return same(f"```python\n{asked.key[0].strip(chr(10))}\n```")


def _option(option: AskedOption) -> Text:
    return Text(f"{option.letter}. {option.text.ja}", f"{option.letter}. {option.text.en}")


def reasons_of(asked: Asked) -> list[Text]:
    """Why each wrong option or known mistake is wrong, named by what it is."""
    wrong = [
        Text(f"{option.letter}: {option.why.ja}", f"{option.letter}: {option.why.en}")
        for option in asked.options
        if option.why is not None and not option.correct
    ]
    if wrong or not isinstance(asked.question, Numeric | Shape | Expression):
        return wrong
    shown = shape_text if isinstance(asked.question, Shape) else "".join
    return [
        Text(f"`{shown(one.answer)}`: {one.why.ja}", f"`{shown(one.answer)}`: {one.why.en}") for one in asked.mistakes
    ]
