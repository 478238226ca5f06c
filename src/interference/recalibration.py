"""Batch-norm statistics estimated anew for a net whose weights have been moved."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from interference.machine import Machine


@contextmanager
def recalibrated(net: nn.Module, batches: Iterable[Tensor], machine: Machine) -> Iterator[nn.Module]:
    """The net with the mean batch statistics of its inputs (n, C, H, W), everything else in eval mode.

    The statistics it had come back at the end. A net without batch norm is as it was.
    """
    norms = [module for module in net.modules() if isinstance(module, _BatchNorm) and module.track_running_stats]
    held = [([buffer.clone() for buffer in norm.buffers()], norm.momentum, norm.training) for norm in norms]
    mode = net.training
    net.eval()
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
        net.train(mode)
        for norm, (buffers, momentum, training) in zip(norms, held, strict=True):
            norm.momentum = momentum
            norm.train(training)
            for buffer, value in zip(norm.buffers(), buffers, strict=True):
                buffer.copy_(value)
