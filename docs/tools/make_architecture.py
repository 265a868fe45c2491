"""The page on the architecture: its table of rooms comes from the table that the tests hold the imports to."""

from __future__ import annotations

import runpy
from pathlib import Path

from quizdl.text import Lang, Text

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ROOT / "tests/test_layers.py"

ROOMS: dict[str, Text] = {
    "text": Text("日本語と英語の組", "A sentence in both languages"),
    "whole": Text("ファイルを丸ごと書き換える", "A file written as a whole or not at all"),
    "sanitise": Text("他人の文字列から制御文字を除く", "Foreign text without control codes"),
    "spreadsheet": Text("表計算ソフトに数式と読まれないセル", "Cells that no spreadsheet takes for formulas"),
    "areas": Text("模試の分野と配点(推定)", "The exam's areas and their weights, estimates"),
    "paths": Text("同梱の問題と利用者のフォルダー", "The shipped bank and the user's folders"),
    "errors": Text(
        "エラーの木。文・次に打つコマンド・場所・終了コード", "One tree of errors: message, hint, where, exit code"
    ),
    "settings": Text("一度決めたら続く設定", "What is chosen once"),
    "figures": Text("図の名前・パラメータ・範囲", "The figures' names, parameters and limits"),
    "model": Text("どの部屋も使う不変の記録", "The frozen records that every room speaks"),
    "engine": Text("NumPy の参照実装。順伝播と逆伝播", "The reference networks in NumPy, forward and backward"),
    "formula": Text("数式と正解のための、一つの文法", "One grammar for maths and keys"),
    "bank": Text("YAML を読み、問題を作る", "YAML in, questions out"),
    "sandbox": Text("信頼できないコードを動かす。ほかは何もしない", "Runs untrusted code and nothing else"),
    "study": Text("次に何をするか。時計も乱数も外から渡す純粋な状態機械", "What comes next: pure state machines"),
    "record": Text("解答の追記だけの記録(SQLite)", "Append-only attempts in SQLite"),
    "grading": Text(
        "`grade(asked, answer) → Verdict`。種類ごとに 1 ファイル", "`grade(asked, answer) → Verdict`, a file a kind"
    ),
    "report": Text("解答から数と報告を作る", "Attempts into numbers and reports"),
    "exchange": Text("他形式への書き出しと読み込み", "Other tools' formats, out and in"),
    "labs": Text("カリキュラムの実験", "The curriculum's experiments"),
    "batch": Text("クラス全員の提出物を、全コアやクラスターで採点する", "A whole class, on every core or a cluster"),
    "authoring": Text("問題集の証明と、作問の道具", "A bank's proofs, and authors' tools"),
    "screen": Text("見た目。規則は持たない", "How it looks; holds no rules"),
    "cli": Text("1 コマンド 1 ファイル。規則は持たない", "A command a file; holds no rules"),
}
"""Room → what it does, in the order of the page."""

FLOW = """\
```text
questions/*.yaml ──▶ bank ──▶ Question ──▶ bank.variants ──▶ Asked ──▶ screen ──▶ learner
                                │                              │                    │ Answer
                     study ─────┘ (which one next)             ▼                    ▼
                                            engine ──▶ grading.grade(asked, answer) ──▶ Verdict
                                                         │       ▲
                                                 inputs  ▼       │ bytes
                                                       sandbox (a process of its own)

Asked + Answer + Verdict = Attempt ──▶ record (SQLite) ──▶ report ──▶ screen / HTML / CSV / JSON
                                           │
                                           └──▶ study (reviews, plan, readiness)
```"""

INTRODUCTION = Text(
    "データは一方向に流れます: `bank → study → grading → record → report`。`screen` と `cli` はその上にあり、規則は"
    "持ちません。",
    "Data flows one way: `bank → study → grading → record → report`; `screen` and `cli` stand on top and hold no rule.",
)
NOTES = Text(
    """\
- **出題したものを記録する。** `Asked` は問題、種、引いた値、表示した文、正解をすべて持ち、解答とともに残ります。
  問題集を後で直しても、過去の報告は変わりません。
- **正解はサンドボックスに入らない。** 隠し入力は提出の後に引き、結果のバイト列だけを外で比べます。
- **純粋な核、薄い縁。** 状態機械は `(状態, 出来事) → 状態` で、時計と乱数は渡します。
  入出力は `cli`、`record`、`batch` にあります。
- **起動は軽く。** `cli` は打たれたコマンドだけを import し、NumPy と SymPy は必要になった関数のなかで import します。
- **二つの言語。** 人が読む文はすべて `Text(ja, en)` です。""",
    """\
- **What was asked is recorded.** `Asked` holds question, seed, drawn values, texts and key, and is kept with the
  attempt: mending a bank later changes no report.
- **Keys never enter the sandbox.** Hidden inputs are drawn after submission; only bytes come back, compared outside.
- **Pure cores, thin edges.** State machines are `(state, event) → state`; clocks and random numbers are passed in.
  Input and output are in `cli`, `record` and `batch`.
- **A light start.** `cli` imports the one command that was typed; NumPy and SymPy are imported inside what needs them.
- **Two languages.** Every sentence a person reads is a `Text(ja, en)`.""",
)
TABLE = Text(
    "右の列は、その部屋が import してよいものです。`tests/test_layers.py` の表そのもので、テストが守ります(「基本」は "
    "`areas` `errors` `figures` `model` `paths` `sanitise` `spreadsheet` `text` `whole`)。",
    "The right column says what a room may import. It is the table of `tests/test_layers.py`, which holds the code to"
    " it (“base” is `areas` `errors` `figures` `model` `paths` `sanitise` `spreadsheet` `text` `whole`).",
)


def pages() -> dict[str, str]:
    """Path below the repository → its content."""
    return {"docs/architecture.md": _page("en"), "docs/architecture.ja.md": _page("ja")}


def allowed() -> dict[str, set[str]]:
    """Room → what it may import, as the tests say; `base` stands for what nearly all may."""
    layers = runpy.run_path(str(LAYERS))
    base: set[str] = layers["BASE"]
    rooms: dict[str, set[str]] = layers["ALLOWED"]
    return {room: names - base | {"base"} if base <= names else names for room, names in rooms.items()}


def _page(lang: Lang) -> str:
    parts = [
        f"# {Text('設計', 'Architecture').of(lang)}",
        "[日本語](architecture.ja.md)" if lang == "en" else "[English](architecture.md)",
        INTRODUCTION.of(lang),
        FLOW,
        NOTES.of(lang),
        f"## {Text('部屋', 'Rooms').of(lang)}",
        TABLE.of(lang),
        _table(lang),
    ]
    return "\n\n".join(parts) + "\n"


def _table(lang: Lang) -> str:
    head = Text("| 部屋 | 仕事 | import してよいもの |", "| room | what it does | may import |").of(lang)
    known = allowed()
    rows = [f"| `{_place(room)}` | {does.of(lang)} | {_shown(known.get(room), lang)} |" for room, does in ROOMS.items()]
    return "\n".join([head, "|---|---|---|", *rows])


def _place(room: str) -> str:
    return f"quizdl/{room}/" if (ROOT / "quizdl" / room).is_dir() else f"quizdl/{room}.py"


def _shown(names: set[str] | None, lang: Lang) -> str:
    if names is None:
        return Text("すべて", "all").of(lang)
    shown = [f"`{name}`" for name in sorted(names - {"base"})]
    return ", ".join(([Text("基本", "base").of(lang)] if "base" in names else []) + shown)
