"""One question as the content of a QTI 2.2 item: what is right, what is shown, how it is scored, what is said of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from itertools import permutations, product
from typing import NamedTuple, TypeAlias

from quizdl.bank import as_choice
from quizdl.exchange.markup import Markup, clean, listing
from quizdl.exchange.parcel import AS_CHOICE, BY_HAND, NO_CHOICE, Ledger
from quizdl.exchange.statement import html_of, key_texts, shape_spellings, statement_of
from quizdl.exchange.xml_out import tag, text
from quizdl.model import Asked, Choice, Code, Essay, Numeric, Order, Shape, Term
from quizdl.text import Text

QTI = "http://www.imsglobal.org/xsd/imsqti_v2p2"
_ID = "RESPONSE"
_WHOLE = Text(
    "部分点はなく、順序が完全に正しいときだけ得点します", "there are no part marks: the whole order must be right"
)
_TOO_FREE = Text("正しい順序が多すぎて並べきれません", "it has too many right orders to list")
_NEAR = Text(
    "惜しい答えは、惜しいと言われずに不正解になります", "a near miss is simply wrong: the format has no word for it"
)
MOST_ORDERS = 120


class Item(NamedTuple):
    """An item's name within the package, its content, and its pictures as (name, SVG)."""

    name: str
    content: tuple[str, ...]
    pictures: tuple[tuple[str, str], ...] = ()


class _Asked(NamedTuple):
    """A question in the terms of QTI: its response's declaration, its interaction, and what gives its score."""

    declaration: str
    interaction: str
    processing: str
    for_graders: str = ""
    template: bool = True


_Writer: TypeAlias = Callable[[Asked, Markup, Ledger], "_Asked | None"]


def item_of(asked: Asked, markup: Markup, ledger: Ledger) -> Item | None:
    """The question as an item, or None where QTI has none for it."""
    said = _said(asked, markup, ledger)
    if said is None:
        return None
    name = "q-" + re.sub(r"[^A-Za-z0-9_.-]", "-", asked.question.id)
    statement = statement_of(asked, markup.languages, template=said.template)
    shown = html_of(statement, markup, picture=f'<img src="{name}-{{lang}}.svg" alt="{{title}}"/>')
    content = (
        said.declaration,
        tag("outcomeDeclaration", _value("0"), identifier="SCORE", cardinality="single", baseType="float"),
        tag(
            "outcomeDeclaration",
            _value(str(asked.question.points)),
            identifier="MAXSCORE",
            cardinality="single",
            baseType="float",
        ),
        tag("outcomeDeclaration", identifier="FEEDBACK", cardinality="single", baseType="identifier"),
        tag("itemBody", f"<div>{shown}</div>", said.for_graders, said.interaction),
        tag("responseProcessing", said.processing, *_scaled(asked), _SHOW_EXPLANATION),
        _explanation(asked, markup),
    )
    return Item(name, content, tuple((f"{name}-{one.lang}.svg", one.svg) for one in statement.drawings))


def _value(value: str) -> str:
    return tag("defaultValue", text("value", value))


def _scaled(asked: Asked) -> list[str]:
    """The score, from 0 to 1, times the question's points."""
    if asked.question.points == 1:
        return []
    product_of = tag("product", tag("variable", identifier="SCORE"), tag("variable", identifier="MAXSCORE"))
    return [tag("setOutcomeValue", product_of, identifier="SCORE")]


_SHOW_EXPLANATION = tag(
    "setOutcomeValue", text("baseValue", "explanation", baseType="identifier"), identifier="FEEDBACK"
)


def _explanation(asked: Asked, markup: Markup) -> str:
    return tag(
        "modalFeedback",
        f"<div>{markup.block(asked.explanation)}</div>",
        outcomeIdentifier="FEEDBACK",
        identifier="explanation",
        showHide="show",
    )


def _said(asked: Asked, markup: Markup, ledger: Ledger) -> _Asked | None:
    if (own := _WRITERS.get(type(asked.question))) is not None:
        return own(asked, markup, ledger)
    if isinstance(asked.question, Code) and asked.question.answer is None:
        ledger.simplify(asked, BY_HAND)
        return _free(listing(asked.key[0]), "preFormatted")
    form = as_choice(asked)
    if form is None:
        ledger.leave_out(asked, NO_CHOICE)
        return None
    ledger.simplify(asked, AS_CHOICE)
    return _choice(form, markup, ledger)


def _declared(cardinality: str, base: str, values: Iterable[str], *mapping: str) -> str:
    right = tag("correctResponse", *(text("value", clean(value)) for value in values))
    return tag("responseDeclaration", right, *mapping, identifier=_ID, cardinality=cardinality, baseType=base)


def _score_if(condition: str) -> str:
    """One point where the condition holds."""
    full = tag("setOutcomeValue", text("baseValue", "1", baseType="float"), identifier="SCORE")
    return tag("responseCondition", tag("responseIf", condition, full))


_RESPONSE = tag("variable", identifier=_ID)
_MATCHES = tag("match", _RESPONSE, tag("correct", identifier=_ID))


