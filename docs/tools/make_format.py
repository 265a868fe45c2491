"""The pages on the bank's format, made from the records that read a bank: no key can be missing, none can be stale."""

from __future__ import annotations

import inspect
import re
import types
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from format_meanings import MEANINGS, SPECS
from quizdl.bank.decode import CONTEXT_FIELDS, KINDS, Header, SetHeader
from quizdl.bank.readers import FORMULA_FIELDS
from quizdl.engine.counters import COUNTERS
from quizdl.engine.references import REFERENCES
from quizdl.figures import FIGURES, Decimal, Numbers, Parameter, Whole, Word
from quizdl.formula.vocabulary import FUNCTIONS
from quizdl.grading import specs
from quizdl.model import Variable
from quizdl.screen.words import KINDS as KIND_NAMES
from quizdl.text import Lang, Text, same

EXAMPLES = Path(__file__).with_name("format_examples.yaml")
COMMON = frozenset(field.name for field in msgspec.structs.fields(KINDS["essay"])) - {"rubric", "mistakes"}
PYTHON = {("Code", "answer"), ("CodeMistake", "fill"), ("CodeMistake", "change"), ("Code", "template")}
TYPES = {
    "figure": Text("図", "figure"),
    "inputs": Text("名前 → 引き方", "name → way"),
    "edges": Text("「名前 → 値」の並び", "list of name → value"),
}
"""Keys whose values the records leave open."""

REQUIRED = Text("必須", "required")

INTRODUCTION = Text(
    """\
問題集のファイルに書けるキーの一覧です。この文書は、問題集を読む型そのものから `docs/tools/make_format.py` が
作ります。例はすべて `quizdl bank check` に通したものです。順を追った作り方は
[author.ja.md](author.ja.md) にあります。""",
    """\
Every key that a bank file may hold. This page is made by `docs/tools/make_format.py` from the very records that read a
bank, and every example on it has passed `quizdl bank check`. [author.md](author.md) makes a bank step by step.""",
)
WRITING = Text(
    """\
- 文(「文」の型)は `{ja: …, en: …}` と書きます。両言語で同じものは、そのまま一つ書けます。`$…$` は数式、`` `…` `` は
  コードです。
- `{{n}}` には、引いた値や計算した値が入ります。
- 式には、変数、`values`、下の関数と計算器を使えます。カンマ・括弧・コロン・`#` を含む式は、一重引用符で囲みます。
- 日本語の複数行は `|` で書きます(`>` では空白が入ります)。`$…$` やバックスラッシュを二重引用符で囲むことはできません。
- タグ、アンカー、エイリアス、知らないキー、同じキーの繰り返しは、場所を示して拒否します。""",
    """\
- A text is written `{ja: …, en: …}`; what is the same in both is written once, plainly. `$…$` is maths, `` `…` `` code.
- `{{n}}` is replaced by a drawn or computed value.
- Formulas may use variables, `values`, and the functions and counters below. One with a comma, bracket, colon or `#`
  goes in single quotes.
- Japanese over several lines is written with `|` (`>` adds spaces). No double quotes around `$…$` or backslashes.
- Tags, anchors, aliases, unknown keys and repeated keys are refused, with their place.""",
)
CODE_NOTES = Text(
    """\
引数は `引数: {引き方: 値}` と書きます。`[B, H]` のような並びは `dims` を表します。大きさには、数、`dims` の名前、式
(`4*H`)を使えます。`dims` と `size` をともに書くと、軸の数が `dims`、各軸の長さが `size` の範囲になります。`edges` の
並びは小数の配列です。整数の配列は `{int: […]}` と書きます。""",
    """\
An argument is written `name: {way: value}`; a list such as `[B, H]` gives `dims`. A size is a number, a name of `dims`,
or a formula (`4*H`). With both `dims` and `size`, `dims` bounds how many axes there are and `size` how long each is. In
`edges` a list is an array of decimals; whole numbers are written `{int: […]}`.""",
)
OWN_ANSWER = Text(
    "一覧にない関数は `reference: solution` とし、自分の模範解答(サンドボックスで実行)に正しい結果を出させます。",
    "For any other function write `reference: solution`: your own answer, run in the sandbox, gives the right results.",
)
FIGURE_NOTES = Text(
    "図は `figure: {name: …, パラメータ: 値}` と書きます。値には変数や式も使えます。角括弧のパラメータは省けます。",
    "A figure is written `figure: {name: …, parameter: value}`; values may be variables and formulas. Those in brackets"
    " may be left out.",
)


def pages() -> dict[str, str]:
    """Path below the repository → its content."""
    return {"docs/format.md": _page("en"), "docs/format.ja.md": _page("ja")}


