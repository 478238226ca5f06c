"""Nets of other packages, as they are: what a factory makes of its arguments.

A run names the factory, `package.module:function`, and its arguments; nothing is added to them, so that the number of
classes is said in the factory's own words:

    runs:
      timm: {net: imported, factory: "timm:create_model", args: {model_name: resnet18, num_classes: 10}, ...}
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

LOGITS: Any = (Tensor, fx.Proxy)  # a tensor, or what stands for one in a trace (`fused_net`)


def build(factory: str, arguments: Mapping[str, Any]) -> nn.Module:
    """The module that a factory makes, its weights in float32, drawn from the global generator.

    It is given the method `forward` of `Imported` and is otherwise its maker's. Raises `BadInput` where the factory
    cannot be imported or called, raises on these arguments, or makes no module or one with lazy layers.
    """
    make = _found(factory)
    try:
        net = make(**arguments)
    except Exception as error:  # of code that is not ours
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


def _found(factory: str) -> Any:
    module, _, function = factory.partition(":")
    try:
        make = attrgetter(function)(import_module(module))
    except Exception as error:  # whatever a module raises as it is imported
        raise BadInput(
            f"factory: found {factory!r}, which cannot be imported ({in_one_line(error)})"
        ) from error
    if not callable(make):
        raise BadInput(
            f"factory: found {factory!r}, a {type(make).__name__}, allowed: a function or a class"
        )
    return make


class Imported(nn.Module):
    """Put before the class of a net: (n, C, H, W) -> logits (n, classes), whatever shape its maker gave the answer.

    Of an answer with `logits`, such as Hugging Face's, those are taken.
    """

    def forward(self, images: Tensor) -> Tensor:
        """Logits."""
        with Reshaped():
            answer: Tensor = super().forward(images)
        return answer if isinstance(answer, LOGITS) else getattr(answer, "logits", answer)


class Reshaped(TorchFunctionMode):
    """Inside it, a `view` that channels-last activations do not allow is a copy: `reshape`."""

    def __torch_function__(
        self,
        function: Any,
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """`function(*args, **kwargs)`, with `reshape` in place of `view` by sizes."""
        if function is Tensor.view and not kwargs and not isinstance(args[1], torch.dtype):
            function = Tensor.reshape
        return function(*args, **(kwargs or {}))
