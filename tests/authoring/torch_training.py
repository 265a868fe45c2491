"""What PyTorch does in the questions on training: gradients, modes, optimisers, data, devices, and losses."""

from __future__ import annotations

import io
import math
import random
import warnings
from typing import Any

import torch
from torch import nn
from torch.utils.data import DataLoader, SequentialSampler

from quizdl.model import Asked
from torch_run import Found, Key, printed, run, shown, tried

BLANKS = {"（あ）": "loss, params", "（い）": "clip_grad_norm_(params, 1.0)", "（う）": "z.argmax(dim=1) == t"}


def train_step(asked: Asked, blank: str) -> Found:
    """The whole loop is run with each option; the right one takes a clipped step and counts the hits."""
    assert asked.question.set is not None
    assert asked.question.set.code is not None
    program = asked.question.set.code
    generator = torch.Generator().manual_seed(3)
    x, t = 9 * torch.randn(7, 4, generator=generator), torch.randint(0, 10, (7,), generator=generator)
    start = torch.randn(10, 4, generator=generator)

    def model() -> nn.Linear:
        layer = nn.Linear(4, 10, bias=False)
        layer.weight.data.copy_(start)
        return layer

    wanted = model()
    nn.CrossEntropyLoss()(wanted(x), t).backward()
    assert wanted.weight.grad is not None
    gradient = wanted.weight.grad
    assert gradient.norm() > 1
    stepped, hits = start - 0.1 * gradient / gradient.norm(), int((wanted(x).argmax(1) == t).sum())

    def does(code: str) -> bool:
        filled = program
        for name, right in BLANKS.items():
            filled = filled.replace(name, code if name == blank else right)
        layer = model()
        optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
        given = {"model": layer, "loader": [(x, t)], "criterion": nn.CrossEntropyLoss(), "optimizer": optimizer}
        left = run(filled, **given)
        return torch.allclose(layer.weight, stepped, atol=1e-5) and left["correct"] == hits

    return tried(asked, does)


def untracked_input(asked: Asked) -> Found:
    try:
        answer = shown(asked)["printed"]
    except RuntimeError:
        return "error"
    return {"None": "none", "tensor(0.)": "zero", "tensor(6.)": "value"}[answer]


def mc_dropout(asked: Asked) -> Found:
    """The right statement makes the predictions differ."""

    def does(code: str) -> bool:
        assert asked.code is not None
        model = nn.Sequential(nn.Linear(4, 32), nn.Dropout(0.5), nn.Linear(32, 1)).eval()
        predictions = run(asked.code.replace("____", code), model=model, x=torch.ones(1, 4))["preds"]
        return predictions.unique().numel() > 1 and not predictions.requires_grad

    return tried(asked, does)


def fresh_dropout(asked: Asked) -> Found:
    values = tuple(shown(asked)["y"].unique().tolist())
    return {(0.0, 2.0): "zero-two", (1.0,): "ones", (0.0, 1.0): "zero-one", (0.5,): "halves"}[values]


def frozen_batch_norm(asked: Asked) -> Found:
    norm = nn.BatchNorm1d(2).train()
    norm.requires_grad_(False)
    out = norm(5 + torch.randn(64, 2))
    moves = norm.running_mean is not None and bool((norm.running_mean != 0).all())
    by_batch = torch.allclose(out.mean(0), torch.zeros(2), atol=1e-5)
    return f"{'moves' if moves else 'still'}-{'batch' if by_batch else 'running'}"


def batch_norm_momentum(asked: Asked) -> Found:
    norm = nn.BatchNorm1d(8, momentum=float(asked.values["m"]))
    assert norm.running_mean is not None
    norm.running_mean.fill_(float(asked.values["r"]))
    norm(float(asked.values["b"]) + torch.tensor([[-1.0], [1.0]]).expand(2, 8))
    return norm.running_mean[0].item()


def clip_norm_scope(asked: Asked) -> Found:
    k = float(asked.values["k"])
    weights, bias = nn.Parameter(torch.zeros(2)), nn.Parameter(torch.zeros(1))
    weights.grad, bias.grad = torch.tensor([3 * k, 4 * k]), torch.tensor([12 * k])
    nn.utils.clip_grad_norm_([weights, bias], max_norm=float(asked.values["m"]))
    return weights.grad[0].item()


