"""The learner's own files: read as they are meant, or refused at the place that is wrong."""

from __future__ import annotations

import gzip
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.errors import InputError
from quizdl.labs import data_files
from quizdl.labs.data_files import read_csv, read_data, read_idx, read_text


def _file(folder: Path, data: bytes | str, name: str = "data") -> Path:
    path = folder / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def _idx(array: np.ndarray) -> bytes:
    sizes = b"".join(size.to_bytes(4, "big") for size in array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


@given(st.lists(st.lists(st.floats(-1e9, 1e9), min_size=2, max_size=2), min_size=1, max_size=20))
def test_numbers_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[float]]
) -> None:
    """With a heading, without one, with empty lines."""
    folder = tmp_path_factory.mktemp("csv")
    lines = "\n\n".join(",".join(repr(cell) for cell in row) for row in rows)
    for text in (lines, f"time,value\n{lines}\r\n"):
        assert read_csv(_file(folder, text)).tolist() == rows


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("1\n2\nthree\n", ":3:1"),
        ("1,2\n3,nan\n", ":2:2"),
        ("1,2\n3,inf\n", ":2:2"),
        ("1,2\n3\n", ":2"),
        ("a,b\n", ""),
        ("", ""),
        ("1\n\x1b[31mx\n", ":2:1"),
    ],
)
def test_what_is_no_number_is_refused_at_its_place(tmp_path: Path, text: str, place: str) -> None:
    """Line and column; nothing of the file can steer the terminal."""
    path = _file(tmp_path, text)
    with pytest.raises(InputError) as error:
        read_csv(path)
    assert error.value.where == f"{path}{place}"
    assert "\x1b" not in error.value.message.en + error.value.message.ja


def test_text_is_read_line_by_line(tmp_path: Path) -> None:
    """Composed, without empty lines, without controls; also as Windows writes Japanese."""
    assert read_text(_file(tmp_path, "  e\u0301te\u0301 \n\n\x1b[2Jtwo\r\n")) == ["été", "two"]
    assert read_text(_file(tmp_path, "よい映画".encode("cp932"))) == ["よい映画"]
    with pytest.raises(InputError):
        read_text(_file(tmp_path, " \n"))
    with pytest.raises(InputError):
        read_text(_file(tmp_path, b"\xff\xfe\x00\x81"))


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_images_are_read_with_the_labels_beside_them(tmp_path: Path, pack: type[bytes]) -> None:
    """MNIST's names; gzip or not; without labels there are none."""
    images = np.arange(2 * 3 * 4).reshape(2, 3, 4)
    path = _file(tmp_path, pack(_idx(images)), "t10k-images-idx3-ubyte")
    assert read_idx(path).labels is None
    _file(tmp_path, pack(_idx(np.array([7, 1]))), "t10k-labels-idx1-ubyte")
    found = read_data(path, "idx")
    assert found.images.tolist() == images.tolist()
    assert found.labels.tolist() == [7, 1]


def test_images_that_are_none_are_refused(tmp_path: Path) -> None:
    """Another format, cut off, of other axes, with labels that do not fit, a broken gzip."""
    whole = _idx(np.zeros((2, 3, 4)))
    for data in (b"", b"PNG", whole[:-1], whole + b"x", _idx(np.zeros(5)), gzip.compress(whole)[:-9], b"\x1f\x8bxx"):
        with pytest.raises(InputError):
            read_idx(_file(tmp_path, data))
    path = _file(tmp_path, whole, "images-idx3")
    _file(tmp_path, _idx(np.zeros(3)), "labels-idx1")
    with pytest.raises(InputError, match="2 images"):
        read_idx(path)


@given(st.binary(max_size=200))
def test_no_bytes_fail_in_another_way(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    """An InputError, or data."""
    path = _file(tmp_path_factory.mktemp("any"), data)
    for kind in ("csv", "idx", "text"):
        with suppress(InputError):
            read_data(path, kind)


def test_large_files_are_refused_before_they_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the file, and of what a small one unpacks to."""
    monkeypatch.setattr(data_files, "MOST_BYTES", 1000)
    for data in (b"1\n" * 600, gzip.compress(bytes(100_000))):
        with pytest.raises(InputError, match="larger"):
            read_idx(_file(tmp_path, data))


def test_only_regular_files_are_read(tmp_path: Path) -> None:
    """A folder, and what does not exist, are input errors too."""
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError):
            read_text(path)
