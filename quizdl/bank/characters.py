"""Which characters a text holds. No regular expressions: compiling a class of Japanese costs 1 ms at every start."""

from __future__ import annotations


def holds_japanese(text: str) -> bool:
    """Whether the text holds kana or kanji; full-width signs and letters alone are none.

    >>> holds_japanese("忘却ゲート"), holds_japanese("（x ≤ 3）")
    (True, False)
    """
    return not text.isascii() and any("\u3041" <= one <= "\u30fa" or "\u4e00" <= one <= "\u9fff" for one in text)


def first_unseen(text: str) -> int | None:
    """The index of the first character that cannot be seen, such as a tab, a control or a zero-width space.

    Newlines, spaces and Japanese full-width spaces may stand in a text.
    """
    if text.replace("\n", "").replace("\u3000", "").isprintable():
        return None
    return next(index for index, one in enumerate(text) if not one.isprintable() and one not in "\n\u3000")
