"""`--help` in both languages: typer's own headings are English, and it counts a Japanese character as one column."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from typing import Any

from typer.core import TyperCommand, TyperGroup, TyperOption

from quizdl.cli.language import tr
from quizdl.cli.looks import ASCII, PLAIN
from quizdl.screen import look
from quizdl.screen.fallback import ASCII_AND_JAPANESE, encodable
from quizdl.screen.kinsoku import cell_width, wrap

WIDEST = 100
LEFT_COLUMN = 28


class BilingualCommand(TyperCommand):
    """A command whose help page is ours, and which takes what all commands take."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The command's own parameters and everybody's."""
        return _with_everybodys(super().get_params(ctx))

    def get_help(self, ctx: Any) -> str:
        """The whole help page."""
        return _shown(_page(self, ctx, []))


class BilingualGroup(TyperGroup):
    """The group of commands, its help page ours too."""

    def get_params(self, ctx: Any) -> list[Any]:
        """The group's own parameters and everybody's."""
        return _with_everybodys(super().get_params(ctx))

    def get_help(self, ctx: Any) -> str:
        """The whole help page, with a line for each command."""
        commands = [(name, (command.help or "").split("\n")[0]) for name, command in self.commands.items()]
        return _shown(_page(self, ctx, commands))


def _with_everybodys(own: list[Any]) -> list[Any]:
    """`--ascii` and `--plain` before `--help`, which is last; they were obeyed before the commands were made."""
    taken = {name for parameter in own for name in parameter.opts}
    more = [
        TyperOption(param_decls=[name], is_flag=True, expose_value=False, help=said)
        for name, said in (
            (ASCII, tr("日本語のほかは ASCII だけで表示する", "No sign beyond ASCII but Japanese text")),
            (PLAIN, tr("読み上げ向けに、すべて言葉で示す", "To be read aloud: no lines, bars or colours")),
        )
        if name not in taken
    ]
    return [*own[:-1], *more, *own[-1:]]


def _shown(page: str) -> str:
    """The page with stand-ins for what the output cannot show, or should not."""
    if look.current().ascii:
        page = encodable(page, ASCII_AND_JAPANESE)
    return encodable(page, sys.stdout.encoding or "utf-8")


def _page(command: Any, ctx: Any, commands: list[tuple[str, str]]) -> str:
    width = min(shutil.get_terminal_size().columns, WIDEST)
    parameters = command.get_params(ctx)
    arguments = [(p.human_readable_name, p.help or "") for p in parameters if p.param_type_name == "argument"]
    options = [(option_name(p), option_help(p)) for p in parameters if p.param_type_name == "option" and not p.hidden]
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


def option_name(parameter: Any) -> str:
    """An option with its short form and what it takes, as the help page shows it."""
    names = ", ".join(sorted([*parameter.opts, *parameter.secondary_opts], key=len))
    value = "" if parameter.is_flag else f" {parameter.metavar or parameter.type.name.upper()}"
    return names + value


def option_help(parameter: Any) -> str:
    """What an option's help says, with its default."""
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
