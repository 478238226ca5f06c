"""PyTorch's optimiser for a training configuration (set-up)."""

from collections.abc import Callable

import torch
from torch import nn
from torch.optim import SGD, AdamW, Optimizer

from interference.params import Optim

BETA_2 = 0.999  # PyTorch's default of AdamW


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