def _choice(asked: Asked, markup: Markup, ledger: Ledger) -> _Asked:
    right = [option.letter for option in asked.options if option.correct]
    single = len(right) == 1
    options = [
        tag("simpleChoice", markup.inline(option.text), identifier=option.letter, fixed="false")
        for option in asked.options
    ]
    interaction = tag(
        "choiceInteraction",
        *options,
        responseIdentifier=_ID,
        shuffle="true",
        maxChoices=1 if single else 0,
    )
    declaration = _declared("single" if single else "multiple", "identifier", right)
    return _Asked(declaration, interaction, _score_if(_MATCHES), template=not isinstance(asked.question, Code))


def _text_entry(length: int) -> str:
    return f"<p>{tag('textEntryInteraction', responseIdentifier=_ID, expectedLength=length)}</p>"


def _numeric(asked: Asked, markup: Markup, ledger: Ledger) -> _Asked:
    question = asked.question
    if not isinstance(question, Numeric):
        raise TypeError(question.kind)
    allowed = format(max(question.tolerance.rel * abs(float(asked.key[0])), question.tolerance.abs), ".12g")
    equal = tag(
        "equal",
        _RESPONSE,
        tag("correct", identifier=_ID),
        toleranceMode="absolute",
        tolerance=f"{allowed} {allowed}",
    )
    return _Asked(_declared("single", "float", asked.key), _text_entry(12), _score_if(equal))


def _words(words: Sequence[str]) -> _Asked:
    """A word of which every spelling is right, whatever its case."""
    unique = list({clean(word).casefold(): clean(word) for word in reversed(words)}.values())[::-1]
    entries = [tag("mapEntry", mapKey=word, mappedValue=1, caseSensitive="false") for word in unique]
    declaration = _declared("single", "string", unique[:1], tag("mapping", *entries, defaultValue=0))
    scored = tag("setOutcomeValue", tag("mapResponse", identifier=_ID), identifier="SCORE")
    return _Asked(declaration, _text_entry(max(map(len, unique))), scored)


def _shape(asked: Asked, markup: Markup, ledger: Ledger) -> _Asked:
    return _words(shape_spellings(asked.key))


def _term(asked: Asked, markup: Markup, ledger: Ledger) -> _Asked:
    question = asked.question
    if isinstance(question, Term) and question.near:
        ledger.simplify(asked, _NEAR)
    return _words(asked.key)


def _order(asked: Asked, markup: Markup, ledger: Ledger) -> _Asked | None:
    question = asked.question
    if not isinstance(question, Order):
        raise TypeError(question.kind)
    orders = right_orders(question)
    if len(orders) > MOST_ORDERS:
        ledger.leave_out(asked, _TOO_FREE)
        return None
    ledger.simplify(asked, _WHOLE)
    letters = {option.id: option.letter for option in asked.options}
    steps = [tag("simpleChoice", markup.inline(one.text), identifier=one.letter) for one in asked.options]
    interaction = tag("orderInteraction", *steps, responseIdentifier=_ID, shuffle="true")
    lists = [
        tag(
            "match",
            _RESPONSE,
            tag("ordered", *(text("baseValue", letters[str(step)], baseType="identifier") for step in order)),
        )
        for order in orders[1:]
    ]
    condition = tag("or", _MATCHES, *lists) if lists else _MATCHES
    declaration = _declared("ordered", "identifier", [letters[str(step)] for step in orders[0]])
    return _Asked(declaration, interaction, _score_if(condition))


def right_orders(question: Order) -> list[tuple[int, ...]]:
    """Every order that is right, the author's first; at most one more than an item may list."""
    first = {step: min(group) for group in question.free for step in group}
    groups: dict[int, list[int]] = {}
    for step in range(1, len(question.steps) + 1):
        groups.setdefault(first.get(step, step), []).append(step)
    found: list[tuple[int, ...]] = []
    for parts in product(*(permutations(group) for group in groups.values())):
        found.append(tuple(step for part in parts for step in part))
        if len(found) > MOST_ORDERS:
            break
    return found


def _essay(asked: Asked, markup: Markup, ledger: Ledger) -> _Asked:
    ledger.simplify(asked, BY_HAND)
    return _free("".join(markup.block(point) for point in key_texts(asked)), "plain")


def _free(for_graders: str, form: str) -> _Asked:
    """A free answer. What a grader needs is in a block that only they are shown."""
    declaration = tag("responseDeclaration", identifier=_ID, cardinality="single", baseType="string")
    interaction = tag("extendedTextInteraction", responseIdentifier=_ID, expectedLines=15, format=form)
    nothing = tag("setOutcomeValue", text("baseValue", "0", baseType="float"), identifier="SCORE")
    rubric = tag("rubricBlock", f"<div>{for_graders}</div>", view="scorer")
    return _Asked(declaration, interaction, nothing, rubric)


_WRITERS: dict[type, _Writer] = {
    Choice: _choice,
    Numeric: _numeric,
    Shape: _shape,
    Term: _term,
    Order: _order,
    Essay: _essay,
}
