"""The words of a class's report and of a learner's feedback, in both languages, by the names their templates use."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from quizdl.report.course import FEW_LEARNERS, Course, State
from quizdl.report.similar import LEAST_QUESTIONS, LEAST_TOKENS, Similar
from quizdl.screen.words import OUTCOMES
from quizdl.text import Lang, Text

COURSE: Mapping[str, Text] = MappingProxyType(
    {
        "report": Text("クラスの採点結果", "Class report"),
        "overview": Text("全体", "Overview"),
        "distribution": Text("得点率の分布", "Distribution of scores"),
        "learners": Text("受講者", "Learners"),
        "active": Text("提出した人", "Handed in"),
        "idle": Text("まったく提出していない人", "Handed in nothing"),
        "mean": Text("平均", "Mean"),
        "median": Text("中央値", "Median"),
        "quartiles": Text("四分位", "Quartiles"),
        "deviation": Text("標準偏差", "Std deviation"),
        "alpha": Text("クロンバックの α", "Cronbach's α"),
        "questions": Text("問題ごと", "Questions"),
        "question": Text("問題", "Question"),
        "points": Text("配点", "Points"),
        "submitted": Text("提出", "Handed in"),
        "difficulty": Text("平均点率", "Mean score"),
        "full_marks": Text("正解", "Correct"),
        "discrimination": Text("識別力", "Discrimination"),
        "remark": Text("備考", "Remark"),
        "verdicts": Text("判定の内訳", "Verdicts"),
        "verdict_table": Text("すべての判定の数", "Every verdict in numbers"),
        "discrimination_note": Text(
            "識別力は、その問題の得点と、残りの問題の合計との相関です(全問を提出した人だけ)。0.2 未満の問題は見直し、"
            "負の問題では正答と問題文を確かめてください。",
            "Discrimination is the correlation of a question's scores with the sum of the others, over those who handed"
            " in everything. Look again at a question below 0.2; where it is negative, check its key and its wording.",
        ),
        "mistakes": Text("よくあった間違い", "Most frequent mistakes"),
        "no_mistakes": Text("名前のある間違いは見つかりませんでした。", "No named mistake was found."),
        "example": Text("提出の例(匿名)", "An example, anonymous"),
        "options": Text("選択肢の分析", "Options"),
        "option": Text("選択肢", "Option"),
        "chosen": Text("選んだ人", "Chosen by"),
        "share": Text("割合", "Share"),
        "rest": Text("残りの問題の平均", "Mean of other questions"),
        "key": Text("正答", "key"),
        "no_option": Text("複数または読み取れない答え", "Several, or not readable"),
        "options_note": Text(
            "誤りの選択肢を選んだ人の残りの問題の平均が、正答を選んだ人より高ければ、問題文を確かめてください。",
            "Where those who chose a wrong option do better elsewhere than those who chose the key, check the wording.",
        ),
        "similar": Text("似ている提出", "Similar submissions"),
        "no_similar": Text("見るべき組はありませんでした。", "There is no pair to look at."),
        "tokens": Text("一致した断片", "Fragments shared"),
        "side_by_side": Text("並べて見る", "Side by side"),
        "everybody": Text("受講者の一覧", "Every learner"),
        "learner": Text("受講者", "Learner"),
        "name": Text("氏名", "Name"),
        "not_enrolled": Text("名簿外", "not on the roster"),
        "total": Text("得点率", "Score"),
        "by_hand": Text("手で変えた点", "Changed by hand"),
        "left_out": Text("採点しなかったファイル", "Files that were not graded"),
        "file": Text("ファイル", "File"),
        "reason": Text("理由", "Why"),
        "origins": Text("再現のための記録", "To grade it again"),
        "origins_note": Text(
            "同じ版と seed で採点すれば同じ判定になります。seed で隠れた入力が決まるので、受講者に渡さないでください。",
            "The same versions and seeds give the same verdicts. The seeds decide the hidden inputs: keep them from"
            " learners.",
        ),
        "version": Text("版", "Version"),
        "variant": Text("変形の seed", "Variant seed"),
        "inputs": Text("入力の seed", "Input seed"),
        "engine": Text("エンジン", "Engine"),
        "level": Text("隔離", "Level"),
        "count": Text("件数", "Count"),
        "private": Text(
            "この報告には氏名があります。担当者以外に渡さないでください。",
            "This report has names in it: it is for those who teach this class.",
        ),
    }
)

FEEDBACK: Mapping[str, Text] = MappingProxyType(
    {
        "feedback": Text("採点結果", "Your results"),
        "total": Text("合計", "Total"),
        "question": Text("問題", "Question"),
        "result": Text("結果", "Result"),
        "points": Text("点", "Points"),
        "cases": Text("通った入力", "Inputs passed"),
        "not_submitted": Text("未提出", "Not handed in"),
        "received": Text("受け取りました", "Received"),
        "by_hand": Text("この点は担当者が変更しました。", "This mark was changed by your teacher."),
        "mistake": Text("よくある間違い", "A known mistake"),
        "counterexample": Text("正解でない公開の例", "A public example that is wrong"),
        "expected": Text("期待する値", "expected"),
        "got": Text("あなたの値", "got"),
        "difference": Text("差", "difference"),
        "later": Text(
            "いまは公開の例の結果だけをお知らせします。得点と残りの結果は、締め切りの後にお知らせします。",
            "For now you see the public examples alone; your marks and all else follow after the deadline.",
        ),
        "not_your_fault": Text(
            "採点できませんでした。あなたのせいではありません。担当者に知らせてください。",
            "It could not be graded, through no fault of yours. Please tell your teacher.",
        ),
    }
)

STATES: Mapping[State, Text] = MappingProxyType(
    {
        "correct": OUTCOMES["correct"],
        "partial": OUTCOMES["partial"],
        "wrong": OUTCOMES["wrong"],
        "stopped": Text("動かない", "Did not run"),
        "grader_error": Text("採点不能", "Not graded"),
        "not_submitted": FEEDBACK["not_submitted"],
    }
)


def course_words(lang: Lang) -> dict[str, str]:
    """The teacher's words in one language."""
    return {name: text.of(lang) for name, text in COURSE.items()}


