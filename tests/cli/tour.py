"""A walk through every main command, slips included, for what has to hold whichever one is typed."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path

from .conftest import Outcome, Run

STEP = "def lstm_step(x, h, c, W, U, b):\n    return h, c\n"
RIGHT = "import numpy as np\n\ndef sigmoid(x):\n    return 0.5 * (1 + np.tanh(0.5 * x))\n"
CSV = "id,kind,prompt_en,key\none,term,Name the gate that forgets.,forget gate\ntwo,riddle,Name it.,that\n"

SLIPS = (
    "show no-such-question",
    "list --day 9",
    "lits",
    "list --no-such-option",
    "submit lstm-step nowhere.py",
)
LINES = (
    ("", ""),
    ("list --day 3", ""),
    ("show conv-output-size", ""),
    ("show lstm-step", ""),
    ("hint conv-output-size", ""),
    ("answer conv-output-size 3x3", ""),
    ("answer conv-output-size 2x2", ""),
    ("answer chain-rule '2*(x-y)'", ""),
    ("answer gradient-clipping 'gradient / threshold' --input-seed 1", ""),
    ("solution lstm-step", ""),
    ("glossary softmax", ""),
    ("start lstm-step --dir .", ""),
    ("submit lstm-step step.py --input-seed 1", ""),
    ("submit sigmoid right.py --input-seed 1", ""),
    ("trace lstm-step step.py", ""),
    ("practice --id conv-output-size --id chain-rule --id lstm-forget-gate --seed 0", "2x2\n:h\n:f\n:d unclear\n1\n"),
    ("practice --html menu.html -n 2 --seed 1", ""),
    ("exam -n 4 --seed 1 --plain", "A\nB\nA\nA\nsubmit\ny\n"),
    ("exam -n 4 --seed 2 --paper paper.html", ""),
    ("report", ""),
    ("report --html report.html --md report.md", ""),
    ("stats", ""),
    ("disputes", ""),
    ("disputes --out disputes.json", ""),
    ("record export record.jsonl", ""),
    ("record import record.jsonl", ""),
    ("config", ""),
    ("config exam-date", ""),
    ("config daily-minutes 20", ""),
    ("doctor", ""),
    ("lab", ""),
    ("lab binary-addition --bits 2 --steps 30 --hidden-size 4 --pairs 16 --html lab.html", ""),
    ("grade class --out results --seed 1", ""),
    ("grade class --out results --seed 1 --regrade lstm-step", ""),
    ("bank fork conv-output-size --out mine --seed 3", ""),
    (
        "bank new --bank mine --kind numeric --section basics --day 1 --draw n=3..9 --prompt 'Twice {{n}}.'"
        " --answer '2*n' --wrong 'n*n # squared' --id twice --chapter 3-5-1 --title Basics --explanation Twice.",
        "",
    ),
    ("bank check --bank mine", ""),
    ("bank check broken.yaml", ""),
    ("bank preview mine.my-conv-output-size --bank mine", ""),
    ("bank coverage --day 3", ""),
    ("bank stats --section lstm", ""),
    ("bank import questions.csv --from csv --out imported", ""),
    ("bank export --to qti --section lstm --out lstm.zip", ""),
    *((line, "") for line in SLIPS),
    ("--help", ""),
    ("exam --help", ""),
)
"""Command line and what is typed at it; some leave files that later ones need."""


def tour(quizdl: Run, folder: Path, *options: str, env: dict[str, str] | None = None) -> Iterator[tuple[str, Outcome]]:
    """Every line with what came of it, the options added to each."""
    (folder / "class/ann").mkdir(parents=True)
    for name, text in (
        ("step.py", STEP),
        ("right.py", RIGHT),
        ("class/ann/lstm-step.py", STEP),
        ("class/ann/what.txt", "what"),
        ("questions.csv", CSV),
        ("broken.yaml", "section: lstm\nquestions:\n- id: lost\n  kind: what\n"),
    ):
        (folder / name).write_text(text, encoding="utf-8")
    for line, said in LINES:
        yield line, quizdl(*shlex.split(line), *options, stdin=said, env=env, cwd=folder)
