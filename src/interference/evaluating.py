"""Eval mode for the length of a block; afterwards every module has its own mode again."""

from collections.abc import Iterator
from contextlib import contextmanager

from torch import nn


@contextmanager
def evaluating(net: nn.Module) -> Iterator[None]:
    """Put a net in eval mode; at the end restore the mode of the net and of each of its modules.

    The block may change modes too, since all of them are restored. A net that is in eval mode
    already costs one walk over its modules, since blocks are nested in the loops of a sweep.

    Args:
        net: Any module in any mode. Its parts may be in other modes than the net itself.
    """
    modes = [(module, module.training) for module in net.modules()]
    net_mode = net.training
    try:
        if any(mode for _, mode in modes):
            net.eval()
        yield
    finally:
        if any(module.training != mode for module, mode in modes):
            net.train(net_mode)  # some layers do more in `train` than set a flag
            for module, mode in modes:
                module.training = mode
