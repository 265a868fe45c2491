"""Which language to speak: `--lang`, else `QUIZDL_LANG`, else what `quizdl config language` chose, else the locale."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence

from quizdl.text import Lang, Text

_current: Lang = "en"


def choose(
    argv: Sequence[str], environ: Mapping[str, str], configured: Callable[[], Lang | None] = lambda: None
) -> Lang:
    """The language for these arguments, this environment and, asked only where neither says, the settings.

    >>> choose(["list", "--lang", "ja"], {"LANG": "en_US.UTF-8"})
    'ja'
    >>> choose([], {"LANG": "ja_JP.UTF-8"})
    'ja'
    >>> choose([], {"LANG": "ja_JP.UTF-8"}, lambda: "en")
    'en'
    """
    for wanted in (_option(argv), environ.get("QUIZDL_LANG", "")):
        if wanted in ("ja", "en"):
            return "ja" if wanted == "ja" else "en"
    if chosen := configured():
        return chosen
    return "ja" if _locale(environ).lower().startswith("ja") else "en"


def use(lang: Lang) -> None:
    """Speak `lang` from now on."""
    global _current
    _current = lang


def current() -> Lang:
    """The language in use."""
    return _current


def tr(ja: str, en: str) -> str:
    """The sentence in the language in use."""
    return Text(ja, en).of(_current)


def configured() -> Lang | None:
    """The language in the settings."""
    from quizdl.settings import settings_or_defaults

    return settings_or_defaults().language


def _option(argv: Sequence[str]) -> str:
    for index, word in enumerate(argv):
        if word == "--":
            return ""
        if word == "--lang" and index + 1 < len(argv):
            return argv[index + 1]
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    return ""


def _locale(environ: Mapping[str, str]) -> str:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environ.get(name):
            return environ[name]
    if sys.platform in ("win32", "darwin"):  # a desktop's language is not in the environment there
        import locale

        return locale.getlocale()[0] or ""
    return ""
