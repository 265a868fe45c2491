"""What each key of a bank file means, in both languages; `make_format.py` puts it beside the key's type and default."""

from __future__ import annotations

from quizdl.text import Text

MEANINGS: dict[str, dict[str, Text]] = {
    "Header": {
        "section": Text("節の名前。`--section` で選ぶ", "The section's name, for `--section`"),
        "title": Text("節の見出し", "The section's title"),
        "day": Text("講座の Day(1〜4)。`stage` とどちらか一方", "The course's day, 1 to 4; either this or `stage`"),
        "stage": Text("Day のない部分", "A part of the course that has no day"),
        "order": Text("フォルダー内での順番", "Where the file stands among those of its folder"),
        "lab": Text("対応する実験(`quizdl lab`)", "The lab that goes with it (`quizdl lab`)"),
        "questions": Text("問題とセットの並び", "The questions and sets"),
    },
    "Question": {
        "id": Text("小文字・数字・ハイフン。問題集のなかで一意", "Lower case, digits, hyphens; unique in the bank"),
        "kind": Text("種類。以下の 8 つ", "Its kind, one of the eight below"),
        "chapter": Text("シラバスの番号。引用符で囲む", "The syllabus's number, in quotes"),
        "prompt": Text(
            "問題文。これだけで答えが一つに決まるように", "The question; it alone must determine the answer"
        ),
        "explanation": Text("解説", "The explanation"),
        "source": Text(
            "網羅表の id。自分の問題集では好きな名前", "Ids of the coverage list; in a bank of your own any names"
        ),
        "level": Text("知識・応用・分析", "How demanding it is"),
        "scope": Text(
            "試験範囲か意見が分かれる話題。`exam --no-disputed` で外れる",
            "Whether it is examined is disputed; `exam --no-disputed` leaves it out",
        ),
        "framework": Text("どちらの流儀で問うか", "Whose names and conventions are asked"),
        "twin": Text(
            "もう一方のフレームワークの同じ問題の id", "The id of the same question about the other framework"
        ),
        "status": Text("下書き。一つの言語だけでもよい", "A draft may have one language"),
        "points": Text("配点", "What it is worth"),
        "hints": Text("ヒント。軽いものから", "Hints, the lightest first"),
        "code": Text("問題文の前に示すコード", "Code shown before the prompt"),
        "figure": Text("図。下の「図」を参照", "A figure; see below"),
        "variables": Text("種ごとに引く値", "Values drawn by the seed"),
        "first": Text("種 0 での値。変数のすべてに必要", "The values of seed 0, for every variable"),
        "where": Text("引いた値が満たすべき条件", "What drawn values must satisfy"),
        "values": Text("引いた値から計算する値。上から順に", "Values computed from those drawn, one after another"),
    },
    "Variable": {
        "range": Text("下限から上限までの整数(両端を含む)", "Whole numbers from low to high, both included"),
        "choice": Text("並べた値のどれか", "One of those listed"),
        "uniform": Text("下限から上限までの小数", "Decimals from low to high"),
        "digits": Text("小数の桁数", "Their decimal places"),
    },
    "Choice": {
        "options": Text("選択肢。正解が複数なら複数選択になる", "The options; several may be correct"),
    },
    "Option": {
        "id": Text("名前。誤りの選択肢では、間違いの名前になる", "Its name; a wrong option's is its mistake's"),
        "text": Text("表示する文", "What is shown"),
        "correct": Text("正解か", "Whether it is correct"),
        "why": Text(
            "選んでしまう理由と、なぜ違うか。誤りの選択肢に必須", "Why people choose it; needed where it is wrong"
        ),
    },
    "Numeric": {
        "answer": Text("正解を計算する式", "The formula that computes the key"),
        "tolerance": Text("許容する誤差", "How far off is still right"),
        "unit": Text("解答欄に添える単位", "The unit shown beside the answer"),
        "mistakes": Text("よくある間違い", "Known mistakes"),
    },
    "Tolerance": {
        "rel": Text("正解に対する割合", "In proportion to the key"),
        "abs": Text("絶対値。両者の大きいほうを許す", "Absolute; the larger of the two counts"),
    },
    "NumericMistake": {
        "id": Text("間違いの名前", "Its name"),
        "answer": Text("そう間違えたときの値", "What people get by it"),
        "why": Text("なぜそうなるか", "How people come to it"),
    },
    "Shape": {
        "answer": Text("軸ごとの式", "A formula for each axis"),
        "mistakes": Text("よくある間違い", "Known mistakes"),
    },
    "ShapeMistake": {
        "id": Text("間違いの名前", "Its name"),
        "answer": Text("そう間違えたときの形状", "What people get by it"),
        "why": Text("なぜそうなるか", "How people come to it"),
    },
    "Expression": {
        "symbols": Text("使える記号と、その範囲", "The symbols there are, each with its domain"),
        "answer": Text("正解の式", "The right expression"),
        "aliases": Text("記号や関数の別の書き方", "Other spellings of symbols and functions"),
        "mistakes": Text("よくある間違い", "Known mistakes"),
    },
    "ExpressionMistake": {
        "id": Text("間違いの名前", "Its name"),
        "answer": Text("そう間違えたときの式", "What people write"),
        "why": Text("なぜそうなるか", "How people come to it"),
    },
    "Term": {
        "accept": Text("正解とする語", "The words that are right"),
        "near": Text("間違いではないが足りない語(0 点)", "Words that are not wrong and not enough (no marks)"),
        "mistakes": Text("よく混同する語", "Words that people confuse with it"),
    },
    "Words": {
        "ja": Text("日本語の語", "Japanese words"),
        "en": Text("英語の語。どちらの言語で答えてもよい", "English words; either language is accepted"),
    },
    "TermMistake": {
        "id": Text("間違いの名前", "Its name"),
        "accept": Text("そう間違えたときの語", "The words that show it"),
        "why": Text("なぜ違うか", "Why it is wrong"),
    },
    "Order": {
        "steps": Text("正しい順に書いた手順。表示はシャッフルされる", "The steps in the right order; shown shuffled"),
        "free": Text("順番を問わない手順の組(1 からの番号)", "Groups that may stand in any order (numbers from 1)"),
        "mistakes": Text("よくある誤った順", "Known wrong orders"),
    },
    "OrderMistake": {
        "id": Text("間違いの名前", "Its name"),
        "order": Text("その順での手順の番号(1 から)", "The steps' numbers, from 1, as people order them"),
        "why": Text("なぜ違うか", "Why it is wrong"),
    },
    "Code": {
        "function": Text("採点する関数の名前", "The function that is graded"),
        "template": Text("学習者に渡すコード。空欄は `____`", "What the learner is given; a blank is `____`"),
        "reference": Text(
            "正しい結果を出すもの。下の一覧の名前か `solution`(自分の模範解答)",
            "What gives the right results: a name of the list below, or `solution`, your own answer",
        ),
        "inputs": Text("引数ごとの引き方", "How each argument is drawn"),
        "answer": Text(
            "空欄の答え。なければ関数全体の問題で、`solutions/` に模範解答を置く",
            "The fill; without it a whole function is asked, whose answer is in `solutions/`",
        ),
        "dims": Text("引数どうしで共有する大きさ", "Sizes that the arguments share"),
        "edges": Text("必ず試す場合", "Cases that are always tried"),
        "aspects": Text("部分点を与える観点", "Parts that earn credit"),
        "mistakes": Text("よくある間違い", "Known mistakes"),
        "gradient_of": Text("逆伝播の関数であること", "Says that the function is a backward"),
        "lab": Text("書いた関数をそのまま動かせる実験", "A lab in which the learner's own function can be run"),
    },
    "CodeMistake": {
        "id": Text("間違いの名前", "Its name"),
        "why": Text("なぜそうなるか", "How people come to it"),
        "fill": Text("空欄への誤った答え", "A wrong fill"),
        "change": Text("模範解答のどこをどう変えた誤りか", "The worked answer's text → what stands there instead"),
    },
    "GradientOf": {
        "wrt": Text("戻り値がそれぞれ何の勾配か", "What each result is the gradient of"),
        "forward": Text("学習者が書く順伝播の関数", "The learner's own forward in the template"),
        "upstream": Text("上流から届く勾配の引数", "The arguments that are gradients from above"),
    },
    "Essay": {
        "rubric": Text("採点の観点", "What a good answer says"),
        "mistakes": Text("よくある誤解", "Known misconceptions"),
    },
    "RubricPoint": {
        "id": Text("観点の名前", "Its name"),
        "text": Text("述べるべきこと。学習者が確認する", "What should be said; the learner confirms it"),
        "phrases": Text("見つけたら候補として示す語句", "Phrases that propose it"),
        "points": Text("観点の点数", "What it is worth"),
    },
    "EssayMistake": {
        "id": Text("誤解の名前", "Its name"),
        "phrases": Text("誤解を示す語句", "Phrases that show it"),
        "why": Text("なぜ違うか", "Why it is wrong"),
    },
    "SetHeader": {
        "set": Text("セットの id", "The set's id"),
        "stem": Text("問題に共通の説明", "What its questions share"),
        "code": Text("共通のコード", "Code that they share"),
        "figure": Text("共通の図。値は数と語だけ", "A figure that they share; its values are numbers and words"),
        "chapter": Text("以下、各問題が受け継ぐ既定", "This and what follows: what its questions inherit"),
        "source": Text("同上", "Likewise"),
        "level": Text("同上", "Likewise"),
        "scope": Text("同上", "Likewise"),
        "framework": Text("同上", "Likewise"),
        "status": Text("同上", "Likewise"),
        "questions": Text("セットの問題。入れ子にはできない", "Its questions; sets do not nest"),
    },
}
"""Record → key → what it means. `Question` stands for what all kinds have in common."""

SPECS: dict[str, Text] = {
    "normal": Text("正規分布。`scale` は標準偏差か、その範囲", "Normal; `scale` is the standard deviation, or a range"),
    "uniform": Text("low から high までの小数", "Decimals from low to high"),
    "integers": Text("low 以上 high 未満の整数", "Whole numbers from low up to, not including, high"),
    "one_hot": Text("最後の軸に 1 が一つある行", "Rows with a single 1 on the last axis"),
    "mask": Text("確率 keep で 1、ほかは 0", "1 with probability keep, else 0"),
    "probabilities": Text("最後の軸の和が 1 になる正の行", "Positive rows that sum to 1 on the last axis"),
    "lengths": Text("系列の長さを count 個。1 から high", "Lengths of count sequences, 1 to high"),
    "zeros": Text("すべて 0", "All zeros"),
    "ones": Text("すべて 1", "All ones"),
    "full": Text("すべて同じ小数", "The same decimal everywhere"),
    "choice": Text("並べた値のどれか", "One of the values listed"),
    "int": Text("書いたとおりの整数の配列", "An array of whole numbers as written"),
}
"""How an argument may be drawn → what comes."""
