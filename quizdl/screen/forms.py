"""What an answer to each kind of question looks like, said under the question; the examples are never the answer."""

from __future__ import annotations

from quizdl.model import Asked, Choice, Code, Essay, Expression, Numeric, Order, Shape, Term
from quizdl.text import Text


def answer_form(asked: Asked) -> Text:
    """One sentence on how to answer."""
    match asked.question:
        case Choice():
            return _choice(asked)
        case Numeric():
            return _numeric(asked, asked.question)
        case Shape():
            return _shape(asked)
        case Expression():
            names = ", ".join(f"`{name}`" for name in asked.question.symbols)
            return Text(f"{names} の数式を書いてください。", f"Write an expression in {names}.")
        case Term():
            return Text("用語を答えてください(日本語でも英語でも)。", "Answer with a term, in Japanese or English.")
        case Order():
            return _order(asked)
        case Code():
            return _code(asked.question)
        case Essay():
            return Text("短い文章で説明してください。", "Explain in a few sentences.")


def _choice(asked: Asked) -> Text:
    first, last = asked.options[0].letter, asked.options[-1].letter
    if sum(option.correct for option in asked.options) > 1:
        return Text(
            f"正しいものをすべて選び、記号({first}〜{last})を続けて書いてください。",
            f"Choose all that are right, and write their letters ({first} to {last}) one after another.",
        )
    return Text(f"記号({first}〜{last})を 1 つ答えてください。", f"Answer with one letter, {first} to {last}.")


def _numeric(asked: Asked, question: Numeric) -> Text:
    forms = ("0.25", "1/4", "2.5e-1") if float(asked.key[0]) != 0.25 else ("1.5", "3/2", "15e-1")
    shown = ", ".join(f"`{form}`" for form in forms)
    unit = question.unit and Text(f"(単位: {question.unit.ja})", f" ({question.unit.en})")
    return Text(
        f"数値{unit.ja if unit else ''}を答えてください(書き方の例: {shown})。",
        f"Answer with a number{unit.en if unit else ''}, written like {shown}.",
    )


def _shape(asked: Asked) -> Text:
    forms = ("2x3", "(2, 3)") if asked.key != ("2", "3") else ("4x5", "(4, 5)")
    shown = ", ".join(f"`{form}`" for form in forms)
    return Text(f"形状を答えてください(書き方の例: {shown})。", f"Answer with a shape, written like {shown}.")


def _order(asked: Asked) -> Text:
    """The letters as shown are a safe example: steps are never shown in the right order."""
    shown = "".join(option.letter for option in asked.options)
    return Text(
        f"記号を正しい順に書いてください(書き方の例: `{shown}`)。", f"Put the letters in order, written like `{shown}`."
    )


def _code(question: Code) -> Text:
    if question.answer is not None:
        return Text("`____` に入る式を 1 つ書いてください。", "Write the one expression that fills `____`.")
    return Text(
        f"関数 `{question.function}` を書いてください。ファイルに書き出す: `quizdl start {question.id}`",
        f"Write the function `{question.function}`. To have it in a file: `quizdl start {question.id}`",
    )
