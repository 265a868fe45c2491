"""Bank files of a few plain questions, written where a test wants them."""

from __future__ import annotations

from pathlib import Path


def write(root: Path, name: str, *ids: str, header: str = "", kind: str = "term", chapter: str = "3-5-1") -> None:
    """A bank file with questions of these ids; its section is the file's name up to an underscore."""
    folder, file = name.split("/")
    where = f"day: {folder[3:]}" if folder.startswith("day") else f"stage: {folder}"
    section = file.split("_")[0]
    text = f"section: {section}\n{where}\ntitle: t\n{header}\nquestions:\n"
    for one in ids:
        text += (
            f"- id: {one}\n  kind: {kind}\n  chapter: '{chapter}'\n  source: [d3-001]\n  prompt: p\n  explanation: e\n"
        )
        text += "  accept: {ja: [x], en: [x]}\n" if kind == "term" else "  answer: 1\n"
    path = root / "questions" / folder / f"{file}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def three_files(root: Path) -> Path:
    """A bank of four questions in two folders, one of them with two sections."""
    write(root, "day3/lstm", "lstm-one", "lstm-two", header="order: 2")
    write(root, "day3/rnn", "rnn-one", header="order: 1", kind="numeric")
    write(root, "ml/svm", "svm-one", chapter="2-1")
    return root
