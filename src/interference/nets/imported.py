"""Nets of other packages, built by a factory that a run names.

A run names the factory as `package.module:function`, and all of its arguments. This includes the
number of classes, under the factory's own name for it:

    runs:
      timm:
        net: imported
        factory: "timm:create_model"
        args: {model_name: resnet18, num_classes: 10}
        ...
"""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from importlib import import_module
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from interference.errors import BadInput, in_one_line

LOGITS: Any = (Tensor, fx.Proxy)  # a tensor, or its proxy in a trace (`fused_net`)
VIEW_FAILS = "view size is not compatible"  # in PyTorch's error for channels-last activations


def build(
    factory: str, arguments: Mapping[str, Any], output: int | str | None = None
) -> "Imported":
    """Build a net by a factory of another package.

    Its random weights come from the global generator.

    Args:
        factory: A function or class, as `package.module:function`.
        arguments: Its keyword arguments.
        output: Where the net's output holds the logits, see `Imported`.

    Returns:
        The net with float32 weights, in a wrapper that returns logits.

    Raises:
        BadInput: The factory cannot be imported or called, fails on the arguments, or does not
            return a module with a train and an eval mode whose layers have their sizes.
    """
    make = import_callable("factory", factory)
    try:
        net = make(**arguments)
    except Exception as error:  # code of another package may raise anything
        raise BadInput(
            f"factory: {factory} fails on args {dict(arguments)} ({in_one_line(error)})"
        ) from error
    if not isinstance(net, nn.Module):
        raise BadInput(
            f"factory: {factory} makes a {type(net).__name__}, allowed: a torch.nn.Module"
        )
    if any(map(is_lazy, net.parameters())):
        raise BadInput(
            f"factory: {factory} makes lazy layers, allowed: layers whose sizes are stated"
        )
    try:
        net.eval()
        net.train()
    except NotImplementedError as error:  # so an exported program says
        raise BadInput(
            f"factory: {factory} makes a {type(net).__name__} that has no train and eval mode "
            f"({in_one_line(error)}), allowed: the module before its export"
        ) from error
    return Imported(net.float(), output)


def import_callable(key: str, path: str) -> Any:
    """Import a function or class of another package.

    Args:
        key: The key of the parameters, for the error.
        path: The function or class, as `package.module:function`.

    Returns:
        The function or class.

    Raises:
        BadInput: It cannot be imported, or is neither.
    """
    module, _, function = path.partition(":")
    try:
        imported = attrgetter(function)(import_module(module))
    except Exception as error:  # the code of a module may raise anything on import
        raise BadInput(
            f"{key}: found {path!r}, which cannot be imported ({in_one_line(error)})"
        ) from error
    if not callable(imported):
        kind = type(imported).__name__
        raise BadInput(f"{key}: found {path!r}, a {kind}, allowed: a function or a class")
    return imported


class Imported(nn.Module):
    """A wrapper that makes a net of another package return logits: (n, C, H, W) -> (n, classes).

    The first images show whether the net calls `view` on channels-last activations, which fails.
    Such a net computes with `reshape` in place of `view`.

    Args:
        net: The net.
        output: The position of the logits in a tuple, or their key or attribute. By default the
            output is the logits, or holds them under the name `logits`, as Hugging Face's does.
    """

    def __init__(self, net: nn.Module, output: int | str | None = None) -> None:
        super().__init__()
        self.imported_net = net
        self.output = output
        self.reshapes: bool | None = None  # not known before the first images

    def forward(self, images: Tensor) -> Tensor:
        """The logits (n, classes) of images (n, C, H, W)."""
        if self.reshapes is None and isinstance(images, Tensor):
            return self._first_logits(images)
        with Reshaped() if self.reshapes else nullcontext():
            logits: Tensor = logits_of(self.imported_net(images), self.output)
        return logits

    def _first_logits(self, images: Tensor) -> Tensor:
        """The logits of the first images, on which `view` is tried."""
        try:
            # The net may change its input before it fails.
            logits: Tensor = logits_of(self.imported_net(images.clone()), self.output)
            self.reshapes = False
            return logits
        except RuntimeError as error:
            if VIEW_FAILS not in str(error):
                raise
        self.reshapes = True
        return self.forward(images)


def logits_of(output: Any, name: int | str | None = None) -> Any:
    """Take the logits out of a net's output.

    Args:
        output: A tensor, a tuple, a mapping or any other object.
        name: The position of the logits in a tuple, or their key or attribute; None for `logits`.

    Returns:
        The logits; the output itself if it holds nothing of this name. A single logit (n, 1) per
        image, of two classes, becomes the logits (n, 2) of which softmax gives the same
        probability as a sigmoid of the single one.
    """
    logits = _named_part(output, "logits" if name is None else name)
    return _two_logits(logits) if isinstance(logits, LOGITS) else logits


@fx.wrap  # a trace calls it, since it depends on the shape
def _two_logits(logits: Tensor) -> Tensor:
    """Logits (n, 2) of a single logit (n, 1), of the second class; any other logits themselves."""
    if logits.dim() == 2 and logits.shape[1] == 1:
        return torch.cat((torch.zeros_like(logits), logits), dim=1)
    return logits


def _named_part(output: Any, name: int | str) -> Any:
    """A part of a net's output by position, key or attribute; the output itself if it has none."""
    if isinstance(output, LOGITS):
        return output
    if isinstance(name, int):
        is_long_enough = isinstance(output, Sequence) and name < len(output)
        return output[name] if is_long_enough else output
    if isinstance(output, Mapping) and name in output:
        return output[name]
    return getattr(output, name, output)


class Reshaped(TorchFunctionMode):
    """A context in which `view` works on channels-last activations, as `reshape`.

    `reshape` copies the activations if a view is not possible.
    """

    def __torch_function__(
        self,
        function: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Call a function; `view` with sizes becomes `reshape`."""
        if function is Tensor.view and not kwargs and not isinstance(args[1], torch.dtype):
            function = Tensor.reshape
        return function(*args, **(kwargs or {}))
