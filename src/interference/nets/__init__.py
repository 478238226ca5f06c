"""The nets by name: one architecture a file, named as its net, with `build(classes, channels)`.

Every net maps (n, channels, H, W) float, normalised, to logits (n, classes). The names are known without importing
torch; a new file is a new net. `imported` stands for nets of other packages, which a run names by their factory.
"""

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interference.errors import BadInput, in_one_line, one_of

if TYPE_CHECKING:
    from torch import Tensor, nn

IMPORTED = "imported"
NETS = {
    path.stem: f"{__name__}.{path.stem}"
    for path in sorted(Path(__file__).parent.glob("[!_]*.py"))
    if path.stem != IMPORTED
}


def build(name: str, classes: int = 10, channels: int = 3) -> "nn.Module":
    """A new net, its weights drawn by PyTorch's defaults of each layer from the global generator (`torch.manual_seed`).

    Raises `BadInput` for a name that is not in `NETS`.
    """
    if name not in NETS:
        raise one_of("net", name, NETS)
    net: nn.Module = import_module(NETS[name]).build(classes, channels)
    return net


def of_run(run: Mapping[str, Any], classes: int, channels: int) -> "nn.Module":
    """A new net of a run, given by its resolved parameters; raises `BadInput` as `build` and `imported.build` do."""
    if "factory" not in run:
        return build(run["net"], classes, channels)
    from interference.nets import imported

    try:
        return imported.build(run["factory"], run.get("args", {}))
    except BadInput as error:
        raise BadInput(f"runs.{run['name']}.{error}") from error


def check_takes(name: str, net: "nn.Module", images: "Tensor", classes: int) -> None:
    """Raise `BadInput` unless the net of a run can be trained on images (n, C, H, W) such as these, and asked of them.

    Its answer must be finite logits (n, classes) that hang on a parameter. Pools may leave nothing of small images, and
    batch norm nothing to average in a batch of one. The net is tried in train mode and in eval mode, and left as it
    was: its mode, and every buffer.
    """
    import torch

    from interference.evaluating import evaluating

    buffers = [buffer.clone() for buffer in net.buffers()]
    try:
        with evaluating(net):
            for training in (True, False):
                wrong = _fault(net.train(training), images, classes)
                if wrong:
                    raise BadInput(f"runs.{name}.net: {wrong}")
    finally:
        with torch.no_grad():
            for buffer, value in zip(net.buffers(), buffers, strict=True):
                buffer.copy_(value)


def _fault(net: "nn.Module", images: "Tensor", classes: int) -> str:
    """What is wrong with a net's answer, in words; nothing where it is logits."""
    import torch

    try:
        found = net(images)
    except Exception as error:  # of code that is not ours
        return (
            f"fails on a batch of {' x '.join(map(str, images.shape))} ({in_one_line(error)}), allowed: a larger "
            "data.resize, a batch_size that leaves no single image last, args that suit the images"
        )
    if not isinstance(found, torch.Tensor):
        return f"gives a {type(found).__name__}, allowed: a tensor of logits, or what holds one as `logits`"
    if found.shape != (len(images), classes):
        return (
            f"found output {tuple(found.shape)}, allowed: {(len(images), classes)}, logits by class"
        )
    if not found.is_meta and not found.isfinite().all():
        return "gives NaN or infinity before any training, allowed: finite logits"
    return (
        ""
        if found.requires_grad
        else "no gradient reaches a parameter, allowed: a net of which some can be trained"
    )
