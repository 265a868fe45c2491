"""The pictures of the autoencoders: latent planes, what goes in and comes out, and a walk through the latent plane."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from quizdl.labs.autoencoders_data import Images
from quizdl.labs.core import Array, Curves, Heatmap, Scatter, Table
from quizdl.labs.plane import principal_plane
from quizdl.labs.training import line
from quizdl.text import Text

_POINTS = 300
_STEPS = 5
_PIXELS = 16


def terms_curves(terms: Sequence[tuple[float, float]]) -> Curves:
    """Both terms of the VAE's loss, epoch by epoch."""
    series = (
        line(Text("再構成 −log p(x|z)", "reconstruction −log p(x|z)"), [first for first, _ in terms]),
        line(Text("KL", "KL"), [second for _, second in terms]),
    )
    title = Text("VAE の損失の2つの項", "The two terms of the VAE's loss")
    return Curves(title, Text("エポック", "epoch"), Text("nat／画像", "nats an image"), series)


def measures_table(names: Mapping[str, Text], metrics: Mapping[str, float]) -> Table:
    """What is measured of all networks, side by side."""
    measures = {
        "psnr": Text("再構成の PSNR (dB)", "PSNR of reconstructions (dB)"),
        "denoised_psnr": Text("雑音除去後の PSNR (dB)", "PSNR of noisy images, cleaned (dB)"),
        "sample_distance": Text("生成画像からデータまでの距離", "distance from samples to data"),
        "coverage_distance": Text("データから生成画像までの距離", "distance from data to samples"),
        "neighbour_accuracy": Text("符号の5近傍法の正解率", "right kind by 5 nearest codes"),
    }
    rows: list[tuple[str | float | Text, ...]] = [
        (shown, *(metrics[f"{name}_{measure}"] for name in names))
        for measure, shown in measures.items()
        if all(f"{name}_{measure}" in metrics for name in names)
    ]
    title = Text("3つのネットワークの比較（テスト画像）", "The three networks, on the test images")
    return Table(title, (Text("指標", "measure"), *names.values()), tuple(rows))


def latent_plane(name: Text, codes: Array, images: Images) -> Scatter:
    """The codes of the test images by their kind; those of more than two dimensions in their principal plane."""
    few = codes[:_POINTS]
    kinds = images.test_kinds
    groups = () if kinds is None else tuple(images.names[kind] for kind in kinds[:_POINTS])
    title = Text(f"潜在平面：{name.ja}", f"Latent plane: {name.en}")
    if codes.shape[1] == 1:
        few = np.concatenate([few, np.zeros_like(few)], axis=1)
    elif codes.shape[1] > 2:
        few, share = principal_plane(few)
        title = Text(f"{title.ja}（PCA、分散の {share:.0%}）", f"{title.en} (PCA, {share:.0%} of the variance)")
    xs, ys = few.T.tolist()
    return Scatter(title, tuple(xs), tuple(ys), groups=groups)


def mosaic(title: Text, rows: list[Array], shape: tuple[int, int]) -> Heatmap:
    """Images (n, H·W) of each row side by side, the rows below each other, a pixel apart; large ones are shrunk."""
    framed = [np.pad(_shrunk(row.reshape(-1, *shape)), ((0, 0), (0, 1), (0, 1))) for row in rows]
    whole = np.concatenate([np.concatenate(list(row), axis=1) for row in framed])
    return Heatmap(title, np.clip(whole[:-1, :-1], 0, 1), plain=True)


def _shrunk(images: Array) -> Array:
    """Images (n, H, W) with means of squares in the place of their pixels, so that three fit side by side."""
    n, H, W = images.shape
    side = -(-max(H, W) // _PIXELS)
    whole = images[:, : H // side * side, : W // side * side]
    return np.asarray(whole.reshape(n, H // side, side, W // side, side).mean(axis=(2, 4)))


def walk(decode: Callable[[Array], Array], shape: tuple[int, int]) -> Heatmap:
    """What the plane of a two-dimensional code decodes to, from −2 to 2 standard deviations of the prior each way."""
    along = np.linspace(-2, 2, _STEPS, dtype=np.float32)
    rows = [decode(np.stack([along, np.full_like(along, y)], axis=1)) for y in along[::-1]]
    return mosaic(
        Text("潜在平面を歩く：VAE の復号（z は −2〜2）", "A walk through the VAE's plane, z from −2 to 2"), rows, shape
    )
