"""Figures of counts: the confusion matrix."""

from __future__ import annotations

from quizdl.figures import Values, whole
from quizdl.screen.figures.scene import Item, Label, Scene, Table
from quizdl.text import Text, same


def confusion_matrix(values: Values) -> Scene:
    """What is true by row, what was predicted by column."""
    counts = {name: same(f"{name.upper()} {whole(values, name)}") for name in ("tp", "fp", "fn", "tn")}
    table = Table(20, 3, 16, ((counts["tp"], counts["fn"]), (counts["fp"], counts["tn"])))
    positive, negative = Text("陽性", "positive"), Text("陰性", "negative")
    items: tuple[Item, ...] = (
        table,
        Label(37, 1, Text("予測", "predicted"), "middle"),
        *(Label(table.place(column, 0)[0], 2, name, "middle") for column, name in enumerate((positive, negative))),
        Label(0, 5, Text("実際", "actual")),
        *(Label(18, 4 + 2 * row, name, "end") for row, name in enumerate((positive, negative))),
    )
    tp, fp, fn, tn = (whole(values, name) for name in ("tp", "fp", "fn", "tn"))
    about = Text(
        f"実際に陽性のうち、陽性と予測 {tp}、陰性と予測 {fn}。実際に陰性のうち、陽性と予測 {fp}、陰性と予測 {tn}。",
        f"Of the actual positives {tp} were predicted positive and {fn} negative;"
        f" of the actual negatives {fp} positive and {tn} negative.",
    )
    return Scene(Text("混同行列", "Confusion matrix"), about, items)
