"""The nets by name: one architecture a file, named as its net, with `build(classes, channels)`.

Every net maps (n, channels, H, W) float, normalised, to logits (n, classes). The names are known without importing
torch; a new file is a new net.
"""

from copy import deepcopy
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from interference.errors import BadInput, one_of

if TYPE_CHECKING:
    from torch import Tensor, nn

NETS = {path.stem: f"{__name__}.{path.stem}" for path in sorted(Path(__file__).parent.glob("[!_]*.py"))}


def build(name: str, classes: int = 10, channels: int = 3) -> "nn.Module":
    """A new net, its weights drawn by PyTorch's defaults of each layer from the global generator (`torch.manual_seed`).

    Raises `BadInput` for a name that is not in `NETS`.
    """
    if name not in NETS:
        raise one_of("net", name, NETS)
    net: nn.Module = import_module(NETS[name]).build(classes, channels)
    return net


def check_takes(net: "nn.Module", images: "Tensor", classes: int, batch_size: int) -> None:
    """Raise `BadInput` unless a net trains on images (n, C, H, W) of this shape, in batches of this size.

    Pools may leave nothing of small images, and batch norm nothing to average in a last batch of a single one. A copy
    of the net is tried; the net stays as it is.
    """
    import torch

    some = images[:min(2, len(images) % batch_size or batch_size)].float()
    try:
        with torch.no_grad():
            logits = deepcopy(net).train()(some)
    except (RuntimeError, ValueError) as error:
        raise BadInput(f"net: fails on a batch of {' x '.join(map(str, some.shape))} ({str(error).splitlines()[0]}), "
                       "allowed: a larger data.resize, or a batch_size that leaves no single image last") from error
    if logits.shape != (len(some), classes):
        raise BadInput(f"net: found output {tuple(logits.shape)}, allowed: {(len(some), classes)}, logits by class")
