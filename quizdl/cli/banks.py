"""Which banks are open: the shipped one, those of the settings, and those that `--bank` brings."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizdl.cli.language import tr
from quizdl.errors import InputError
from quizdl.text import Text, same

if TYPE_CHECKING:
    from quizdl.bank import Library

BanksOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--bank",
        metavar="DIR",
        help=tr(
            "自分の問題集も使う(繰り返し可。ID は「フォルダー名.ID」)",
            "Open a bank of your own as well (repeatable; its ids are FOLDER.ID)",
        ),
    ),
]

_NAME = re.compile(r"[\w-]+")
_opened: tuple[Path, ...] = ()


def open_banks(folders: list[Path] | None) -> None:
    """From now on these banks are open, beside those of the settings. Raises InputError where one is no bank."""
    global _opened
    _opened = tuple(folders or ())
    _named(_opened)


def open_library(drafts: bool = False) -> Library:
    """All open banks as one library. Raises InputError where one of them is no bank."""
    from quizdl.bank import Library
    from quizdl.settings import load_settings

    folders = {folder.resolve(): None for folder in (*_opened, *map(Path, load_settings().banks))}
    if not folders:
        return Library(drafts=drafts)
    from quizdl.bank.shelf import Shelf

    return Shelf(_named(tuple(folders)), drafts)


def root_named(name: str) -> Path:
    """The folder of an open bank; the shipped one has no name."""
    from quizdl.paths import bank_root
    from quizdl.settings import load_settings

    return _named((*_opened, *map(Path, load_settings().banks)))[name] if name else bank_root()


def _named(folders: tuple[Path, ...]) -> dict[str, Path]:
    """Bank name → folder; a bank is called as its folder is."""
    found: dict[str, Path] = {}
    for folder in folders:
        root = folder.resolve()
        if not (root / "questions").is_dir():
            raise InputError(
                Text("問題集ではありません(questions/ がありません)。", "It is no bank: it has no questions/ folder."),
                Text("設定を見る: quizdl config banks", "See the settings: quizdl config banks"),
                str(folder),
            )
        if not _NAME.fullmatch(root.name) or found.setdefault(root.name, root) != root:
            raise InputError(
                Text(
                    f"問題集の名前「{root.name}」は使えないか、重なっています。",
                    f"A bank cannot be called '{root.name}', or two are.",
                ),
                same("mv DIR my-course"),
                str(folder),
            )
    return found
