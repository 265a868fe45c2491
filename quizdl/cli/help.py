"""`--help` in both languages: typer's own headings are English, and it counts a Japanese character as one column."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup

from quizdl.cli.language import tr
from quizdl.screen.kinsoku import cell_width, wrap

WIDEST = 100
LEFT_COLUMN = 28


class BilingualCommand(TyperCommand):
    """A command whose help page is ours."""

    def get_help(self, ctx: Any) -> str:
        """The whole help page."""
        return _page(self, ctx, [])


class BilingualGroup(TyperGroup):
    """The group of commands, its help page ours too."""

    def get_help(self, ctx: Any) -> str:
        """The whole help page, with a line for each command."""
        commands = [(name, (command.help or "").split("\n")[0]) for name, command in self.commands.items()]
        return _page(self, ctx, commands)


def _page(command: Any, ctx: Any, commands: list[tuple[str, str]]) -> str:
    width = min(shutil.get_terminal_size().columns, WIDEST)
    parameters = command.get_params(ctx)
    arguments = [(p.human_readable_name, p.help or "") for p in parameters if p.param_type_name == "argument"]
    options = [(_option_name(p), _option_help(p)) for p in parameters if p.param_type_name == "option" and not p.hidden]
    usage = " ".join([ctx.command_path, *command.collect_usage_pieces(ctx)])
    blocks = [
        f"{tr('使い方', 'Usage')}: {usage}",
        _paragraphs(command.help or "", width),
        _table(tr("引数", "Arguments"), arguments, width),
        _table(tr("オプション", "Options"), options, width),
        _table(tr("コマンド", "Commands"), commands, width),
        _indented(tr("例", "Examples"), command.epilog),
    ]
    return "\n\n".join(block for block in blocks if block)


def _option_name(parameter: Any) -> str:
    names = ", ".join(sorted([*parameter.opts, *parameter.secondary_opts], key=len))
    value = "" if parameter.is_flag else f" {parameter.metavar or parameter.type.name.upper()}"
    return names + value


def _option_help(parameter: Any) -> str:
    if "--help" in parameter.opts:
        return tr("この説明を表示する", "Show this help")
    default = parameter.default
    shown = isinstance(default, int | str) and not isinstance(default, bool)
    return (parameter.help or "") + (tr(f"(既定: {default})", f" (default: {default})") if shown else "")


def _paragraphs(text: str, width: int) -> str:
    return "\n".join("\n".join(wrap(line, width)) if line else "" for line in text.strip().split("\n"))


def _table(heading: str, rows: Iterable[tuple[str, str]], width: int) -> str:
    lines = [line for name, text in rows for line in _row(name, text, width)]
    return "\n".join([f"{heading}:", *lines]) if lines else ""


def _row(name: str, text: str, width: int) -> list[str]:
    """The name on the left, its text wrapped on the right; a long name, or a narrow screen, puts the text below."""
    left = f"  {name}"
    beside = width >= 2 * LEFT_COLUMN and cell_width(left) < LEFT_COLUMN
    indent = LEFT_COLUMN if width >= 2 * LEFT_COLUMN else 4
    body = [" " * indent + line for line in wrap(text, max(width - indent, 8))] if text else []
    if not beside or not body:
        return [left, *body]
    return [left + " " * (indent - cell_width(left)) + body[0].strip(), *body[1:]]


def _indented(heading: str, text: str | None) -> str:
    return "\n".join([f"{heading}:", *(f"  {line}" for line in text.strip().split("\n"))]) if text else ""
