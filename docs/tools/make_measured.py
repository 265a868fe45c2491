"""The READMEs' table of what was measured, from `docs/measured.json`, which `python -m benchmarks` writes.

The file: `date` (ISO), `machine` (name → what it is), `rows`, each with `what` and `floor` (texts of both languages),
`ratio` [least, median, greatest] of what was measured to its floor in the same run, `milliseconds` [median, 95th
percentile], and, or null, the most that we allow ourselves: `limit` of the median ratio, `allowed_ms` of the latter.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from quizdl.text import Lang, Text

ROOT = Path(__file__).resolve().parents[2]
MEASURED = ROOT / "docs/measured.json"
COMMAND = "python -m benchmarks --out docs/measured.json && python docs/tools/make.py"
_PLACE = re.compile(r"(<!-- begin: measured -->\n).*?(<!-- end: measured -->)", re.DOTALL)


def pages() -> dict[str, str]:
    """Path below the repository → its content: the READMEs with the table as it should be."""
    measured = json.loads(MEASURED.read_text(encoding="utf-8"))
    return {name: _filled(name, table(measured, lang)) for name, lang in _READMES.items()}


_READMES: dict[str, Lang] = {"README.md": "en", "README.ja.md": "ja"}


def table(measured: dict[str, Any], lang: Lang) -> str:
    """What was measured of all that has a limit, and how to measure it again."""
    head = Text(
        "| | 倍率(最小–**中央**–最大) | 相手 | ミリ秒(中央、95%) | 上限 |",
        "| | ratio (least–**median**–most) | to | ms (median, 95%) | limit |",
    )
    machine = ", ".join(f"{name} {value}" for name, value in measured["machine"].items())
    said = Text(
        f"同じ実行のなかで交互に測った倍率です({measured['date']}、{machine})。上限のないものも含む全体は "
        f"[docs/measured.json](docs/measured.json) にあります。測り直すには `{COMMAND}` を実行します。",
        f"Ratios, measured in turns in one run ({measured['date']}; {machine}). What has no limit is in "
        f"[docs/measured.json](docs/measured.json) too. To repeat it all: `{COMMAND}`.",
    )
    rows = [_row(row, lang) for row in limited(measured)]
    return "\n".join([head.of(lang), "|---|---|---|---|---|", *rows, "", said.of(lang)])


def limited(measured: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that have a limit: the most for the median ratio, or for the 95th percentile in milliseconds."""
    return [row for row in measured["rows"] if row["limit"] or row["allowed_ms"]]


def _row(row: dict[str, Any], lang: Lang) -> str:
    least, median, most = (f"{value:.3g}" for value in row["ratio"])
    usual, late = map(_short, row["milliseconds"])
    limit = f"{row['limit']:g}" if row["limit"] else f"{_short(row['allowed_ms'])} ms"
    what, floor = row["what"][lang], row["floor"][lang]
    ratio = "–" if floor == "–" else f"{least}–**{median}**–{most}"
    return f"| {what} | {ratio} | {floor} | {usual}, {late} | {limit} |"


def _short(milliseconds: float) -> str:
    """Two digits, or all before the point."""
    return f"{milliseconds:,.0f}" if milliseconds >= 10 else f"{milliseconds:.2g}"


def _filled(name: str, text: str) -> str:
    page = (ROOT / name).read_text(encoding="utf-8")
    filled, count = _PLACE.subn(lambda found: f"{found[1]}{text}\n{found[2]}", page)
    if count != 1:
        raise ValueError(f"{name} has {count} places for the table")
    return filled
