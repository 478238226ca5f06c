"""PyTorch's optimiser for a training configuration (set-up), and its learning rate over time."""

from collections.abc import Callable
from math import cos, pi

import torch
from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from interference.params import Optim

BETA_2 = 0.999  # PyTorch's default of AdamW
GAMMA = 0.1  # PyTorch's default of its step schedules
FIRST = 1 / 25  # PyTorch's defaults of one-cycle: the first rate as a fraction of the largest, ...
LAST = FIRST / 1e4  # ... and the last


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
    _keep_rate_on_gpu(optimiser, setup, next(net.parameters()).device)
    if setup.momentum:
        for weight in net.parameters():
            optimiser.state[weight]["momentum_buffer"] = torch.zeros_like(weight)
    return optimiser


def adamw(net: nn.Module, setup: Optim) -> AdamW:
    """AdamW (Loshchilov and Hutter 2017) with decoupled weight decay on every parameter.

    `setup.momentum` is beta_1; beta_2 and epsilon are PyTorch's defaults. Averages start as zeros,
    and on a GPU the learning rate is a tensor on the GPU, for the reasons given in `sgd`.

    Args:
        net: The net, on its device.
        setup: The training configuration.

    Returns:
        The optimiser, with the initial learning rate.
    """
    device = next(net.parameters()).device
    optimiser = AdamW(
        net.parameters(),
        lr=setup.lr,
        betas=(setup.momentum, BETA_2),
        weight_decay=setup.weight_decay,
        fused=True,
        capturable=device.type == "cuda",
    )
    _keep_rate_on_gpu(optimiser, setup, device)
    for weight in net.parameters():
        optimiser.state[weight] = {
            "step": torch.zeros((), dtype=torch.float32, device=device),
            "exp_avg": torch.zeros_like(weight),
            "exp_avg_sq": torch.zeros_like(weight),
        }
    return optimiser


def _keep_rate_on_gpu(optimiser: Optimizer, setup: Optim, device: torch.device) -> None:
    """Replace the learning rate by a tensor on a GPU, which a captured step can read."""
    if device.type == "cuda":
        optimiser.param_groups[0]["lr"] = torch.tensor(setup.lr, device=device)


OPTIMIZERS: dict[str, Callable[[nn.Module, Optim], Optimizer]] = {"sgd": sgd, "adamw": adamw}


def new_optimiser(net: nn.Module, setup: Optim) -> Optimizer:
    """The optimiser that a training configuration names, SGD by default.

    Args:
        net: The net, on its device.
        setup: The training configuration.
    """
    return OPTIMIZERS[setup.optimizer or "sgd"](net, setup)


def set_rate(optimiser: Optimizer, rate: float) -> None:
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
    """Linear from the full rate to zero, after the warm-up."""
    done = epoch / setup.epochs
    falling = (1 - done) / (1 - setup.warmup)
    return setup.lr * min(1.0, falling)


def step(setup: Optim, epoch: float) -> float:
    """The full rate, multiplied by `gamma` after each of the milestones."""
    passed = [milestone for milestone in setup.milestones or () if milestone <= epoch]
    gamma = GAMMA if setup.gamma is None else setup.gamma
    return setup.lr * gamma ** len(passed)


def one_cycle(setup: Optim, epoch: float) -> float:
    """Half a cosine up to the full rate during the warm-up, then half a cosine almost to zero.

    The schedule of Smith and Topin (2018), with the shape and the defaults of PyTorch's OneCycleLR.
    The full rate is reached when the fraction `warmup` of all steps is done, the last rate when
    all are.
    """
    done = epoch / setup.epochs
    if done < setup.warmup:
        return setup.lr * _half_cosine(FIRST, 1.0, done / setup.warmup)
    return setup.lr * _half_cosine(1.0, LAST, (done - setup.warmup) / (1 - setup.warmup))


def _half_cosine(first: float, last: float, part: float) -> float:
    """A value on half a cosine from the first to the last value, at a part from 0 to 1 of it."""
    return last + (first - last) * (1 + cos(pi * part)) / 2


SCHEDULES: dict[str, Callable[[Optim, float], float]] = {
    "constant": constant,
    "cosine": cosine,
    "triangle": triangle,
    "step": step,
    "one_cycle": one_cycle,
}


def learning_rate(setup: Optim, epoch: float) -> float:
    """The learning rate at a time of the training.

    During the fraction `setup.warmup` of the steps, the rate of the schedule is multiplied by a
    factor that rises linearly from zero to one. `one_cycle` has a warm-up of its own shape.

    Args:
        setup: The training configuration.
        epoch: The time in epochs: 2.5 is half-way through the third epoch.
    """
    rate = SCHEDULES[setup.schedule](setup, epoch)
    done = epoch / setup.epochs if setup.epochs else 0.0
    if setup.schedule == "one_cycle" or done >= setup.warmup:
        return rate
    return rate * (done / setup.warmup)
