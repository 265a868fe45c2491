"""The commands put together, and how they are run: one place turns every error into a message and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Annotated, Any

import typer

from quizdl import __version__
from quizdl.cli.arguments import shield_answer
from quizdl.cli.failure import explain
from quizdl.cli.help import BilingualCommand, BilingualGroup
from quizdl.cli.language import tr
from quizdl.cli.options import JsonOption, LangOption, check_language

MODULES: Mapping[str, str] = {
    "practice": "practice",
    "list": "listing",
    "show": "show",
    "hint": "hint",
    "answer": "answer",
    "start": "start",
    "submit": "submit",
    "trace": "trace",
    "grade": "grade",
    "solution": "solution",
    "glossary": "glossary",
    "exam": "exam",
    "report": "report",
    "stats": "stats",
    "disputes": "disputes",
    "lab": "lab",
    "record": "record",
    "config": "config",
    "doctor": "doctor",
    "completion": "completion",
    "bank": "bank",
}
"""Command → module of `quizdl.cli`, in the order of the help page. Only the command that was typed is imported."""

_SETTINGS = {"help_option_names": ["-h", "--help"]}
_TAKES_VALUE = "--lang"


def assembled(argv: Sequence[str]) -> typer.Typer:
    """The command line as far as these arguments need it: one command, or all for the help page and for a slip."""
    app = typer.Typer(
        cls=BilingualGroup,
        help=tr(
            "E資格の学習と、深層学習コードの採点のためのツール。引数なしで、今日やることを表示する。",
            "Study for Japan's E資格 and have deep-learning code graded. Without a command: what to do today.",
        ),
        context_settings=_SETTINGS,
        rich_markup_mode=None,  # rich help pages cost twice the start-up time
        add_completion=False,
        pretty_exceptions_enable=False,
        invoke_without_command=True,
        epilog="quizdl practice --day 3\nquizdl list --day 3 --kind code\nquizdl submit lstm-step lstm_step.py",
    )
    app.callback()(_root)
    named = named_command(argv)
    for name in MODULES if named is None else (named,):
        module = import_module(f"quizdl.cli.{MODULES[name]}")
        if hasattr(module, "COMMANDS"):
            app.add_typer(_group(module), name=name)
        elif hasattr(module, "commands"):
            app.add_typer(_group_of_typed(module, argv if named == name else ()), name=name)
        else:
            _add(app, name, module.command, module.HELP, module.EXAMPLES)
    return app


def named_command(argv: Sequence[str]) -> str | None:
    """The command that is typed first; None where there is none, or help is asked for before it.

    >>> named_command(["--lang", "ja", "list", "--help"])
    'list'
    >>> named_command(["--help", "list"]), named_command(["lits"])
    (None, None)
    """
    words = iter(argv)
    for word in words:
        if word == _TAKES_VALUE:
            next(words, None)
        elif word in _SETTINGS["help_option_names"]:
            return None
        elif not word.startswith("-"):
            return word if word in MODULES else None
    return None


def _group(module: Any) -> typer.Typer:
    """A command with commands of its own: those that its module lists as (name, function, help, examples)."""
    group = typer.Typer(
        cls=BilingualGroup,
        help=module.HELP,
        context_settings=_SETTINGS,
        rich_markup_mode=None,
        no_args_is_help=True,
        epilog=module.EXAMPLES,
    )
    group.callback()(_language_of_group)
    for name, function, help_text, examples in module.COMMANDS:
        _add(group, name, function, help_text, examples)
    return group


def _group_of_typed(module: Any, argv: Sequence[str]) -> typer.Typer:
    """A command that does something by itself, and whose own commands depend on what is typed after it."""
    group = typer.Typer(
        cls=BilingualGroup,
        help=module.HELP,
        context_settings=_SETTINGS,
        rich_markup_mode=None,
        invoke_without_command=True,
        epilog=module.EXAMPLES,
    )
    group.callback()(module.command)
    for name, function, help_text, examples in module.commands(argv):
        _add(group, name, function, help_text, examples)
    return group


def _language_of_group(lang: LangOption = None) -> None:
    check_language(lang)


def _root(
    context: typer.Context,
    as_json: JsonOption = False,
    lang: LangOption = None,
    version: Annotated[bool, typer.Option("--version", help=tr("版を表示する", "Show the version"))] = False,
) -> int:
    check_language(lang)
    if version:
        print(f"quizdl {__version__}")
        raise typer.Exit(0)
    if context.invoked_subcommand is not None:
        return 0
    from quizdl.cli import today

    return today.run(as_json)


def _add(group: typer.Typer, name: str, function: Callable[..., Any], help_text: str, epilog: str) -> None:
    group.command(name, cls=BilingualCommand, help=help_text, epilog=epilog, context_settings=_SETTINGS)(function)


def run(argv: Sequence[str]) -> int:
    """Run one command line; the exit code is the contract's."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever started us: what is said goes nowhere, and nothing fails
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - as long as the process
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows `?`, it never crashes
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        result = assembled(argv)(args=shield_answer(argv), prog_name="quizdl", standalone_mode=False)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        return explain(error, argv)
    return result if isinstance(result, int) else 0
