"""Term: one spelling for what is one word, and never a mark for what merely looks alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizdl.grading import grade
from quizdl.grading.normalise import fold, plain
from quizdl.model import Answer, Asked, AskedMistake, Term, Verdict, Words
from quizdl.text import Text, same

WHY = Text("理由です。", "The reason.")


def ask(ja: str, en: str, near: Words | None = None, mistake: tuple[str, ...] = ()) -> Asked:
    return Asked(
        question=Term(
            id="q",
            chapter="3-5",
            prompt=same("?"),
            explanation=same("!"),
            source=("d3-001",),
            accept=Words(ja=(ja,), en=(en,)),
            near=near,
        ),
        seed=0,
        prompt=same("?"),
        explanation=same("!"),
        key=(ja, en),
        mistakes=(AskedMistake(id="the-other", answer=mistake, why=WHY),) if mistake else (),
    )


FORGET = ask("忘却ゲート", "forget gate", Words(ja=("ゲート",), en=("gate",)), ("入力ゲート", "input gate"))


def answer(text: str, asked: Asked = FORGET) -> Verdict:
    return grade(asked, Answer(text=text))


JAPANESE = [
    "忘却ゲート",
    "忘却ｹﾞｰﾄ",
    "忘却げーと",
    "「忘却ゲート」",
    "忘却ゲート。",
    " 忘却 ゲート ",
    "忘却・ゲート",
    "忘却ゲ\u200bート",
]
ENGLISH = [
    "Forget Gate",
    "forget-gate",
    "ＦＯＲＧＥＴ　ＧＡＴＥ",
    "the forget gate",
    "forget gates",
    "forget_gate",
    "(forget gate)",
]


@pytest.mark.parametrize("typed", [*JAPANESE, *ENGLISH, "忘却ゲート（forget gate）", "forget gate (忘却ゲート)"])
def test_a_word_is_right_in_either_language_and_any_dress(typed: str) -> None:
    """Width, kana, case, hyphens, punctuation, articles; both languages at once."""
    assert answer(typed).verdict == "correct"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("コンピューター", "コンピュータ"),
        ("エンコーダー・デコーダー", "エンコーダデコーダ"),
        ("コンピュータービジョン", "コンピュータビジョン"),
        ("こんぴゅーたー", "コンピュータ"),
        ("メモリーセル", "メモリセル"),
        ("クロスエントロピー誤差", "クロスエントロピ誤差"),
        ("ﾊﾞｯﾁ正規化", "バッチ正規化"),
        ("ウェイト", "ウエイト"),
        ("アドヴァンテージ", "アドバンテージ"),
        ("Ｌ２ー正則化", "L2正則化"),
        ("L2−正則化", "L2‐正則化"),
        ("seq2seq", "Seq2Seq"),
        ("word2vec", "Ｗｏｒｄ２Ｖｅｃ"),
        ("cross entropy", "Cross－Entropy"),
        ("LSTMs", "LSTM"),
        ("naïve", "naïve"),
    ],
)
def test_two_spellings_of_one_word_fold_to_one(one: str, other: str) -> None:
    """The author's and the learner's are brought to the same spelling."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("過学習", "未学習"),
        ("忘却ゲート", "入力ゲート"),
        ("順伝播", "逆伝播"),
        ("適合率", "再現率"),
        ("L1正則化", "L2正則化"),
        ("VAE", "AE"),
        ("GRU", "RNN"),
        ("x²", "x2"),
        ("ビルド", "ビールド"),
        ("データ", "デタ"),
        ("bias", "bits"),
        ("loss", "los"),
        ("encoder", "decoder"),
        ("自己回帰", "自己符号化"),
    ],
)
def test_two_words_stay_two(one: str, other: str) -> None:
    """One letter may be the whole difference."""
    assert fold(one) != fold(other)


def test_a_near_word_is_a_near_miss_without_marks() -> None:
    """It is told that it is not enough."""
    verdict = answer("ゲート")
    assert (verdict.verdict, verdict.score, verdict.mistake) == ("near_miss", 0, None)
    assert "not enough" in verdict.feedback[0].en


def test_a_known_wrong_word_is_named() -> None:
    """In either language."""
    for typed in ("入力ゲート", "Input gates"):
        verdict = answer(typed)
        assert (verdict.verdict, verdict.mistake, verdict.feedback) == ("wrong", "the-other", (WHY,))


@pytest.mark.parametrize(
    "typed",
    ["忘却ゲト", "忘郤ゲート", "forgot gate", "忘却ゲート、入力ゲート", "忘却ゲート（入力ゲート）", "出力ゲート"],
)
def test_a_typing_slip_a_hedge_or_another_word_is_wrong(typed: str) -> None:
    """Nearness in letters earns nothing."""
    verdict = answer(typed)
    assert (verdict.verdict, verdict.score) == ("wrong", 0)


WORDS = st.text("abcdgrsxzABX019 -_忘却学習正規化ゲートコンピュタァバッチげとりカー・", min_size=1, max_size=12)


@given(WORDS)
def test_dress_never_matters(word: str) -> None:
    """Full width, capitals, quotation marks and a full stop leave a word what it was."""
    wide = "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in word)
    assert fold(wide) == fold(word.upper()) == fold(f"「{word}」。") == fold(word)


@given(st.text(max_size=30))
def test_invisible_characters_never_matter(text: str) -> None:
    """Zero-width characters come with pasting."""
    assert fold("\u200b".join(text)) == fold(text)
    assert plain("\u200b".join(text)) == plain(text)


def test_what_is_shown_back_cannot_steer_a_terminal() -> None:
    """A near word with an escape sequence is shown without it."""
    verdict = answer("ゲート\x1b[31m")
    assert all("\x1b" not in text.ja + text.en for text in verdict.feedback)
