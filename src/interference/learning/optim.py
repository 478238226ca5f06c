"""PyTorch's SGD for a training configuration (set-up), and its learning rate over time."""

from collections.abc import Callable
from math import cos, pi

import torch
from torch import nn
from torch.optim import SGD

from interference.params import Optim


def sgd(net: nn.Module, setup: Optim) -> SGD:
    """SGD with momentum and weight decay on every parameter (Section 2.1).

    Momenta start as zeros, so that the first step is computed like all others. On a GPU the
    learning rate is a tensor on the GPU. A single captured step can then be replayed for all steps.

    Args:
        net: The net, on its device.
        setup: The training configuration.

    Returns:
        The optimiser, with the initial learning rate.
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
    """Set the learning rate of the next steps, without waiting for the device."""
    for group in optimiser.param_groups:
        if isinstance(group["lr"], torch.Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def constant(setup: Optim, epoch: float) -> float:
    """The same rate in all epochs."""
    return setup.lr


def cosine(setup: Optim, epoch: float) -> float:
    """Half a cosine from the full rate to zero, changed once per epoch.

    The schedule of Loshchilov and Hutter (2016) without restarts.
    """
    angle = pi * int(epoch) / setup.epochs
    return setup.lr * (1 + cos(angle)) / 2


def triangle(setup: Optim, epoch: float) -> float:
    """Linear from zero to the full rate during the warm-up, then linear to zero.

    `setup.warmup` is the fraction of the steps that belong to the warm-up.
    """
    done = epoch / setup.epochs
    rising = done / setup.warmup if setup.warmup else 1.0
    falling = (1 - done) / (1 - setup.warmup)
    return setup.lr * min(rising, falling)


SCHEDULES: dict[str, Callable[[Optim, float], float]] = {
    "constant": constant,
    "cosine": cosine,
    "triangle": triangle,
}


def learning_rate(setup: Optim, epoch: float) -> float:
    """The learning rate at a time of the training.

    Args:
        setup: The training configuration.
        epoch: The time in epochs: 2.5 is half-way through the third epoch.
    """
    return SCHEDULES[setup.schedule](setup, epoch)
