"""A small bank to be proved, with a sound question of most kinds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from quizdl.authoring.check import check_bank
from quizdl.authoring.report import Report

WHY = "why: {ja: '違います。', en: 'Wrong.'}"
COMMON = """
  chapter: '3-5-1'
  source: [d3-001]
  prompt: {ja: '答えてください。', en: 'Give the answer.'}
  explanation: {ja: '説明です。', en: 'It is so.'}
"""
HEADER = "section: sample\nday: 3\ntitle: {ja: 見本, en: Sample}\nquestions:\n"
NUMBER = f"""
- id: a-number
  kind: numeric
  variables: {{n: {{range: [3, 90]}}, m: {{range: [100, 200]}}}}
  first: {{n: 5, m: 100}}
  answer: n + m
  mistakes:
    - {{id: minus, answer: n - m, {WHY}}}
    - {{id: times, answer: n*m, {WHY}}}
    - {{id: first-only, answer: n, {WHY}}}
{COMMON}"""
CHOICE = f"""
- id: a-choice
  kind: choice
  options:
    - {{id: right, text: '1', correct: true}}
    - {{id: two, text: '2', {WHY}}}
    - {{id: three, text: '3', {WHY}}}
    - {{id: four, text: '4', {WHY}}}
{COMMON}"""
BLANK = f"""
- id: a-blank
  kind: code
  function: slope
  template: |
    import numpy as np

    def slope(x):
        return ____
  answer: 1 - np.tanh(x)**2
  reference: tanh_grad
  inputs: {{x: {{normal: [4]}}}}
  edges:
    - {{x: [0.0, 1.0]}}
  mistakes:
    - {{id: no-square, fill: 1 - np.tanh(x), {WHY}}}
    - {{id: itself, fill: np.tanh(x), {WHY}}}
    - {{id: plus, fill: 1 + np.tanh(x)**2, {WHY}}}
{COMMON}"""
FUNCTION = f"""
- id: a-function
  kind: code
  function: slope
  template: |
    import numpy as np

    def slope(x):
        ...
  reference: tanh_grad
  inputs: {{x: {{normal: [4]}}}}
  mistakes:
    - {{id: plus, change: {{'1 - np': '1 + np'}}, {WHY}}}
{COMMON}"""
SOLUTION = "import numpy as np\n\n\ndef slope(x):\n    return 1 - np.tanh(x) ** 2\n"

Prove = Callable[..., Report]


@pytest.fixture
def prove(tmp_path: Path) -> Prove:
    """Writes questions (and solutions, name → source) into a bank and proves it."""

    def run(*questions: str, header: str = HEADER, seeds: int = 40, **solutions: str) -> Report:
        (tmp_path / "questions/day3").mkdir(parents=True, exist_ok=True)
        (tmp_path / "solutions/day3").mkdir(parents=True, exist_ok=True)
        (tmp_path / "questions/day3/sample.yaml").write_text(header + "".join(questions), encoding="utf-8")
        for name, source in solutions.items():
            (tmp_path / f"solutions/day3/{name}.py").write_text(source, encoding="utf-8")
        return check_bank(tmp_path, seeds=seeds)

    return run