def _page(lang: Lang) -> str:
    other = "[日本語](format.ja.md)" if lang == "en" else "[English](format.md)"
    parts = [f"# {Text('問題集の書式', 'The format of a bank').of(lang)}", other, INTRODUCTION.of(lang)]
    parts += [_heading("書き方", "How things are written", lang), WRITING.of(lang)]
    parts += [_heading("ファイル", "A file", lang), _table(Header, "Header", lang), _example("", lang)]
    parts += [_heading("どの問題にも", "Every question", lang), _common_table(lang)]
    parts += [_heading("変数", "Variables", lang), _table(Variable, "Variable", lang), _words_of_formulas(lang)]
    for kind, cls in KINDS.items():
        parts += [_heading(f"{KIND_NAMES[kind].ja}(`{kind}`)", f"`{kind}`", lang), *_kind(kind, cls, lang)]  # type: ignore[index]
    parts += [_heading("セット", "Sets", lang), _table(SetHeader, "SetHeader", lang), _example("example-set", lang)]
    parts += [_heading("引数の引き方", "How arguments are drawn", lang), CODE_NOTES.of(lang), _specs(lang)]
    parts += [_heading("図", "Figures", lang), FIGURE_NOTES.of(lang), _figures(lang)]
    parts += [_heading("参照実装の関数", "What `reference` may name", lang), OWN_ANSWER.of(lang), _calls(REFERENCES)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _heading(ja: str, en: str, lang: Lang) -> str:
    return f"## {Text(ja, en).of(lang)}"


def _kind(kind: str, cls: type[msgspec.Struct], lang: Lang) -> Iterator[str]:
    """A kind's own keys, the records that they hold, and an example."""
    yield _table(cls, cls.__name__, lang)
    for record in _records_in(cls):
        yield f"`{_key_of(cls, record)}`:"
        yield _table(record, record.__name__, lang)
    yield _example(f"example-{kind}", lang)


def _records_in(cls: type[msgspec.Struct]) -> list[type[msgspec.Struct]]:
    """The records in a kind's own fields, and in theirs."""
    found: list[type[msgspec.Struct]] = []
    for field in _own_fields(cls):
        for record in _inner(field.type):
            if record not in (Text, *found):
                found += [record, *(deeper for deeper in _records_in(record) if deeper not in found)]
    return found


def _inner(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for argument in get_args(annotation):
        yield from _inner(argument)


def _key_of(cls: type[msgspec.Struct], record: type[msgspec.Struct]) -> str:
    """Where a record stands: `mistakes`, `accept`, `mistakes.accept`."""
    fields = _own_fields(cls)
    direct = [field.name for field in fields if record in _inner(field.type)]
    inner = [(field.name, one) for field in fields for one in _inner(field.type) if one is not Text]
    deeper = [f"{name}.{key}" for name, one in inner if (key := _key_of(one, record))]
    return "`, `".join(direct or deeper)


def _own_fields(cls: type[msgspec.Struct]) -> list[msgspec.structs.FieldInfo]:
    hidden = CONTEXT_FIELDS | COMMON if cls in KINDS.values() else frozenset()
    return [field for field in msgspec.structs.fields(cls) if field.name not in hidden]


def _table(cls: type[msgspec.Struct], named: str, lang: Lang) -> str:
    rows = [_row(named, field, lang) for field in _own_fields(cls)]
    if cls in (Header, SetHeader):
        kind = Text("問題の並び", "list of questions").of(lang)
        rows.append(f"| `questions` | {kind} | {REQUIRED.of(lang)} | {MEANINGS[named]['questions'].of(lang)} |")
    return _headed(rows, lang)


def _common_table(lang: Lang) -> str:
    fields = [field for field in msgspec.structs.fields(KINDS["essay"]) if field.name in COMMON - CONTEXT_FIELDS]
    rows = [_row("Question", field, lang) for field in fields]
    kinds = " ".join(f"`{kind}`" for kind in KINDS)
    rows.insert(1, f"| `kind` | {kinds} | {REQUIRED.of(lang)} | {MEANINGS['Question']['kind'].of(lang)} |")
    return _headed(rows, lang)


def _headed(rows: list[str], lang: Lang) -> str:
    head = Text("| キー | 型 | 既定 | 意味 |", "| key | type | default | meaning |").of(lang)
    return "\n".join([head, "|---|---|---|---|", *rows])


def _row(named: str, field: msgspec.structs.FieldInfo, lang: Lang) -> str:
    if (named, field.name) in PYTHON:
        kind = "Python"
    else:
        kind = (TYPES.get(field.name) or _type(field.type, field.name in FORMULA_FIELDS)).of(lang)
    return f"| `{field.name}` | {kind} | {_default(field, lang)} | {MEANINGS[named][field.name].of(lang)} |"


def _default(field: msgspec.structs.FieldInfo, lang: Lang) -> str:
    if field.required:
        return REQUIRED.of(lang)
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if value is None or value in ((), {}):
        return ""
    if isinstance(value, msgspec.Struct):
        fields = ((name, getattr(value, name)) for name in value.__struct_fields__)
        return f"`{{{', '.join(f'{name}: {part:g}' for name, part in fields)}}}`"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _type(wanted: Any, formula: bool = False) -> Text:
    """A type as an author reads it."""
    origin, arguments = get_origin(wanted), get_args(wanted)
    if wanted is str:
        return Text("式", "formula") if formula else Text("文字列", "string")
    if wanted in _PLAIN:
        return _PLAIN[wanted]
    if origin is Literal:
        return same(" ".join(f"`{word}`" for word in arguments))
    if origin in (Union, types.UnionType):
        inner = [_type(one, formula) for one in arguments if one is not type(None)]
        return Text(" / ".join(one.ja for one in inner), " or ".join(one.en for one in inner))
    if origin is tuple and arguments[1:] == (...,):
        inner_type = _type(arguments[0], formula)
        listed = "list, each as below" if inner_type is _RECORD else f"list of {inner_type.en}"
        return Text(f"{inner_type.ja}の並び", listed)
    if origin is tuple:
        inner_type = _type(arguments[0], formula)
        return Text(f"[{inner_type.ja}, {inner_type.ja}]", f"[{inner_type.en}, {inner_type.en}]")
    if origin is dict:
        inner_type = _type(arguments[1], formula)
        return Text(f"名前 → {inner_type.ja}", f"name → {inner_type.en}")
    if isinstance(wanted, type) and issubclass(wanted, msgspec.Struct):
        return Text("下の「変数」", "way to draw it, below") if wanted is Variable else _RECORD
    raise TypeError(f"no name for {wanted}")


_RECORD = Text("下の表", "as below")
_PLAIN: dict[Any, Text] = {
    Text: Text("文", "text"),
    int: Text("整数", "whole number"),
    float: Text("数", "number"),
    bool: Text("`true` `false`", "`true` `false`"),
    object: Text("問題と同じ", "as in a question"),
}


def _example(name: str, lang: Lang) -> str:
    """One question of the examples' file; with no name its head."""
    head, *questions = re.split(r"\n\n(?=- )", EXAMPLES.read_text(encoding="utf-8").rstrip())
    if not name:
        return f"```yaml\n{head}\n```"
    (found,) = (text for text in questions if re.match(rf"- (?:id|set): {name}\n", text))
    return f"```yaml\n{found}\n```"


def _words_of_formulas(lang: Lang) -> str:
    functions = " ".join(f"`{name}`" for name in FUNCTIONS)
    counters = _calls(COUNTERS)
    return Text(
        f"式の関数: {functions} と、定数 `e` `pi`。\n\n計算器(大きさ・パラメータ数・計算量を整数で返す):\n\n{counters}",
        f"Functions of formulas: {functions}; constants `e` `pi`.\n\nCounters of sizes, parameters and operations:\n\n"
        f"{counters}",
    ).of(lang)


def _specs(lang: Lang) -> str:
    rows = []
    for name, cls in specs.SPECS.items():
        fields = [
            f"`{field.name}`" if field.required else f"`{field.name}` ({_default(field, lang) or '`[]`'})"
            for field in msgspec.structs.fields(cls)
        ]
        rows.append(f"| `{name}` | {', '.join(fields)} | {SPECS[name].of(lang)} |")
    head = Text("| 引き方 | 値(既定) | 意味 |", "| way | values (default) | meaning |").of(lang)
    return "\n".join([head, "|---|---|---|", *rows])


def _figures(lang: Lang) -> str:
    rows = []
    for name, figure in FIGURES.items():
        needed = [f"`{key}` {_limits(value, lang)}" for key, value in figure.required.items()]
        free = [f"[`{key}` {_limits(value, lang)}]" for key, value in figure.optional.items()]
        rows.append(f"| `{name}` | {', '.join([*needed, *free])} |")
    head = Text("| 図 | パラメータ |", "| figure | parameters |").of(lang)
    return "\n".join([head, "|---|---|", *rows])


def _limits(parameter: Parameter, lang: Lang) -> str:
    match parameter:
        case Whole(low, high):
            return f"{low}–{high}"
        case Decimal(low_end, high_end):
            return Text(f"{low_end:g}–{high_end:g} の数", f"number {low_end:g}–{high_end:g}").of(lang)
        case Word(words):
            return " ".join(f"`{word}`" for word in words)
        case Numbers(rows, columns, _):
            size = f"{rows.low}–{rows.high} × {columns.low}–{columns.high}"
            return Text(f"数の表 {size}", f"numbers {size}").of(lang)


def _calls(functions: Mapping[str, Callable[..., object]]) -> str:
    """Every function with its arguments, in the alphabet's order."""
    return "\n".join(f"- `{name}({_arguments(functions[name])})`" for name in sorted(functions))


def _arguments(function: Callable[..., object]) -> str:
    parameters = inspect.signature(function).parameters.values()
    return ", ".join(one.name if one.default is one.empty else f"{one.name}={one.default!r}" for one in parameters)
