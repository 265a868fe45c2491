"""How to show things: `--ascii` and `--plain`, which every command takes, else what `quizdl config` chose."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from quizdl.screen.look import Look
from quizdl.text import Lang

if TYPE_CHECKING:
    from quizdl.settings import Settings

ASCII, PLAIN = "--ascii", "--plain"


def configured() -> Settings:
    """What the settings say."""
    from quizdl.settings import settings_or_defaults

    return settings_or_defaults()


def choose(argv: Sequence[str], lang: Lang, configured: Callable[[], Settings] = configured) -> Look:
    """The look for these arguments; the settings are asked for what they leave open.

    >>> choose(["list", "--ascii", "--plain", "--", "--x"], "ja")
    Look(ascii=True, plain=True, lang='ja')
    """
    words = argv[: argv.index("--")] if "--" in argv else argv
    in_ascii, plain = ASCII in words, PLAIN in words
    settings = None if in_ascii and plain else configured()
    if settings is not None:
        in_ascii, plain = in_ascii or settings.ascii, plain or settings.plain
    return Look(in_ascii, plain, lang)
