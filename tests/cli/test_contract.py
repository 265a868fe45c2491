"""The contract: names, fields and exit codes that people script against."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Run

VERDICT_FIELDS = {
    *("id", "seed", "input_seed", "verdict", "score", "points", "passed", "total", "mistake", "feedback"),
    *("counterexample", "isolation", "seconds", "version"),
}
KINDS = {
    "conv-output-size": "shape",
    "sigmoid-derivative-max": "choice",
    "rnn-third-weight": "choice",
    "seq2seq-choice": "choice",
    "chain-rule": "expression",
    "rnn-y1": "expression",
    "lstm-forget-gate": "term",
    "vae-blank": "term",
    "bptt-delta": "code",
    "gradient-clipping": "code",
    "lstm-cell-state": "code",
    "gru-update": "code",
    "birnn-concat": "code",
    "embedding-lookup": "code",
    "recursive-merge": "code",
}
RIGHT = {
    "conv-output-size": ("3x3", "(3, 3)", "３×３"),
    "chain-rule": ("2*(x+y)", "2(x+y)", "2x+2y", "２（ｘ＋ｙ）"),
    "rnn-y1": (
        "sigmoid(W_out*sigmoid(W_in*x_1 + W*z_0 + b) + c)",
        "g(z1 W_out + c)".replace("z1", "g(x1 W_in + z0 W + b)"),
    ),
    "lstm-forget-gate": ("忘却ゲート", "forget gate", "Forget Gate"),
    "vae-blank": ("確率分布", "probability distribution"),
    "bptt-delta": ("delta_t.dot(U)", "delta_t @ U", "np.dot(delta_t, U)"),
    "gradient-clipping": ("gradient * rate",),
    "lstm-cell-state": ("input_gate * a + forget_gate * c",),
    "gru-update": ("(1 - z) * h + z * h_bar", "h + z * (h_bar - h)"),
    "birnn-concat": ("np.concatenate([h_f, h_b[::-1]], axis=1)", "np.hstack([h_f, h_b[::-1]])"),
    "embedding-lookup": ("E.dot(w)", "w.dot(E.T)"),
    "recursive-merge": ("W.dot(np.concatenate([left, right]))",),
}
WRONG = {
    "conv-output-size": "2x2",
    "chain-rule": "2*x + y",
    "rnn-y1": "sigmoid(W_out*(W_in*x1 + W*z0 + b) + c)",
    "lstm-forget-gate": "入力ゲート",
    "vae-blank": "畳み込み",
    "bptt-delta": "delta_t.dot(U.T)",
    "gradient-clipping": "gradient / threshold",
    "lstm-cell-state": "input_gate * c + forget_gate * a",
    "gru-update": "z * h + (1 - z) * h_bar",
    "birnn-concat": "np.concatenate([h_f, h_b], axis=1)",
    "embedding-lookup": "E * w",
    "recursive-merge": "W.dot(np.maximum(left, right))",
}


def test_the_ids_of_the_contract_exist_with_their_kinds(quizdl: Run) -> None:
    """People know these from the course."""
    listed = {entry["id"]: entry["kind"] for entry in quizdl("list", "--day", "3", "--json").json}
    assert {name: listed.get(name) for name in KINDS} == KINDS


@pytest.mark.parametrize(("name", "answer"), [(name, answer) for name in RIGHT for answer in RIGHT[name]])
def test_right_answers_are_correct_in_every_spelling(quizdl: Run, name: str, answer: str) -> None:
    """Exit 0, verdict `correct`, score 1, and all the fields."""
    outcome = quizdl("answer", name, answer, "--json")
    assert outcome.json["verdict"] == "correct", outcome.json
    assert outcome.code == 0
    assert outcome.json["score"] == 1
    assert outcome.json.keys() >= VERDICT_FIELDS


@pytest.mark.parametrize(("name", "answer"), WRONG.items())
def test_the_usual_mistakes_are_wrong_and_say_why(quizdl: Run, name: str, answer: str) -> None:
    """Exit 1, score 0, a sentence of feedback."""
    outcome = quizdl("answer", name, answer, "--json")
    assert outcome.json["verdict"] in ("wrong", "runtime_error"), outcome.json
    assert outcome.code == 1
    assert outcome.json["score"] == 0
    assert outcome.json["feedback"]


@pytest.mark.parametrize("fill", ["gradient\n* rate", "(gradient\n  * rate)", "gradient * rate  # scaled"])
def test_a_fill_stands_in_parentheses(quizdl: Run, fill: str) -> None:
    """Line breaks and comments are as legal as within parentheses; closing them early is not."""
    assert quizdl("answer", "gradient-clipping", fill, "--json").code == 0
    assert quizdl("answer", "gradient-clipping", f"{fill}\n) + (0", "--json").json["verdict"] == "syntax_error"


def test_choices_take_letter_and_text_at_the_same_seed(quizdl: Run) -> None:
    """The letter shown with a seed is the letter graded with it."""
    for seed in ("0", "5"):
        shown = quizdl("show", "sigmoid-derivative-max", "--seed", seed, "--json").json["options"]
        right = next(option for option in shown if "0.25" in option["text"])
        for answer in (right["letter"], right["letter"].lower(), right["text"]):
            assert quizdl("answer", "sigmoid-derivative-max", answer, "--seed", seed, "--json").code == 0


def test_show_never_holds_the_key(quizdl: Run) -> None:
    """Neither the fill nor which option is right can be read from the question."""
    shown = quizdl("show", "gradient-clipping", "--json")
    assert "gradient * rate" not in shown.out
    assert "correct" not in quizdl("show", "seq2seq-choice", "--json").out


def test_show_gives_the_figure_with_its_values_and_its_text(quizdl: Run) -> None:
    """The values are those of the variant; a question without a figure has null."""
    figure = quizdl("show", "conv-output-size", "--json", "--lang", "en").json["figure"]
    text = figure.pop("text")
    assert figure == {"name": "convolution", "n": 5, "f": 3, "s": 2, "p": 1}
    assert text.startswith("first window")
    assert text.split("\n")[3] in quizdl("show", "conv-output-size", "--lang", "en").out
    other = quizdl("show", "conv-output-size", "--seed", "7", "--json", "--lang", "ja").json["figure"]
    assert other["n"] != 5
    assert other["text"].startswith("1 番目の窓")
    assert quizdl("show", "chain-rule", "--json").json["figure"] is None


def test_an_empty_answer_is_received_and_unreadable(quizdl: Run) -> None:
    """Empty text still gets its object, and exit 1."""
    outcome = quizdl("answer", "chain-rule", "", "--json")
    assert (outcome.code, outcome.json["verdict"]) == (1, "unreadable")


def test_an_answer_may_begin_with_a_minus(quizdl: Run) -> None:
    """`-2*x` is an answer, not an option."""
    outcome = quizdl("answer", "chain-rule", "-2*(x+y)", "--json")
    assert outcome.code == 1
    assert outcome.json["verdict"] == "wrong"


def test_an_unknown_id_is_a_usage_error_with_a_guess(quizdl: Run) -> None:
    """Exit 2; the hint names the id that was meant; with --json the error is an object."""
    plain = quizdl("show", "conv-output-siz")
    assert plain.code == 2
    assert "conv-output-size" in plain.err
    error = quizdl("show", "conv-output-siz", "--json")
    assert error.code == 2
    assert error.json["error"].keys() == {"message", "hint", "where"}


@pytest.mark.parametrize("arguments", [("list", "--day", "9"), ("list", "--nonsense"), ("frobnicate",), ("show",)])
def test_wrong_usage_is_exit_2_with_an_object(quizdl: Run, arguments: tuple[str, ...]) -> None:
    """The command line's own errors keep the contract too."""
    outcome = quizdl(*arguments, "--json")
    assert outcome.code == 2
    assert outcome.json["error"]["message"]


