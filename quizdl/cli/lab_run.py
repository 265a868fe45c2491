"""What `quizdl lab NAME` does: runs the experiment, shows it, and writes what was asked for."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quizdl.cli.failure import INTERRUPTED
from quizdl.cli.lab_progress import Meter
from quizdl.cli.language import current, tr
from quizdl.cli.options import check_language
from quizdl.errors import InputError
from quizdl.labs.core import Experiment, Lab, Settings
from quizdl.labs.options import chosen
from quizdl.labs.runner import Run, run
from quizdl.labs.weights import load_into, save
from quizdl.screen.lab import finite
from quizdl.screen.say import say
from quizdl.text import Text, same

MOST_NUMBERED = 1000


@dataclass(frozen=True)
class Request:
    """A lab and everything that was typed after its name; `typed` holds the lab's own options.

    hosts: the functions of a learner that the lab can run.
    """

    lab: Lab
    typed: dict[str, str]
    hosts: tuple[str, ...] = ()
    html: Path | None = None
    as_json: bool = False
    sweep: list[str] | None = None
    save: Path | None = None
    load: Path | None = None
    data: Path | None = None
    mine: Path | None = None
    lang: str | None = None


def perform(request: Request) -> int:
    """Run it; the exit code. Everything that can be refused is refused before the first step."""
    check_language(request.lang)
    settings = chosen(request.lab, request.typed)
    for option, path in (("--html", request.html), ("--save", request.save)):
        if path is not None:
            check_free(option, path, request.lab)
    if request.sweep:
        from quizdl.cli.lab_sweep import perform_sweep

        return perform_sweep(request, settings)
    done = run_one(request, settings) if request.mine is None else run_with_mine(request, settings, request.mine)
    if request.save is not None:
        save(request.save, request.lab, settings, done.weights)
    if request.html is not None:
        from quizdl.screen.lab_page import run_html

        write_page(request.html, run_html(done, current()))
    show(request, done)
    return exit_code(done)


def run_one(request: Request, settings: Settings, heading: str = "") -> Run:
    """One run with its progress shown."""
    return _trained(request, settings, _started(request, settings), heading)


def run_with_mine(request: Request, settings: Settings, mine: Path) -> Run:
    """One run, and then the learner's own functions in the engine's place, in the sandbox."""
    from quizdl.labs.hosting import hosted_in, own_functions
    from quizdl.sandbox import Sandbox

    source, functions = own_functions(mine, request.hosts)
    experiment = _started(request, settings)
    with Sandbox() as sandbox:
        sandbox.start()
        done = _trained(request, settings, experiment)
        return hosted_in(done, experiment, functions, source, sandbox) if done.stopped is None else done


def _started(request: Request, settings: Settings) -> Experiment:
    experiment = request.lab.start(settings, read_data(request))
    if request.load is not None:
        load_into(experiment, request.load, request.lab, settings)
    return experiment


def _trained(request: Request, settings: Settings, experiment: Experiment, heading: str = "") -> Run:
    with Meter(heading) as meter, one_interrupt():
        return run(request.lab, settings, experiment, meter.show)


@contextmanager
def one_interrupt() -> Iterator[None]:
    """The first Ctrl-C ends the training. A second one, out of impatience, does not lose what the first one kept."""

    def first(_signal: int, _frame: object) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, first)
    yield
    if signal.getsignal(signal.SIGINT) is first:
        signal.signal(signal.SIGINT, before)


def read_data(request: Request) -> Any:
    """The learner's own data, or None."""
    if request.data is None:
        return None
    from quizdl.labs import data_files

    return data_files.read_data(request.data, request.lab.accepts)


def show(request: Request, done: Run) -> None:
    """Print the run: as JSON, or as a page with the files that were written."""
    if request.as_json:
        from quizdl.cli.objects import print_json

        print_json(run_object(done))
        return
    from quizdl.screen.console import make_console
    from quizdl.screen.lab import run_page

    make_console().print(run_page(done, current()))
    for path in (request.html, request.save):
        if path is not None:
            say(f"{tr('書き出しました', 'Written')}: {path}", path)


def run_object(done: Run) -> dict[str, Any]:
    """What `--json` prints of a run; numbers that JSON does not know are null."""
    return {
        "lab": done.lab.name,
        "settings": dict(done.settings),
        "metrics": {name: finite(value) for name, value in done.outcome.metrics.items()},
        "reached": done.reached,
        "reading": [text.of(current()) for text in done.outcome.reading],
        "seconds": round(done.seconds, 3),
        "steps": done.steps,
        "stopped": done.stopped,
    }


def exit_code(done: Run) -> int:
    """An experiment that shows how training fails is a success; Ctrl-C is the contract's 130."""
    return INTERRUPTED if done.stopped == "interrupted" else 0


def check_free(option: str, path: Path, lab: Lab) -> None:
    """Raises InputError where a file would be lost, before any work is done."""
    if not path.name:
        raise InputError(
            Text(f"{option} にファイル名がありません。", f"{option} needs a file's name."),
            same(f"quizdl lab {lab.name} --help"),
        )
    if not (path.exists() or path.is_symlink()):
        return
    names = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in range(2, MOST_NUMBERED))
    free = next((name for name in names if not name.exists()), path)
    raise InputError(
        Text("すでにファイルがあるため、上書きしませんでした。", "This file exists already; it was left as it is."),
        same(f"quizdl lab {lab.name} {option} {free}"),
        str(path),
    )


def write_page(path: Path, page: str) -> None:
    """The page as a whole or not at all."""
    from quizdl.whole import write_whole

    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, page.encode("utf-8"), mode=0o644)
