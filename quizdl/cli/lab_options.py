"""A lab's command, its options made from what the lab says can be varied."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from inspect import Parameter, Signature
from pathlib import Path
from typing import Annotated, Any

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import JsonOption, LangOption
from quizdl.labs.catalogue import Entry
from quizdl.labs.core import Lab, Option
from quizdl.labs.options import allowed_values, flag

HtmlOption = Annotated[
    Path | None,
    typer.Option(
        "--html", metavar="FILE", help=tr("結果を 1 つの HTML に書き出す", "Write the result as one HTML file")
    ),
]
SweepOption = Annotated[
    list[str] | None,
    typer.Option(
        "--sweep",
        metavar="NAME=V1,V2,…",
        help=tr("1 つの設定を変えて比べる", "Compare runs that differ in one setting"),
    ),
]
SaveOption = Annotated[
    Path | None, typer.Option("--save", metavar="FILE.npz", help=tr("学習した重みを保存する", "Keep the weights"))
]
LoadOption = Annotated[
    Path | None,
    typer.Option("--load", metavar="FILE.npz", help=tr("保存した重みから始める", "Begin with weights that were kept")),
]

SHARED: tuple[tuple[str, Any, Any], ...] = (
    ("html", HtmlOption, None),
    ("as_json", JsonOption, False),
    ("sweep", SweepOption, None),
    ("save", SaveOption, None),
    ("load", LoadOption, None),
)
DATA = {
    "csv": tr("自分のデータ（数値の CSV）を使う", "Use your own data: a CSV of numbers"),
    "idx": tr("自分のデータ（IDX 形式の画像）を使う", "Use your own data: images in the IDX format"),
    "text": tr("自分のデータ（1 行 1 文のテキスト）を使う", "Use your own data: text, a sentence a line"),
}
_PREFIX = "set_"


def command_of(entry: Entry) -> tuple[str, Callable[..., int], str, str]:
    """The command of one lab as (name, function, help, examples). NumPy is imported with the lab."""
    lab: Lab = import_module(f"quizdl.labs.{entry.module}").LAB
    lang = current()
    about = f"{lab.title.of(lang)}\n\n{lab.about.of(lang)}\n\n{tr('目標', 'Goal')}: {lab.goal.of(lang)}"
    return entry.name, _function(lab, entry.hosts), about, _examples(lab, entry.hosts)


MineOption = Annotated[
    Path | None,
    typer.Option(
        "--mine", metavar="FILE.py", help=tr("自分の関数を実験の中で動かす", "Run your own function inside the lab")
    ),
]


def _function(lab: Lab, hosts: tuple[str, ...]) -> Callable[..., int]:
    """What typer calls: a function whose signature has one parameter for each option of the lab."""

    def command(**given: Any) -> int:
        from quizdl.cli.lab_run import Request, perform

        typed = {
            name.removeprefix(_PREFIX): value
            for name, value in given.items()
            if name.startswith(_PREFIX) and value is not None
        }
        others = {name: x for name, x in given.items() if not name.startswith(_PREFIX)}
        return perform(Request(lab, typed, hosts, **others))

    parameters = [
        *((_PREFIX + option.name, _typer_option(option), None) for option in lab.options),
        *SHARED,
        *([("data", _data_option(lab), None)] if lab.accepts else []),
        *([("mine", MineOption, None)] if hosts else []),
        ("lang", LangOption, None),
    ]
    command.__signature__ = Signature(  # type: ignore[attr-defined]
        [Parameter(name, Parameter.KEYWORD_ONLY, default=x, annotation=kind) for name, kind, x in parameters]
    )
    command.__annotations__ = {name: kind for name, kind, _ in parameters}
    return command


def _typer_option(option: Option) -> Any:
    """Everything is taken as text and read by the lab's own rules, whose message says what is allowed."""
    allowed, about, default = allowed_values(option).of(current()), option.help.of(current()), option.default
    said = f"{about}{tr(f'({allowed}、既定: {default})', f' ({allowed}; default: {default})')}"
    metavar = "WORD" if isinstance(default, str) else "N" if isinstance(default, int) else "X"
    return Annotated[str | None, typer.Option(flag(option), metavar=metavar, help=said)]


def _data_option(lab: Lab) -> Any:
    return Annotated[Path | None, typer.Option("--data", metavar="FILE", help=DATA[lab.accepts])]


def _examples(lab: Lab, hosts: tuple[str, ...]) -> str:
    first = lab.options[0]
    sweep = f"quizdl lab {lab.name} --sweep {first.name}={','.join(first.choices[:3])}" if first.choices else ""
    mine = f"quizdl lab {lab.name} --mine {hosts[0]}.py" if hosts else ""
    lines = [f"quizdl lab {lab.name}", f"quizdl lab {lab.name} --html {lab.name}.html", sweep, mine]
    return "\n".join(line for line in lines if line)
