"""One text in both languages: every sentence a person may see is a `Text`, so that neither can be forgotten."""

from __future__ import annotations

from typing import Literal

import msgspec

Lang = Literal["ja", "en"]


class Text(msgspec.Struct, frozen=True):
    """The same sentence in Japanese and English; choose one with `of`."""

    ja: str
    en: str

    def of(self, lang: Lang) -> str:
        """The sentence in `lang`."""
        return self.ja if lang == "ja" else self.en


def same(text: str) -> Text:
    """A text that is the same in both languages: code, a formula, a number."""
    return Text(text, text)
