"""Questions as Moodle XML, with the question types that every Moodle has; figures travel in the file.

What Moodle cannot grade becomes a choice between the key and the known mistakes, or a free answer for a person.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeAlias

from quizdl.bank import as_choice
from quizdl.exchange.markup import Markup, as_tex, clean, listing
from quizdl.exchange.parcel import (
    AS_CHOICE,
    BY_HAND,
    BY_PLACE,
    NO_CHOICE,
    PART_MARKS,
    Languages,
    Ledger,
    Parcel,
)
from quizdl.exchange.statement import Statement, html_of, key_texts, shape_spellings, statement_of
from quizdl.exchange.xml_out import cdata, tag, text
from quizdl.model import Asked, Choice, Code, Essay, Numeric, Order, Question, Shape, Term
from quizdl.text import Text

MOST_RIGHT = 10
"""Moodle takes a share of the mark only from its own list, which has one n-th up to ten."""

_PICTURE = '<img src="@@PLUGINFILE@@/figure-{lang}.svg" alt="{title}"/>'
_NEAR = Text("惜しいですが、十分ではありません。", "Close, but not enough.")
_TOO_MANY = Text(f"正解が {MOST_RIGHT} 個を超えています", f"it has more than {MOST_RIGHT} right options")


class _Typed(NamedTuple):
    """A question of a Moodle type: what follows the parts that all types share."""

    type: str
    content: tuple[str, ...]
    template: bool = True


_Writer: TypeAlias = "Callable[[Asked, Markup, Ledger], _Typed | None]"


def write_moodle(questions: Sequence[Asked], languages: Languages) -> Parcel:
    """The file's bytes, by the categories of the bank's sections."""
    markup, ledger = Markup(languages, as_tex), Ledger()
    body = "\n".join(_questions(questions, markup, ledger))
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n<quiz>\n{body}\n</quiz>\n'
    return ledger.parcel(document.encode(), questions)


def _questions(questions: Sequence[Asked], markup: Markup, ledger: Ledger) -> Iterator[str]:
    before = None
    for asked in questions:
        typed = _written(asked, markup, ledger)
        if typed is None:
            continue
        category = _category(asked.question, markup)
        if category != before:
            yield tag("question", tag("category", text("text", category)), type="category")
        before = category
        yield _question(asked, typed, markup)


def _category(question: Question, markup: Markup) -> str:
    title = question.section_title.of(markup.languages[0]) or question.section
    folder = f"day {question.day}" if question.day else question.stage or ""
    parts = [part.replace("/", "//") for part in ("quizdl", question.bank, folder, title) if part]
    return "$course$/top/" + "/".join(parts)


def _question(asked: Asked, typed: _Typed, markup: Markup) -> str:
    question, statement = asked.question, statement_of(asked, markup.languages, template=typed.template)
    hints = [_html("hint", markup.block(hint)) for hint in asked.hints]
    tags = [question.section, question.level, f"chapter:{question.chapter}"]
    tags += [f"set:{question.set.id}"] if question.set else []
    return tag(
        "question",
        tag("name", text("text", question.id)),
        _html("questiontext", html_of(statement, markup, picture=_PICTURE), *_files(statement)),
        _html("generalfeedback", markup.block(asked.explanation)),
        text("defaultgrade", question.points),
        text("penalty", "0.3333333"),
        text("hidden", 0),
        text("idnumber", question.id),
        *typed.content,
        *hints,
        tag("tags", *(tag("tag", text("text", one)) for one in tags if one)),
        type=typed.type,
    )


def _files(statement: Statement) -> Iterator[str]:
    for one in statement.drawings:
        data = base64.b64encode(one.svg.encode()).decode()
        yield text("file", data, name=f"figure-{one.lang}.svg", path="/", encoding="base64")


def _html(name: str, markup: str, *files: str) -> str:
    return tag(name, tag("text", cdata(markup)), *files, format="html")


def _written(asked: Asked, markup: Markup, ledger: Ledger) -> _Typed | None:
    """The question in a type of Moodle's, or None where there is none for it."""
    if (own := _WRITERS.get(type(asked.question))) is not None:
        return own(asked, markup, ledger)
    if isinstance(asked.question, Code) and asked.question.answer is None:
        return _whole_function(asked, asked.question, markup, ledger)
    form = as_choice(asked)
    if form is None:
        ledger.leave_out(asked, NO_CHOICE)
        return None
    ledger.simplify(asked, AS_CHOICE)
    return _choice(form, markup, ledger)


def _choice(asked: Asked, markup: Markup, ledger: Ledger) -> _Typed | None:
    right = sum(option.correct for option in asked.options)
    if right > MOST_RIGHT:
        ledger.leave_out(asked, _TOO_MANY)
        return None
    if right > 1:
        ledger.simplify(asked, PART_MARKS)
    share = f"{100 / right:.5f}".rstrip("0").rstrip(".")
    answers = [
        tag(
            "answer",
            tag("text", cdata(markup.inline(option.text))),
            _html("feedback", markup.inline(option.why) if option.why else ""),
            fraction=share if option.correct else "0" if right == 1 else "-100",
            format="html",
        )
        for option in asked.options
    ]
    settings = (
        text("single", "true" if right == 1 else "false"),
        text("shuffleanswers", "true"),
        text("answernumbering", "ABCD"),
    )
    return _Typed("multichoice", (*settings, *answers), template=not isinstance(asked.question, Code))


