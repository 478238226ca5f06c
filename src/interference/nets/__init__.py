"""The nets by name: one architecture a file, named as its net, with `build(classes, channels)`.

Every net maps (n, channels, H, W) float, normalised, to logits (n, classes). The names are known without importing
torch; a new file is a new net.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from interference.errors import one_of

if TYPE_CHECKING:
    from torch import nn

NETS = {path.stem: f"{__name__}.{path.stem}" for path in sorted(Path(__file__).parent.glob("[!_]*.py"))}


def build(name: str, classes: int = 10, channels: int = 3) -> "nn.Module":
    """A new net, its weights drawn by PyTorch's defaults of each layer from the global generator (`torch.manual_seed`).

    Raises `BadInput` for a name that is not in `NETS`.
    """
    if name not in NETS:
        raise one_of("net", name, NETS)
    net: nn.Module = import_module(NETS[name]).build(classes, channels)
    return net
