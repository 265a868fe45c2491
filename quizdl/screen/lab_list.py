"""The list of the labs: a line each."""

from __future__ import annotations

from collections.abc import Sequence

from quizdl.labs.catalogue import Entry
from quizdl.screen.page import Facts, Gap, Page, Paragraph
from quizdl.text import Lang, Text


def lab_list(entries: Sequence[Entry], lang: Lang) -> Page:
    """A line for each lab, its name in a column of its own, and how to go on."""
    rows = tuple((entry.name, ((entry.line.of(lang), ""),)) for entry in entries)
    name = entries[0].name
    more = Text("動かす: ", "Run one: ").of(lang), Text("変えられるもの: ", "What can be varied: ").of(lang)
    return Page(
        (
            Facts(rows),
            Gap(),
            Paragraph(((f"quizdl lab {name}", "code"),), ((more[0], "quiet"),)),
            Paragraph(((f"quizdl lab {name} --help", "code"),), ((more[1], "quiet"),)),
        )
    )
