"""The reports of a class as files: one page for the teacher, and a page and a text for each learner.

The teacher's page alone joins keyed ids with names. No page has a script, loads anything, or trusts what was handed in.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from quizdl.batch.records import Line, Unrecognised
from quizdl.batch.tables import write_parts
from quizdl.model import Asked, Code, Question
from quizdl.report.course import Course, Item, Mark, Mistake, course
from quizdl.report.course_charts import score_bars, verdict_bars
from quizdl.report.course_words import STATES, counted, course_words, few, look_here, reliability
from quizdl.report.examples import example_of, keep_shortest
from quizdl.report.feedback import Mode, feedback_html, feedback_markdown, feedback_of, mode_now
from quizdl.report.filenames import FileNames
from quizdl.report.forms import minute
from quizdl.report.similar import LEAST_QUESTIONS, Alike, Search, Similar
from quizdl.report.templating import environment, style_of
from quizdl.screen.html import page_html
from quizdl.screen.words import OUTCOMES, mark
from quizdl.text import Lang, Text

if TYPE_CHECKING:
    from jinja2 import Environment

_MOST_SHOWN = 6_000
"""Characters of a submission that stands beside another."""

_ODD, _WEAK = 0.0, 0.2
"""Discrimination below which a question is remarked on."""

_PIECES = 500
"""Of a page, written at a time."""

_NOT_GIVEN = "–"
_BODY = "<!-- the body -->"


class Person(msgspec.Struct, frozen=True):
    """Who a keyed id is. id: as the folder or the roster has it; name: where the roster has one."""

    id: str
    name: str = ""
    enrolled: bool = True

    @property
    def shown(self) -> str:
        """Both, where there are both."""
        return f"{self.name} ({self.id})" if self.name else self.id


class Class(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that reports are made of.

    asked: the questions in their order. people: keyed id → who that is, in the order of the roster.
    marks: what counts, by learner and question, as far as there is anything.
    line: (keyed id, question) → the graded submission that the mark is of, None where nothing was handed in.
    texts: question → keyed id → the code that was graded, read when it is wanted: a class's are many.
    solutions: question → its worked answer, for questions that ask for code. left_out: files that were not graded.
    """

    asked: Sequence[Asked]
    people: Mapping[str, Person]
    marks: Mapping[tuple[str, str], Mark]
    line: Callable[[str, str], Line | None]
    texts: Callable[[str], Mapping[str, str]]
    solutions: Mapping[str, str]
    left_out: Sequence[Unrecognised] = ()


def write_reports(
    folder: Path,
    of: Class,
    lang: Lang,
    *,
    now: float,
    mode: Mode = "all",
    deadline: float | None = None,
) -> None:
    """Writes `report.html`, and `feedback/<learner>.html` and `.md` for everybody. now, deadline: Unix times.

    Each file is whole or as it was before; a link in a file's place is replaced, never followed.
    Raises OSError where the folder cannot be written.
    """
    examples, alike = _from_texts(of)
    found = course(of.asked, of.people, of.marks, examples)
    names = FileNames(_Ids(of.people))
    _write(folder / "report.html", report_html(found, alike, of, names, lang, now), private=True)
    (folder / "feedback").mkdir(exist_ok=True)
    told = mode_now(mode, deadline, now)
    for who, person in of.people.items():
        own = {mark.question: mark for mark in found.marks.row(who)}
        lines = {one: line for one in own if (line := of.line(who, one)) is not None}
        feedback = feedback_of(of.asked, own, lines, told, lang)
        path = f"{folder}{os.sep}feedback{os.sep}{names[person.id]}"
        _write(f"{path}.html", [feedback_html(feedback, person.shown, lang)])
        _write(f"{path}.md", [feedback_markdown(feedback, person.shown, lang)])


def _write(path: Path | str, parts: Iterable[str], *, private: bool = False) -> None:
    data = (part.encode("utf-8") for part in parts)
    write_parts(path, data, private=private, lasting=False)  # a report can be made again


def _from_texts(of: Class) -> tuple[dict[tuple[str, str], str], Similar]:
    """Examples of named mistakes, and the pairs to look at: what is found in the texts, a question at a time."""
    search, code = Search(), [one.question for one in of.asked if isinstance(one.question, Code)]
    examples: dict[tuple[str, str], str] = {}
    for one in of.asked:
        examples |= _from_texts_of(one.question, of, search if len(code) >= LEAST_QUESTIONS else None)
    return examples, search.found()


