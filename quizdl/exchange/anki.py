"""Questions as an Anki package: a deck a section, a card a question, formulas for Anki's own MathJax.

A note's guid comes from its question's id, and so do the ids of decks from their names: importing a later export
updates the cards and keeps their schedule.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from quizdl.errors import InputError
from quizdl.exchange.markup import Markup, as_tex, escaped, listing
from quizdl.exchange.parcel import NOT_RUN, Languages, Ledger, Parcel
from quizdl.exchange.statement import html_of, key_texts, reasons_of, statement_of
from quizdl.model import Asked, Choice, Code, Order
from quizdl.text import Text, same

if TYPE_CHECKING:
    import genanki

FIELDS = ("Id", "Question", "Options", "Answer", "Explanation", "About")
_MODEL = "quizdl question"
_CSS = """.card { font-family: sans-serif; font-size: 18px; line-height: 1.6; text-align: left; }
.card { max-width: 42em; margin: auto; }
pre { white-space: pre-wrap; padding: .5em; border: 1px solid; border-radius: 4px; font-size: 85%; }
ol.options { list-style: upper-alpha; } .about { opacity: .7; font-size: 70%; } svg { max-width: 100%; height: auto; }
"""
_FRONT = "{{Question}}{{Options}}"
_BACK = '{{FrontSide}}<hr id="answer">{{Answer}}{{Explanation}}<p class="about">{{About}}</p>'


def write_anki(questions: Sequence[Asked], languages: Languages, now: float) -> Parcel:
    """The package's bytes. now: Unix time; Anki takes the later of two versions of a note.

    Raises InputError where genanki is not installed.
    """
    genanki = _genanki()
    markup, ledger = Markup(languages, as_tex), Ledger()
    model = _model(genanki)
    decks: dict[str, Any] = {}
    for asked in questions:
        key = f"deck {asked.question.bank}.{asked.question.section}"
        deck = decks.setdefault(key, genanki.Deck(stable_id(key), deck_name(asked, languages)))
        deck.add_note(_note(genanki, model, asked, markup))
        if isinstance(asked.question, Code):
            ledger.simplify(asked, NOT_RUN)
    written = io.BytesIO()
    genanki.Package(list(decks.values())).write_to_file(written, timestamp=now)
    return ledger.parcel(written.getvalue(), questions)


def stable_id(name: str) -> int:
    """A number that is the same for a name for ever, in the range that Anki's ids have."""
    return (1 << 30) + int(hashlib.sha256(f"quizdl {name}".encode()).hexdigest()[:8], 16) % (1 << 30)


def deck_name(asked: Asked, languages: Languages) -> str:
    """`quizdl::day 3::LSTM`: a deck within the deck of its day or stage."""
    question = asked.question
    title = question.section_title.of(languages[0]) or question.section
    folder = f"day {question.day}" if question.day else question.stage or ""
    return "::".join(part.replace("::", ":") for part in ("quizdl", question.bank, folder, title) if part)


def _genanki() -> Any:
    try:
        import genanki
    except ImportError as error:
        raise InputError(
            Text("Anki への書き出しには genanki が必要です。", "Anki packages need genanki, which is not installed."),
            same("python -m pip install 'quizdl[anki]'"),
        ) from error
    return genanki


def _model(genanki: Any) -> genanki.Model:
    return genanki.Model(
        stable_id("model 1"),
        _MODEL,
        fields=[{"name": name} for name in FIELDS],
        templates=[{"name": "Card 1", "qfmt": _FRONT, "afmt": _BACK}],
        css=_CSS,
    )


def _note(genanki: Any, model: Any, asked: Asked, markup: Markup) -> genanki.Note:
    question = asked.question
    explained = [markup.block(asked.explanation), *(f"<p>{markup.inline(one)}</p>" for one in reasons_of(asked))]
    tags = [question.section, question.kind, question.level, f"chapter::{question.chapter}"]
    return genanki.Note(
        model=model,
        guid=genanki.guid_for("quizdl", question.id),
        fields=[
            escaped(question.id),
            html_of(statement_of(asked, markup.languages), markup),
            _options(asked, markup),
            f"<b>{_answer(asked, markup)}</b>",
            "".join(explained),
            escaped(f"{question.id} · {question.version} · seed {asked.seed}"),
        ],
        tags=[tag.replace(" ", "-") for tag in tags if tag],
    )


def _options(asked: Asked, markup: Markup) -> str:
    if not isinstance(asked.question, Choice | Order):
        return ""
    items = "".join(f"<li>{markup.inline(option.text)}</li>" for option in asked.options)
    return f'<ol class="options" type="A">{items}</ol>'


def _answer(asked: Asked, markup: Markup) -> str:
    if isinstance(asked.question, Code):
        return listing(asked.key[0])
    return "".join(markup.block(text) for text in key_texts(asked))
