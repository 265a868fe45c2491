"""`--fix` mends what is mechanical and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.authoring.files import all_files
from quizdl.authoring.fix import mend, mend_file
from quizdl.bank import check_file
from quizdl.bank.decode import decode
from quizdl.bank.faults import Faults
from quizdl.paths import bank_root

from .conftest import BLANK, CHOICE, HEADER, NUMBER

GOLDEN = Path(__file__).parent.parent / "golden/bank"
MECHANICAL = {
    "colon-in-value",
    "context-field",
    "control-character",
    "date-as-text",
    "directive",
    "double-quoted-dollar",
    "double-quoted-escape",
    "folded-japanese",
    "invisible-character",
    "no-as-false",
    "number-as-text",
    "placeholder-in-exponent",
    "tab",
    "text-as-number",
    "time-as-text",
    "unquoted-comma",
    "yes-as-true",
}
PATH = Path("questions/day3/sample.yaml")


def faults(data: bytes) -> list[str]:
    """What is wrong with a bank file's bytes."""
    found = Faults("sample.yaml", gather=True)
    decode(data, PATH, found)
    return [fault.message.en for fault in found.found]


@pytest.mark.parametrize("folder", sorted(GOLDEN.iterdir()), ids=lambda folder: folder.name)
def test_mechanical_faults_are_mended_and_the_others_are_not_guessed_at(folder: Path) -> None:
    """Of all the ways to get a file wrong, exactly these have a mend that leaves no fault."""
    data = (folder / "bad.yaml").read_bytes()
    assert (faults(mend(data, PATH)) == []) == (folder.name in MECHANICAL)


@pytest.mark.parametrize("path", all_files(bank_root()), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_sound_file_stays_as_it_is(path: Path) -> None:
    """Byte for byte."""
    data = path.read_bytes()
    assert mend(data, path) == data


@pytest.mark.parametrize(
    ("sound", "slip"),
    [
        ("fill: np.tanh(x)", "fill: np.tanh（x）"),
        ("answer: 1 - np.tanh(x)**2", "answer: １ － np.tanh(x)**2"),
        ("answer: 1 - np.tanh(x)**2", "answer: 1 − np.tanh(x)**2"),
        ("  kind: code", "  kind：code"),
        ("  kind: code", "\u3000kind: code"),
        ("  kind: code", "  kind: code   "),
        ("\n  kind: code", "\r\n  kind: code"),
    ],
)
def test_what_a_japanese_keyboard_types_is_mended(sound: str, slip: str) -> None:
    """Full-width signs in formulas and structure, dashes that are no minus, spaces at the ends of lines."""
    assert sound in BLANK
    mended = mend((HEADER + BLANK.replace(sound, slip)).encode(), PATH).decode().replace("\r\n", "\n")
    assert mended.split() == (HEADER + BLANK).split()
    assert faults(mended.encode()) == []


def test_prose_keeps_its_full_width_signs() -> None:
    """Only formulas and fills are made ASCII."""
    text = HEADER + CHOICE.replace("違います。", "（違います）：１番です。")
    assert mend(text.encode(), PATH).decode().strip() == text.strip()


def test_a_file_of_another_encoding_becomes_utf_8() -> None:
    """Japanese editors on Windows still save as cp932."""
    text = HEADER + NUMBER
    assert mend(text.encode("cp932"), PATH).decode().strip() == text.strip()


def test_the_change_is_shown_and_the_file_keeps_its_permissions(tmp_path: Path) -> None:
    """A unified diff with the file's name; a second run finds nothing to do."""
    path = tmp_path / "questions/day3/sample.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(
        HEADER + NUMBER.replace("answer: n - m", 'answer: "n - m\\\\"').replace("id: minus", "id: 12"), encoding="utf-8"
    )
    path.chmod(0o640)
    changes = mend_file(path)
    assert any(line.startswith("+") and "id: '12'" in line for line in changes)
    assert str(path) in changes[0]
    assert path.stat().st_mode & 0o777 == 0o640
    assert mend_file(path) == []
    assert [one.name for one in path.parent.iterdir()] == ["sample.yaml"]


def test_several_faults_of_one_file_are_mended_together(tmp_path: Path) -> None:
    """One run, as many mends as there are."""
    path = tmp_path / "questions/day3/sample.yaml"
    path.parent.mkdir(parents=True)
    text = HEADER + NUMBER + BLANK
    slips = {"id: minus": "id: 12", "fill: np.tanh(x)": "fill: np.maximum(x, 0)", "id: times": "id: no"}
    for old, new in slips.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    assert mend_file(path)
    assert check_file(path) == []
    mended = path.read_text(encoding="utf-8")
    assert all(part in mended for part in ("id: '12'", "'np.maximum(x, 0)'", "id: 'no'"))


SLIPS = st.sampled_from(
    ["\t", "：", "（", "'", '"', ": ", ", ", "no", "{", "$", "\\", "\x08", "−", "\u3000", "12", "\n"]
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(HEADER + NUMBER)), SLIPS), max_size=4))
def test_mending_never_makes_a_file_worse(slips: list[tuple[int, str]]) -> None:
    """Whatever was typed wherever: a sound file stays sound, mending again changes nothing, and nothing is raised."""
    text = HEADER + NUMBER
    for place, slip in slips:
        text = text[:place] + slip + text[place:]
    before = faults(text.encode())
    mended = mend(text.encode(), PATH)
    assert mend(mended, PATH) == mended
    if not before:
        assert faults(mended) == []


@given(st.binary(max_size=200))
def test_any_bytes_are_survived(data: bytes) -> None:
    """A file that is no bank file is left to its author."""
    mend(data, PATH)
