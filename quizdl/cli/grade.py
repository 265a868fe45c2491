"""`quizdl grade DIR|ZIP|TAR`: grade what a whole class has handed in, and keep it so that it can be answered for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from quizdl.cli.banks import BanksOption, open_banks
from quizdl.cli.language import tr
from quizdl.cli.options import LangOption, check_language, one_of
from quizdl.errors import InputError
from quizdl.screen.say import say
from quizdl.text import Text, same

if TYPE_CHECKING:
    pass

HELP = tr(
    "クラス全員の提出物を採点し、成績表とレポートを書き出す。",
    "Grade what a whole class has handed in; write a gradebook and reports.",
)
EXAMPLES = (
    "quizdl grade week3/ --roster class.csv\nquizdl grade week3.zip --out week3-grades --resume\n"
    "quizdl grade week3/ --regrade gru-step --keep-higher"
)

_MOST_JOBS = 256

PathArgument = Annotated[
    Path,
    typer.Argument(
        metavar="DIR|ZIP|TAR",
        help=tr(
            "提出物。`<学習者>/<問題の ID>.py` のほか、Moodle・Canvas の一括ダウンロードも読める",
            "What was handed in: `<learner>/<question-id>.py`, or Moodle's or Canvas's download",
        ),
    ),
]
OutOption = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help=tr("結果のフォルダー(既定: <提出物の名前>-grades)", "Where results go (default: <its name>-grades)"),
    ),
]
JobsOption = Annotated[
    int | None,
    typer.Option("--jobs", metavar="N", help=tr("採点プロセスの数(既定: コア数)", "Workers (default: one a core)")),
]
SeedOption = Annotated[
    int | None,
    typer.Option(
        "--seed",
        metavar="S",
        help=tr(
            "全員に共通の隠し入力の種(既定: 秘密に引き、結果に記録)",
            "Seed of the hidden inputs, the same for all (default: drawn in secret, and kept with the results)",
        ),
    ),
]
RosterOption = Annotated[
    Path | None,
    typer.Option(
        "--roster", metavar="CSV", help=tr("名簿。未提出の人の行もできる", "Who is enrolled: all of them get a row")
    ),
]
RegradeOption = Annotated[
    str | None,
    typer.Option(
        "--regrade",
        metavar="ID",
        help=tr("変わった問題だけを採点し直し、旧 → 新を表示する", "Grade a changed question anew; shows old → new"),
    ),
]
KeepHigherOption = Annotated[
    bool, typer.Option("--keep-higher", help=tr("再採点で点を下げない", "No score falls by a regrading"))
]
SchedulerOption = Annotated[
    str | None,
    typer.Option(
        "--scheduler",
        metavar="ADDR",
        help=tr("dask のスケジューラーで採点する(local で自動起動)", "Grade on a dask scheduler's workers, or `local`"),
    ),
]
ResumeOption = Annotated[
    bool, typer.Option("--resume", help=tr("中断した採点の残りだけを採点する", "Grade only what has no result yet"))
]
ForgetOption = Annotated[
    str | None,
    typer.Option("--forget", metavar="LEARNER", help=tr("一人の記録をすべて消す", "Erase every trace of one learner")),
]
FeedbackOption = Annotated[
    str,
    typer.Option(
        "--feedback",
        metavar="public|all",
        help=tr("フィードバックに公開の例だけを載せるか", "Feedback tells of the public examples only, or all"),
    ),
]
DeadlineOption = Annotated[
    str | None,
    typer.Option(
        "--deadline",
        metavar="TIME",
        help=tr("締切(例: 2026-11-30T23:59)。過ぎれば public でもすべて載る", "ISO time; past it, `public` tells all"),
    ),
]
TrustOption = Annotated[
    bool,
    typer.Option(
        "--i-trust-these-authors",
        help=tr("隔離レベル L2 未満でも実行する", "Run their code even where isolation is below L2"),
    ),
]


def command(
    path: PathArgument,
    out: OutOption = None,
    jobs: JobsOption = None,
    seed: SeedOption = None,
    roster: RosterOption = None,
    regrade: RegradeOption = None,
    keep_higher: KeepHigherOption = False,
    scheduler: SchedulerOption = None,
    resume: ResumeOption = False,
    forget: ForgetOption = None,
    feedback: FeedbackOption = "all",
    deadline: DeadlineOption = None,
    trust: TrustOption = False,
    bank: BanksOption = None,
    lang: LangOption = None,
) -> int:
    """Grade a class."""
    check_language(lang)
    open_banks(bank)
    one_of("--feedback", feedback, ("public", "all"))
    folder = out or _beside(path)
    if forget is not None:
        return _forget(folder, forget)
    _check(jobs, seed)
    from quizdl.cli.grade_run import Wishes, run

    wishes = Wishes(
        path=path,
        out=folder,
        jobs=jobs,
        seed=seed,
        roster=roster,
        regrade=regrade,
        keep_higher=keep_higher,
        scheduler=scheduler,
        resume=resume,
        feedback="public" if feedback == "public" else "all",
        deadline=_time(deadline),
        trust=trust,
    )
    return run(wishes)


def _beside(path: Path) -> Path:
    """`week3.tar.gz` → `week3-grades`, in the current folder."""
    name = path.resolve().name
    while (stem := Path(name).stem) != name and path.is_file():
        name = stem
    return Path(f"{name}-grades")


def _check(jobs: int | None, seed: int | None) -> None:
    if jobs is not None and not 1 <= jobs <= _MOST_JOBS:
        raise InputError(
            Text(f"--jobs は 1 から {_MOST_JOBS} です。", f"--jobs is from 1 to {_MOST_JOBS}."),
            same("quizdl grade --help"),
        )
    if seed is not None and not 0 <= seed < 2**63:
        raise InputError(
            Text("--seed は 0 以上 2^63 未満の整数です。", "--seed is from 0 to below 2^63."),
            same("quizdl grade --help"),
        )


def _time(text: str | None) -> float | None:
    from datetime import datetime

    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise InputError(
            Text("--deadline は 2026-11-30T23:59 のように書きます。", "--deadline is written as 2026-11-30T23:59."),
            same("quizdl grade --help"),
        ) from error


def _forget(folder: Path, learner: str) -> int:
    from quizdl.batch.folder import forget, out_folder

    if not folder.is_dir():
        raise InputError(
            Text("結果のフォルダーがありません。", "There is no folder of results."),
            Text("--out で指定してください。", "Name it with --out."),
            str(folder),
        )
    with out_folder(folder):
        count = forget(folder, learner)
    say(
        tr(
            f"消しました: 結果 {count} 件と、名前を含む表とレポート。提出物そのものと名簿は消していません。\n"
            "次の採点(--resume)で、ほかの人の表とレポートを書き直します。",
            f"Erased: {count} results, and the tables and reports with names. What was handed in, and your roster, are "
            "untouched.\nThe next run (--resume) writes the others' tables and reports anew.",
        )
    )
    return 0