def decay_step(asked: Asked) -> Found:
    weight = nn.Parameter(torch.tensor(float(asked.values["w"])))
    weight.grad = torch.tensor(float(asked.values["g"]))
    torch.optim.SGD([weight], lr=float(asked.values["lr"]), weight_decay=float(asked.values["lam"])).step()
    return weight.item()


def momentum_new_rate(asked: Asked) -> Found:
    weight = nn.Parameter(torch.tensor(0.0, dtype=torch.float64))
    optimizer = torch.optim.SGD([weight], lr=float(asked.values["p"]), momentum=float(asked.values["mu"]))
    weight.grad = torch.tensor(float(asked.values["g"]), dtype=torch.float64)
    optimizer.step()
    before = weight.item()
    optimizer.param_groups[0]["lr"] = float(asked.values["s"])
    weight.grad = torch.tensor(float(asked.values["f"]), dtype=torch.float64)
    optimizer.step()
    return weight.item() - before


def step_schedule(asked: Asked) -> Found:
    optimizer = torch.optim.SGD([nn.Parameter(torch.tensor(0.0))], lr=float(asked.values["lr"]))
    schedule = torch.optim.lr_scheduler.StepLR(
        optimizer, step_size=int(asked.values["s"]), gamma=float(asked.values["g"])
    )
    for _ in range(int(asked.values["n"])):
        optimizer.step()
        schedule.step()
    return float(optimizer.param_groups[0]["lr"])


def updates_in_epochs(asked: Asked) -> Found:
    loader = DataLoader(list(range(int(asked.values["n"]))), batch_size=int(asked.values["b"]), shuffle=True)
    return float(asked.values["k"]) * sum(1 for _ in loader)


def shuffle_samples(asked: Asked) -> Found:
    """The first mini-batch holds several classes; a loader's order is that of its sampler, whoever loads."""
    classes = [sample // 1000 for sample in range(10_000)]

    def does(code: str) -> bool:
        with warnings.catch_warnings(action="ignore"):  # more workers than this machine has cores
            left = run(f"loader = {code}", DataLoader=DataLoader, random=random, data=classes)
        if "batches" in left:
            return any(batch.unique().numel() > 2 for batch in left["batches"])
        first = next(iter(left["loader"].batch_sampler))
        assert isinstance(left["loader"].sampler, SequentialSampler) == (list(first) == list(range(32)))
        return len({classes[sample] for sample in first}) > 2

    return tried(asked, does)


def adam_steps(model: nn.Module, optimizer: torch.optim.Optimizer, steps: range) -> None:
    for step in steps:
        optimizer.zero_grad()
        x = torch.randn(8, 3, generator=torch.Generator().manual_seed(step))
        (model(x) - step).square().mean().backward()
        optimizer.step()


def made() -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Linear(4, 1))
    return model, torch.optim.Adam(model.parameters(), lr=1e-3)


def restored(file: io.BytesIO) -> tuple[nn.Module, torch.optim.Optimizer]:
    """A new model and optimiser with all that the file knows of them."""
    model, optimizer = made()
    state: Any = torch.load(file)
    if isinstance(state, list):
        for parameter, saved in zip(model.parameters(), state, strict=True):
            parameter.data.copy_(saved)
        return model, optimizer
    model.load_state_dict(state.get("m", state))
    if "o" in state:
        optimizer.load_state_dict(state["o"])
    return model, optimizer


def resume_training(asked: Asked) -> Found:
    through, its_optimizer = made()
    adam_steps(through, its_optimizer, range(9))

    def does(code: str) -> bool:
        model, optimizer = made()
        adam_steps(model, optimizer, range(5))
        file = io.BytesIO()
        run(code, model=model, optimizer=optimizer, path=file)
        file.seek(0)
        again, its = restored(file)
        adam_steps(again, its, range(5, 9))
        pairs = zip(again.state_dict().values(), through.state_dict().values(), strict=True)
        return all(torch.equal(one, other) for one, other in pairs)

    return tried(asked, does)


def default_device(asked: Asked) -> Found:
    left = shown(asked)
    places = left["model"].weight.device.type, left["x"].device.type, left["y"].device.type
    return {("cpu", "cpu", "cpu"): "cpu", ("cuda", "cuda", "cuda"): "gpu"}[places]


