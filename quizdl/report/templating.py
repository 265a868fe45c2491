"""What the written pages share: the template engine with its filters, and the style sheets beside the templates."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quizdl.report.forms import day, duration
from quizdl.sanitise import printable
from quizdl.screen.html import inline_html, prose_html

if TYPE_CHECKING:
    from jinja2 import Environment

_FOLDER = Path(__file__).with_name("templates")


def environment(**filters: Callable[[Any], str]) -> Environment:
    """The templates of this room; every text is escaped unless a filter here has done it. filters: further ones."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(prose=_prose, inline=_inline, clean=_clean, time=duration, day=day, **filters)
    return made


def style_of(*sheets: str) -> str:
    """The style sheets with these names, one after the other."""
    return "".join(_FOLDER.joinpath(f"{name}.css").read_text(encoding="utf-8") for name in sheets)


def _prose(text: str) -> Any:
    """A text of the bank as HTML blocks. These filters alone let through what the template would escape."""
    from markupsafe import Markup

    return Markup(prose_html(text))  # noqa: S704 - it escapes


def _inline(text: str) -> Any:
    from markupsafe import Markup

    return Markup(inline_html(text))  # noqa: S704 - it escapes


def _clean(text: str) -> str:
    """An id, a name or code as it stands, without what steers a reader's eye; the template escapes it."""
    return printable(text, None)
