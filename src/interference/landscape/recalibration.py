"""Batch-norm statistics estimated anew for a net whose weights have been moved."""

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
    """Estimate a net's batch-norm statistics anew, with everything else in eval mode.

    At the end the net has the statistics and the modes it had. A net without batch norm is only
    put in eval mode.

    Args:
        net: The net, its weights moved.
        batches: Inputs (n, C, H, W), normalised. The statistics are the mean over these batches.
        machine: The device and precision of the forward passes.

    Yields:
        The net.
    """
    norms = [
        module
        for module in net.modules()
        if isinstance(module, _BatchNorm) and module.track_running_stats
    ]
    momenta = [norm.momentum for norm in norms]
    statistics = [[buffer.clone() for buffer in norm.buffers()] for norm in norms]
    with evaluating(net):
        try:
            for norm in norms:
                norm.reset_running_stats()
                norm.momentum = None  # PyTorch's word for the mean over all batches
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
