"""GANs: the losses of both players, the two networks, and the two sides of the game."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from engine_cases.generative import layers, random, through
from engine_cases.kinds import Misuse, Parity, Rng, Slope, draw, size
from quizdl.engine import gan
from quizdl.engine.errors import DTypeError, RangeError, ShapeError


def discriminator_cost(torch: Any, s_real: Any, s_fake: Any, loss: str) -> Any:
    if loss == "least_squares":
        mse = torch.nn.functional.mse_loss
        return (mse(s_real, torch.ones_like(s_real)) + mse(s_fake, torch.zeros_like(s_fake))) / 2
    if loss == "wasserstein":
        return s_fake.mean() - s_real.mean()
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    return bce(s_real, torch.ones_like(s_real)) + bce(s_fake, torch.zeros_like(s_fake))


def generator_cost(torch: Any, s_fake: Any, loss: str) -> Any:
    bce = torch.nn.functional.binary_cross_entropy_with_logits
    if loss == "minimax":
        return -bce(s_fake, torch.zeros_like(s_fake))
    if loss == "non_saturating":
        return bce(s_fake, torch.ones_like(s_fake))
    if loss == "least_squares":
        return torch.nn.functional.mse_loss(s_fake, torch.ones_like(s_fake)) / 2
    return -s_fake.mean()


def discriminator_loss_parity(loss: str, name: str, s_real: np.ndarray, s_fake: np.ndarray) -> Parity:
    def oracle(torch: Any, s_real: Any, s_fake: Any) -> Any:
        return discriminator_cost(torch, s_real, s_fake, loss)

    forward = partial(gan.discriminator_loss_forward, loss=loss)
    arguments = {"s_real": s_real, "s_fake": s_fake}
    return Parity(f"gan: {loss}, D, {name}", forward, gan.discriminator_loss_backward, oracle, arguments)


def generator_loss_parity(loss: str, name: str, s_fake: np.ndarray) -> Parity:
    def oracle(torch: Any, s_fake: Any) -> Any:
        return generator_cost(torch, s_fake, loss)

    forward = partial(gan.generator_loss_forward, loss=loss)
    return Parity(f"gan: {loss}, G, {name}", forward, gan.generator_loss_backward, oracle, {"s_fake": s_fake})


def generated(torch: Any, z: Any, G: Any, y: Any) -> Any:
    return through(torch, z if y is None else torch.cat([z, y], dim=1), G, "generator.", "relu")


def judged(torch: Any, x: Any, D: Any, y: Any) -> Any:
    return through(torch, x if y is None else torch.cat([x, y], dim=1), D, "discriminator.", "leaky_relu")


def generator_parity(name: str, B: int, Z: int, H: tuple[int, ...], X: int, C: int = 0) -> Parity:
    name = f"gan: generator, {name}"

    def oracle(torch: Any, z: Any, G: Any, y: Any = None) -> Any:
        return generated(torch, z, G, y)

    arguments: dict[str, Any] = draw(name, z=(B, Z)) | {"G": draw(name + " G", **layers("generator.", Z + C, *H, X))}
    arguments |= draw(name + " y", y=(B, C)) if C else {}
    return Parity(name, gan.generator_forward, gan.generator_backward, oracle, arguments)


def discriminator_parity(name: str, B: int, X: int, H: tuple[int, ...], C: int = 0) -> Parity:
    name = f"gan: discriminator, {name}"

    def oracle(torch: Any, x: Any, D: Any, y: Any = None) -> Any:
        return judged(torch, x, D, y)

    arguments: dict[str, Any] = draw(name, x=(B, X))
    arguments |= {"D": draw(name + " D", **layers("discriminator.", X + C, *H, 1))}
    arguments |= draw(name + " y", y=(B, C)) if C else {}
    return Parity(name, gan.discriminator_forward, gan.discriminator_backward, oracle, arguments)


def game_arguments(name: str, B: int, Z: int, X: int, C: int) -> tuple[dict[str, Any], Any]:
    """x, z, D and G, and the labels, which are not differentiated."""
    y = np.eye(C)[np.arange(B) % C] if C else None
    found: dict[str, Any] = draw(name, x=(B, X), z=(B, Z))
    found |= {"G": draw(name + " G", **layers("generator.", Z + C, 4, X))}
    found |= {"D": draw(name + " D", **layers("discriminator.", X + C, 4, 1))}
    return found, y


def discriminator_game_parity(loss: str, B: int, Z: int, X: int, C: int = 0) -> Parity:
    name = f"gan: D's side, {loss}, {B}, {Z}, {X}, {C}"
    drawn, y = game_arguments(name, B, Z, X, C)

    def oracle(torch: Any, x: Any, D: Any) -> Any:
        tensor = torch.tensor
        G = {key: tensor(w) for key, w in drawn["G"].items()}
        labels = None if y is None else tensor(y)
        fake = generated(torch, tensor(drawn["z"]), G, labels)
        return discriminator_cost(torch, judged(torch, x, D, labels), judged(torch, fake, D, labels), loss)

    forward = partial(gan.gan_discriminator_forward, z=drawn["z"], G=drawn["G"], y=y, loss=loss)
    arguments = {"x": drawn["x"], "D": drawn["D"]}
    return Parity(name, forward, gan.gan_discriminator_backward, oracle, arguments)


def generator_game_parity(loss: str, B: int, Z: int, X: int, C: int = 0) -> Parity:
    name = f"gan: G's side, {loss}, {B}, {Z}, {X}, {C}"
    drawn, y = game_arguments(name, B, Z, X, C)

    def oracle(torch: Any, z: Any, G: Any) -> Any:
        D = {key: torch.tensor(w) for key, w in drawn["D"].items()}
        labels = None if y is None else torch.tensor(y)
        return generator_cost(torch, judged(torch, generated(torch, z, G, labels), D, labels), loss)

    forward = partial(gan.gan_generator_forward, D=drawn["D"], y=y, loss=loss)
    arguments = {"z": drawn["z"], "G": drawn["G"]}
    return Parity(name, forward, gan.gan_generator_backward, oracle, arguments)


EXTREME = np.array([1e3, -1e3, 0.0, 37.0])

PARITY: list[Parity] = [
    *(discriminator_loss_parity(loss, "plain", **draw(loss, s_real=(4, 1), s_fake=(4, 1))) for loss in gan.LOSSES),
    *(discriminator_loss_parity(loss, "uneven", **draw(loss, s_real=(3,), s_fake=(1,))) for loss in gan.LOSSES),
    *(discriminator_loss_parity(loss, "extremes", EXTREME, EXTREME[::-1].copy()) for loss in gan.LOSSES),
    *(generator_loss_parity(loss, "plain", draw(loss + "G", s=(4, 1))["s"]) for loss in gan.LOSSES),
    *(generator_loss_parity(loss, "one", draw(loss + "G", s=(1, 1))["s"]) for loss in gan.LOSSES),
    *(generator_loss_parity(loss, "extremes", EXTREME) for loss in gan.LOSSES),
    generator_parity("plain", 3, 2, (4,), 3),
    generator_parity("all ones", 1, 1, (1,), 1),
    generator_parity("conditional, deep", 3, 2, (4, 3), 2, C=3),
    discriminator_parity("plain", 3, 2, (4,)),
    discriminator_parity("all ones", 1, 1, (1,)),
    discriminator_parity("conditional, deep", 3, 2, (4, 3), C=2),
    discriminator_parity("no hidden layer", 3, 2, ()),
    *(discriminator_game_parity(loss, 3, 2, 2) for loss in gan.LOSSES),
    *(generator_game_parity(loss, 3, 2, 2) for loss in gan.LOSSES),
    discriminator_game_parity("non_saturating", 4, 2, 1, C=3),
    generator_game_parity("non_saturating", 4, 2, 1, C=3),
    discriminator_game_parity("minimax", 1, 1, 1),
    generator_game_parity("minimax", 1, 1, 1),
]


def discriminator_loss(rng: Rng) -> Slope:
    arguments = random(rng, {"s_real": (size(rng), 1), "s_fake": (size(rng), 1)})
    pair = gan.discriminator_loss_forward, gan.discriminator_loss_backward
    return Slope(*pair, arguments, {"loss": str(rng.choice(gan.LOSSES))})


def generator_loss(rng: Rng) -> Slope:
    arguments = random(rng, {"s_fake": (size(rng), size(rng))})
    pair = gan.generator_loss_forward, gan.generator_loss_backward
    return Slope(*pair, arguments, {"loss": str(rng.choice(gan.LOSSES))})


def network(player: str, rng: Rng) -> Slope:
    """The network of either player, with a condition or without one."""
    B, inner, H, C = size(rng), size(rng), size(rng), int(rng.integers(0, 3))
    x, p, outer = ("z", "G", size(rng)) if player == "generator" else ("x", "D", 1)
    arguments: dict[str, Any] = {x: rng.standard_normal((B, inner))}
    arguments |= {p: random(rng, layers(f"{player}.", inner + C, H, outer))}
    arguments |= {"y": rng.standard_normal((B, C))} if C else {}
    return Slope(getattr(gan, f"{player}_forward"), getattr(gan, f"{player}_backward"), arguments)


def game(player: str, rng: Rng) -> Slope:
    """Either player's side of the game; the other one's weights and the labels are held still."""
    B, Z, X, C = size(rng), size(rng), size(rng), int(rng.integers(0, 3))
    G = random(rng, layers("generator.", Z + C, size(rng), X))
    D = random(rng, layers("discriminator.", X + C, size(rng), 1))
    x, z = rng.standard_normal((B, X)), rng.standard_normal((B, Z))
    options: dict[str, Any] = {"loss": str(rng.choice(gan.LOSSES))}
    options |= {"y": rng.standard_normal((B, C))} if C else {}
    if player == "discriminator":
        pair = gan.gan_discriminator_forward, gan.gan_discriminator_backward
        return Slope(*pair, {"x": x, "D": D}, {"z": z, "G": G, **options})
    return Slope(gan.gan_generator_forward, gan.gan_generator_backward, {"z": z, "G": G}, {"D": D, **options})


SLOPES: dict[str, Callable[[Rng], Slope]] = {
    "gan: discriminator_loss": discriminator_loss,
    "gan: generator_loss": generator_loss,
    "gan: generator": partial(network, "generator"),
    "gan: discriminator": partial(network, "discriminator"),
    "gan: D's side": partial(game, "discriminator"),
    "gan: G's side": partial(game, "generator"),
}


def zeros(prefix: str, *sizes: int) -> dict[str, np.ndarray]:
    """A network of zeros."""
    return {name: np.zeros(shape) for name, shape in layers(prefix, *sizes).items()}


x, z, y = np.zeros((2, 3)), np.zeros((2, 4)), np.zeros((2, 2))
G, D = zeros("generator.", 4, 5, 3), zeros("discriminator.", 3, 5, 1)
ONE = np.zeros((2, 1))


def lost_by_d(*above: Any) -> Any:
    """The backward of D's loss with something wrong arriving."""
    return gan.discriminator_loss_backward(*above, gan.discriminator_loss_forward(ONE, ONE)[1])


