r"""HTML of another tool as the bank's light markup: paragraphs, lists, `code`, fenced programs, `\(…\)` as `$…$`.

Whatever has no place in a bank is named in the notes: pictures, tables, links. Nothing of it is ever run or fetched.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TypeAlias

from quizdl.bank.characters import first_unseen
from quizdl.sanitise import printable
from quizdl.text import Text

_BLOCKS = frozenset({"p", "div", "ul", "ol", "table", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "figure"})
_HIDDEN = frozenset({"script", "style", "head", "svg"})
_PROGRAM = frozenset({"pre"})
_VOID = frozenset({"br", "img", "hr", "input", "embed", "source", "col", "wbr", "meta", "link"})
_DEEPEST = 100
_PICTURES = frozenset({"img", "svg", "object", "iframe", "video", "audio", "canvas", "embed"})
_TEX = re.compile(r"\\\((.{1,1000}?)\\\)|\\\[(.{1,1000}?)\\\]|\$\$(.{1,1000}?)\$\$", re.DOTALL)
_CODE = re.compile(r"`[^`\n]+`")
MOST_CHARACTERS = 20_000
"""Of one text; what is longer is no question."""

_CUT = Text(
    f"{MOST_CHARACTERS} 文字を超える文を切りました", f"a text of more than {MOST_CHARACTERS} characters was cut"
)
_PICTURE = Text("図や画像は取り込まれていません", "a picture was left out")
_MATHML = Text("MathML の数式は文字だけになりました", "a formula in MathML became plain text")
_TABLE = Text("表は文字だけになりました", "a table became plain text")
_DOLLAR = Text("数式でない $ を全角にしました", "a $ that is no maths was made full-width")


Sentence: TypeAlias = "str | dict[str, str]"
"""A text in one language, or in both."""


class Notes(list[Text]):
    """What was changed or left out, each once."""

    def say(self, note: Text) -> None:
        """Add a note unless it is there."""
        if note not in self:
            self.append(note)


def from_html(html: str, notes: Notes) -> Sentence:
    """A text of the bank from HTML; in both languages where `lang` attributes name both."""
    reader = _Reader(notes)
    if len(html) > 4 * MOST_CHARACTERS:
        notes.say(_CUT)
    reader.feed(html[: 4 * MOST_CHARACTERS])
    reader.close()
    if {lang for lang, text in reader.parts if text.strip()} >= {"ja", "en"}:
        return {
            wanted: sound("".join(text for lang, text in reader.parts if lang in (None, wanted)), notes)
            for wanted in ("ja", "en")
        }
    return sound("".join(text for _, text in reader.parts), notes)


def visible(text: str) -> str:
    """The text without characters that cannot be seen, and without space at the ends of lines."""
    clear = "".join(_seen(one) for one in printable(text, None).expandtabs(4))
    return "\n".join(line.rstrip() for line in clear.split("\n")).strip("\n")


def _seen(character: str) -> str:
    if first_unseen(character) is None:
        return character
    return " " if character.isspace() else ""


def sound(text: str, notes: Notes) -> str:
    """A text that a bank file can hold: no invisible characters, each `$` in a pair, no `{{`."""
    if len(text) > MOST_CHARACTERS:
        notes.say(_CUT)
    clear = re.sub(r"\n{3,}", "\n\n", visible(text[:MOST_CHARACTERS])).strip("\n \u3000")
    parts = clear.split("```")
    last = len(parts) - 1
    kept = [
        part.replace("{{", "{ {") if number % 2 and number < last else _prose(part, notes)
        for number, part in enumerate(parts)
    ]
    return "```".join(kept)


def _prose(text: str, notes: Notes) -> str:
    """A text without any program: `code` stays, the rest may hold maths."""
    found, end = "", 0
    for code in _CODE.finditer(text):
        found += _maths(text[end : code.start()], notes) + code[0].replace("{{", "{ {")
        end = code.end()
    return found + _maths(text[end:], notes)


def _maths(text: str, notes: Notes) -> str:
    """TeX of other tools between single `$`; where they are not in pairs, they are dollars."""
    held = _TEX.sub(lambda found: f"${(found[1] or found[2] or found[3]).strip()}$", text)
    held = held.replace("{{", "{ {")
    if held.count("$") % 2:
        notes.say(_DOLLAR)
        return held.replace("$", "＄")
    return held


class _Reader(HTMLParser):
    """Collects light markup, each piece with the language that an element around it names; None is both."""

    def __init__(self, notes: Notes) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[tuple[str | None, str]] = []
        self._notes = notes
        self._open: list[tuple[str, str | None]] = []
        self._numbers: list[int | None] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._say_losses(tag)
        inherited = self._open[-1][1] if self._open else None
        named = (dict(attrs).get("lang") or "").lower()[:2]
        if tag not in _VOID and len(self._open) < _DEEPEST:
            self._open.append((tag, named if named in ("ja", "en") else inherited))
        self._begin(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in (name for name, _ in self._open):
            return
        self._finish(tag)
        while self._open.pop()[0] != tag:
            continue

    def handle_data(self, data: str) -> None:
        if not self._is_within(_HIDDEN):
            self._add(data if self._is_within(_PROGRAM) else re.sub(r"\s+", " ", data))

    def _add(self, text: str) -> None:
        self.parts.append((self._open[-1][1] if self._open else None, text))

    def _is_within(self, names: frozenset[str]) -> bool:
        return any(name in names for name, _ in self._open)

    def _say_losses(self, tag: str) -> None:
        if tag in _PICTURES:
            self._notes.say(_PICTURE)
        if tag in ("math", "table"):
            self._notes.say(_MATHML if tag == "math" else _TABLE)

    def _begin(self, tag: str) -> None:
        if tag == "pre":
            self._add("\n\n```\n")
        elif tag == "code" and not self._is_within(_PROGRAM):
            self._add("`")
        elif tag == "br":
            self._add("\n")
        elif tag == "li":
            self._add(f"\n{self._mark()} ")
        elif tag in _BLOCKS:
            if tag in ("ul", "ol"):
                self._numbers.append(0 if tag == "ol" else None)
            self._add("\n\n")

    def _finish(self, tag: str) -> None:
        if tag == "pre":
            if self.parts:
                lang, text = self.parts[-1]
                self.parts[-1] = lang, text.removesuffix("\n")
            self._add("\n```\n\n")
        elif tag == "code" and not self._is_within(_PROGRAM):
            self._add("`")
        elif tag in _BLOCKS:
            if tag in ("ul", "ol") and self._numbers:
                self._numbers.pop()
            self._add("\n\n")

    def _mark(self) -> str:
        if not self._numbers or self._numbers[-1] is None:
            return "-"
        self._numbers[-1] += 1
        return f"{self._numbers[-1]}."
