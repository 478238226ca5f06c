"""The nets by name: one architecture a file, named as its net, with `build(classes, channels)`.

Every net maps normalised images (n, channels, H, W) float to logits (n, classes). A new file in
this folder is a new net, and the names are known without an import of torch. The net `imported`
stands for nets of other packages, which a run names by their factory.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
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
    """Build a net with random weights.

    Each layer has PyTorch's default initialisation, from the global generator
    (`torch.manual_seed`).

    Args:
        name: The name of the net, a key of `NETS`.
        classes: The number of classes.
        channels: The number of channels of the images.

    Returns:
        The net, from images (n, channels, H, W) float to logits (n, classes).

    Raises:
        BadInput: The name is unknown.
    """
    if name not in NETS:
        raise one_of("net", name, NETS)
    net: nn.Module = import_module(NETS[name]).build(classes, channels)
    return net


def of_run(run: Mapping[str, Any], classes: int, channels: int) -> "nn.Module":
    """Build the net of a run with random weights.

    Args:
        run: The resolved parameters of the run.
        classes: The number of classes.
        channels: The number of channels of the images.

    Returns:
        The net. An imported net gets its sizes from its own arguments.

    Raises:
        BadInput: The net is unknown, or the factory of an imported net fails.
    """
    if "factory" not in run:
        return build(run["net"], classes, channels)
    from interference.nets import imported

    try:
        return imported.build(run["factory"], run.get("args", {}))
    except BadInput as error:
        raise BadInput(f"runs.{run['name']}.{error}") from error


def source_file(run: Mapping[str, Any]) -> dict[str, Path]:
    """The file that defines the net of a run.

    Args:
        run: The resolved parameters of the run.

    Returns:
        The file by the name of its module: the net's own file, or that of an imported net's
        factory. Empty if the module has no file, as a built-in one.
    """
    module = run["factory"].partition(":")[0] if "factory" in run else NETS[run["net"]]
    spec = find_spec(module)
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        return {}
    return {module: Path(spec.origin)}


def check_takes(name: str, net: "nn.Module", images: "Tensor", classes: int) -> None:
    """Check that the net of a run can be trained and evaluated on its images.

    The net is called in train mode and in eval mode. Its modes and its buffers are restored.

    Args:
        name: The name of the run, for the error.
        net: The net.
        images: Normalised images (n, C, H, W): one image if a batch of the training has only one.
        classes: The number of classes.

    Raises:
        BadInput: The net fails, as pools may on small images and batch norm on a batch of one
            image; or its output is not finite logits (n, classes) that depend on a parameter.
    """
    import torch

    from interference.evaluating import evaluating

    buffers = [buffer.clone() for buffer in net.buffers()]
    try:
        with evaluating(net):
            for training in (True, False):
                fault = _fault(net.train(training), images, classes)
                if fault:
                    raise BadInput(f"runs.{name}.net: {fault}")
    finally:
        with torch.no_grad():
            for buffer, value in zip(net.buffers(), buffers, strict=True):
                buffer.copy_(value)


def _fault(net: "nn.Module", images: "Tensor", classes: int) -> str:
    """An error message about a net's output; empty if the output is correct."""
    import torch

    try:
        output = net(images)
    except Exception as error:  # a net of another package may raise anything
        shape = " x ".join(map(str, images.shape))
        return (
            f"fails on a batch of {shape} ({in_one_line(error)}), allowed: a larger data.resize, "
            "a batch_size that leaves no single image last, args that suit the images"
        )
    if not isinstance(output, torch.Tensor):
        kind = type(output).__name__
        return f"gives a {kind}, allowed: a tensor of logits, or an object with a tensor `logits`"
    expected = (len(images), classes)
    if output.shape != expected:
        return f"found output {tuple(output.shape)}, allowed: {expected}, logits by class"
    if not output.is_meta and not output.isfinite().all():
        return "gives NaN or infinity before any training, allowed: finite logits"
    if not output.requires_grad:
        return "no gradient reaches a parameter, allowed: a net with parameters that can be trained"
    return ""
