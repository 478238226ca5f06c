"""Recalibration: new batch-norm statistics for a net whose weights were moved."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from interference.evaluating import evaluating
from interference.runtime.device import Machine


@contextmanager
def recalibrated(
    net: nn.Module, batches: Iterable[Tensor], machine: Machine
) -> Iterator[nn.Module]:
    """Estimate new batch-norm statistics of a net, with all other layers in eval mode.

    At the end the net's statistics and modes are restored. For a net without batch norm this is
    eval mode only.

    Args:
        net: The net, with moved weights.
        batches: Inputs (n, C, H, W), normalised. The statistics are the mean over these batches.
        machine: The device and precision of the forward passes.

    Yields:
        The net.
    """
    batch_norms = [module for module in net.modules() if isinstance(module, _BatchNorm)]
    norms = [norm for norm in batch_norms if norm.track_running_stats]
    momenta = [norm.momentum for norm in norms]
    statistics = [[buffer.clone() for buffer in norm.buffers()] for norm in norms]
    with evaluating(net):
        try:
            for norm in norms:
                norm.reset_running_stats()
                norm.momentum = None  # PyTorch then computes the mean over all batches
                norm.train()
            with torch.no_grad(), machine.autocast():
                for inputs in batches if norms else ():
                    net(inputs)
            net.eval()
            yield net
        finally:
            for norm, momentum, values in zip(norms, momenta, statistics, strict=True):
                norm.momentum = momentum
                for buffer, value in zip(norm.buffers(), values, strict=True):
                    buffer.copy_(value)