def _numeric(asked: Asked, markup: Markup, ledger: Ledger) -> _Typed:
    question = asked.question
    if not isinstance(question, Numeric):
        raise TypeError(question.kind)
    allowed = max(question.tolerance.rel * abs(float(asked.key[0])), question.tolerance.abs)
    known = [_number(one.answer[0], allowed, "0", markup.inline(one.why)) for one in asked.mistakes]
    units = (text("unitgradingtype", 0), text("unitpenalty", "0.1"), text("showunits", 3), text("unitsleft", 0))
    return _Typed("numerical", (_number(asked.key[0], allowed, "100", ""), *known, *units))


def _number(value: str, tolerance: float, fraction: str, feedback: str) -> str:
    return tag(
        "answer",
        text("text", value),
        _html("feedback", feedback),
        text("tolerance", format(tolerance, ".12g")),
        fraction=fraction,
        format="moodle_auto_format",
    )


def _shape(asked: Asked, markup: Markup, ledger: Ledger) -> _Typed:
    right = [(form, "100", "") for form in shape_spellings(asked.key)]
    wrong = [
        (form, "0", markup.inline(mistake.why))
        for mistake in asked.mistakes
        for form in shape_spellings(mistake.answer)
    ]
    return _short_answer([*right, *wrong])


def _term(asked: Asked, markup: Markup, ledger: Ledger) -> _Typed:
    question = asked.question
    if not isinstance(question, Term):
        raise TypeError(question.kind)
    near = question.near
    found = [(word, "100", "") for word in asked.key]
    found += [(word, "0", markup.inline(_NEAR)) for word in (*near.ja, *near.en)] if near else []
    found += [
        (word, "0", markup.inline(mistake.why))
        for mistake in question.mistakes
        for word in (*mistake.accept.ja, *mistake.accept.en)
    ]
    return _short_answer(found)


def _short_answer(answers: Sequence[tuple[str, str, str]]) -> _Typed:
    """Answers as (word, fraction, feedback), the first of equal ones alone; a star would stand for anything."""
    unique = {clean(word).casefold(): (word, fraction, why) for word, fraction, why in reversed(answers)}
    written = [
        tag(
            "answer",
            text("text", word.replace("*", r"\*")),
            _html("feedback", why),
            fraction=fraction,
            format="moodle_auto_format",
        )
        for word, fraction, why in reversed(unique.values())
    ]
    return _Typed("shortanswer", (text("usecase", 0), *written))


def _order(asked: Asked, markup: Markup, ledger: Ledger) -> _Typed:
    """Each step is matched with its place; steps that may change places are matched with all of theirs."""
    question = asked.question
    if not isinstance(question, Order):
        raise TypeError(question.kind)
    ledger.simplify(asked, BY_PLACE)
    places = place_names(question)
    pairs = [
        tag(
            "subquestion",
            tag("text", cdata(markup.inline(step.text))),
            tag("answer", text("text", places[int(step.id)])),
            format="html",
        )
        for step in asked.options
    ]
    return _Typed("matching", (text("shuffleanswers", "true"), *pairs))


def place_names(question: Order) -> dict[int, str]:
    """Step → its place, `2` or `2–3`."""
    names = {number: str(number) for number in range(1, len(question.steps) + 1)}
    for group in question.free:
        names |= dict.fromkeys(group, f"{min(group)}–{max(group)}")
    return names


def _essay(asked: Asked, markup: Markup, ledger: Ledger) -> _Typed:
    ledger.simplify(asked, BY_HAND)
    return _free_answer("".join(markup.block(point) for point in key_texts(asked)), "editor", "")


def _whole_function(asked: Asked, question: Code, markup: Markup, ledger: Ledger) -> _Typed:
    ledger.simplify(asked, BY_HAND)
    return _free_answer(listing(asked.key[0]), "monospaced", question.template)


def _free_answer(for_graders: str, form: str, template: str) -> _Typed:
    """An essay; a template is what its field holds at first."""
    response = tag("responsetemplate", tag("text", cdata(template)), format="plain_text" if template else "html")
    return _Typed(
        "essay",
        (
            text("responseformat", form),
            text("responserequired", 1),
            text("responsefieldlines", 15),
            text("attachments", 0),
            text("attachmentsrequired", 0),
            _html("graderinfo", for_graders),
            response,
        ),
        template=not template,
    )


_WRITERS: dict[type, _Writer] = {
    Choice: _choice,
    Numeric: _numeric,
    Shape: _shape,
    Term: _term,
    Order: _order,
    Essay: _essay,
}
