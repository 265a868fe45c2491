"""Puts a page together: its template, our script and style sheet, and its data as JSON that cannot end its element."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from quizdl.sanitise import printable
from quizdl.screen.html import page_html
from quizdl.text import Lang

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent


def bundle(name: str, title: str, content: Mapping[str, Any], data: object, lang: Lang) -> str:
    """The page `name`. content: for its template. data: what its script reads, found in the element `data`."""
    body = _environment().get_template(f"{name}.html.j2").render(content)
    known = f'<script type="application/json" id="data">{embedded(data)}</script>'
    style, script = _files("shared.css", f"{name}.css"), _files("shared.js", f"{name}.js")
    return page_html(title, f"{body}\n{known}", lang, style=style, script=script)


def embedded(data: object) -> str:
    r"""JSON for a `script` element. No `<` is in it, so that nothing in a text can end the element.

    >>> embedded({"text": "</script><!--"})
    '{"text":"\\u003c/script>\\u003c!--"}'
    """
    return msgspec.json.encode(data).decode().replace("<", "\\u003c")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # 30 ms, and only pages need it

    return Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable(value, None) if type(value) is str else value,
    )


@lru_cache(maxsize=8)
def _files(*names: str) -> str:
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in names)