MISUSES: list[Misuse] = [
    Misuse(lambda: gan.discriminator_loss_forward([], [1.0]), ShapeError, "s_real"),
    Misuse(lambda: gan.discriminator_loss_forward([1.0], np.zeros((0, 1))), ShapeError, "s_fake"),
    Misuse(lambda: gan.discriminator_loss_forward(["real"], [1.0]), DTypeError, "s_real"),
    Misuse(lambda: gan.discriminator_loss_forward(ONE, ONE, loss="hinge"), RangeError, "loss"),
    Misuse(lambda: lost_by_d(ONE), ShapeError, "dloss"),
    Misuse(lambda: gan.generator_loss_forward(np.zeros((0, 1))), ShapeError, "s_fake"),
    Misuse(lambda: gan.generator_loss_forward(ONE, loss="bce"), RangeError, "loss"),
    Misuse(lambda: gan.generator_loss_backward(ONE, gan.generator_loss_forward(ONE)[1]), ShapeError, "dloss"),
    Misuse(lambda: gan.clip_weights(D, 0.0), RangeError, "c"),
    Misuse(lambda: gan.clip_weights(D, float("nan")), RangeError, "c"),
    Misuse(lambda: gan.optimal_discriminator(x, z), ShapeError, "p_generator"),
    Misuse(lambda: gan.init_gan(np.random.default_rng(0), noise=0, hidden=3, data=1), ShapeError, "noise"),
    Misuse(lambda: gan.init_gan(np.random.default_rng(0), noise=1, hidden=3, data=1, labels=-1), ShapeError, "labels"),
    Misuse(lambda: gan.generator_forward(x, G), ShapeError, "generator.0.W"),
    Misuse(lambda: gan.generator_forward(np.zeros(4), G), ShapeError, "z"),
    Misuse(lambda: gan.generator_forward(z, {}), ShapeError, "generator.0.W"),
    Misuse(lambda: gan.generator_forward(z, G | D), RangeError, "discriminator.0.W"),
    Misuse(lambda: gan.generator_forward(z, G, y), ShapeError, "generator.0.W"),
    Misuse(lambda: gan.generator_forward(z, G, np.zeros((3, 2))), ShapeError, "y"),
    Misuse(lambda: gan.generator_backward(z, gan.generator_forward(z, G)[1]), ShapeError, "dx"),
    Misuse(lambda: gan.discriminator_forward(z, D), ShapeError, "discriminator.0.W"),
    Misuse(lambda: gan.discriminator_forward(x, zeros("discriminator.", 3, 5, 2)), ShapeError, "discriminator.1.W"),
    Misuse(lambda: gan.discriminator_backward(x, gan.discriminator_forward(x, D)[1]), ShapeError, "ds"),
    Misuse(lambda: gan.gan_discriminator_forward(x, np.zeros((3, 4)), D, G), ShapeError, "z"),
    Misuse(lambda: gan.gan_discriminator_forward(x, z, D, G, loss="kl"), RangeError, "loss"),
    Misuse(lambda: gan.gan_generator_forward(z, G, zeros("discriminator.", 2, 5, 1)), ShapeError, "discriminator.0.W"),
    Misuse(lambda: gan.gan_generator_forward(z, G, {}), ShapeError, "discriminator.0.W"),
    Misuse(lambda: gan.gan_generator_backward(x, gan.gan_generator_forward(z, G, D)[1]), ShapeError, "dloss"),
]
