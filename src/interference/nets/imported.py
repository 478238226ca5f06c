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
from importlib import import_module
from operator import attrgetter
from typing import Any

import torch
from torch import Tensor, fx, nn
from torch.nn.parameter import is_lazy
from torch.overrides import TorchFunctionMode

from interference.errors import BadInput, in_one_line

LOGITS: Any = (Tensor, fx.Proxy)  # a tensor, or its proxy in a trace (`fused_net`)


def build(factory: str, arguments: Mapping[str, Any]) -> nn.Module:
    """Build a net by a factory of another package.

    Its random weights come from the global generator. The net gets the method `forward` of
    `Imported`; everything else stays as its package defines it.

    Args:
        factory: A function or class, as `package.module:function`.
        arguments: Its keyword arguments.

    Returns:
        The net, with float32 weights.

    Raises:
        BadInput: The factory cannot be imported or called, fails on the arguments, or does not
            return a module whose layers have their sizes.
    """
    make = _import_factory(factory)
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
    net.__class__ = type(type(net).__name__, (Imported, type(net)), {})
    return net.float()


def _import_factory(factory: str) -> Any:
    """The function or class that a factory names; raises `BadInput` if it cannot be imported."""
    module, _, function = factory.partition(":")
    try:
        make = attrgetter(function)(import_module(module))
    except Exception as error:  # the code of a module may raise anything on import
        raise BadInput(
            f"factory: found {factory!r}, which cannot be imported ({in_one_line(error)})"
        ) from error
    if not callable(make):
        raise BadInput(
            f"factory: found {factory!r}, a {type(make).__name__}, allowed: a function or a class"
        )
    return make


class Imported(nn.Module):
    """A base class that makes a net return logits: (n, C, H, W) -> (n, classes).

    It precedes the class of the net. If the net returns an object with the attribute `logits`, as
    nets of Hugging Face do, `forward` returns that attribute.
    """

    def forward(self, images: Tensor) -> Tensor:
        """The logits (n, classes) of images (n, C, H, W)."""
        with Reshaped():
            output: Tensor = super().forward(images)
        return output if isinstance(output, LOGITS) else getattr(output, "logits", output)


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
