"""Reads tokens into a tree, by precedence; what has two readings is refused rather than guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from types import MappingProxyType

from quizdl.errors import FormulaError
from quizdl.formula.normalise import Source, normalise
from quizdl.formula.tokens import Token, tokens
from quizdl.formula.tree import Binary, Call, Compare, Constant, Name, Node, Number, Unary
from quizdl.formula.vocabulary import FUNCTIONS, Vocabulary
from quizdl.text import Text

MOST_CHARACTERS = 500
MOST_NODES = 200
MOST_DEPTH = 40
MOST_EXPONENT = 64

_NO_ALIASES: Mapping[str, str] = MappingProxyType({})
_COMPARISONS = ("<", "<=", ">", ">=", "==", "!=")
_LABEL = re.compile(r"\s*[^\W\d_∂][\w\s∂'′()/,]*|\s*∂[\w\s∂'′()/,]*")
_SUBSCRIPT = re.compile(r"_?\{[^{}]*\}|\^\([^()]*\)")


def parse(
    text: str,
    names: Collection[str] | None = None,
    *,
    aliases: Mapping[str, str] = _NO_ALIASES,
    integers: bool = False,
) -> Node:
    """The tree of a formula as a learner or an author types it.

    names: the symbols there are; None where any identifier is one (authors). aliases: other spellings of symbols or
    functions. integers: also read `//`, `%`, comparisons, `and`, `or`, `not`.
    Raises FormulaError whose `position` is the 0-based place in `text`.

    >>> parse("2x", ["x"])
    Binary(op='*', left=Number(value=2), right=Name(id='x'))
    """
    if len(text) > MOST_CHARACTERS:
        raise FormulaError(
            Text(f"式は {MOST_CHARACTERS} 文字までです。", f"A formula may have at most {MOST_CHARACTERS} characters."),
            MOST_CHARACTERS,
        )
    source = normalise(text)
    begin = 0 if names is None or integers else _after_label(source)
    return _Parser(list(tokens(source, begin, Vocabulary(names, aliases), integers)), integers).formula()


def _after_label(source: Source) -> int:
    """Where the formula begins: behind a label such as `dz/dx =`. Raises FormulaError for any other `=`."""
    before, equals, after = source.text.partition("=")
    if not equals:
        return 0
    if "=" in after or not _LABEL.fullmatch(_SUBSCRIPT.sub("", before)):
        raise FormulaError(
            Text("等式ではなく、式だけを書いてください。", "Write the formula alone, not an equation."),
            source.places[len(before)],
        )
    return len(before) + 1


class _Parser:
    """One method a level of precedence, the loosest first; each leaves the next token in hand."""

    def __init__(self, read: Sequence[Token], integers: bool) -> None:
        self._tokens = read
        self._integers = integers
        self._index = 0
        self._nodes = 0
        self._depth = 0
        self._open_bars = 0

    def formula(self) -> Node:
        node = self._any()
        if self._next.kind != "end":
            raise self._unexpected()
        return node

    # --- tokens and limits

    @property
    def _next(self) -> Token:
        return self._tokens[self._index]

    def _take(self) -> Token:
        token = self._next
        self._index += 1
        return token

    def _at(self, *signs: str) -> bool:
        return self._next.kind == "sign" and self._next.text in signs

    def _accept(self, *signs: str) -> Token | None:
        return self._take() if self._at(*signs) else None

    def _made(self, node: Node) -> Node:
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise FormulaError(Text("式が大きすぎます。", "The formula is too large."), self._next.place)
        return node

    def _deeper(self, level: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise FormulaError(Text("入れ子が深すぎます。", "The formula is nested too deeply."), self._next.place)
        node = level()
        self._depth -= 1
        return node

    # --- levels of precedence

    def _any(self) -> Node:
        return self._either() if self._integers else self._sum()

    def _either(self) -> Node:
        return self._joined(lambda: self._joined(self._negated, "and"), "or")

    def _negated(self) -> Node:
        if self._accept("not"):
            return self._made(Unary("not", self._deeper(self._negated)))
        return self._comparison()

    def _comparison(self) -> Node:
        operands, signs = [self._sum()], list[str]()
        while sign := self._accept(*_COMPARISONS):
            signs.append(sign.text)
            operands.append(self._sum())
        return self._made(Compare(tuple(signs), tuple(operands))) if signs else operands[0]

    def _sum(self) -> Node:
        return self._joined(self._product, "+", "-")

    def _joined(self, level: Callable[[], Node], *signs: str) -> Node:
        node = level()
        while sign := self._accept(*signs):
            node = self._made(Binary(sign.text, node, level()))
        return node

    def _product(self) -> Node:
        """Factors; written side by side they are multiplied, but `1/2x` has two readings."""
        signs = ("*", "/", "//", "%") if self._integers else ("*", "/")
        node, divided = self._signed(), False
        while True:
            if sign := self._accept(*signs):
                node, divided = self._made(Binary(sign.text, node, self._signed())), sign.text in ("/", "//", "%")
            elif self._begins_factor():
                if divided:
                    raise self._ambiguous("1/(2*x)", "(1/2)*x")
                self._refuse_exponent_beside_factor(node)
                node = self._made(Binary("*", node, self._power()))
            else:
                return node

    def _begins_factor(self) -> bool:
        """Whether a factor follows without a sign. A number never does: `x2` is no product."""
        if self._next.kind in ("name", "constant", "function") or self._at("(", "√"):
            return True
        return self._at("|") and not self._open_bars

    def _refuse_exponent_beside_factor(self, node: Node) -> None:
        """`e^2x` is read as e^(2x) by most and as (e^2)x by the rules."""
        power = node.right if isinstance(node, Binary) and node.op == "*" else node
        if not (isinstance(power, Binary) and power.op == "^" and isinstance(power.left, Constant)):
            return
        last = self._tokens[self._index - 1]
        if last.kind == "number":
            raise self._ambiguous("e^(2*x)", "e^2*x")

    def _signed(self) -> Node:
        if self._accept("-"):
            return self._made(Unary("-", self._deeper(self._signed)))
        if self._accept("+"):
            return self._deeper(self._signed)
        return self._power()

    def _power(self) -> Node:
        base = self._operand()
        sign = self._accept("^")
        if sign is None:
            return base
        exponent = self._deeper(self._signed)
        _refuse_huge(exponent, sign.place)
        return self._made(Binary("^", base, exponent))

    # --- operands

    def _operand(self) -> Node:
        token = self._take()
        match token:
            case Token("number"):
                return self._made(Number(token.value))
            case Token("name"):
                return self._made(Name(token.text))
            case Token("constant"):
                return self._made(Constant("e" if token.text == "e" else "pi"))
            case Token("function"):
                return self._call(token)
            case Token("sign", "√"):
                return self._made(Call("sqrt", (self._bracketed_or_lone(),)))
            case Token("sign", "("):
                return self._bracketed(token)
            case Token("sign", "|"):
                return self._absolute(token)
        self._index -= 1
        raise self._unexpected()

    def _bracketed(self, opening: Token) -> Node:
        bars, self._open_bars = self._open_bars, 0
        node = self._deeper(self._any)
        self._open_bars = bars
        self._close(")", opening)
        return node

    def _absolute(self, opening: Token) -> Node:
        self._open_bars += 1
        node = self._deeper(self._any)
        self._close("|", opening)
        self._open_bars -= 1
        return self._made(Call("abs", (node,)))

    def _close(self, sign: str, opening: Token) -> None:
        if self._accept(sign):
            return
        if self._next.kind != "end":
            raise self._unexpected()
        raise FormulaError(Text("このかっこが閉じられていません。", "This bracket is never closed."), opening.place)

    def _call(self, function: Token) -> Node:
        """`f(x)`, `f x` and `f^2(x)`, which is f(x)^2."""
        power = self._functions_power(function)
        if power is None and not self._at("("):
            arguments: tuple[Node, ...] = (self._bracketed_or_lone(),)
        else:
            arguments = self._arguments()
        _check_arity(function, len(arguments))
        call = self._made(Call(function.text, arguments))
        return call if power is None else self._made(Binary("^", call, power))

    def _functions_power(self, function: Token) -> Node | None:
        sign = self._accept("^")
        if sign is None:
            return None
        bracket = self._accept("(")
        exponent = self._take()
        if bracket and exponent.kind == "number":
            self._close(")", bracket)
        if exponent.kind != "number" or not self._at("("):
            raise FormulaError(
                Text(
                    f"べき乗は {function.text}(x)^2 のように書いてください。",
                    f"Write a power of the function as {function.text}(x)^2.",
                ),
                sign.place,
            )
        _refuse_huge(Number(exponent.value), sign.place)
        return self._made(Number(exponent.value))

    def _arguments(self) -> tuple[Node, ...]:
        opening = self._take()
        bars, self._open_bars = self._open_bars, 0
        arguments = [self._deeper(self._any)]
        while self._accept(","):
            arguments.append(self._deeper(self._any))
        self._open_bars = bars
        self._close(")", opening)
        return tuple(arguments)

    def _bracketed_or_lone(self) -> Node:
        """What `√` or a function without brackets applies to: brackets, or one operand with nothing behind it."""
        if self._at("("):
            return self._bracketed(self._take())
        if self._next.kind not in ("number", "name", "constant"):
            raise self._unexpected()
        node = self._operand()
        if self._begins_factor() or self._at("^"):
            raise self._ambiguous("√(2*x)", "√(2)*x")
        return node

    # --- errors

    def _ambiguous(self, one: str, other: str) -> FormulaError:
        return FormulaError(
            Text(
                f"二通りに読めます。{one} か {other} のように、かっこや * で区別してください。",
                f"This can be read in two ways. Tell them apart with brackets or *, as in {one} or {other}.",
            ),
            self._next.place,
        )

    def _unexpected(self) -> FormulaError:
        token = self._next
        if token.kind == "end":
            return FormulaError(Text("式が途中で終わっています。", "The formula ends too early."), token.place)
        if token.kind == "number":
            return FormulaError(
                Text("数の前に演算子（* など）が必要です。", "A sign such as * must stand before this number."),
                token.place,
            )
        return FormulaError(
            Text(f"ここに「{token.text}」は置けません。", f"'{token.text}' cannot stand here."), token.place
        )


def _refuse_huge(exponent: Node, place: int) -> None:
    literal = exponent.operand if isinstance(exponent, Unary) else exponent
    if isinstance(literal, Number) and literal.value > MOST_EXPONENT:
        raise FormulaError(
            Text(f"指数は {MOST_EXPONENT} 以下にしてください。", f"An exponent may be at most {MOST_EXPONENT}."), place
        )


def _check_arity(function: Token, given: int) -> None:
    """Raises FormulaError where a function of the grammar gets too few or too many arguments."""
    least, most = FUNCTIONS.get(function.text, (0, None))
    if given < least or (most is not None and given > most):
        raise FormulaError(
            Text(
                f"{function.text} の引数の数が {given} 個です（{least} 個必要です）。",
                f"{function.text} takes {least} argument, not {given}.",
            ),
            function.place,
        )