def _from_texts_of(question: Question, of: Class, search: Search | None) -> dict[tuple[str, str], str]:
    """Examples of the mistakes that were made at one question. search: None where it could name nobody."""
    texts = _Of(of.texts(question.id), of.people)
    if isinstance(question, Code) and search is not None:
        search.add(question.id, texts, (question.template, of.solutions.get(question.id, "")))
    shortest: dict[str, set[str]] = {}
    for who in texts:
        own = of.marks.get((who, question.id))
        if own is not None and own.mistake is not None:
            keep_shortest(shortest.setdefault(own.mistake, set()), texts[who])
    known = _ToldApart(of.people)
    found = {name: example_of(question, some, known) for name, some in shortest.items()}
    return {(question.id, name): shown for name, shown in found.items() if shown}


class _Of(Mapping[str, str]):
    """The texts of these people, each read when it is wanted. Asked for are those alone that it names itself."""

    def __init__(self, texts: Mapping[str, str], people: Container[str]) -> None:
        self._texts, self._people = texts, people

    def __getitem__(self, who: str) -> str:
        return self._texts[who]

    def __contains__(self, who: object) -> bool:
        return who in self._people and who in self._texts

    def __iter__(self) -> Iterator[str]:
        return (who for who in self._texts if who in self._people)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Ids(Iterable[str]):
    """Everybody's own id."""

    def __init__(self, people: Mapping[str, Person]) -> None:
        self._people = people

    def __iter__(self) -> Iterator[str]:
        return (person.id for person in self._people.values())


class _ToldApart(_Ids):
    """What tells learners apart: the id, the name, and the name's words."""

    def __iter__(self) -> Iterator[str]:
        for person in self._people.values():
            yield from filter(None, (person.id, person.name, *person.name.split()))


# --- the teacher's page -------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return environment()


def report_html(found: Course, alike: Similar, of: Class, names: FileNames, lang: Lang, now: float) -> Iterator[str]:
    """The teacher's page, piece by piece: it has a row a learner. names: of the feedback files, by the own id."""
    title = f"quizdl: {course_words(lang)['report']}"
    before, after = page_html(title, _BODY, lang, style=style_of("charts", "exam", "course")).split(_BODY)
    yield before
    rest = _environment().get_template("course.html.j2").stream(_context(found, alike, of, names, lang, now))
    rest.enable_buffering(_PIECES)
    yield from rest
    yield after


def _context(found: Course, alike: Similar, of: Class, names: FileNames, lang: Lang, now: float) -> dict[str, Any]:
    from markupsafe import Markup

    warning = few(found)
    verdicts = [name for name in (*OUTCOMES, "not_submitted") if any(name in item.verdicts for item in found.items)]
    items = [_item(item, found, verdicts, lang) for item in found.items]
    return {
        "course": found,
        "t": course_words(lang),
        "when": minute(now),
        "counted": counted(found).of(lang),
        "facts": _facts(found, lang),
        "reliability": reliability(found).of(lang),
        "few": warning.of(lang) if warning else "",
        "score_bars": Markup(score_bars(found, lang)),  # noqa: S704 - charts escape
        "verdict_bars": Markup(verdict_bars(found.items, lang)),  # noqa: S704
        "verdict_names": [_verdict_name(name, lang) for name in verdicts],
        "items": items,
        "remarks": any(item["remark"] for item in items),
        "mistakes": [_mistake(one, lang) for one in found.mistakes],
        "options": _options(found, lang),
        "look_here": look_here(alike).of(lang),
        "pairs": _pairs(alike, of),
        "legend": _legend(found, lang),
        "named": any(person.name for person in of.people.values()),
        "people": (_person(who, person, found, names) for who, person in of.people.items()),
        "everybody": len(of.people),
        "by_hand": [_change(mark, of) for mark in found.by_hand],
        "left_out": [(one.place, one.reason.of(lang)) for one in of.left_out],
    }


def _facts(found: Course, lang: Lang) -> list[tuple[str, str]]:
    t, spread = course_words(lang), found.spread
    alpha = _NOT_GIVEN if found.alpha is None else f"{found.alpha:.2f}"
    facts = [(t["active"], f"{found.active} / {len(found.learners)}")]
    if spread:
        facts += [
            (t["mean"], f"{spread.mean:.1f}%"),
            (t["median"], f"{spread.median:.1f}%"),
            (t["quartiles"], f"{spread.lower:.0f}–{spread.upper:.0f}%"),
            (t["deviation"], f"{spread.deviation:.1f}"),
        ]
    return [*facts, (t["alpha"], alpha)]


