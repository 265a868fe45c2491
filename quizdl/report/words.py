"""The words of the written reports, in both languages, by the names that their templates use."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from quizdl.report.changes import Effect
from quizdl.text import Lang, Text

WORDS: Mapping[str, Text] = MappingProxyType(
    {
        "report": Text("模試の結果", "Mock exam report"),
        "areas": Text("領域別", "By area"),
        "area": Text("領域", "Area"),
        "chapters": Text("章別", "By chapter"),
        "chapter": Text("章", "Chapter"),
        "sections": Text("節別", "By section"),
        "section": Text("節", "Section"),
        "levels": Text("段階別", "By level"),
        "level": Text("段階", "Level"),
        "kinds": Text("種類別", "By kind"),
        "kind": Text("種類", "Kind"),
        "breakdown": Text("内訳", "Breakdown"),
        "percent": Text("得点率", "Score"),
        "right_of": Text("正解", "Right"),
        "before": Text("前回", "Last time"),
        "per_question": Text("1 問あたり", "Per question"),
        "next": Text("次に学ぶこと", "What to study next"),
        "mistakes": Text("失点の大きい間違い", "The costliest mistakes"),
        "no_mistakes": Text("名前のある間違いはありませんでした。", "No named mistake was made."),
        "lost": Text("失点", "Lost"),
        "times_before": Text("以前", "Earlier"),
        "time": Text("時間", "Time"),
        "plan": Text("計画", "Plan"),
        "used": Text("使った時間", "Used"),
        "median": Text("中央値", "Median"),
        "on_right": Text("正解した問題の平均", "Mean where right"),
        "on_wrong": Text("落とした問題の平均", "Mean where lost"),
        "beyond_plan": Text("計画を超えた問題", "Beyond the plan"),
        "first_pass": Text("ひととおり見終えた時刻", "First pass ended at"),
        "slow": Text("時間のかかった問題", "Slowest"),
        "no_times": Text("この模試には時間の記録がありません。", "No times were recorded for this exam."),
        "pace_note": Text(
            "本試験の目安: 1 問 20 秒から 1 分、60〜80 分でひととおり解き、印を付けた問題に戻る。",
            "A pace that candidates recommend: 20 seconds to a minute a question, a first pass in 60 to 80 minutes,"
            " then the flagged ones.",
        ),
        "second_thoughts": Text("印と見直し", "Flags and second thoughts"),
        "no_changes": Text("変えた解答はありません。", "No answer was changed."),
        "question": Text("問題", "Question"),
        "first_answer": Text("最初", "First"),
        "last_answer": Text("最後", "last"),
        "effect": Text("効果", "Effect"),
        "flagged": Text("印", "Flagged"),
        "history": Text("これまでの模試", "Mock exams so far"),
        "date": Text("日付", "Date"),
        "total": Text("全体", "Total"),
        "questions": Text("全問", "Every question"),
        "wrong": Text("不正解", "Wrong"),
        "right": Text("正解", "Right"),
        "unanswered": Text("無解答", "Unanswered"),
        "your_answer": Text("あなたの解答", "Your answer"),
        "key": Text("正解", "Right answer"),
        "why_wrong": Text("誤りの理由", "Why it is wrong"),
        "explanation": Text("解説", "Explanation"),
        "lab": Text("実験", "Lab"),
        "practise": Text("練習", "Practise it"),
        "few": Text("問題数が少ない行は、偶然に大きく左右されます。", "Rows with few questions depend much on chance."),
        "averages": Text("公表平均", "Published averages"),
        "averages_note": Text(
            "公表平均は本試験の受験者の領域別平均です。全体・章別の平均と合格ラインは公表されていません。",
            "The published averages are those of the real exam's candidates, by area. None are published for the total"
            " or the chapters, and neither is the pass line.",
        ),
        "all_right": Text("すべて正解:", "Everything right:"),
    }
)

EFFECTS: Mapping[Effect, Text] = MappingProxyType(
    {
        "helped": Text("良くなった", "helped"),
        "hurt": Text("悪くなった", "hurt"),
        "neither": Text("変わらず", "no effect"),
    }
)


def words(lang: Lang) -> dict[str, str]:
    """The words in one language."""
    return {name: text.of(lang) for name, text in WORDS.items()}
