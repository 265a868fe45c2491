"""Which labs there are. It needs no NumPy: the list, shell completion and a question's link to its lab read it."""

from __future__ import annotations

from typing import NamedTuple

from quizdl.text import Text


class Entry(NamedTuple):
    """A lab before it is opened: its module in this room, its line in the list, the bank's sections it goes with.

    hosts: functions of a learner's own that can do their work in it (`--mine FILE`); a code question may name the lab.
    """

    name: str
    module: str
    line: Text
    sections: tuple[str, ...]
    hosts: tuple[str, ...] = ()


ENTRIES = (
    Entry(
        "binary-addition",
        "binary_addition",
        Text("RNN に2進数の足し算（繰り上がり）を覚えさせる", "Teach an RNN binary addition, carries and all"),
        ("rnn", "bptt"),
        ("rnn_step",),
    ),
    Entry(
        "sine-wave",
        "sine_wave",
        Text("正弦波の続きを RNN・LSTM・GRU に描かせる", "Let an RNN, an LSTM and a GRU continue a sine wave"),
        ("gru", "rnn"),
        ("rnn_step", "lstm_step", "gru_step"),
    ),
    Entry(
        "adding-problem",
        "adding_problem",
        Text(
            "長い系列の離れた2つの数を足す：LSTM と RNN の差",
            "Add two distant numbers of a long sequence: LSTM against RNN",
        ),
        ("lstm",),
    ),
    Entry(
        "vanishing-gradient",
        "vanishing_gradient",
        Text(
            "勾配が時間と深さの中で消える・爆発する様子を測る",
            "Measure gradients vanish and explode through time and depth",
        ),
        ("vanishing-gradient", "bptt"),
    ),
    Entry(
        "digits-cnn",
        "digits_cnn",
        Text(
            "手書き数字を CNN で見分け、Grad-CAM で根拠を見る", "Tell digits apart with a CNN and see why with Grad-CAM"
        ),
        ("cnn", "explainability", "regularisation"),
    ),
    Entry(
        "sentiment",
        "sentiment",
        Text("否定を含む文の感情：RNN と双方向 LSTM", "Sentiment under negation: an RNN against a bidirectional LSTM"),
        ("bidirectional", "lstm"),
    ),
    Entry(
        "number-addition",
        "number_addition",
        Text("「57+5」を文字列のまま解く Encoder-Decoder", "An encoder-decoder that solves “57+5” as a string"),
        ("seq2seq",),
    ),
    Entry(
        "translate",
        "translate",
        Text(
            "注意機構のある翻訳とない翻訳、そして Transformer",
            "Translation with and without attention, and a Transformer",
        ),
        ("attention", "transformer", "seq2seq"),
    ),
    Entry(
        "word2vec",
        "word2vec",
        Text(
            "小さな文法から単語ベクトルを学び、類推を試す", "Learn word vectors from a small grammar and try analogies"
        ),
        ("word2vec",),
    ),
    Entry(
        "autoencoders",
        "autoencoders",
        Text(
            "AE・雑音除去 AE・VAE の潜在平面を見比べる", "Compare the latent planes of an AE, a denoising AE and a VAE"
        ),
        ("autoencoder",),
    ),
    Entry(
        "dialogue",
        "dialogue",
        Text("同じ文脈への返答の多様さ：HRED と VHRED", "How varied are replies to one context: HRED against VHRED"),
        ("hred",),
    ),
    Entry(
        "optimisers",
        "optimisers",
        Text("細い谷を SGD から Adam までが下る道すじ", "From SGD to Adam: how each walks down a ravine"),
        ("optimisers", "gradient-descent"),
    ),
)
