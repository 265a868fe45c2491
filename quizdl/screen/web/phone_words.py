"""What the phone pack's page says: in its template, and by its script, with values in braces."""

from __future__ import annotations

from collections.abc import Mapping

from quizdl.text import Text, same

SHOWN: Mapping[str, Text] = {
    "title": Text("今日のメニュー", "Today's menu"),
    "no_script": Text(
        "この表示ではスクリプトが動かないため、読むことはできても解答を記録できません。ブラウザーで開いてください。",
        "No script runs in this viewer: the questions can be read, but no answers kept. Open the page in a browser.",
    ),
    "no_storage": Text(
        "このブラウザーには解答を保存できません。ページを閉じる前に、必ず「結果を渡す」でコードをコピーしてください。",
        "This browser cannot keep your answers. Before you close the page, copy the code under 'Hand over'.",
    ),
    "rule": Text(
        "解答はこのブラウザーに保存されます。終わったら「結果を渡す」で、パソコンの quizdl に取り込みます。",
        "Answers are kept in this browser. When you are done, 'Hand over' takes them to quizdl on your computer.",
    ),
    "start": Text("始める", "Start"),
    "check": Text("答え合わせ", "Check"),
    "hint": Text("ヒント", "Hint"),
    "flag": Text("印", "Flag"),
    "answer": Text("答えと解説", "Answer and explanation"),
    "mistake": Text("よくある間違い:", "A known mistake:"),
    "explanation": Text("解説", "Explanation"),
    "back": Text("← 前へ", "← Back"),
    "next": Text("次へ →", "Next →"),
    "again": Text("間違えた問題をもう一度", "The missed ones again"),
    "hand": Text("結果を渡す", "Hand over"),
    "how_to_hand": Text(
        "コードをコピーして自分に送るか、ファイルに保存してパソコンへ移し、次のように取り込みます。",
        "Copy the code and send it to yourself, or save it as a file; then, on your computer:",
    ),
    "code": Text("結果のコード", "The code of your results"),
    "copy": Text("コピー", "Copy"),
    "save": Text("ファイルに保存", "Save as a file"),
    "return": Text("問題に戻る", "Back to the question"),
    "code_or_file": Text("コードまたはファイル", "CODE-or-FILE"),
    "many_times": Text(
        "何度渡しても、同じ解答は一度だけ記録されます。",
        "Hand over as often as you like: each answer is recorded once.",
    ),
    "elsewhere": Text("このページは別のタブで開かれています。", "This page is open in another tab."),
    "here": Text("このタブで続ける", "Go on in this tab"),
}

SAID: Mapping[str, Text] = {
    "question": Text("問 {number}", "Question {number}"),
    "place": same("{number} / {count}"),
    "score": Text("正解 {right} / {done}", "{right} of {done} right"),
    "total": Text("{count} 問中 {done} 問に解答、正解 {right} 問", "{done} of {count} answered, {right} right"),
    "right": Text("✓ 正解", "✓ Correct"),
    "wrong": Text("✗ 不正解", "✗ Wrong"),
    "copied": Text("コピーしました。", "Copied."),
}
