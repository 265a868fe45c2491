"""Questions to be printed: one page for a browser, first the questions, then, on a new sheet, their keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quizdl.exchange.markup import Markup, as_mathml, escaped, listing
from quizdl.exchange.parcel import Languages, Ledger, Parcel
from quizdl.exchange.statement import html_of, key_texts, reasons_of, statement_of
from quizdl.model import Asked, Choice, Code, Essay, Order
from quizdl.screen.html import page_html
from quizdl.text import Text

_QUESTIONS = Text("問題", "Questions")
_KEYS = Text("解答と解説", "Answers and explanations")
_ANSWER = Text("解答", "Answer")
_POINTS = Text("{} 点", "{} pt")
_STYLE = """
article { break-inside: avoid; margin-top: 1.5rem; }
.about { color: var(--quiet); font-size: .8rem; }
ol.options { list-style: upper-alpha; }
ol.options > li, .reasons > li { margin: .25rem 0; }
.room { border-bottom: 1px solid var(--line); height: 2rem; }
.room.tall { height: 9rem; border: 1px solid var(--line); border-radius: .3rem; }
section.keys { break-before: page; }
"""


def write_printed(questions: Sequence[Asked], languages: Languages) -> Parcel:
    """The page's bytes. It loads nothing and runs nothing."""
    markup, lang = Markup(languages, as_mathml), languages[0]
    body = "\n".join(
        (
            f"<h1>{escaped(_QUESTIONS.of(lang))}</h1>",
            *(_question(number, asked, markup) for number, asked in enumerate(questions, 1)),
            f'<section class="keys"><h1>{escaped(_KEYS.of(lang))}</h1>',
            *(_key(number, asked, markup) for number, asked in enumerate(questions, 1)),
            "</section>",
        )
    )
    page = page_html(f"quizdl: {_QUESTIONS.of(lang)}", body, lang, style=_STYLE)
    return Ledger().parcel(page.encode(), questions)


def _question(number: int, asked: Asked, markup: Markup) -> str:
    statement = html_of(statement_of(asked, markup.languages), markup)
    points = _POINTS.of(markup.languages[0]).format(asked.question.points)
    about = f'<span class="about">{escaped(asked.question.id)} · {escaped(points)}</span>'
    return f"<article><h3>{number}. {about}</h3>{statement}{''.join(_answer_space(asked, markup))}</article>"


def _answer_space(asked: Asked, markup: Markup) -> Iterator[str]:
    """The options, and room to write where none is ticked."""
    if isinstance(asked.question, Choice | Order):
        items = "".join(f"<li>{markup.inline(option.text)}</li>" for option in asked.options)
        yield f'<ol class="options" type="A">{items}</ol>'
    if not isinstance(asked.question, Choice):
        whole = isinstance(asked.question, Code) and asked.question.answer is None
        yield f'<div class="room{" tall" if whole or isinstance(asked.question, Essay) else ""}"></div>'


def _key(number: int, asked: Asked, markup: Markup) -> str:
    if isinstance(asked.question, Code):
        right = listing(asked.key[0])
    else:
        right = "".join(markup.block(text) for text in key_texts(asked))
    reasons = "".join(f"<li>{markup.inline(reason)}</li>" for reason in reasons_of(asked))
    listed = f'<ul class="reasons">{reasons}</ul>' if reasons else ""
    about = f'<span class="about">{escaped(asked.question.id)}</span>'
    heading = f"<h3>{number}. {escaped(_ANSWER.of(markup.languages[0]))} {about}</h3>"
    return f"<article>{heading}{right}{markup.block(asked.explanation)}{listed}</article>"
