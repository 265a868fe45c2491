"""Three autoencoders squeeze the same images through a narrow code: a plain one, a denoising one, a variational one.

    AE     z = enc(x)               loss = −log p(x | z)
    DAE    z = enc(x + noise)       loss = −log p(x | z)                               the clean x is the target
    VAE    z = μ(x) + σ(x) ⊙ ε      loss = −log p(x | z) + β·KL(N(μ, σ²) ‖ N(0, I))    ε ~ N(0, I)

All three decode z to the probability of every pixel, and −log p(x | z) is the cross entropy summed over the pixels. The
codes are linear, without an activation, so that nothing but the loss says where they lie.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from quizdl.engine.activations import sigmoid
from quizdl.engine.parameters import part
from quizdl.engine.perceptron import init_perceptron, perceptron, perceptron_forward
from quizdl.engine.tape import Value, Values, apply, one, recorded, replayed
from quizdl.engine.vae import (
    bernoulli_nll_forward,
    init_vae,
    vae_backward,
    vae_encode_forward,
    vae_forward,
    vae_sample,
    vae_terms,
)
from quizdl.labs import data_files
from quizdl.labs.autoencoders_data import own_images, shapes
from quizdl.labs.autoencoders_measures import (
    ACTIVE,
    active_units,
    gaussian_like,
    neighbour_accuracy,
    psnr,
    to_nearest,
)
from quizdl.labs.autoencoders_pictures import latent_plane, measures_table, mosaic, terms_curves, walk
from quizdl.labs.core import SEED, Array, Lab, Option, Outcome, Picture, Settings, Step, Weights
from quizdl.labs.training import descend, loss_curves, minibatches, need_no_others, optimiser, put_back
from quizdl.text import Text, same

NAMES = {"ae": same("AE"), "dae": Text("雑音除去 AE", "denoising AE"), "vae": same("VAE")}

_SAMPLES = 500
_COLLAPSED = 0.1
"""A KL of less than this many nats tells nothing of x: the posterior is the prior."""


def reconstruction_loss(x: Value, p: Values, target: Array, activation: str) -> Value:
    """−log p(target | z), z = enc(x): the target is x itself in an AE, the x without noise in a denoising one."""
    z = perceptron(x, p, prefix="encoder.", activation=activation)
    logits = perceptron(z, p, prefix="decoder.", activation=activation)
    return one(apply(bernoulli_nll_forward, logits=logits, x=target))


class Autoencoders:
    """One run: the three networks, one after the other, on the same images."""

    def __init__(self, settings: Settings, data: object | None) -> None:
        self.settings = settings
        self.rng = np.random.default_rng(int(settings["seed"]))
        count = int(settings["images"])
        self.drawn = not isinstance(data, data_files.Images)
        self.images = (
            own_images(self.rng, data, count) if isinstance(data, data_files.Images) else shapes(self.rng, count)
        )
        self.latent, self.activation = int(settings["latent"]), str(settings["activation"])
        self.p = {name: self.initial(name) for name in NAMES}
        test = self.images.test
        self.noisy = test + self.noise(test)
        self.eps = self.rng.standard_normal((_SAMPLES, self.latent)).astype(np.float32)
        self.losses: dict[str, list[float]] = {name: [] for name in NAMES}
        self.terms: list[tuple[float, float]] = []

    def initial(self, name: str) -> dict[str, Array]:
        """D → hidden → latent → hidden → D in all three; the VAE's encoder ends in two layers, μ and log σ²."""
        D, H, Z = self.images.train.shape[1], int(self.settings["hidden_size"]), self.latent
        if name == "vae":
            return init_vae(self.rng, D, H, Z, dtype=np.float32)
        encoder = init_perceptron(self.rng, (D, H, Z), prefix="encoder.", dtype=np.float32)
        return encoder | init_perceptron(self.rng, (Z, H, D), prefix="decoder.", dtype=np.float32)

    def noise(self, x: Array) -> Array:
        """N(0, noise²) for every pixel."""
        drawn = float(self.settings["noise"]) * self.rng.standard_normal(x.shape)
        return np.asarray(drawn.astype(np.float32))

    def steps(self) -> Iterator[Step]:
        """Every network sees every image once an epoch; the DAE with new noise each time, the VAE with a new ε."""
        epochs, batch, count = int(self.settings["epochs"]), int(self.settings["batch"]), len(self.images.train)
        done, total = 0, len(NAMES) * epochs * -(-count // batch)
        for name in NAMES:
            method = optimiser("adam", float(self.settings["learning_rate"]))
            for _ in range(epochs):
                for rows in minibatches(self.rng, count, batch):
                    loss, gradients = self.gradients(name, self.images.train[rows])
                    self.p[name], _ = descend(method, self.p[name], gradients)
                    self.losses[name].append(loss)
                    done += 1
                    yield Step(done, total, loss, None, NAMES[name])
                if name == "vae":
                    self.terms.append(self.vae_terms())

    def gradients(self, name: str, x: Array) -> tuple[float, Mapping[str, Array]]:
        """The loss of one minibatch, and its gradients."""
        if name == "vae":
            eps = self.rng.standard_normal((len(x), self.latent)).astype(np.float32)
            beta = float(self.settings["beta"])
            loss, cache = vae_forward(x, self.p["vae"], eps, beta=beta, activation=self.activation)
            return float(loss), vae_backward(1.0, cache)
        seen = x + self.noise(x) if name == "dae" else x
        options = {"target": x, "activation": self.activation}
        loss, cache = recorded(reconstruction_loss, x=seen, p=self.p[name], options=options)
        return float(loss), replayed(1.0, cache=cache)

    def code(self, name: str, x: Array) -> Array:
        """z of each image; of the VAE, the mean μ of what it holds for possible."""
        if name == "vae":
            (mu, _), _ = vae_encode_forward(x, self.p["vae"], activation=self.activation)
            return np.asarray(mu)
        z, _ = perceptron_forward(x, part(self.p[name], "encoder."), activation=self.activation)
        return z

    def decode(self, name: str, z: Array) -> Array:
        """The probability of every pixel."""
        if name == "vae":
            return vae_sample(z, self.p["vae"], activation=self.activation)
        logits, _ = perceptron_forward(z, part(self.p[name], "decoder."), activation=self.activation)
        return sigmoid(logits)

    def vae_terms(self) -> tuple[float, float]:
        """−log p(x | z) and the KL on the test images, in nats for each image; ε is always the same."""
        x = self.images.test
        eps = np.random.default_rng(0).standard_normal((len(x), self.latent)).astype(np.float32)
        reconstruction, kl = vae_terms(x, self.p["vae"], eps, activation=self.activation)
        return float(reconstruction), float(kl)

    def outcome(self) -> Outcome:
        """Reconstructions, noise, samples and the latent plane, all of images that were kept from training."""
        metrics: dict[str, float] = {"noisy_psnr": psnr(self.noisy, self.images.test)}
        for name in NAMES:
            metrics |= {f"{name}_{measure}": value for measure, value in self.measures(name).items()}
        fitted = gaussian_like(self.code("ae", self.images.train), self.eps)
        metrics["ae_fitted_sample_distance"] = to_nearest(self.decode("ae", fitted), self.images.train)
        metrics["ae_code_spread"] = float(self.code("ae", self.images.test).std(axis=0).mean())
        metrics["data_distance"] = to_nearest(self.images.test, self.images.train)
        metrics["vae_reconstruction"], metrics["vae_kl"] = self.vae_terms()
        metrics["vae_active_units"] = float(active_units(self.code("vae", self.images.test)))
        reading = (self.read_noise(metrics), self.read_samples(metrics), self.read_terms(metrics))
        return Outcome(metrics, reading, self.pictures(metrics), self.reached(metrics))

    def reached(self, metrics: Mapping[str, float]) -> bool | None:
        """The goal speaks of the drawn shapes, this noise, a plane of codes and the plain VAE."""
        asked = {option.name: option.default for option in LAB.options if option.name in ("noise", "latent", "beta")}
        if not self.drawn or any(self.settings[name] != value for name, value in asked.items()):
            return None
        gain = metrics["dae_denoised_psnr"] - metrics["ae_denoised_psnr"]
        return bool(gain >= 3 and 2 * metrics["vae_sample_distance"] <= metrics["ae_sample_distance"])

    def measures(self, name: str) -> dict[str, float]:
        """What is asked of all three networks."""
        images, samples = self.images, self.decode(name, self.eps)
        clean, noisy = self.code(name, images.test), self.code(name, self.noisy)
        found = {
            "psnr": psnr(self.decode(name, clean), images.test),
            "denoised_psnr": psnr(self.decode(name, noisy), images.test),
            "sample_distance": to_nearest(samples, images.train),
            "coverage_distance": to_nearest(images.test, samples),
        }
        if images.train_kinds is None or images.test_kinds is None:
            return found
        kinds = neighbour_accuracy(self.code(name, images.train), images.train_kinds, clean, images.test_kinds)
        return found | {"neighbour_accuracy": kinds}

    def read_noise(self, metrics: Mapping[str, float]) -> Text:
        """What each does with noise that the AE has never seen."""
        noise, before = float(self.settings["noise"]), metrics["noisy_psnr"]
        ae, dae = metrics["ae_denoised_psnr"], metrics["dae_denoised_psnr"]
        facts = Text(
            f"標準偏差 {noise:g} の雑音を加えた画像は PSNR {before:.1f} dB です。それを通すと、"
            f"AE の出力は {ae:.1f} dB、雑音除去 AE の出力は {dae:.1f} dB になりました（きれいな元画像と比べた値）。",
            f"Noise of standard deviation {noise:g} leaves the images a PSNR of {before:.1f} dB. Put through the AE"
            f" they have {ae:.1f} dB, through the denoising AE {dae:.1f} dB, against the clean originals.",
        )
        if dae - ae >= 1:
            meaning = Text(
                "きれいな画像を目標に学んだ雑音除去 AE は、雑音があってもデータの多様体の上へ引き戻せます。",
                " The denoising AE, whose target was the clean image, pulls noisy ones back onto the data's manifold.",
            )
        else:
            meaning = Text(
                "この設定では、雑音を加えて学んだ効果はほとんど出ていません。",
                " With these settings, having been trained with noise makes hardly a difference.",
            )
        return Text(facts.ja + meaning.ja, facts.en + meaning.en)

    def read_samples(self, metrics: Mapping[str, float]) -> Text:
        """What comes out where nobody has put a code."""
        ae, vae, fitted = (metrics[f"{n}_sample_distance"] for n in ("ae", "vae", "ae_fitted"))
        spread, own = metrics["ae_code_spread"], metrics["data_distance"]
        facts = Text(
            "同じ N(0, I) から引いた z を復号すると、最も近い訓練画像との平均2乗誤差は"
            f" VAE が {vae:.4f}、AE が {ae:.4f} です（データどうしは {own:.4f}）。AE の符号は標準偏差 {spread:.1f} に"
            f"広がっていて、その平均と共分散に合わせたガウス分布から引くと {fitted:.4f} になります。",
            f"Decoding z from the same N(0, I), the mean squared difference to the nearest training image is {vae:.4f}"
            f" for the VAE and {ae:.4f} for the AE ({own:.4f} between data). The AE's codes have a standard deviation"
            f" of {spread:.1f}; from a Gaussian of their own mean and covariance its samples are at {fitted:.4f}.",
        )
        if 2 * vae <= ae:
            meaning = Text(
                "KL 項が符号を事前分布のまわりに集めるので、VAE は事前分布から新しい画像を作れます。"
                "AE では、符号がどこにあるかを学習後に測らなければなりません。",
                " The KL term keeps the VAE's codes where the prior is, so that new images can be drawn from it; where"
                " an AE's codes lie has to be measured afterwards.",
            )
        else:
            meaning = Text(
                "この設定では、事前分布からの生成で VAE がはっきり優れているとは言えません。",
                " With these settings the VAE is not clearly the better one at making images from the prior.",
            )
        return Text(facts.ja + meaning.ja, facts.en + meaning.en)

    def read_terms(self, metrics: Mapping[str, float]) -> Text:
        """How much the code says of x, and whether it says anything."""
        reconstruction, kl, beta = metrics["vae_reconstruction"], metrics["vae_kl"], float(self.settings["beta"])
        active, latent = int(metrics["vae_active_units"]), self.latent
        facts = Text(
            f"β={beta:g} の VAE：再構成項 {reconstruction:.1f} nat、KL 項 {kl:.2f} nat、"
            f"使われている潜在変数は {latent} 個中 {active} 個です（μ の分散が {ACTIVE:g} より大きいもの）。",
            f"The VAE with β={beta:g}: reconstruction {reconstruction:.1f} nats, KL {kl:.2f} nats; {active} of {latent}"
            f" latent units are in use (their μ has a variance above {ACTIVE:g}).",
        )
        if kl < _COLLAPSED:
            meaning = Text(
                "事後分布の崩壊です：q(z|x) が事前分布とほぼ同じで、z は x について何も伝えていません。"
                "β を小さくしてください。",
                " The posterior has collapsed: q(z|x) is all but the prior, and z says nothing of x. Make β smaller.",
            )
        elif active < latent:
            meaning = Text(
                "一部の潜在変数は事前分布のまま使われていません（部分的な崩壊）。",
                " Some units were left as the prior has them: a partial collapse.",
            )
        else:
            meaning = Text(
                "--sweep beta=1,5,20 で、β によって KL と再構成の釣り合いがどう変わるかを見てください。",
                " See with --sweep beta=1,5,20 how β trades the KL against the reconstruction.",
            )
        return Text(facts.ja + meaning.ja, facts.en + meaning.en)

    def pictures(self, metrics: Mapping[str, float]) -> tuple[Picture, ...]:
        """Curves, the measures, the latent planes, and what goes in and comes out."""
        batches = max(-(-len(self.images.train) // int(self.settings["batch"])), 1)
        x, shape, few = self.images.test[:3], self.images.shape, self.noisy[:3]
        clean = [x, *(self.decode(name, self.code(name, x)) for name in ("ae", "vae"))]
        noisy = [x, few, *(self.decode(name, self.code(name, few)) for name in ("ae", "dae"))]
        samples = [self.decode(name, eps) for name in ("ae", "vae") for eps in (self.eps[:3], self.eps[3:6])]
        return (
            loss_curves({NAMES[name]: losses for name, losses in self.losses.items()}, smooth=batches, log=False),
            terms_curves(self.terms),
            measures_table(NAMES, metrics),
            *(latent_plane(NAMES[name], self.code(name, self.images.test), self.images) for name in NAMES),
            mosaic(Text("再構成（上から 元画像・AE・VAE）", "Reconstructions (rows: original, AE, VAE)"), clean, shape),
            mosaic(
                Text(
                    "雑音除去（上から 元・雑音入り・AE・雑音除去 AE）", "Noise (rows: clean, noisy, AE, denoising AE)"
                ),
                noisy,
                shape,
            ),
            mosaic(
                Text("N(0, I) からの生成（上2段 AE、下2段 VAE）", "From N(0, I) (two rows AE, two rows VAE)"),
                samples,
                shape,
            ),
            *((walk(lambda z: self.decode("vae", z), shape),) if self.latent == 2 else ()),
        )

    def weights(self) -> Weights:
        """`ae.encoder.0.W` and so on."""
        return {f"{name}.{inner}": w for name, p in self.p.items() for inner, w in p.items()}

    def load(self, weights: Weights) -> None:
        """Go on from these."""
        need_no_others(weights, self.weights())
        self.p = {name: put_back(p, weights, f"{name}.") for name, p in self.p.items()}


LAB = Lab(
    name="autoencoders",
    title=Text("オートエンコーダ：AE・雑音除去 AE・VAE", "Autoencoders: plain, denoising, variational"),
    about=Text(
        "5種類の図形の画像を2次元の符号に押し込み、元に戻します。雑音を入れて学ぶと何が変わるか、VAE の KL 項があると"
        "潜在平面がどう変わるかを見比べてください。β を大きくすると再構成は粗くなり、やがて事後分布が崩壊します。",
        "Images of five shapes are squeezed into a code of two numbers and restored from it. See what training with"
        " noise changes, and what the VAE's KL term does to the latent plane. With a larger β the reconstructions blur"
        " until the posterior collapses.",
    ),
    goal=Text(
        "雑音除去の PSNR で雑音除去 AE が AE を 3 dB 以上上回り、"
        "N(0, I) から生成した画像のデータまでの距離は VAE が AE の半分以下になる",
        "The denoising AE cleans at least 3 dB better than the AE, and the VAE's samples from N(0, I) lie at most half"
        " as far from the data as the AE's",
    ),
    options=(
        Option("latent", 2, Text("潜在変数の次元", "Dimensions of the code"), low=1, high=64),
        Option("hidden_size", 100, Text("隠れ層のユニット数", "Units of the hidden layers"), low=1, high=1000),
        Option("beta", 1.0, Text("VAE の KL 項の重み β", "Weight β of the VAE's KL term"), low=0, high=1000),
        Option("noise", 0.4, Text("加える雑音の標準偏差", "Standard deviation of the noise"), low=0, high=10),
        Option(
            "activation", "tanh", Text("隠れ層の活性化関数", "Activation"), ("tanh", "relu", "sigmoid", "leaky_relu")
        ),
        Option("learning_rate", 0.003, Text("学習率 (Adam)", "Learning rate (Adam)"), low=0, high=10),
        Option("images", 2000, Text("訓練に使う画像の数", "Images to train on"), low=50, high=60_000),
        Option("batch", 100, Text("ミニバッチの大きさ", "Minibatch"), low=1, high=10_000),
        Option("epochs", 120, Text("エポック数", "Epochs"), low=1, high=10_000),
        SEED,
    ),
    sections=("autoencoder",),
    start=Autoencoders,
    sweep="vae_kl",
    small={"images": 600, "hidden_size": 50, "epochs": 60, "batch": 50},
    accepts="idx",
)