def feedback_words(lang: Lang) -> dict[str, str]:
    """The learner's words in one language."""
    return {name: text.of(lang) for name, text in FEEDBACK.items()}


def counted(found: Course) -> Text:
    """Who is in the class, and who handed in."""
    learners, questions, active = len(found.learners), len(found.items), found.active
    return Text(
        f"{questions} 問 · 受講者 {learners} 人 · 提出した人 {active} 人",
        f"Questions: {questions} · Learners: {learners} · Handed in something: {active}",
    )


def reliability(found: Course) -> Text:
    """What α is, over whom, and how much it is worth."""
    count = found.complete
    if found.alpha is None:
        return Text(
            f"全問を提出した人は {count} 人です。α は、2 問以上を 2 人以上が提出し、合計に差があるときに計算できます。",
            f"{count} handed in everything. α exists where two or more did, at two or more questions, with totals that"
            " differ.",
        )
    return Text(f"全問を提出した {count} 人から計算しました。", f"Over the {count} who handed in everything.")


def few(found: Course) -> Text | None:
    """The warning of a small class."""
    if not found.is_small:
        return None
    count, least = found.complete, FEW_LEARNERS
    return Text(
        f"全問を提出した人が {least} 人に満たない({count} 人)ため、α と識別力は偶然に大きく左右されます。"
        "問題の良し悪しの判断には使わないでください。",
        f"Fewer than {least} handed in everything ({count}): α and discrimination are mostly chance. Do not judge"
        " questions by them.",
    )


def look_here(found: Similar) -> Text:
    """What the pairs are and are not."""
    least, tokens, more = LEAST_QUESTIONS, LEAST_TOKENS, max(found.found - len(found.pairs), 0)
    beyond = Text(f"ほかに {more} 組あります。", f" There are {more} more.") if more else Text("", "")
    return Text(
        f"ここを見てください、というだけの一覧です。不正の証拠ではありません。名前や書式の違いを除き、ひな形と模範解答、"
        f"多くの人に共通する書き方を引いた後で、{least} 問以上で珍しい断片が一致した組を挙げています。"
        f"自分で書いた部分が {tokens} 語に満たない提出は比べません。{beyond.ja}",
        f"Places to look at, nothing more: they prove nothing. Names and layout aside, and without the template, the"
        f" worked solution and what many wrote, these share rare fragments at {least} questions or more. Submissions"
        f" with fewer than {tokens} tokens of one's own are not compared.{beyond.en}",
    )
