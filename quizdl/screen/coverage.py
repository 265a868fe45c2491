"""What the bank covers, as a page: section by section, chapter by chapter, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from quizdl.authoring.coverage import Area, Coverage
from quizdl.screen.page import Block, Gap, Page, Paragraph, Table
from quizdl.screen.tables import bar, percent
from quizdl.text import Lang, Text


def coverage_page(found: Coverage, lang: Lang) -> Page:
    """How much of each section and chapter is covered, and the topics that no question tests."""
    total, missing = len(found.items), found.missing
    covered = total - len(missing)
    blocks: list[Block] = [
        _title(Text("節ごと", "By section"), lang),
        _areas(found.by_section(), lang),
        Gap(),
        _title(Text("シラバスごと", "By syllabus chapter"), lang),
        _areas(found.by_chapter(), lang),
        Gap(),
    ]
    if missing:
        rows = tuple(
            ((item.id, "code"), (item.chapter, "quiet"), (item.topic.of(lang), ""), (item.section.of(lang), "quiet"))
            for item in missing
        )
        blocks += [_title(Text("まだ問題がない項目", "Topics without a question"), lang), Table(rows, indent=2), Gap()]
    summary = Text(f"{total} 項目のうち {covered} 項目に問題あり。", f"{covered} of {total} topics have a question.")
    return Page((*blocks, Paragraph(((summary.of(lang), "title"),))))


def _areas(areas: Sequence[Area], lang: Lang) -> Table:
    return Table(
        tuple(
            (
                (area.name.of(lang), ""),
                (f"{area.covered}/{area.total}", ""),
                (percent(area.covered / area.total), ""),
                (bar(area.covered / area.total), "quiet"),
            )
            for area in areas
        ),
        right=frozenset({1, 2}),
        indent=2,
    )


def _title(text: Text, lang: Lang) -> Block:
    return Paragraph(((text.of(lang), "title"),))
