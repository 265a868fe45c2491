"""`quizdl config`: what is chosen once and holds from then on."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import JsonOption, LangOption, check_language
from quizdl.errors import InputError
from quizdl.settings import Settings, load_settings, save_settings
from quizdl.text import Text, same

HELP = tr(
    "設定を表示・変更する。KEY だけなら表示、VALUE も書けば変更、--unset で既定に戻す。"
    "表示言語は --lang、環境変数 QUIZDL_LANG、この設定、ロケールの順に決まる。",
    "Show and change the settings: KEY alone shows it, with VALUE it is changed, --unset restores the default."
    " The language is --lang's, else QUIZDL_LANG's, else the one set here, else the locale's.",
)
EXAMPLES = (
    "quizdl config\nquizdl config exam-date 2027-02-19\nquizdl config daily-minutes 45\n"
    "quizdl config weights math=10,ml=35,dl=50,ops=5\nquizdl config --unset pass-line"
)

KeyArgument = Annotated[str | None, typer.Argument(metavar="[KEY]", help=tr("設定の名前", "Which setting"))]
ValueArgument = Annotated[str | None, typer.Argument(metavar="[VALUE]", help=tr("新しい値", "Its new value"))]
UnsetOption = Annotated[bool, typer.Option("--unset", help=tr("KEY を既定に戻す", "Restore KEY's default"))]


def command(
    key: KeyArgument = None,
    value: ValueArgument = None,
    unset: UnsetOption = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> int:
    """List all, show one, set one, or unset one."""
    check_language(lang)
    from quizdl.cli.setting_values import KEYS, parsed

    settings = load_settings()
    if key is None and (value is not None or unset):
        raise InputError(Text("設定の名前がありません。", "The name of a setting is missing."), same("quizdl config"))
    if key is None:
        _show(settings, list(KEYS), as_json=as_json)
        return 0
    asked_alone = value is None and not unset
    if key not in KEYS:
        raise _unknown(key, list(KEYS))
    if unset and value is not None:
        raise InputError(
            Text("--unset に値は要りません。", "--unset takes no value."), same(f"quizdl config --unset {key}")
        )
    if unset:
        settings = _changed(settings, key, getattr(Settings(), KEYS[key].field))
    elif value is not None:
        settings = _changed(settings, key, parsed(key, value))
    _show(settings, [key], as_json=as_json, with_help=asked_alone)
    return 0


def _changed(settings: Settings, key: str, value: object) -> Settings:
    import msgspec

    from quizdl.cli.setting_values import KEYS

    changed: Settings = msgspec.structs.replace(settings, **{KEYS[key].field: value})
    save_settings(changed)
    return changed


def _unknown(key: str, known: list[str]) -> InputError:
    from difflib import get_close_matches

    from quizdl.sanitise import printable

    shown, listed = printable(key, 40), ", ".join(known)
    near = get_close_matches(key, known, 1)
    return InputError(
        Text(f"「{shown}」という設定はありません: {listed}", f"There is no setting '{shown}': {listed}"),
        same(f"quizdl config {near[0]}" if near else "quizdl config"),
    )


def _show(settings: Settings, keys: list[str], *, as_json: bool, with_help: bool = False) -> None:
    """The settings with what they are for. with_help: also what they take, and what to type."""
    from quizdl.cli.setting_values import KEYS, as_value, expected, shown

    if as_json:
        from quizdl.cli.objects import print_json

        found: dict[str, Any] = {key: as_value(settings, key) for key in keys}
        print_json(found)
        return
    from quizdl.screen.console import make_console
    from quizdl.screen.page import Page, Paragraph

    blocks: list[Paragraph] = []
    for key in keys:
        blocks.append(Paragraph(((shown(settings, key).of(current()), ""),), ((f"{key}  ", "title"),)))
        blocks.append(Paragraph(((KEYS[key].meaning.of(current()), "quiet"),), indent=2))
        if with_help:
            blocks.append(Paragraph(((expected(key).of(current()), "quiet"),), indent=2))
            commands = (f"quizdl config {key} {KEYS[key].example}", f"quizdl config --unset {key}")
            blocks += [Paragraph(((command, "code"),), indent=2) for command in commands]
    make_console().print(Page(tuple(blocks)))
