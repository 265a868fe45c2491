"""A bank in a temporary folder, and one sound question of each kind."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from quizdl.bank import index, library, parse_file
from quizdl.model import Question

HEADER = "section: sample\nday: 3\ntitle: {ja: 見本, en: Sample}\nquestions:\n"
COMMON = """
  chapter: '3-5-1'
  source: [d3-001]
  prompt: {ja: '答えてください。', en: 'Answer.'}
  explanation: {ja: '説明です。', en: 'It is so.'}
"""
WHY = "why: {ja: '違います。', en: 'No.'}"
EVERY_KIND = f"""{HEADER}
- id: a-choice
  kind: choice
  options:
    - {{id: right, text: '1', correct: true}}
    - {{id: two, text: '2', {WHY}}}
    - {{id: three, text: '3', {WHY}}}
    - {{id: four, text: {{ja: 四, en: four}}, {WHY}}}
{COMMON}
- id: a-number
  kind: numeric
  variables:
    n: {{range: [5, 64]}}
    r: {{uniform: [0.5, 2], digits: 2}}
    name: {{choice: [tanh, relu]}}
  first: {{n: 5, r: 0.5, name: tanh}}
  where: [n*r > 3 or n == 5, twice < 200]
  values: {{twice: 2*n}}
  answer: twice + r
  tolerance: {{rel: 1e-3}}
  unit: null
  hints:
    - {{ja: '{{{{n}}}} の 2 倍です。', en: 'Twice {{{{n}}}}.'}}
  mistakes:
    - {{id: no-rate, answer: twice, {WHY}}}
    - {{id: single, answer: n + r, {WHY}}}
    - {{id: five, answer: 10.5, {WHY}}}
  chapter: '3-5-1'
  source: [d3-001]
  prompt: {{ja: '{{{{n}}}} と {{{{r:.2f}}}} と {{{{name}}}} です。', en: '{{{{n}}}}, {{{{r:.2f}}}} and {{{{name}}}}.'}}
  explanation: {{ja: '{{{{twice}}}} です。', en: 'It is {{{{twice}}}}.'}}
- id: a-shape
  kind: shape
  variables: {{n: {{range: [5, 64]}}, f: {{choice: [2, 3]}}}}
  first: {{n: 5, f: 3}}
  answer: ['conv_output_size(n, f, 2, 1)', (n + 2 - f)//2 + 1]
  mistakes:
    - {{id: flat, answer: [n], {WHY}}}
    - {{id: divided, answer: [n/f, n/f], {WHY}}}
{COMMON}
- id: an-expression
  kind: expression
  symbols: {{x: real, y: real}}
  aliases: {{g: sigmoid}}
  answer: 2*(x + y)
  mistakes:
    - {{id: only-x, answer: 2*x, {WHY}}}
    - {{id: the-same, answer: 2*x + 2*y, {WHY}}}
    - {{id: squared, answer: (x + y)**2, {WHY}}}
{COMMON}
- id: a-term
  kind: term
  accept: {{ja: [忘却ゲート], en: [forget gate]}}
  near: {{ja: [ゲート], en: [gate]}}
  mistakes:
    - {{id: input-gate, accept: {{ja: [入力ゲート], en: [input gate]}}, {WHY}}}
{COMMON}
- id: an-order
  kind: order
  steps: [one, two, three, four]
  free: [[2, 3]]
  mistakes:
    - {{id: backwards, order: [4, 3, 2, 1], {WHY}}}
{COMMON}
- id: a-blank
  kind: code
  function: double
  template: |
    def double(x):
        return -____ + 0
  answer: x - 3*x
  reference: sigmoid
  inputs: {{x: {{normal: [3]}}}}
  edges:
    - {{x: [0.0, 1e-3]}}
  mistakes:
    - {{id: as-is, fill: x, {WHY}}}
    - {{id: plus-one, change: {{'+ 0': '+ 1'}}, {WHY}}}
{COMMON}
- id: a-function
  kind: code
  function: triple
  template: |
    def triple(x):
        ...
  reference: sigmoid
  dims: {{B: [1, 4]}}
  inputs: {{x: {{normal: [B]}}}}
  aspects: [shape, values]
  mistakes:
    - {{id: doubled, change: {{'3 * x': '2 * x'}}, {WHY}}}
{COMMON}
- set: a-set
  stem: {{ja: '共通の文です。', en: 'A shared stem.'}}
  code: |
    h = （あ）
  chapter: '3-5-2'
  source: [d3-002]
  level: recall
  questions:
    - id: an-essay
      kind: essay
      code: y = h
      rubric:
        - {{id: context, points: 2, text: {{ja: 文脈, en: context}}, phrases: {{ja: [文脈], en: [context]}}}}
      mistakes:
        - {{id: memory, phrases: {{ja: [記憶], en: [memory]}}, {WHY}}}
      prompt: {{ja: '書いてください。', en: 'Write.'}}
      explanation: {{ja: '説明です。', en: 'It is so.'}}
"""
SOLUTION = "def triple(x):\n    return 3 * x\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A bank's folder with a question of every kind in `questions/day3/sample.yaml`."""
    (tmp_path / "questions/day3").mkdir(parents=True)
    (tmp_path / "solutions/day3").mkdir(parents=True)
    (tmp_path / "questions/day3/sample.yaml").write_text(EVERY_KIND, encoding="utf-8")
    (tmp_path / "solutions/day3/a_function.py").write_text(SOLUTION, encoding="utf-8")
    return tmp_path


@pytest.fixture
def questions(root: Path) -> dict[str, Question]:
    """One sound question of each kind, by id."""
    return {question.id: question for question in parse_file(root / "questions/day3/sample.yaml")}


@pytest.fixture
def read(root: Path) -> Callable[[str], list[Question]]:
    """Reads questions from text: the header is added, and common fields where `COMMON` is written."""

    def parse(text: str) -> list[Question]:
        path = root / "questions/day3/other.yaml"
        path.write_text(HEADER + text.replace("COMMON", COMMON), encoding="utf-8")
        return parse_file(path)

    return parse


@pytest.fixture
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No index but those of this test."""
    monkeypatch.setenv("QUIZDL_HOME", str(tmp_path / "home"))


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are parsed, as they are."""
    names: list[str] = []
    load = library.load

    def spy(path: Path, data: bytes | None = None) -> object:
        names.append(path.name)
        return load(path, data)

    monkeypatch.setattr(library, "load", spy)
    return names


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the bank files whose bytes are read, as they are."""
    names: list[str] = []
    read = library.bytes_of

    def spy(path: Path) -> bytes:
        names.append(path.name)
        return read(path)

    monkeypatch.setattr(library, "bytes_of", spy)
    return names


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is an hour later than when this test's files were written."""
    now = time.time_ns
    monkeypatch.setattr(index, "time_ns", lambda: now() + 3_600_000_000_000)