def test_submit_takes_a_whole_file_for_a_one_blank_question(quizdl: Run, tmp_path: Path) -> None:
    """`gradient-clipping` accepts a file that defines its function, and `-` reads it from a pipe."""
    source = (
        "import numpy as np\n"
        "def gradient_clipping(gradient, threshold):\n"
        "    n = np.linalg.norm(gradient)\n"
        "    return gradient * (threshold / n) if n > threshold else gradient\n"
    )
    path = tmp_path / "clip.py"
    path.write_text(source, encoding="utf-8")
    outcome = quizdl("submit", "gradient-clipping", str(path), "--json")
    assert (outcome.code, outcome.json["verdict"]) == (0, "correct")
    assert outcome.json["total"] >= 20
    assert outcome.json["isolation"]
    assert quizdl("submit", "gradient-clipping", "-", "--json", stdin=source).code == 0


def test_the_same_input_seed_gives_the_same_verdict_object(quizdl: Run) -> None:
    """A contested verdict can be replayed."""
    first = quizdl("answer", "gradient-clipping", "gradient / norm", "--json").json
    again = quizdl(
        "answer", "gradient-clipping", "gradient / norm", "--input-seed", str(first["input_seed"]), "--json"
    ).json
    ignored = {"seconds"}
    assert {k: v for k, v in first.items() if k not in ignored} == {k: v for k, v in again.items() if k not in ignored}


