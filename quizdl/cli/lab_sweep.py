"""`quizdl lab NAME --sweep hidden_size=4,16,64`: the same experiment with one setting varied."""

from __future__ import annotations

from quizdl.cli.failure import INTERRUPTED
from quizdl.cli.lab_run import Request, run_object, run_one, write_page
from quizdl.cli.language import current, tr
from quizdl.errors import InputError
from quizdl.labs.core import Settings
from quizdl.labs.options import sweep_of
from quizdl.labs.runner import Run
from quizdl.labs.sweep import Sweep
from quizdl.screen.say import say
from quizdl.text import Text, same


def perform_sweep(request: Request, settings: Settings) -> int:
    """Run them one after another; Ctrl-C ends the one that runs, and no further one begins."""
    _check(request)
    option, values = sweep_of(request.lab, (request.sweep or [""])[0])
    runs: list[Run] = []
    for number, value in enumerate(values, 1):
        heading = f"[{number}/{len(values)}] {option.name}={value}"
        runs.append(run_one(request, {**settings, option.name: value}, heading))
        if runs[-1].stopped == "interrupted":
            break
    sweep = Sweep(request.lab, option, values, tuple(runs))
    if request.html is not None:
        from quizdl.screen.lab_page import sweep_html

        write_page(request.html, sweep_html(sweep, settings, current()))
    _show(request, sweep)
    return INTERRUPTED if runs[-1].stopped == "interrupted" else 0


def _check(request: Request) -> None:
    """What cannot be done together. A grid of settings is many runs, which no one table shows well."""
    if len(request.sweep or ()) > 1:
        raise InputError(
            Text(
                "--sweep で変えられる設定は 1 つです。もう 1 つは値を固定してください。",
                "--sweep varies one setting: give the other one a fixed value.",
            ),
            same(f"quizdl lab {request.lab.name} --sweep {(request.sweep or [''])[0]}"),
        )
    if request.save is not None or request.mine is not None:
        option = "--save" if request.save is not None else "--mine"
        raise InputError(
            Text(f"--sweep と {option} は一緒に使えません。", f"--sweep and {option} cannot go together."),
            same(f"quizdl lab {request.lab.name} --help"),
        )


def _show(request: Request, sweep: Sweep) -> None:
    if request.as_json:
        from quizdl.cli.objects import print_json

        runs = [run_object(run) for run in sweep.runs]
        print_json({"lab": sweep.lab.name, "sweep": sweep.option.name, "metric": sweep.metric, "runs": runs})
        return
    from quizdl.screen.console import make_console
    from quizdl.screen.lab_sweep import sweep_page

    make_console().print(sweep_page(sweep, current()))
    if request.html is not None:
        say(f"{tr('書き出しました', 'Written')}: {request.html}", request.html)
