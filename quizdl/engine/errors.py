"""What is wrong with an argument, said in the learner's terms: its name, what was expected, what was found."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """A part of a message in both languages."""

    ja: str
    en: str


class ArgumentError(Exception):
    """An argument that a layer cannot work with. `str()` is the English text, `ja` the Japanese one."""

    def __init__(self, argument: str, ja: str, en: str) -> None:
        super().__init__(f"{argument}: {en}")
        self.argument = argument
        self.ja = f"{argument}: {ja}"


class ShapeError(ArgumentError, ValueError):
    """An array of the wrong rank or size, or a size that would not be positive."""


class DTypeError(ArgumentError, TypeError):
    """An array of something else than the numbers that are needed: text, objects, fractions where ids belong."""


class RangeError(ArgumentError, ValueError):
    """A number or a word outside what the argument may be: a probability above 1, an id outside the vocabulary."""


def one_of(argument: str, word: object, words: tuple[object, ...]) -> None:
    """Raises RangeError, with the words there are, unless the word is one of them."""
    if word not in words:
        known = ", ".join(repr(each) for each in words)
        raise RangeError(
            argument, f"{known} のどれかが必要ですが、{word!r} です", f"expected one of {known}, found {word!r}"
        )
