"""What PyTorch does in the questions on layers: convolution, attention, embedding, and recurrence."""

from __future__ import annotations

import math

import torch
from torch import nn

from quizdl.model import Asked
from torch_run import Found, Key, parameters, run, shown, tried


def numbers(asked: Asked, names: str) -> list[int]:
    return [int(asked.values[name]) for name in names]


def same_with_stride(asked: Asked) -> Found:
    try:
        side = shown(asked)["y"].shape[-1]
    except ValueError:
        return "refused"
    return {15: "fifteen", 8: "eight", 7: "seven"}[side]


def dilated_shape(asked: Asked) -> Found:
    b, c, n, m, k, d = numbers(asked, "bcnmkd")
    return tuple(nn.Conv2d(c, m, kernel_size=k, dilation=d)(torch.zeros(b, c, n, n)).shape)


def conv_kernel_shape(asked: Asked) -> Found:
    c, m, h, w = numbers(asked, "cmhw")
    return tuple(nn.Conv2d(c, m, kernel_size=(h, w)).weight.shape)


def flatten_index(asked: Asked) -> Found:
    """Where the single one among zeros ends up."""
    c, n, channel, row, column = numbers(asked, "cnpij")
    maps = torch.zeros(1, c, n, n)
    maps[0, channel, row, column] = 1
    return float(nn.Flatten()(maps).argmax())


def global_pooling_shape(asked: Asked) -> Found:
    b, n, c = numbers(asked, "bnc")
    return tuple(nn.AdaptiveAvgPool2d(1)(torch.zeros(b, c, n, n)).shape)


def default_init_bound(asked: Asked) -> Found:
    """The farthest of many weights: with thirty layers it lies within a thousandth of the bound."""
    torch.manual_seed(0)
    a, b = numbers(asked, "ab")
    return max(nn.Linear(a, b).weight.abs().max().item() for _ in range(30))


def embedding_padding(asked: Asked) -> Found:
    """Row 0 stays zero; what follows still reads it, the length is kept, and ID 1 is row 1 of 1000."""
    torch.manual_seed(0)
    table, rnn = nn.Embedding(1000, 64, padding_idx=0), nn.GRU(64, 8, batch_first=True)
    words = torch.tensor([[1, 2, 0]])
    out, _ = rnn(table(words))
    out.sum().backward()
    assert table.weight.grad is not None
    is_zero = not table.weight[0].any() and not table.weight.grad[0].any() and bool(table.weight.grad[1].any())
    return {
        "zero-vector": is_zero,
        "mask": torch.equal(out[:, 2], out[:, 1]),
        "shorten": table(words).shape[1] != 3,
        "shift": table.num_embeddings != 1000 or not torch.equal(table(torch.tensor(1)), table.weight[1]),
    }


def attention_params(asked: Asked) -> Found:
    d, h = numbers(asked, "dh")
    return float(parameters(nn.MultiheadAttention(embed_dim=d, num_heads=h)))


def attention_arguments(asked: Asked) -> Found:
    torch.manual_seed(0)
    attend = nn.MultiheadAttention(8, 2)
    q, k, v = torch.randn(4, 3, 8), torch.randn(4, 3, 8), torch.randn(4, 3, 8)
    wanted, _ = attend(query=q, key=k, value=v)
    return tried(
        asked, lambda code: torch.allclose(run(f"y, _ = {code}", attend=attend, q=q, k=k, v=v)["y"], wanted, atol=1e-6)
    )


def causal_mask(asked: Asked) -> Found:
    """With the right mask an output depends on a position exactly where that comes no later."""
    torch.manual_seed(0)
    length = 5
    attend = nn.MultiheadAttention(8, 2, batch_first=True)
    x = torch.randn(1, length, 8)

    def does(code: str) -> bool:
        mask = torch.from_numpy(run(f"mask = {code}", T=length)["mask"])

        def output(keys: torch.Tensor) -> torch.Tensor:
            return attend(x, keys, keys, attn_mask=mask)[0][0]

        depends = torch.zeros(length, length, dtype=torch.bool)
        for position in range(length):
            changed = x.clone()
            changed[0, position] += 1
            depends[:, position] = ((output(changed) - output(x)).abs() > 1e-6).any(dim=1)
        return torch.equal(depends, torch.ones(length, length).tril().bool())

    return tried(asked, does)


def copy_dense_weights(asked: Asked) -> Found:
    torch.manual_seed(0)
    weights, bias, x = torch.randn(5, 3), torch.randn(3), torch.randn(4, 5)

    def does(code: str) -> bool:
        layer = nn.Linear(5, 3)
        with torch.no_grad():
            run(code, layer=layer, W=weights.numpy())
            layer.bias.copy_(bias)
        return torch.allclose(layer(x), x @ weights + bias, atol=1e-6)

    return tried(asked, does)


def gru_state_shape(asked: Asked) -> Found:
    a, b, i = numbers(asked, "abi")
    return tuple(shown(asked, x=torch.zeros(a, b, i))["h"].shape)