@pytest.mark.parametrize(
    "body",
    [
        "import numpy as np\nnp.allclose = lambda *a, **k: True\nnp.array_equal = np.allclose\n"
        "def gradient_clipping(gradient, threshold):\n    return gradient * 0 - 1\n",
        "import os\nos._exit(0)\n",
        "import sys\nsys.exit(0)\n",
    ],
)
def test_a_submission_cannot_talk_its_way_to_marks(quizdl: Run, body: str) -> None:
    """Changing the judge's tools, or leaving early with success, earns nothing."""
    outcome = quizdl("submit", "gradient-clipping", "-", "--json", stdin=body)
    assert outcome.code == 1
    assert outcome.json["score"] == 0


def test_start_writes_a_file_that_submit_takes(quizdl: Run, tmp_path: Path) -> None:
    """The untouched template is graded and fails; starting twice overwrites nothing."""
    assert quizdl("start", "lstm-step", "--dir", str(tmp_path)).code == 0
    path = tmp_path / "lstm-step.py"
    assert "def lstm_step(x, h, c, W, U, b):" in path.read_text(encoding="utf-8")
    assert quizdl("submit", "lstm-step", str(path), "--json").code == 1
    path.write_text("mine", encoding="utf-8")
    assert quizdl("start", "lstm-step", "--dir", str(tmp_path)).code == 2
    assert path.read_text(encoding="utf-8") == "mine"


def test_the_shipped_solution_is_full_marks(quizdl: Run, tmp_path: Path) -> None:
    """What `solution` prints can be handed in."""
    answer = quizdl("solution", "lstm-step", "--json").json["answer"][0]
    path = tmp_path / "lstm-step.py"
    path.write_text(answer, encoding="utf-8")
    assert quizdl("submit", "lstm-step", str(path), "--json").code == 0


def test_every_command_speaks_both_languages_and_shows_examples(quizdl: Run) -> None:
    """`-h` and `--help` work everywhere, in Japanese and English."""
    for name in (
        "practice",
        "list",
        "show",
        "hint",
        "answer",
        "start",
        "submit",
        "trace",
        "solution",
        "stats",
        "disputes",
        "doctor",
    ):
        english, japanese = quizdl(name, "-h"), quizdl(name, "--help", "--lang", "ja")
        assert english.code == japanese.code == 0
        assert "Examples:" in english.out
        assert f"quizdl {name}" in english.out
        assert "例:" in japanese.out


def test_hint_and_solution_follow_the_seed(quizdl: Run) -> None:
    """Another seed, another key."""
    keys = {
        tuple(quizdl("solution", "conv-output-size", "--seed", str(seed), "--json").json["answer"]) for seed in range(6)
    }
    assert len(keys) > 1
    assert quizdl("hint", "lstm-step").code == 0


def test_stats_doctor_and_today_print_objects(quizdl: Run) -> None:
    """The read commands take --json."""
    quizdl("answer", "conv-output-size", "3x3")
    assert quizdl("stats", "--json").json["attempts"] == 1
    assert quizdl("doctor", "--json").json["isolation"]
    assert quizdl("--json").json["covered"] == 1
    assert quizdl().code == 0
