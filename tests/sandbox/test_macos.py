"""Level L1 as text: macOS's rules and command. That they hold is tried on each machine before a layer is named."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from quizdl.sandbox import Job, Sandbox, launch, macos, single
from quizdl.sandbox.inside.single import is_enclosed

PACKAGES = launch.numpy_folder()


def rules(folder: str = "/private/tmp/quizdl-x") -> list[str]:
    return macos.profile(PACKAGES, launch.ROOM, folder).splitlines()


def test_everything_is_denied_first_and_nothing_dangerous_allowed() -> None:
    """No network, no fork, no writing but to nowhere, signals to oneself alone."""
    assert rules()[:2] == ["(version 1)", "(deny default)"]
    allowed = [line for line in rules() if line.startswith("(allow")]
    assert not any(word in line for line in allowed for word in ("network", "process-fork", "mach", "file-write*"))
    assert [line for line in allowed if "file-write" in line] == ['(allow file-write-data (literal "/dev/null"))']
    assert "(allow signal process-info* (target self))" in allowed


def test_other_packages_are_denied_after_the_library_and_before_numpy() -> None:
    """Of two rules that apply the later one counts."""
    library = str(Path(os.__file__).resolve().parent)
    places = {
        "library": next(place for place, line in enumerate(rules()) if f'(subpath "{library}")' in line),
        "others": next(place for place, line in enumerate(rules()) if "site-packages" in line and "deny" in line),
        "numpy": next(
            place for place, line in enumerate(rules()) if f'(subpath "{Path(PACKAGES).resolve()}/numpy")' in line
        ),
    }
    assert places["library"] < places["others"] < places["numpy"]


def test_readable_folders_are_only_the_libraries_and_ours() -> None:
    """Neither a home nor the folder of all packages."""
    readable = re.findall(r'\(subpath "([^"]*)"\)', "\n".join(line for line in rules() if "allow file-read*" in line))
    assert not {"/", "/Users", "/private", "/etc", str(Path.home()), PACKAGES, str(launch.ROOM.parent)} & set(readable)


def test_a_path_cannot_end_its_own_string() -> None:
    """Quotes and backslashes in a folder's name stay inside it."""
    (line,) = (line for line in rules('/tmp/a"b\\c (allow network*)') if "allow network" in line)  # noqa: S108
    assert '"' not in re.sub(r'"(?:[^"\\]|\\.)*"', "", line)


def test_the_command_is_sandbox_exec_with_the_profile() -> None:
    """Apple's own program by its full path, whatever the PATH holds."""
    program, option, profile = macos.prefix(PACKAGES, launch.ROOM, "/x")
    assert (program, option) == ("/usr/bin/sandbox-exec", "-p")
    assert profile == macos.profile(PACKAGES, launch.ROOM, "/x")


def test_a_process_without_walls_is_found_out() -> None:
    """The tries that name the layer see a file, a refused port that was asked, and a fork."""
    assert not is_enclosed(__file__)


@pytest.mark.skipif(sys.platform == "darwin", reason="there it may be enclosed")
def test_where_it_cannot_be_started_it_is_done_without_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is served all the same, one level lower, with the reason."""
    monkeypatch.setattr(single, "enclosure_refused", [])
    monkeypatch.setattr(macos, "PROGRAM", "/bin/false")
    monkeypatch.setattr(
        "quizdl.sandbox.sandbox.new_worker", lambda limits, most: single.SingleUse(limits, enclosed=True)
    )
    job = Job(None, b"def f(x): return x", "f", ({"x": 1},))
    with Sandbox() as sandbox:
        assert sandbox.run(job).results[0].value == 1
        assert sandbox.level() == "L0"
        assert "sandbox-exec" not in sandbox.isolation()
    assert single.enclosure_refused