def last_step(asked: Asked) -> Found:
    torch.manual_seed(0)
    fc = nn.Linear(64, 4)
    out, (h, _) = nn.LSTM(50, 64)(torch.randn(9, 6, 50))
    return tried(asked, lambda code: torch.equal(run(f"y = {code}", fc=fc, out=out)["y"], fc(h[0])))


def decoder_start(asked: Asked) -> Found:
    torch.manual_seed(0)
    encoder, decoder = nn.LSTM(5, 64), nn.LSTM(5, 64)
    source, target = torch.randn(7, 2, 5), torch.randn(4, 2, 5)
    _, state = encoder(source)
    wanted, _ = decoder(target, state)
    given = {"encoder": encoder, "decoder": decoder, "source": source, "target": target}
    assert asked.code is not None
    program = asked.code
    return tried(asked, lambda code: torch.equal(run(program.replace("____", code), **given)["out"], wanted))


def small_gru() -> nn.GRU:
    """One input and one unit, all zero."""
    gru = nn.GRU(1, 1, dtype=torch.float64)
    for parameter in gru.parameters():
        parameter.data.zero_()
    return gru


def after_one_step(gru: nn.GRU, hidden: float) -> float:
    start = torch.full((1, 1, 1), hidden, dtype=torch.float64)
    return gru(torch.zeros(1, 1, 1, dtype=torch.float64), start)[1].item()


def gru_first_block(asked: Asked) -> Found:
    """The first block's gate is shut; a shut reset gate silences the candidate, a shut update gate takes it whole."""
    gru = small_gru()
    gru.bias_hh_l0.data[2] = 1
    gru.bias_ih_l0.data[0] = -40
    after = {
        "reset": 0.5 * 0.5,
        "update": math.tanh(0.5),
        "candidate": 0.5 * math.tanh(-40 + 0.5) + 0.5 * 0.5,
        "output": 0.0,
    }
    return {name: math.isclose(after_one_step(gru, 0.5), value, abs_tol=1e-9) for name, value in after.items()}


def gru_reset_after(asked: Asked) -> Found:
    """With the update gate shut the new state is the candidate, whose tanh is undone."""
    reset = float(asked.values["r"])
    gru = small_gru()
    gru.bias_ih_l0.data[:] = torch.tensor([math.log(reset / (1 - reset)), -40.0, float(asked.values["a"])])
    gru.weight_hh_l0.data[2] = float(asked.values["u"])
    gru.bias_hh_l0.data[2] = float(asked.values["b"])
    return math.atanh(after_one_step(gru, float(asked.values["h"])))


def lstm_dropout_argument(asked: Asked) -> Found:
    """Everything dropped: the first layer is as ever, and the second reads zeros and nothing else changes."""
    torch.manual_seed(0)
    lstm = nn.LSTM(50, 64, num_layers=2, dropout=1.0).train()
    first, second = nn.LSTM(50, 64), nn.LSTM(64, 64)
    for layer, single in enumerate((first, second)):
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
            getattr(single, f"{name}_l0").data.copy_(getattr(lstm, f"{name}_l{layer}"))
    x = torch.randn(5, 2, 50)
    out, (h, _) = lstm(x)
    first_untouched = torch.allclose(h[0], first(x)[1][0][0], atol=1e-6)
    second_read_zeros = torch.allclose(out, second(torch.zeros(5, 2, 64))[0], atol=1e-6)
    return {
        "between": second_read_zeros,
        "input": not first_untouched,
        "recurrent": not (first_untouched and second_read_zeros),
        "final": not bool(out.all()),
    }


def lstm_kernel_shape(asked: Asked) -> Found:
    i, h = numbers(asked, "ih")
    return tuple(nn.LSTM(i, h).weight_ih_l0.shape)


KEYS: dict[str, Key] = {
    "pt-same-with-stride": same_with_stride,
    "pt-dilated-shape": dilated_shape,
    "pt-conv-kernel-shape": conv_kernel_shape,
    "pt-flatten-index": flatten_index,
    "pt-global-pooling-shape": global_pooling_shape,
    "pt-default-init-bound": default_init_bound,
    "pt-softmax-axis-sum": lambda asked: run(f"total = {asked.code}", s=torch.randn(*numbers(asked, "abc")))[
        "total"
    ].item(),
    "pt-embedding-padding": embedding_padding,
    "pt-attention-params": attention_params,
    "pt-attention-arguments": attention_arguments,
    "pt-causal-mask": causal_mask,
    "pt-copy-dense-weights": copy_dense_weights,
    "pt-gru-state-shape": gru_state_shape,
    "pt-stacked-bilstm-params": lambda asked: float(parameters(shown(asked)["lstm"])),
    "pt-last-step": last_step,
    "pt-decoder-start": decoder_start,
    "pt-gru-first-block": gru_first_block,
    "pt-gru-reset-after": gru_reset_after,
    "pt-lstm-dropout-argument": lstm_dropout_argument,
    "pt-lstm-kernel-shape": lstm_kernel_shape,
}
