"""The digits' CNN: its data, that it learns, what it looks at, and pictures of a learner's own."""

from __future__ import annotations

import sys
from itertools import islice
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quizdl.engine import convolution
from quizdl.errors import InputError
from quizdl.labs.core import Heatmap, Setting
from quizdl.labs.data_files import Images
from quizdl.labs.digits_cnn import LAB, Recognition
from quizdl.labs.digits_cnn_data import Pictures, bundled, few_of_each, of_classes, own, split
from quizdl.labs.digits_cnn_network import Cnn, Shape
from quizdl.labs.training import optimiser

pytest.importorskip("sklearn", reason="the digits come with scikit-learn (the extra `digits`)")

BOUND = 0.85


def small(**changed: Setting) -> dict[str, Setting]:
    return LAB.smallest(**changed)


def trained(data: object | None = None, **changed: Setting) -> Recognition:
    run = Recognition(small(**changed), data)
    for _ in run.steps():
        pass
    return run


def bars(count: int, size: int, classes: int = 4) -> Images:
    """A bright bar in one of so many places: pictures that need no download."""
    labels = np.arange(count) % classes
    images = np.zeros((count, size, size), np.uint8)
    images[np.arange(count), labels * size // classes] = 255
    return Images(images, labels)


@pytest.fixture(scope="module")
def finished() -> Recognition:
    return trained()


def test_the_bundled_digits_are_the_known_ones() -> None:
    """1,797 pictures of 8 × 8 pixels, ten classes of about equal size."""
    images, labels = bundled()
    assert images.shape == (1797, 8, 8)
    assert (images.min(), images.max()) == (0, 255)
    assert np.bincount(labels).min() > 170


@given(st.integers(40, 120), st.integers(40, 200), st.integers(0, 2**32 - 1))
def test_no_picture_is_both_trained_on_and_tested(count: int, most: int, seed: int) -> None:
    """Each picture is its own number here, so that it can be followed."""
    images = np.arange(count * 16, dtype=np.uint32).reshape(count, 4, 4) // 16
    train, test, names = split(np.random.default_rng(seed), images.astype(np.uint8), np.arange(count) % 3, most)
    shown = (np.concatenate([train.x, test.x])[:, 0, 0, 0] * 255).round().astype(int).tolist()
    assert len(shown) == min(count, most) == len(set(shown))
    assert len(test.t) == len(shown) // 4
    assert names == ("0", "1", "2")
    assert (np.concatenate([train.t, test.t]) == np.array(shown) % 3).all()


@given(st.lists(st.integers(0, 5), min_size=1, max_size=60), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_a_draw_holds_so_many_of_every_class(kinds: list[int], count: int, seed: int) -> None:
    """Or all there are; the classes are counted from 0 again."""
    pictures = Pictures(np.zeros((len(kinds), 1, 4, 4), np.float32), np.array(kinds))
    part = of_classes(pictures, 2, 5)
    few = few_of_each(np.random.default_rng(seed), part, count) if len(part.t) else part
    expected = [min(count, kinds.count(kind)) for kind in (2, 3, 4)]
    assert np.bincount(few.t, minlength=3).tolist() == expected


def test_the_small_version_tells_digits_apart(finished: Recognition) -> None:
    """Nearly all of 250 that it was not trained on."""
    assert finished.outcome().metrics["test_accuracy"] > BOUND


def test_an_untrained_network_guesses() -> None:
    """So that the bound says something of training; and the goal is not judged yet."""
    outcome = Recognition(small()).outcome()
    assert outcome.metrics["test_accuracy"] < 0.3
    assert outcome.reached is None


def test_filters_that_go_up_the_slope_miss_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    """One sign in the convolution's backward."""
    right = convolution.conv2d_backward

    def wrong(dy: Any, cache: Any) -> dict[str, Any]:
        found = right(dy, cache)
        return found | {"w": -found["w"]}

    monkeypatch.setattr(convolution, "conv2d_backward", wrong)
    assert trained().outcome().metrics["test_accuracy"] < BOUND - 0.1


def test_grad_cam_is_the_class_activation_map(finished: Recognition) -> None:
    """Behind a mean over each map, ReLU(Σ_f W_fk·A_f/HW): what each pixel adds to the score (Zhou et al. 2016)."""
    network, x = finished.networks[next(iter(finished.networks))], finished.data.test.x[:5]
    labels = np.array([3, 1, 4, 1, 5])
    A = network.maps(x)
    expected = np.maximum(np.einsum("nfhw,fn->nhw", A, network.p["W"][:, labels]) / (8 * 8), 0)
    np.testing.assert_allclose(network.looks(x, labels), expected, atol=1e-5)


def test_what_it_looks_at_matters_more_than_chance(finished: Recognition) -> None:
    """Blanking it costs more right answers than blanking as much anywhere."""
    metrics = finished.outcome().metrics
    assert metrics["accuracy_without_looked_at"] < metrics["accuracy_without_random"] - 0.05


def test_frozen_convolutions_stay_as_they_are() -> None:
    """Only the rest learns, and the answer is the same as going through the frozen ones again."""
    rng = np.random.default_rng(0)
    network = Cnn(rng, Shape(2, 3), normalised=True, dropout=0.0)
    x, t = rng.random((6, 1, 8, 8), dtype=np.float32), np.array([0, 1, 2] * 2)
    network.learn(optimiser("adam", 0.1), x, t)
    before, running = dict(network.p), dict(network.running)
    network.learn(optimiser("adam", 0.1), network.maps(x, 2), t, frozen=2)
    changed = {name for name, w in network.p.items() if not np.array_equal(w, before[name])}
    assert changed == {"conv3.w", "conv3.gamma", "conv3.beta", "W", "b"}
    assert [name for name in running if running[name] is not network.running[name]] == ["conv3"]


@settings(max_examples=5)
@given(st.integers(0, 2**32 - 1))
def test_a_picture_is_judged_without_its_neighbours(seed: int) -> None:
    """Batch normalisation uses its running statistics outside training."""
    rng = np.random.default_rng(seed)
    network = Cnn(rng, Shape(2, 3), normalised=True, dropout=0.5)
    x = rng.random((6, 1, 8, 8), dtype=np.float32)
    network.learn(optimiser("adam", 0.1), x, np.array([0, 1, 2] * 2))
    alone = np.concatenate([network.maps(x[n : n + 1]) for n in range(6)])
    np.testing.assert_allclose(network.maps(x), alone, atol=1e-5)


def test_transfer_is_compared_on_the_other_half_of_the_classes() -> None:
    """Every arm has its numbers before and after."""
    outcome = trained(bars(80, 8), images=80, epochs=1, channels=2, labels=2).outcome()
    arms = ("frozen", "frozen_two", "tuned", "scratch")
    found = [outcome.metrics[f"transfer_{arm}{when}"] for arm in arms for when in ("", "_early")]
    assert all(0 <= share <= 1 for share in found)


def test_pictures_of_another_size_go_through() -> None:
    """28 × 28: the maps are halved on the way, and Grad-CAM is drawn as large as the picture."""
    run = trained(bars(60, 28), images=60, epochs=1, channels=2)
    outcome = run.outcome()
    assert outcome.reached is None
    drawn = [one for one in outcome.pictures if isinstance(one, Heatmap) and one.plain]
    assert drawn
    assert {one.values.shape for one in drawn} == {(28, 28)}


@pytest.mark.parametrize("data", [Images(bars(60, 8).images, None), bars(39, 8), bars(60, 8, 1), bars(60, 3, 2)])
def test_pictures_that_cannot_be_learnt_from_are_refused(data: Images) -> None:
    """No labels, too few pictures, one class, too small: and what would do."""
    with pytest.raises(InputError) as refused:
        own(data)
    assert refused.value.hint is not None
    assert "idx" in refused.value.hint.en


def test_without_scikit_learn_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """The digits are an extra."""
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(InputError) as refused:
        Recognition(small())
    assert refused.value.hint is not None
    assert refused.value.hint.en == "python -m pip install 'quizdl[digits]'"


def test_a_run_that_was_stopped_has_an_outcome_and_its_weights_give_it_again() -> None:
    """Running means and variances are part of them."""
    stopped = Recognition(small())
    for _ in islice(stopped.steps(), 60):
        pass
    outcome = stopped.outcome()
    again = Recognition(small())
    again.load(stopped.weights())
    np.testing.assert_equal(dict(again.outcome().metrics), dict(outcome.metrics))


def test_weights_of_another_size_are_refused() -> None:
    """With the parameter's name."""
    with pytest.raises(InputError) as refused:
        Recognition(small()).load(Recognition(small(channels=3)).weights())
    assert refused.value.where == "conv1.w"
