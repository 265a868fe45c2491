"""The pages around a file that is graded on every save: its head, its keys, the list of code questions."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from quizdl.model import Asked
from quizdl.screen.page import Page, Paragraph, Rule, Span
from quizdl.screen.prose import blocks
from quizdl.text import Lang, Text

KEYS: tuple[tuple[str, Text], ...] = (
    ("n", Text("次の問題", "next question")),
    ("h", Text("ヒント", "hint")),
    ("l", Text("一覧", "list")),
    ("s", Text("解答", "solution")),
    ("q", Text("終了", "quit")),
)


def head(asked: Asked, file: str, status: Text, lang: Lang) -> Page:
    """What is watched, and when it was graded last."""
    return Page(
        (
            Paragraph(((asked.question.id, "title"), (f"  {file}", ""), (f"  {status.of(lang)}", "quiet"))),
            Rule(),
        )
    )


def bare(page: Page) -> Page:
    """A page without the line above it: the head ends with one."""
    return Page(page.blocks[1:]) if page.blocks and isinstance(page.blocks[0], Rule) else page


def foot(more: int, lang: Lang) -> Page:
    """The keys. more: how many lines do not fit."""
    spans: list[Span] = []
    if more:
        spans = [(Text(f"space: 続き({more} 行)  ", f"space: {more} more lines  ").of(lang), "near")]
    for key, meaning in KEYS:
        spans += [(key, "title"), (f" {meaning.of(lang)}   ", "quiet")]
    return Page((Rule(), Paragraph(tuple(spans))))


def hint_page(asked: Asked, shown: int, lang: Lang) -> Page:
    """The first hints, one below the other."""
    if not asked.hints:
        none = Text("この問題にヒントはありません。", "This question has no hint.")
        return Page((Paragraph(((none.of(lang), ""),)),))
    found = [
        block
        for number in range(shown)
        for block in blocks(f"{number + 1}/{len(asked.hints)}  {asked.hints[number].of(lang)}")
    ]
    if shown < len(asked.hints):
        found.append(Paragraph(((Text("h: 次のヒント", "h: the next hint").of(lang), "quiet"),)))
    return Page(tuple(found))


def list_page(ids: Sequence[str], here: str, done: Collection[str], lang: Lang) -> Page:
    """The code questions in their order, with a mark at those that were right once."""
    count = sum(name in done for name in ids)
    title = Text(f"コード問題 {count}/{len(ids)} 問正解", f"Code questions: {count} of {len(ids)} right")
    rows = [
        Paragraph(
            ((name, "title" if name == here else ""),),
            (("✓ " if name in done else "  ", "good"), ("→ " if name == here else "  ", "near")),
        )
        for name in ids
    ]
    return Page((Paragraph(((title.of(lang), "title"),)), *rows))
