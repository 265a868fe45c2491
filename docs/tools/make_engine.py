"""The tour of the engine: each family's equations beside the lines of code that compute them, and examples to run."""

from __future__ import annotations

import ast
from pathlib import Path

from engine_tour import FAMILIES, UNDER_TAPE, Family, Line
from quizdl.text import Lang, Text

ENGINE = Path(__file__).resolve().parents[2] / "quizdl/engine"

INTRODUCTION = Text(
    """\
`quizdl.engine` は NumPy だけで書いた参照実装です。どの層にも順伝播 `…_forward` と逆伝播 `…_backward` があります。
順伝播は結果と「キャッシュ」を、逆伝播は引数の名前をキーとする勾配を返します。この文書は `docs/tools/make_engine.py` が
作ります。コードの列は実際のファイルにある行で、例は doctest で動かしています。""",
    """\
`quizdl.engine` is a reference implementation in NumPy alone. Every layer has a `…_forward`, which returns its result
and a cache, and a `…_backward`, which returns gradients under the names of the arguments. This page is made by
`docs/tools/make_engine.py`: what stands in the code column is a line of the file itself, and the examples are run as
doctests.""",
)
CONVENTIONS = Text(
    """\
- 行ベクトル(`xW + b`)です。再帰型の系列は (T, B, D)、Transformer の系列は (B, T, D)、画像は (N, C, H, W) です。
- ゲートは軸 0 に並びます(LSTM は i, f, o, g、GRU は r, z, n)。
- 整数の入力は float64 にし、float32 は float32 のまま計算します。入力を書き換えることはありません。
- 乱数は外から渡します。形状が合わないと、引数の名前・期待・実際を示して止まります。
- 出力と勾配は、PyTorch と ONNX の値、中心差分、さらに「壊すと必ず落ちる」変異テストで検査しています。""",
    """\
- Rows are samples (`xW + b`). Sequences are (T, B, D) in recurrent layers and (B, T, D) in Transformers, images
  (N, C, H, W).
- Gates lie on axis 0: i, f, o, g in an LSTM, r, z, n in a GRU.
- Whole numbers become float64, float32 stays float32, and no input is changed.
- Random numbers are passed in. Shapes that do not fit are refused with the argument's name, what was expected and what
  was found.
- Outputs and gradients are checked against PyTorch and ONNX, by central differences, by mutations that must fail.""",
)


def pages() -> dict[str, str]:
    """Path below the repository → its content."""
    return {"docs/engine.md": _page("en"), "docs/engine.ja.md": _page("ja")}


def _page(lang: Lang) -> str:
    parts = [
        f"# {Text('参照実装の案内', 'A tour of the engine').of(lang)}",
        "[日本語](engine.ja.md)" if lang == "en" else "[English](engine.md)",
        INTRODUCTION.of(lang),
        f"## {Text('約束', 'Conventions').of(lang)}",
        CONVENTIONS.of(lang),
        UNDER_TAPE.of(lang),
    ]
    for family in FAMILIES:
        parts += _section(family, lang)
    return "\n\n".join(parts) + "\n"


def _section(family: Family, lang: Lang) -> list[str]:
    files = "\n".join(f"- `{name}.py`: {_first_line(name)}" for name in family.modules)
    parts = [f"## {family.title.of(lang)}", files]
    if family.lines:
        head = Text("| 式 | コード | ファイル |", "| equation | code | file |").of(lang)
        parts.append("\n".join([head, "|---|---|---|", *map(_row, family.lines)]))
    if family.labs:
        labs = ", ".join(f"`quizdl lab {name}`" for name in family.labs)
        parts.append(Text(f"動かして見るには {labs}。", f"To see them at work: {labs}.").of(lang))
    if family.example:
        parts.append(f"```python\n{family.example}```")
    return parts


def _row(line: Line) -> str:
    equation = line.equation.replace("|", "\\|")
    return f"| {equation} | `{line.code}` | `{_file_of(line.code)}` |"


def _file_of(code: str) -> str:
    """The file in which a line of code stands. Raises ValueError where none has it, or another has it too."""
    found = [path.name for path in sorted(ENGINE.glob("*.py")) if code in path.read_text(encoding="utf-8")]
    if len(found) != 1:
        raise ValueError(f"{code!r} stands in {found or 'no file'}")
    return found[0]


def _first_line(module: str) -> str:
    """What a module says it is."""
    text = (ENGINE / f"{module}.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(text)) or "").split("\n")[0]
