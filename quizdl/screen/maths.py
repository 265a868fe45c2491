r"""Shows the LaTeX of our bank as Unicode text: `\frac{\partial E}{\partial W}` as `∂E/∂W`.

Total: what is unknown is shown as it was written, and nothing raises.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from quizdl.screen.pieces import Piece, Role, accented, attached, fraction, joined, lowered, raised, root
from quizdl.screen.symbols import (
    ACCENTS,
    ALPHABETS,
    ARROWS,
    CLOSING,
    FUNCTIONS,
    LARGE,
    LETTERS,
    MARKS,
    OPENING,
    OPERATORS,
    OTHER_ALPHABETS,
    SIZES,
    SPACES,
    TEXTS,
    UPRIGHT,
)

MAX_DEPTH = 30
"""A formula nested deeper is shown as written; the bank's are a few deep."""

_LEXEME = re.compile(r"\\[A-Za-z]+|\\.|\s+|.", re.DOTALL)
_MATHS = re.compile(r"`[^`\n]*`|\$([^$]+)\$")
_FENCED = re.compile(r"(^```.*?^```[^\n]*$)", re.DOTALL | re.MULTILINE)


def to_unicode(latex: str) -> str:
    r"""The formula as text for a terminal.

    >>> to_unicode(r"\delta^{t-1} = \delta^t W^\top \odot f'(u^{t-1})")
    'δᵗ⁻¹ = δᵗ Wᵀ ⊙ f′(uᵗ⁻¹)'
    >>> to_unicode(r"\frac{1}{1 + e^{-x}}")
    '1/(1 + e⁻ˣ)'
    """
    try:
        return joined(_Reader(latex).sequence())
    except _TooDeepError:
        return latex


def plain(text: str) -> str:
    """A text of the bank with every `$…$` shown as Unicode; code, in backticks or fenced, is left alone."""
    parts = _FENCED.split(text)
    return "".join(part if index % 2 else _MATHS.sub(_replaced, part) for index, part in enumerate(parts))


def _replaced(found: re.Match[str]) -> str:
    return found[0] if found[1] is None else to_unicode(found[1])


class _TooDeepError(Exception):
    """The formula is nested deeper than MAX_DEPTH."""


def _simple() -> dict[str, Piece]:
    """Every command that stands for one piece."""
    tables: tuple[tuple[dict[str, str], Role], ...] = (
        (LETTERS, "letter"),
        (OPERATORS, "operator"),
        (OPENING, "open"),
        (CLOSING, "close"),
        (LARGE, "function"),
        (MARKS, "mark"),
        (SPACES, "space"),
        ({name: name for name in FUNCTIONS}, "function"),
    )
    return {f"\\{name}": Piece(text, role) for table, role in tables for name, text in table.items()}


_CHARACTERS: dict[str, Piece] = {
    **{sign: Piece(sign, "operator") for sign in "+=<>*"},
    **{digit: Piece(digit, "number") for digit in "0123456789"},
    **{bracket: Piece(bracket, "open") for bracket in "(["},
    **{bracket: Piece(bracket, "close") for bracket in ")]!%"},
    **{comma: Piece(comma, "comma") for comma in ",;"},
    **{mark: Piece(mark, "mark") for mark in ".:/|"},
    "-": Piece("−", "operator"),
    "~": Piece(" ", "space"),
    "&": Piece("", "space"),
}
_SIMPLE = _CHARACTERS | _simple()


