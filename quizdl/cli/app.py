"""The commands put together, and how they are run: one place turns every error into a message and an exit code."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any

import typer

from quizdl import __version__
from quizdl.cli import (
    answer,
    bank,
    disputes,
    doctor,
    glossary,
    hint,
    listing,
    practice,
    show,
    solution,
    start,
    stats,
    submit,
    today,
    trace,
)
from quizdl.cli.arguments import shield_answer
from quizdl.cli.failure import explain
from quizdl.cli.help import BilingualCommand, BilingualGroup
from quizdl.cli.language import tr
from quizdl.cli.options import JsonOption, LangOption, check_language

_SETTINGS = {"help_option_names": ["-h", "--help"]}

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
bank_app = typer.Typer(
    cls=BilingualGroup,
    help=tr("問題集を検査する。", "Look after a question bank."),
    context_settings=_SETTINGS,
    rich_markup_mode=None,
    no_args_is_help=True,
    epilog="quizdl bank check",
)


@bank_app.callback()
def _bank(lang: LangOption = None) -> None:
    check_language(lang)


@app.callback()
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
    return today.run(as_json) if context.invoked_subcommand is None else 0


def _add(group: typer.Typer, name: str, function: Callable[..., Any], help_text: str, epilog: str) -> None:
    group.command(name, cls=BilingualCommand, help=help_text, epilog=epilog, context_settings=_SETTINGS)(function)


for _module in (
    practice,
    listing,
    show,
    hint,
    answer,
    start,
    submit,
    trace,
    solution,
    glossary,
    stats,
    disputes,
    doctor,
):
    _add(app, _module.NAME, _module.command, _module.HELP, _module.EXAMPLES)
_add(bank_app, "check", bank.check, bank.CHECK_HELP, bank.CHECK_EXAMPLES)
_add(bank_app, "coverage", bank.coverage, bank.COVERAGE_HELP, bank.COVERAGE_EXAMPLES)
app.add_typer(bank_app, name="bank")


def run(argv: Sequence[str]) -> int:
    """Run one command line; the exit code is the contract's."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that lacks a character shows `?`, it never crashes
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        result = app(args=shield_answer(argv), prog_name="quizdl", standalone_mode=False)
        sys.stdout.flush()
    except (Exception, KeyboardInterrupt) as error:
        return explain(error, argv)
    return result if isinstance(result, int) else 0
