"""`quizdl glossary TERM`: a term, its kana, its English, one line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import JsonOption, LangOption, check_language
from quizdl.model import Asked

if TYPE_CHECKING:
    from quizdl.bank.glossary import Entry, Glossary

HELP = tr("用語の読み、英語、意味を 1 行で表示する。", "Show a term's reading, its other language and its meaning.")
EXAMPLES = 'quizdl glossary 忘却ゲート\nquizdl glossary "forget gate"\nquizdl glossary'

TermArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="[TERM]", help=tr("用語(日本語・英語・かな)。省略すると一覧", "A term; without one, all")),
]


def command(term: TermArgument = None, as_json: JsonOption = False, lang: LangOption = None) -> int:
    """Look a term up, or list them all. Words need no quotes."""
    check_language(lang)
    if not term:
        return _list(as_json)
    entry = _glossary().find(" ".join(term))
    if as_json:
        from quizdl.cli.objects import print_json

        print_json(_object(entry))
        return 0
    from quizdl.screen.console import make_console
    from quizdl.screen.glossary import entry_page

    make_console().print(entry_page(entry, current()))
    return 0


def terms_of(asked: Asked) -> tuple[Entry, ...]:
    """The terms that a question's explanation mentions, in the language spoken now."""
    from quizdl.bank.glossary import read_glossary
    from quizdl.paths import bank_root

    text = asked.explanation.of(current())
    return read_glossary(bank_root(), text).mentioned(text, current())


def _list(as_json: bool) -> int:
    entries = _glossary().entries
    if as_json:
        from quizdl.cli.objects import print_json

        print_json([_object(entry) for entry in entries])
        return 0
    from quizdl.screen.console import make_console
    from quizdl.screen.glossary import glossary_page

    make_console().print(glossary_page(entries, current()))
    return 0


def _glossary() -> Glossary:
    from quizdl.bank.glossary import read_glossary
    from quizdl.paths import bank_root

    return read_glossary(bank_root())


def _object(entry: Entry) -> dict[str, object]:
    return {
        "term": entry.term.of(current()),
        "ja": entry.term.ja,
        "en": entry.term.en,
        "kana": entry.kana,
        "line": entry.line.of(current()),
        "also": list(entry.also),
    }
