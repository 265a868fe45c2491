"""Tab completes commands, options, ids and sections, in the shells themselves, and reads nothing heavy for it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from quizdl.cli.completion import SCRIPTS, TYPED

from .conftest import Run

CASES = [
    (["li"], {"list"}),
    (["bank", "prev"], {"preview"}),
    (["show", "lstm-step"], {"lstm-step"}),
    (["submit", "conv-output-size"], {"conv-output-size-function"}),
    (["practice", "--id", "gru-upd"], {"gru-update"}),
    (["practice", "--section", "lst"], {"lstm"}),
    (["list", "--day", ""], {"1", "2", "3", "4"}),
    (["list", "--kind", "c"], {"choice", "code"}),
    (["exam", "--clo"], {"--clock"}),
    (["exam", "--clock", "p"], {"paused"}),
    (["config", "exam"], {"exam-date"}),
    (["--lang", "j"], {"ja"}),
    (["submit", "lstm-step", ""], set()),
    (["no-such-command", ""], set()),
]


@pytest.mark.parametrize(("typed", "wanted"), CASES, ids=[" ".join(typed) for typed, _ in CASES])
def test_words_are_completed(quizdl: Run, typed: list[str], wanted: set[str]) -> None:
    """By what stands before them; where a file or free text belongs, the shell is left to complete files."""
    lines = quizdl("completion", "words", "--", *typed).out.splitlines()
    found = {line.partition("\t")[0] for line in lines}
    assert wanted <= found
    assert all(one.startswith(typed[-1]) for one in found)
    assert wanted or not found


@pytest.mark.parametrize(("typed", "wanted"), CASES, ids=[" ".join(typed) for typed, _ in CASES])
def test_words_may_come_as_lines_of_a_variable(quizdl: Run, typed: list[str], wanted: set[str]) -> None:
    """PowerShell leaves out an empty argument, so that it could not tell `list --day` from the same and a space."""
    as_arguments = quizdl("completion", "words", "--", *typed)
    assert quizdl("completion", "words", env={TYPED: "\n".join(typed)}).out == as_arguments.out


def test_nothing_typed_is_the_list_of_commands(quizdl: Run) -> None:
    """As arguments, as a variable, and without one: PowerShell takes away a variable that is set to nothing."""
    found = [quizdl("completion", "words", *more, env=env).out for more, env in ((["--", ""], {}), ([], {TYPED: ""}))]
    assert quizdl("completion", "words").out == found[0] == found[1]
    assert "practice\t" in found[0]


def test_powershells_script_asks_as_the_command_listens(quizdl: Run) -> None:
    """The variable is the one that is read, it does not stay behind, and no result is without a help text."""
    script = quizdl("completion", "powershell").out
    assert script.startswith("Register-ArgumentCompleter -Native -CommandName quizdl ")
    assert f'$Env:{TYPED} = ($before + $wordToComplete) -join "`n"' in script
    assert f"Remove-Item Env:{TYPED}" in script.partition("finally")[2]
    assert "quizdl completion words" in script
    assert "if (-not $said) { $said = $word }" in script
    for opening, closing in ("{}", "()", "[]"):
        assert script.count(opening) == script.count(closing)
    assert script.isascii()


def test_what_stands_beside_a_word_obeys_ascii(quizdl: Run) -> None:
    """The settings hold here too."""
    quizdl("config", "ascii", "on")
    assert quizdl("completion", "words", "--", "").out.replace("E資格", "").isascii()


def test_a_bank_of_ones_own_is_known(quizdl: Run, tmp_path: Path) -> None:
    """Its ids as they are typed, and its sections."""
    folder = tmp_path / "mine/questions/day1"
    folder.mkdir(parents=True)
    (folder / "a.yaml").write_text("section: my-own\ntitle: x\nquestions:\n- id: zzz-first\n", encoding="utf-8")
    quizdl("config", "banks", str(tmp_path / "mine"))
    assert quizdl("completion", "words", "--", "show", "mine.z").out.split("\t")[0] == "mine.zzz-first"
    assert quizdl("completion", "words", "--", "list", "--section", "my").out.strip() == "my-own"


def test_nothing_heavy_is_read() -> None:
    """Neither NumPy nor SymPy, no YAML parser's work on the bank, and of the commands only the one that is typed."""
    script = (
        "import sys; from quizdl.cli.completion import candidates; candidates(['show', 'lstm']); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", check=True)
    loaded = set(done.stdout.split())
    assert "quizdl.cli.show" in loaded
    assert not loaded & {"numpy", "sympy", "textual", "quizdl.cli.practice", "quizdl.grading", "quizdl.cli.grade"}


SHELLS = {
    "bash": 'source {script}; COMP_WORDS=(quizdl show lstm-st); COMP_CWORD=2; _quizdl; echo "${{COMPREPLY[@]}}"',
    "zsh": (
        "compdef() {{ :; }}; _describe() {{ print -l ${{(P)2}}; }}; _files() {{ :; }}; source {script}; "
        "words=(quizdl show lstm-st); CURRENT=3; _quizdl"
    ),
    "fish": "source {script}; complete -C 'quizdl show lstm-st'",
    "powershell": (
        "Get-Content -Raw {script} | Invoke-Expression; "
        "(TabExpansion2 -inputScript 'quizdl show lstm-st' -cursorColumn 19).CompletionMatches.CompletionText"
    ),
}
PROGRAMS = {"powershell": "pwsh"}


@pytest.mark.parametrize("shell", sorted(SCRIPTS))
def test_the_shell_itself_completes(shell: str, quizdl: Run, tmp_path: Path) -> None:
    """The script is sourced, and asked as the shell asks it."""
    name = PROGRAMS.get(shell, shell)
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed")
    script, program = tmp_path / f"quizdl.{shell}", tmp_path / "bin/quizdl"
    script.write_text(quizdl("completion", shell).out, encoding="utf-8")
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m quizdl "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    environment = {
        **os.environ,
        "PATH": f"{program.parent}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "QUIZDL_LANG": "en",
    }
    plainly = {"zsh": ["-f"], "powershell": ["-NoProfile"]}
    command = [name, *plainly.get(shell, []), "-c", SHELLS[shell].format(script=script)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    assert "lstm-step" in done.stdout, done.stdout + done.stderr
    assert "gru-step" not in done.stdout


def test_another_shell_is_refused_by_name(quizdl: Run) -> None:
    """With those that there are."""
    refused = quizdl("completion", "tcsh")
    assert refused.code == 2
    assert "bash, zsh, fish, powershell" in refused.err
