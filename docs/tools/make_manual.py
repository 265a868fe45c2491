"""The manual page, from the help pages themselves: every command and every option, in both languages."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import typer

from quizdl.text import Lang, Text

LANGUAGES: dict[Lang, str] = {"en": "docs/man/quizdl.1", "ja": "docs/man/ja/quizdl.1"}

EXIT_CODES = (
    ("0", Text("満点、または成功", "full marks, or success")),
    ("1", Text("満点でない解答、または問題集の誤り", "answered but not full marks, or faults of a bank")),
    ("2", Text("使い方や入力の誤り", "usage or input error")),
    ("3", Text("採点器の側の失敗", "the grader could not do its job")),
    ("130", Text("中断。ここまでの解答は保存済み", "interrupted; everything answered so far is saved")),
)
ENVIRONMENT = (
    ("QUIZDL_HOME", Text("記録と設定のフォルダー", "where the record and the settings lie")),
    ("QUIZDL_LANG", Text("表示言語(ja か en)", "the language, ja or en")),
    ("NO_COLOR", Text("空でなければ、色を使わない", "no colours, unless empty")),
    ("COLUMNS", Text("表示の幅", "the width of what is shown")),
)


def pages() -> dict[str, str]:
    """Path below the repository → its content; in processes of their own, as help has the language of its process."""
    return {name: _made(lang) for lang, name in LANGUAGES.items()}


def _made(lang: Lang) -> str:
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, __file__, lang], env=environment, capture_output=True, check=True)  # noqa: S603
    return done.stdout.decode("utf-8").replace("\r\n", "\n")


def manual(lang: Lang) -> str:
    """The page as roff."""
    from quizdl.cli import language

    language.use(lang)
    from typer.main import get_command

    from quizdl.cli.app import assembled

    app: Any = get_command(assembled([]))
    about = Text("E資格の学習と、深層学習コードの採点", "study for Japan's E資格 and grade deep-learning code").of(lang)
    lines = [
        '.TH QUIZDL 1 "" quizdl quizdl',
        f".SH {Text('名前', 'NAME').of(lang)}",
        f"quizdl \\- {_escaped(about)}",
        f".SH {Text('書式', 'SYNOPSIS').of(lang)}",
        f".B quizdl\n{Text('[オプション] コマンド [引数]', '[OPTIONS] COMMAND [ARGUMENTS]').of(lang)}",
        f".SH {Text('説明', 'DESCRIPTION').of(lang)}",
        _escaped(app.help),
        f".SH {Text('オプション', 'OPTIONS').of(lang)}",
        *_parameters(app),
        f".SH {Text('コマンド', 'COMMANDS').of(lang)}",
        *_commands(app, "quizdl"),
        f".SH {Text('終了コード', 'EXIT STATUS').of(lang)}",
        *(_item(code, said.of(lang)) for code, said in EXIT_CODES),
        f".SH {Text('環境変数', 'ENVIRONMENT').of(lang)}",
        *(_item(name, said.of(lang)) for name, said in ENVIRONMENT),
    ]
    return "\n".join(lines) + "\n"


def _commands(group: Any, path: str) -> Iterator[str]:
    for name, command in group.commands.items():
        full = f"{path} {name}"
        pieces = command.collect_usage_pieces(typer.Context(command))
        yield f".SS {_escaped(' '.join([full, *pieces]))}"
        yield _escaped(command.help or "")
        yield from _parameters(command)
        if command.epilog:
            yield ".PP\n.nf"
            yield _escaped(command.epilog)
            yield ".fi"
        if hasattr(command, "commands"):
            yield from _commands(command, full)


def _parameters(command: Any) -> Iterator[str]:
    """Arguments and options as the help page names them; those that every command takes are told once."""
    from quizdl.cli.help import option_help, option_name

    root = command.name is None or hasattr(command, "commands")
    for one in command.get_params(typer.Context(command)):
        if one.param_type_name == "argument":
            if one.help:
                yield _item(one.human_readable_name, one.help)
        elif not one.hidden and (root or not {"--help", "--lang", "--ascii", "--plain"} & set(one.opts)):
            yield _item(option_name(one), option_help(one))


def _item(name: str, said: str) -> str:
    return f".TP\n.B {_escaped(name)}\n{_escaped(said)}"


def _escaped(text: str) -> str:
    """Text that roff takes as it is."""
    escaped = text.strip().replace("\\", "\\e").replace("-", "\\-")
    return "\n".join(f"\\&{line}" if line.startswith((".", "'")) else line for line in escaped.split("\n"))


if __name__ == "__main__":
    sys.stdout.write(manual("ja" if sys.argv[1] == "ja" else "en"))
