"""`quizdl grade --scheduler`, as it is typed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from quizdl.sandbox import Sandbox

FILES = {
    "青木": "import numpy as np\n\n\ndef mse(p, y):\n    return ((p - y) ** 2).mean()\n",
    "井上": "import numpy as np\n\n\ndef mse(p, y):\n    return ((p - y) ** 2).sum()\n",
    "上田": "def mse(p, y):\n    return p.nothing\n",
    "江口": "def mse(p, y)\n",
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for learner, source in FILES.items():
        (tmp_path / "week" / learner).mkdir(parents=True)
        (tmp_path / "week" / learner / "mse.py").write_text(source, encoding="utf-8")
    return tmp_path


def graded(folder: Path, out: str, *options: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "QUIZDL_HOME": str(folder / "home"), "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(
        [sys.executable, "-m", "quizdl", "grade", "week", "--out", out, "--seed", "3", "--lang", "en", *options],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


needs_dask = pytest.mark.skipif(
    find_spec("distributed") is None or find_spec("cryptography") is None, reason="pip install 'quizdl[cluster]'"
)


@needs_dask
def test_the_gradebook_is_the_same_on_a_cluster(folder: Path) -> None:
    """Byte for byte: who graded is nowhere to be seen in the marks."""
    with Sandbox() as sandbox:
        if sandbox.level() not in ("L2", "L3"):
            pytest.skip("this machine cannot keep code of people unknown apart")
    near, far = graded(folder, "near"), graded(folder, "far", "--scheduler", "local", "--jobs", "1")
    assert (near.returncode, far.returncode) == (0, 0), near.stderr + far.stderr
    books = [(folder / out / "gradebook.csv").read_bytes() for out in ("near", "far")]
    assert books[0] == books[1]
    assert (folder / "far" / "results.jsonl").read_bytes().count(b'"line":"result"') == len(FILES)


@needs_dask
def test_a_scheduler_that_does_not_answer_is_the_graders_fault(folder: Path) -> None:
    """Exit code 3, and what to look at."""
    found = graded(folder, "out", "--scheduler", "tcp://127.0.0.1:1")
    assert found.returncode == 3
    assert "tcp://127.0.0.1:1" in found.stderr
    assert "dask scheduler" in found.stderr


@pytest.mark.parametrize("address", ["tcp://192.0.2.1:8786", "192.0.2.1", "ftp://192.0.2.1"])
def test_an_address_that_cannot_be_used_is_an_input_error(folder: Path, address: str) -> None:
    """Exit code 2, and what to give instead."""
    found = graded(folder, "out", "--scheduler", address)
    assert found.returncode == 2
    assert "--scheduler" in found.stderr
    assert "tls://" in found.stderr
