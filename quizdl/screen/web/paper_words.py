"""What the exam's page says: in its template, and by its script, with values in braces."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from quizdl.text import Text, same

SHOWN: Mapping[str, Text] = {
    "title": Text("E資格 模擬試験", "Mock exam for the E資格"),
    "no_script": Text(
        "この表示ではスクリプトが動かないため、印刷だけができます。受験するにはブラウザーで開いてください。",
        "No script runs in this viewer: the exam can be printed, but not taken here. Open it in a browser.",
    ),
    "no_storage": Text(
        "このブラウザーには解答を保存できません。閉じると消えるので、その前に必ず「ファイルに保存」してください。",
        "This browser cannot keep your answers: they are gone when the page closes. Save them as a file before that.",
    ),
    "kept": Text(
        "解答は選ぶたびにこのブラウザーに保存されます。閉じても続きから再開できます。",
        "Each answer is kept in this browser at once; close the page and go on where you were.",
    ),
    "start": Text("開始する", "Start"),
    "enter": Text("紙の解答を入力する(時計なし)", "Enter answers given on paper (no clock)"),
    "load": Text("保存したファイルから続ける", "Go on from a saved file"),
    "name": Text("氏名", "Name"),
    "date": Text("日付", "Date"),
    "score": Text("得点", "Score"),
    "return": Text("問題に戻る", "Back to the question"),
    "keys": Text(
        "キー: 1〜4 選ぶ ・ ← → 移動 ・ F 印 ・ 0 消す ・ R 一覧",
        "Keys: 1 to 4 choose · ← → move · F flag · 0 clear · R overview",
    ),
    "clear": Text("解答を消す", "Clear the answer"),
    "back": Text("← 前へ", "← Back"),
    "next": Text("次へ →", "Next →"),
    "flag": Text("印", "Flag"),
    "to_overview": Text("一覧", "Overview"),
    "overview": Text("一覧と提出", "Overview"),
    "legend": Text(
        "塗りつぶし: 解答済み。角の印: 見直す問題。点線: まだ見ていない問題。",
        "Filled: answered. Marked corner: flagged. Dashed: not seen yet.",
    ),
    "hand_in": Text("提出する", "Hand in"),
    "save": Text("ファイルに保存", "Save as a file"),
    "yes": Text("提出して保存", "Hand in and save"),
    "no": Text("まだ提出しない", "Not yet"),
    "done": Text("提出しました", "Handed in"),
    "how_to_grade": Text(
        "保存した answers.json を、この模試を作ったコンピューターで採点します。",
        "Have answers.json graded on the computer that wrote this exam:",
    ),
    "copy": Text("文字として写す", "Copy as text"),
    "elsewhere": Text("この模試は別のタブで開かれています。", "This exam is open in another tab."),
    "here": Text("このタブで続ける", "Go on in this tab"),
    "answer_sheet": Text("解答用紙", "Answer sheet"),
    "how_to_mark": Text(
        "選んだ記号を塗りつぶしてください。採点するには、このファイルをブラウザーで開いて解答を入力します。",
        "Fill in the letter you choose. To have it graded, open the file in a browser and enter the answers there.",
    ),
}

HAND_IN_RULE = Text(
    "最後に「提出する」を押すと answers.json が保存されます。正解はこのページには入っていません。",
    "At the end, 'Hand in' saves answers.json. The key is not in this page.",
)


def clock_rule(clock: Literal["running", "paused"]) -> Text:
    """What the clock does while nobody sits there."""
    if clock == "paused":
        return Text("ページを閉じているあいだ、時計は止まります。", "The clock stands still while the page is closed.")
    return Text("ページを閉じても、時計は進みます。", "The clock keeps running while the page is closed.")


SAID: Mapping[str, Text] = {
    "question": Text("問 {number}", "Question {number}"),
    "answered": Text("解答済み", "answered"),
    "open": Text("未解答", "not answered"),
    "unseen": Text("まだ見ていない", "not seen yet"),
    "flagged": Text("印あり", "flagged"),
    "comma": Text("、", ", "),
    "place": same("{number} / {count}"),
    "ahead": Text("予定より {minutes} 分早い", "{minutes} min ahead of plan"),
    "onPlan": Text("予定どおり", "on plan"),
    "behind": Text("予定より {minutes} 分遅れ", "{minutes} min behind plan"),
    "minutesLeft": Text("残り {minutes} 分です。", "{minutes} minutes left."),
    "timeIsUp": Text("時間です。解答はここまでで締め切りました。", "The time is up; your answers stand as they are."),
    "standing": Text(
        "解答 {answered}・未解答 {open}・印 {flagged}", "{answered} answered · {open} open · {flagged} flagged"
    ),
    "sure": Text(
        "未解答 {open} 問、印 {flagged} 問です。提出すると解答は変えられません。",
        "{open} not answered, {flagged} flagged. Once handed in, answers cannot be changed.",
    ),
    "handedIn": Text("{count} 問中 {answered} 問に解答しました。", "{answered} of {count} questions are answered."),
    "notThisExam": Text(
        "この模試の答案ファイルではないか、壊れています。", "This file is damaged, or belongs to another exam."
    ),
}
