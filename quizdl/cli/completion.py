"""`quizdl completion SHELL`: the script that makes a shell's Tab key know commands, options, ids and sections.

The script asks `quizdl completion words`, which goes through the same commands that run. Nothing heavier than the raw
bytes of the bank is read, and only what stands to be completed.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, get_args

import typer

from quizdl.cli.language import current, tr
from quizdl.cli.options import LangOption, check_language, one_of
from quizdl.model import Kind
from quizdl.screen.say import shown
from quizdl.screen.words import KINDS

if TYPE_CHECKING:
    from quizdl.bank import Library

HELP = tr(
    "シェルの補完(Tab キー)を有効にするスクリプトを出力する。", "Print the script that makes the shell complete words."
)
EXAMPLES = (
    'eval "$(quizdl completion bash)"\neval "$(quizdl completion zsh)"\nquizdl completion fish | source\n'
    "quizdl completion fish > ~/.config/fish/completions/quizdl.fish\n"
    "quizdl completion powershell | Out-String | Invoke-Expression"
)

WORDS = "words"
TYPED = "QUIZDL_TYPED"
"""The words, a line each, from a shell that cannot hand on an empty one: PowerShell leaves out empty arguments."""
_OF_CODE = ("start", "submit", "trace")

# A word's help stands beside it, but in bash; the last word is the one that is being typed, perhaps empty. PowerShell
# takes no result without a help.
SCRIPTS = {
    "bash": """\
_quizdl() {
    local IFS=$'\\n'
    COMPREPLY=($(quizdl completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _quizdl quizdl
""",
    "zsh": """\
#compdef quizdl
_quizdl() {
    local -a found
    found=(${(f)"$(quizdl completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)"})
    found=(${${found//:/\\\\:}/$'\\t'/:})
    if (( ${#found} )); then _describe 'quizdl' found; else _files; fi
}
compdef _quizdl quizdl
""",
    "fish": """\
function __quizdl
    set -l words (commandline -opc)[2..-1] (commandline -ct)
    quizdl completion words -- $words 2>/dev/null
end
complete -c quizdl -a '(__quizdl)'
""",
    "powershell": f"""\
Register-ArgumentCompleter -Native -CommandName quizdl -ScriptBlock {{
    param($wordToComplete, $commandAst, $cursorPosition)
    $before = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object {{ $_.Extent.EndOffset -lt $cursorPosition }} | ForEach-Object {{ $_.Extent.Text }})
    $Env:{TYPED} = ($before + $wordToComplete) -join "`n"
    try {{
        quizdl completion words 2>$null | ForEach-Object {{
            $word, $said = $_ -split "`t", 2
            if (-not $said) {{ $said = $word }}
            [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $said)
        }}
    }} finally {{
        Remove-Item Env:{TYPED} -ErrorAction SilentlyContinue
    }}
}}
""",
}

ShellArgument = Annotated[
    str, typer.Argument(metavar="bash|zsh|fish|powershell", help=tr("シェルの種類", "Which shell"))
]
TypedArgument = Annotated[list[str] | None, typer.Argument(hidden=True)]


class Candidate(NamedTuple):
    """A word that could stand here, and what it is."""

    word: str
    said: str = ""


def command(shell: ShellArgument, typed: TypedArgument = None, lang: LangOption = None) -> int:
    """Print a shell's script; for `words`, what could be the last of the words typed so far."""
    check_language(lang)
    if shell == WORDS:
        for word, said in candidates(typed or os.environ.get(TYPED, "").split("\n")):
            print(f"{word}\t{shown(said)}" if said else word)
        return 0
    one_of("SHELL", shell, tuple(SCRIPTS))
    print(SCRIPTS[shell], end="")
    return 0


def candidates(typed: Sequence[str]) -> list[Candidate]:
    """What the last of these words could become; nothing where it is a file or free text.

    >>> [one.word for one in candidates(["li"])], [one.word for one in candidates(["list", "--stage", "m"])]
    (['list'], ['math', 'ml'])
    """
    from typer.main import get_command

    from quizdl.cli.app import assembled

    *before, begun = typed
    here: Any = get_command(assembled(before))
    passed, waiting = 0, None
    for word in before:
        if waiting is not None:
            waiting = None
        elif word.startswith("-"):
            waiting = _option(here, word)
        elif word in getattr(here, "commands", {}):
            here, passed = here.commands[word], 0
        else:
            passed += 1
    found = _values(waiting, here, begun) if waiting is not None else _next(here, passed, begun)
    return [one for one in found if one.word.startswith(begun)]


def _next(here: Any, passed: int, begun: str) -> list[Candidate]:
    """An option where one is begun, else a command of the group, else the argument that comes after those passed."""
    if begun.startswith("-"):
        options = [one for one in _parameters(here) if one.param_type_name == "option" and not one.hidden]
        return [Candidate(name, one.help or "") for one in options for name in one.opts if name.startswith("--")]
    if hasattr(here, "commands"):
        return [] if passed else [Candidate(name, _first_line(one.help or "")) for name, one in here.commands.items()]
    arguments = [one for one in _parameters(here) if one.param_type_name == "argument"]
    return _values(arguments[passed], here, begun) if passed < len(arguments) else []


def _parameters(command: Any) -> list[Any]:
    found: list[Any] = command.get_params(typer.Context(command))
    return found


def _option(command: Any, word: str) -> Any:
    """The option that a word names, where a value has to follow."""
    return next((one for one in _parameters(command) if word in one.opts and not one.is_flag), None)


def _values(parameter: Any, command: Any, begun: str) -> list[Candidate]:
    """What a parameter may be: from the bank, from the settings, or as its help names it (`math|ml|ops`)."""
    shown = (parameter.metavar or "").strip("[]{}")
    if shown == "ID":
        return _ids(begun, only_code=command.name in _OF_CODE)
    if "--section" in parameter.opts:
        return [Candidate(name) for name in _library().sections()]
    if "--day" in parameter.opts:
        return [Candidate(str(day)) for day in range(1, 5)]
    if "--kind" in parameter.opts:
        return [Candidate(kind) for kind in get_args(Kind)]
    if shown == "KEY":
        from quizdl.cli.setting_values import KEYS

        return [Candidate(name, key.meaning.of(current())) for name, key in KEYS.items()]
    return [Candidate(word) for word in shown.split("|") if "|" in shown and word.islower()]


def _ids(begun: str, *, only_code: bool) -> list[Candidate]:
    """Every question whose id begins so, or those of code alone."""
    every = _library().census().beginning(begun)
    return [Candidate(one.id, KINDS[one.kind].of(current())) for one in every if one.kind == "code" or not only_code]


def _library() -> Library:
    from quizdl.cli.banks import open_library

    return open_library()


def _first_line(text: str) -> str:
    return text.split("\n")[0]