def mixed_precision(asked: Asked) -> Found:
    left = shown(asked, x=torch.ones(2, 256))
    low = [left["model"].weight.dtype == torch.bfloat16, left["y"].dtype == torch.bfloat16]
    return {(False, False): "both-high", (True, True): "both-low", (False, True): "mixed", (True, False): "crossed"}[
        (low[0], low[1])
    ]


def softmax_twice(asked: Asked) -> Found:
    classes = int(asked.values["c"])
    perfect = torch.zeros(1, classes, dtype=torch.float64)
    perfect[0, 1] = 1
    return nn.CrossEntropyLoss()(perfect, torch.tensor([1])).item()


def logit_binary_loss(asked: Asked) -> Found:
    logit = torch.tensor([float(asked.values["z"])], dtype=torch.float64)
    return nn.BCEWithLogitsLoss()(logit, torch.tensor([float(asked.values["y"])], dtype=torch.float64)).item()


def unreduced_loss_shape(asked: Asked) -> Found:
    y = torch.zeros([int(asked.values[axis]) for axis in "btd"])
    return tuple(nn.MSELoss(reduction="none")(y, y).shape)


def class_weights(asked: Asked) -> Found:
    """Samples whose cross-entropies are those of the question: p = exp(-loss) for the right of two classes."""
    losses = [float(asked.values[name]) for name in "pqr"]
    labels = torch.tensor([0, 0, 1])
    right = torch.tensor([math.exp(-loss) for loss in losses], dtype=torch.float64)
    logits = torch.stack([right, 1 - right], dim=1)
    logits[2] = logits[2].flip(0)
    weight = torch.tensor([1.0, float(asked.values["w"])], dtype=torch.float64)
    return nn.CrossEntropyLoss(weight=weight)(logits.log(), labels).item()


def token_loss_call(asked: Asked) -> Found:
    z, t = torch.randn(2, 5, 7), torch.randint(0, 7, (2, 5))
    wanted = nn.functional.cross_entropy(z.reshape(-1, 7), t.reshape(-1))
    criterion = shown(asked)["criterion"]
    return tried(
        asked, lambda code: torch.allclose(run(f"loss = {code}", criterion=criterion, z=z, t=t)["loss"], wanted)
    )


def first_element_of_view(asked: Asked) -> Found:
    return {5.0: "five", 0.0: "zero"}[printed(asked)]


def gather_labels(asked: Asked) -> Found:
    """Right for more rows than classes and for fewer."""

    def picks(code: str, rows: int, classes: int) -> bool:
        y, t = torch.randn(rows, classes), torch.arange(rows) * 3 % classes
        got = run(f"got = {code}", y=y, t=t)["got"]
        return torch.equal(got, y[torch.arange(rows), t])

    return tried(asked, lambda code: picks(code, 5, 7) and picks(code, 7, 5))


KEYS: dict[str, Key] = {
    "pt-step-gradient": lambda asked: train_step(asked, "（あ）"),
    "pt-step-clip": lambda asked: train_step(asked, "（い）"),
    "pt-step-accuracy": lambda asked: train_step(asked, "（う）"),
    "pt-stop-gradient": printed,
    "pt-untracked-input": untracked_input,
    "pt-mc-dropout": mc_dropout,
    "pt-fresh-dropout": fresh_dropout,
    "pt-frozen-part-count": lambda asked: float(shown(asked)["n"]),
    "pt-frozen-batch-norm": frozen_batch_norm,
    "pt-batch-norm-momentum": batch_norm_momentum,
    "pt-count-with-batch-norm": lambda asked: float(shown(asked)["n"]),
    "pt-clip-norm-scope": clip_norm_scope,
    "pt-decay-step": decay_step,
    "pt-momentum-new-rate": momentum_new_rate,
    "pt-step-schedule": step_schedule,
    "pt-updates-in-epochs": updates_in_epochs,
    "pt-shuffle-samples": shuffle_samples,
    "pt-resume-training": resume_training,
    "pt-default-device": default_device,
    "pt-mixed-precision": mixed_precision,
    "pt-silent-broadcast": printed,
    "pt-reshape-and-write": first_element_of_view,
    "pt-gather-labels": gather_labels,
    "pt-softmax-twice": softmax_twice,
    "pt-logit-binary-loss": logit_binary_loss,
    "pt-unreduced-loss-shape": unreduced_loss_shape,
    "pt-class-weights": class_weights,
    "pt-token-loss-call": token_loss_call,
}