def _verdict_name(name: str, lang: Lang) -> str:
    """Short, as the head of a column."""
    names = {str(outcome): text for outcome, text in (*OUTCOMES.items(), *STATES.items())}
    return names[name].of(lang)


def _item(item: Item, found: Course, verdicts: Sequence[str], lang: Lang) -> dict[str, Any]:
    return {
        "item": item,
        "mean": _percent(None if item.mean is None else 100 * item.mean),
        "discrimination": _NOT_GIVEN if item.discrimination is None else f"{item.discrimination:+.2f}",
        "remark": _remark(item, found, lang),
        "verdicts": [item.verdicts.get(name, 0) for name in verdicts],
    }


def _remark(item: Item, found: Course, lang: Lang) -> str:
    """What calls for a second look; nothing about correlations where these are chance."""
    if item.submitted and not item.correct:
        return Text("正解者なし", "nobody is right").of(lang)
    if item.discrimination is None or found.is_small or item.discrimination >= _WEAK:
        return ""
    odd = Text("正答と問題文を確認", "check key and wording")
    return (odd if item.discrimination < _ODD else Text("識別力が低い", "tells little apart")).of(lang)


def _mistake(one: Mistake, lang: Lang) -> dict[str, Any]:
    count, of, share = one.count, one.of, round(100 * one.count / one.of)
    said = Text(f"{of} 人中 {count} 人 ({share}%)", f"{count} of {of} ({share}%)")
    return {"mistake": one, "why": one.why.of(lang) if one.why else "", "counted": said.of(lang)}


def _options(found: Course, lang: Lang) -> list[tuple[str, list[dict[str, Any]]]]:
    rows: dict[str, list[dict[str, Any]]] = {}
    for choice in found.choices:
        shown = {
            "choice": choice,
            "text": choice.text.of(lang) if choice.text else "",
            "share": _percent(100 * choice.share),
            "rest": _percent(choice.rest),
        }
        rows.setdefault(choice.question, []).append(shown)
    return list(rows.items())


def _percent(value: float | None) -> str:
    return _NOT_GIVEN if value is None else f"{value:.0f}%"


def _pairs(alike: Similar, of: Class) -> list[dict[str, Any]]:
    """Each with the texts side by side, read anew: there are few."""
    wanted = {one.question for pair in alike.pairs for one in pair.questions}
    named = {who for pair in alike.pairs for who in (pair.one, pair.other)}
    texts = {one: dict(_Of(of.texts(one), named)) for one in sorted(wanted)}
    return [
        {
            "one": of.people[pair.one],
            "other": of.people[pair.other],
            "questions": [_alike(one, (pair.one, pair.other), of, texts[one.question]) for one in pair.questions],
        }
        for pair in alike.pairs
    ]


def _alike(alike: Alike, pair: tuple[str, str], of: Class, texts: Mapping[str, str]) -> dict[str, Any]:
    sides = [{"shown": of.people[who].shown, "text": texts[who][:_MOST_SHOWN]} for who in pair]
    return {"question": alike.question, "shared": alike.shared, "share": f"{100 * alike.share:.0f}%", "sides": sides}


def _legend(found: Course, lang: Lang) -> str:
    numbers = ", ".join(f"{place} = {item.id}" for place, item in enumerate(found.items, 1))
    return Text(
        f"{numbers}。✓ 正解、△ 部分点、✗ 不正解、! 動かない、? 採点不能、– 未提出、* 手で変更",
        f"{numbers}. ✓ correct, △ partly right, ✗ wrong, ! did not run, ? not graded, – not handed in, * changed by"
        " hand",
    ).of(lang)


def _person(who: str, person: Person, found: Course, names: FileNames) -> dict[str, Any]:
    marks = found.marks.row(who)
    return {
        "person": person,
        "link": f"feedback/{quote(names[person.id])}.html",
        "total": _percent(found.marks.total(marks)),
        "marks": [_cell(mark) for mark in marks],
    }


def _cell(own: Mark) -> dict[str, str]:
    text = {"stopped": "!", "grader_error": "?"}.get(own.state) or (mark(own.verdict) if own.verdict else _NOT_GIVEN)
    style = {"✓": "good", "△": "near", "✗": "bad", "!": "bad", "?": "near"}.get(text, "quiet")
    return {"text": f"{text}*" if own.by_hand is not None else text, "style": style}


def _change(own: Mark, of: Class) -> dict[str, Any]:
    before, after = (_percent(None if score is None else 100 * score) for score in (own.graded, own.score))
    person = of.people[own.learner]
    return {"person": person, "question": own.question, "change": f"{before} → {after}", "reason": own.by_hand}
