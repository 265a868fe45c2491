"""The author's preview as one page for a browser: both languages side by side, variants and the exam's form."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from pathlib import Path

from quizdl.bank import as_choice, ask
from quizdl.errors import BankError
from quizdl.model import Asked, Code, Question
from quizdl.sanitise import printable
from quizdl.screen.figures import as_svg, scene_of
from quizdl.screen.html import inline_html, page_html, prose_html
from quizdl.screen.preview import EXAM, NO_EXAM, VARIANTS, variant_lines
from quizdl.text import Lang, Text


def preview_html(questions: Sequence[Question], faults: Sequence[BankError], seeds: int, lang: Lang, title: str) -> str:
    """The whole page; faults first, since what they hide is not shown below."""
    style = Path(__file__).with_name("preview.css").read_text(encoding="utf-8")
    body = "".join([*(_fault(one, lang) for one in faults), *(_question(one, seeds, lang) for one in questions)])
    return page_html(title, f"<main><h1>{_plain(title)}</h1>{body}</main>", lang, style=style)


def _plain(text: str) -> str:
    return escape(printable(text, None))


def _fault(fault: BankError, lang: Lang) -> str:
    hint = f"<br>{_plain(fault.hint.of(lang))}" if fault.hint else ""
    return f'<p class="fault"><code>{_plain(str(fault.where))}</code> {_plain(fault.message.of(lang))}{hint}</p>'


def _question(question: Question, seeds: int, lang: Lang) -> str:
    try:
        asked = ask(question, 0)
    except BankError as error:
        return _fault(error, lang)
    parts = [f'<h2 id="{_plain(question.id)}">{_plain(question.id)}</h2>']
    parts.append(_both(lambda side: "".join(_statement(asked, side))))
    parts.append(_both(lambda side: "".join(_solution(asked, side))))
    parts.append(_variants(question, seeds, lang))
    form = as_choice(asked)
    parts.append(f"<h3>{_plain(EXAM.of(lang))}</h3>")
    parts.append(_both(lambda side: _options(form, side)) if form else f"<p>{_plain(NO_EXAM.of(lang))}</p>")
    return "".join(parts)


def _both(write: Callable[[Lang], str]) -> str:
    sides = "".join(f'<section lang="{lang}">{write(lang)}</section>' for lang in LANGUAGES)
    return f'<div class="both">{sides}</div>'


def _statement(asked: Asked, lang: Lang) -> Iterator[str]:
    """Stem, figure, code, prompt and options."""
    if asked.stem:
        yield prose_html(asked.stem.of(lang))
    if asked.figure:
        yield as_svg(scene_of(asked.figure), lang)
    for listing in (asked.code, asked.question.template if isinstance(asked.question, Code) else None):
        if listing:
            yield f"<pre><code>{_plain(listing)}</code></pre>"
    yield prose_html(asked.prompt.of(lang))
    if asked.options:
        yield _options(asked, lang)
    for number, hint in enumerate(asked.hints, 1):
        yield f'<p class="quiet">{_plain(HINT.of(lang))} {number}: {inline_html(hint.of(lang))}</p>'


def _options(asked: Asked, lang: Lang) -> str:
    items = (
        f'<li class="{"key" if option.correct else ""}">{option.letter}. {inline_html(option.text.of(lang))}</li>'
        for option in asked.options
    )
    return f"<ul>{''.join(items)}</ul>"


def _solution(asked: Asked, lang: Lang) -> Iterator[str]:
    """Key, explanation, and every known mistake with its reason."""
    key = "\n".join(asked.key)
    yield f'<pre class="key"><code>{_plain(key)}</code></pre>{prose_html(asked.explanation.of(lang))}'
    known = [(one.id, "", one.why) for one in asked.options if one.why and not one.correct]
    known += [(one.id, ", ".join(one.answer), one.why) for one in asked.mistakes]
    for name, answer, why in known:
        given = f" <code>{_plain(answer)}</code>" if answer and "\n" not in answer else ""
        yield f"<p><strong>{_plain(name)}</strong>{given}<br>{inline_html(why.of(lang))}</p>"


def _variants(question: Question, seeds: int, lang: Lang) -> str:
    if not question.variables:
        return ""
    rows = "".join(
        f"<tr><td>{seed}</td><td>{_plain(values)}</td><td><code>{_plain(key)}</code></td></tr>"
        for seed, values, key in variant_lines(question, seeds)
    )
    return f"<h3>{_plain(VARIANTS.of(lang))}</h3><table>{rows}</table>"


LANGUAGES: tuple[Lang, ...] = ("ja", "en")
HINT = Text("ヒント", "Hint")
