"""A term of the glossary, the list of all of them, and the line that names those met in an explanation."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from quizdl.bank.glossary import Entry
from quizdl.screen.page import Block, Page, Paragraph, Table
from quizdl.screen.prose import inline
from quizdl.text import Lang, Text


def entry_page(entry: Entry, lang: Lang) -> Page:
    """The term, its reading, its other language, and its line."""
    reading = f"（{entry.kana}）" if entry.kana else ""
    other = entry.term.en if lang == "ja" else f"{entry.term.ja}{reading}"
    spans = (
        (entry.term.of(lang), "title"),
        (reading if lang == "ja" else "", "quiet"),
        (f"  {other}" if other != entry.term.of(lang) else "", "quiet"),
    )
    return Page((Paragraph(spans), Paragraph(inline(entry.line.of(lang)), indent=2)))


def glossary_page(entries: Sequence[Entry], lang: Lang) -> Page:
    """All terms, each with its other language, and how to see one."""
    rows = tuple(
        ((entry.term.of(lang), ""), (entry.term.en if lang == "ja" else entry.term.ja, "quiet"))
        for entry in sorted(entries, key=lambda one: (one.kana or one.term.ja) if lang == "ja" else one.term.en.lower())
    )
    count = len(rows)
    tail = Text(f"{count} 語。1 語の説明: ", f"{count} terms. One of them: ").of(lang)
    return Page((Table(rows, indent=2), Paragraph(((tail, "quiet"), ("quizdl glossary TERM", "code")))))


def terms_line(entries: Sequence[Entry], lang: Lang, indent: int) -> Iterator[Block]:
    """The terms that an explanation mentions, and the command that explains them; nothing where there are none."""
    if entries:
        names = Text("、", ", ").of(lang).join(entry.term.of(lang) for entry in entries)
        label = Text("用語: ", "Terms: ").of(lang)
        example = entries[0].term.of(lang)
        command = f"quizdl glossary {example}" if " " not in example else f'quizdl glossary "{example}"'
        yield Paragraph(((names, ""), ("  →  ", "quiet"), (command, "code")), ((label, "quiet"),), indent)
