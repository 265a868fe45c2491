"""The forge's workflow tries what the project promises: each system, each Python, NumPy's oldest and newest."""

from __future__ import annotations

import re
import tomllib

import yaml

from .conftest import ROOT, page_text


def test_the_matrix_covers_what_the_package_claims() -> None:
    """From the oldest Python that installs, on the three systems; every path that it names is there."""
    workflow = yaml.safe_load(page_text(".github/workflows/ci.yml"))
    matrix = workflow["jobs"]["tests"]["strategy"]["matrix"]
    project = tomllib.loads(page_text("pyproject.toml"))["project"]
    assert f">={matrix['python'][0]}" == project["requires-python"]
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    assert matrix["numpy"] == ["lowest", "newest"]
    assert "numpy>=2.0" in project["dependencies"]
    for path in re.findall(r"(?<!\S)(tests/\S+|\.ci/\S+)", page_text(".github/workflows/ci.yml")):
        assert (ROOT / path).exists(), path
