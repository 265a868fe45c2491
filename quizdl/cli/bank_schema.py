"""`quizdl bank schema`: what an editor needs to complete and check a bank file while it is written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from quizdl.cli.language import tr
from quizdl.cli.options import LangOption, check_language
from quizdl.errors import InputError
from quizdl.text import Text, same

HELP = tr("問題ファイルの JSON Schema を出力する(エディター用)。", "Write the JSON Schema of bank files, for editors.")
EXAMPLES = "quizdl bank schema --out questions.schema.json"

OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help=tr("書き込むファイル", "The file to write"))
]


def command(out: OutOption = None, lang: LangOption = None) -> int:
    """Print the schema, or write it."""
    check_language(lang)
    from quizdl.authoring.schema import bank_schema

    text = json.dumps(bank_schema(), ensure_ascii=False, indent=1)
    if out is None:
        print(text)
        return 0
    try:
        out.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise InputError(
            Text(f"書き込めません({error.strerror})。", f"It cannot be written ({error.strerror})."),
            same("quizdl bank schema > questions.schema.json"),
            str(out),
        ) from error
    print(f"# yaml-language-server: $schema={out}")
    return 0
