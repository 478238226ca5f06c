"""A set-up as PyTorch's SGD, and its learning rate at any moment of the training."""

from collections.abc import Callable
from math import cos, pi

import torch
from torch import nn
from torch.optim import SGD

from interference.params import Optim


def sgd(net: nn.Module, setup: Optim) -> SGD:
    """SGD with the set-up's momentum and weight decay on every parameter (Section 2.1).

    Momenta begin as zeros, not as nothing, so that the first step is done as every other; on a GPU the rate is a
    tensor there. Both let one captured step stand for all.
    """
    optimiser = SGD(
        net.parameters(),
        lr=setup.lr,
        momentum=setup.momentum,
        weight_decay=setup.weight_decay,
        nesterov=setup.nesterov,
        fused=True,
    )
    device = next(net.parameters()).device
    if device.type == "cuda":
        optimiser.param_groups[0]["lr"] = torch.tensor(setup.lr, device=device)
    if setup.momentum:
        for weight in net.parameters():
            optimiser.state[weight]["momentum_buffer"] = torch.zeros_like(weight)
    return optimiser


def set_rate(optimiser: SGD, rate: float) -> None:
    """Give the next steps a learning rate; without waiting for the device."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def constant(setup: Optim, epoch: float) -> float:
    """The same rate throughout."""
    return setup.lr


def cosine(setup: Optim, epoch: float) -> float:
    """Half a cosine from the full rate to zero, stepped once an epoch (Loshchilov and Hutter 2016, no restarts)."""
    return setup.lr * (1 + cos(pi * int(epoch) / setup.epochs)) / 2


def triangle(setup: Optim, epoch: float) -> float:
    """Linear from zero to the full rate over the warm-up's share of the steps, then linear to zero."""
    done = epoch / setup.epochs
    rising = done / setup.warmup if setup.warmup else 1.0
    return setup.lr * min(rising, (1 - done) / (1 - setup.warmup))


SCHEDULES: dict[str, Callable[[Optim, float], float]] = {
    "constant": constant,
    "cosine": cosine,
    "triangle": triangle,
}


def learning_rate(setup: Optim, epoch: float) -> float:
    """The rate at a moment counted in epochs: 2.5 is half-way through the third epoch."""
    return SCHEDULES[setup.schedule](setup, epoch)
