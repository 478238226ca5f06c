"""The nets by name: one architecture a file, named as its net, with `build(classes, channels)`.

Every net maps normalised images (n, channels, H, W) float to logits (n, classes). A new file in
this folder is a new net, and the names are known without an import of torch. The net `imported`
stands for nets of other packages, which a run names by their factory.
"""

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from interference.errors import BadInput, one_of

if TYPE_CHECKING:
    from torch import nn

IMPORTED = "imported"
WRAPPED = "imported_net"  # the attribute of the wrapper of an imported net
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
        BadInput: The net is unknown, the factory of an imported net fails, or a pattern of `freeze`
            matches no parameter.
    """
    if "factory" not in run:
        net = build(run["net"], classes, channels)
    else:
        from interference.nets import imported

        try:
            net = imported.build(run["factory"], run.get("args", {}), run.get("output"))
        except BadInput as error:
            raise BadInput(f"runs.{run['name']}.{error}") from error
    parameters = dict(own_module(net).named_parameters())
    for name in matching(parameters, run.get("freeze", ()), f"runs.{run['name']}.freeze"):
        parameters[name].requires_grad_(False)
    return net


def matching(names: Iterable[str], patterns: Iterable[str], key: str) -> list[str]:
    """Find the names that match patterns such as `fc.*`.

    Args:
        names: The names of tensors.
        patterns: The patterns, as in a shell.
        key: The key of the patterns, for the error.

    Returns:
        The names that match a pattern, in their order.

    Raises:
        BadInput: A pattern matches no name.
    """
    all_names = list(names)
    patterns = list(patterns)
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in all_names):
            first = ", ".join(all_names[:3])
            raise BadInput(f"{key}: found {pattern!r}, allowed: patterns of {first}, ...")
    return [name for name in all_names if any(fnmatchcase(name, each) for each in patterns)]


def source_file(run: Mapping[str, Any]) -> dict[str, Path]:
    """The file that defines the net of a run.

    Args:
        run: The resolved parameters of the run.

    Returns:
        The file by the name of its module: the net's own file, or that of an imported net's
        factory. Empty if the module has no file, as a built-in one.
    """
    path = run["factory"] if "factory" in run else NETS[run["net"]]
    return module_file(path)


def module_file(path: str) -> dict[str, Path]:
    """The file of a module.

    Args:
        path: The module, or a function in it as `package.module:function`.

    Returns:
        The file by the name of the module. Empty if the module has no file, as a built-in one.
    """
    module = path.partition(":")[0]
    spec = find_spec(module)
    if spec is None or spec.origin is None or not Path(spec.origin).is_file():
        return {}
    return {module: Path(spec.origin)}


def own_module(net: "nn.Module") -> "nn.Module":
    """The module whose tensors have the names that the net's own package gives them.

    Args:
        net: A net that `of_run` built.

    Returns:
        The module inside the wrapper of an imported net; any other net itself.
    """
    module: nn.Module = getattr(net, WRAPPED, net)
    return module


def own_name(name: str) -> str:
    """The name of a parameter without the part that the wrapper of an imported net adds."""
    return name.removeprefix(f"{WRAPPED}.")
