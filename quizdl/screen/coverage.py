"""What the bank covers, as a page: section by section, chapter by chapter, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence

from quizdl.areas import AREAS
from quizdl.authoring.coverage import Area, Coverage
from quizdl.authoring.syllabus import EXAMS, Found, Pool
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


def syllabus_page(found: Sequence[Found], lang: Lang) -> Page:
    """Every keyword with how many questions name it, and those that nothing explains."""
    covered = [one for one in found if one.is_covered]
    rows = tuple(
        (
            (one.part.chapter, "quiet"),
            (one.keyword.term.of(lang), "" if one.is_covered else "bad"),
            (str(len(one.questions)), ""),
            (Text("用語集", "glossary").of(lang) if one.in_glossary else "", "quiet"),
        )
        for one in found
    )
    missing = [one.keyword.term.of(lang) for one in found if not one.is_covered]
    said = Text(
        f"{len(found)} 個のキーワードのうち {len(covered)} 個に問題または用語集の説明があります。",
        f"{len(covered)} of {len(found)} keywords have a question or a glossary entry.",
    )
    blocks: list[Block] = [Table(rows, right=frozenset({2}), indent=2), Gap()]
    if missing:
        blocks += [
            _title(Text("まだないキーワード", "Keywords without either"), lang),
            Paragraph(((", ".join(missing), ""),)),
        ]
    return Page((*blocks, Paragraph(((said.of(lang), "title"),))))


def pool_page(pools: Sequence[Pool], lang: Lang) -> Page:
    """Area by area, the questions that can be asked with four options beside how many four exams take."""
    rows = tuple(
        (
            (AREAS[one.area].of(lang), ""),
            (f"{one.questions}/{one.needed}", ""),
            (bar(min(1.0, one.questions / one.needed) if one.needed else 1.0), "quiet"),
            ("" if one.questions >= one.needed else Text("不足", "too few").of(lang), "bad"),
        )
        for one in pools
    )
    title = Text(
        f"4 択で出せる問題（模試 {EXAMS} 回分との比）",
        f"Questions askable with four options, and how many {EXAMS} exams take",
    )
    return Page((_title(title, lang), Table(rows, right=frozenset({1}), indent=2)))


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