class _Reader:
    """Reads a formula from left to right."""

    def __init__(self, latex: str) -> None:
        self._lexemes: list[str] = _LEXEME.findall(latex)
        self._next = 0
        self._depth = 0
        self._braces = 0

    def sequence(self) -> list[Piece]:
        """Everything up to the brace that closes this group, or to the end."""
        pieces: list[Piece] = []
        while (lexeme := self._take()) and not (lexeme == "}" and self._braces):
            if lexeme == "^":
                pieces = attached(pieces, raised(self.argument()))
            elif lexeme == "_":
                pieces = attached(pieces, lowered(self.argument()))
            elif lexeme == "'":
                pieces = attached(pieces, "′")
            else:
                pieces += self._element(lexeme)
        return pieces

    def argument(self) -> list[Piece]:
        """What a command or a script takes: a group, or the next element."""
        self.skip_spaces()
        if not self._peek() or self._peek() == "}":
            return []
        with self._deeper():
            return self._element(self._take())

    def raw_argument(self) -> str:
        """The source text of the group that follows, braces left out."""
        self.skip_spaces()
        text, depth = "", 0
        while lexeme := self._take():
            depth += (lexeme == "{") - (lexeme == "}")
            text += lexeme if lexeme not in "{}" else ""
            if depth <= 0:
                break
        return text

    def optional_argument(self) -> str:
        """The source text between the brackets that follow; empty where there are none."""
        if self._peek() != "[" or "]" not in self._lexemes[self._next :]:
            return ""
        end = self._lexemes.index("]", self._next)
        text = "".join(self._lexemes[self._next + 1 : end])
        self._next = end + 1
        return text

    def skip_spaces(self) -> None:
        """Go to the next lexeme that is no space."""
        while self._peek().isspace():
            self._next += 1

    def _peek(self) -> str:
        return self._lexemes[self._next] if self._next < len(self._lexemes) else ""

    def _take(self) -> str:
        lexeme = self._peek()
        self._next += 1
        return lexeme

    def _element(self, lexeme: str) -> list[Piece]:
        if lexeme == "{":
            return self._group()
        if lexeme.isspace():
            return [Piece(" ", "space")]
        if lexeme in _SIMPLE:
            if lexeme[1:].isalpha():
                self.skip_spaces()  # in LaTeX it only ends the command's name
            return [_SIMPLE[lexeme]]
        if lexeme in _COMMANDS:
            return _COMMANDS[lexeme](self)
        return self._as_written(lexeme)

    def _group(self) -> list[Piece]:
        with self._deeper():
            self._braces += 1
            pieces = self.sequence()
            self._braces -= 1
            return pieces

    @contextmanager
    def _deeper(self) -> Iterator[None]:
        if self._depth >= MAX_DEPTH:
            raise _TooDeepError
        self._depth += 1
        yield
        self._depth -= 1

    def _as_written(self, lexeme: str) -> list[Piece]:
        """A letter; or an unknown command with its braces."""
        if not lexeme.startswith("\\") or self._peek() != "{":
            return [Piece(lexeme, "letter")]
        self._take()
        return [Piece(f"{lexeme}{{{joined(self._group())}}}", "letter")]


def _fraction(reader: _Reader) -> list[Piece]:
    return [fraction(reader.argument(), reader.argument())]


def _root(reader: _Reader) -> list[Piece]:
    degree = reader.optional_argument()
    return [root(reader.argument(), degree)]


def _accent(name: str) -> Callable[[_Reader], list[Piece]]:
    return lambda reader: [accented(reader.argument(), name)]


def _arrow(arrow: str) -> Callable[[_Reader], list[Piece]]:
    return lambda reader: [Piece(joined(reader.argument()) + arrow, "letter")]


def _upright(reader: _Reader) -> list[Piece]:
    """A word behaves like a function's name, one letter like a letter."""
    text = joined(reader.argument())
    return [Piece(text, "function" if len(text) > 1 and text.isalpha() else "letter")]


def _text(reader: _Reader) -> list[Piece]:
    return [Piece(reader.raw_argument(), "mark")]


def _alphabet(name: str) -> Callable[[_Reader], list[Piece]]:
    def read(reader: _Reader) -> list[Piece]:
        text = joined(reader.argument())
        return [Piece(OTHER_ALPHABETS.get((name, text), text), "letter")]

    return read


def _size(role: Role | None) -> Callable[[_Reader], list[Piece]]:
    r"""`\left(`: the bracket alone; `\left.` is nothing. A bracket without a side keeps its own role."""

    def read(reader: _Reader) -> list[Piece]:
        found = reader.argument()
        return [Piece(piece.text if piece.text != "." else "", role or piece.role) for piece in found]

    return read


_COMMANDS: dict[str, Callable[[_Reader], list[Piece]]] = {
    "\\frac": _fraction,
    "\\dfrac": _fraction,
    "\\tfrac": _fraction,
    "\\sqrt": _root,
    **{f"\\{name}": _accent(name) for name in ACCENTS},
    **{f"\\{name}": _arrow(arrow) for name, arrow in ARROWS.items()},
    **{f"\\{name}": _upright for name in UPRIGHT},
    **{f"\\{name}": _text for name in TEXTS},
    **{f"\\{name}": _alphabet(name) for name in ALPHABETS},
    **{f"\\{name}": _size(role) for name, role in SIZES.items()},
}
