"""Writes XML as text, escaped where it is put in, so that a document is well-formed by construction."""

from __future__ import annotations

from quizdl.exchange.markup import clean, escaped


def tag(name: str, /, *content: str, **attributes: object) -> str:
    """An element. content: markup, taken as it is. An attribute's `_` is a `:`, and dropped at the end.

    >>> tag("a", "x", id="1<2"), tag("b", xml_lang="ja", class_="c")
    ('<a id="1&lt;2">x</a>', '<b xml:lang="ja" class="c"/>')
    """
    pairs = "".join(f' {_name(key)}="{escaped(str(value))}"' for key, value in attributes.items())
    return f"<{name}{pairs}>{''.join(content)}</{name}>" if content else f"<{name}{pairs}/>"


def _name(key: str) -> str:
    prefix, sign, rest = key.rstrip("_").partition("_")
    return f"{prefix}:{rest}" if sign else prefix


def text(name: str, value: object, /, **attributes: object) -> str:
    """An element that holds a text."""
    return tag(name, escaped(str(value)), **attributes)


def cdata(markup: str) -> str:
    """HTML within XML, as it is."""
    return "<![CDATA[" + clean(markup).replace("]]>", "]]]]><![CDATA[>") + "]]>"
