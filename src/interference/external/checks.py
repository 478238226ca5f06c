"""Checks the user's nets, images, labels and gradients, and converts them to tensors that fit.

Everything that does not fit raises `BadInput` with one line.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeAlias

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from interference.errors import BadInput, in_one_line
from interference.evaluating import evaluating
from interference.external.arrays import not_numbers, to_array
from interference.io import weights
from interference.landscape.class_gradients import Gradient
from interference.learning.images import Images
from interference.learning.net_check import unusable_logits
from interference.nets.imported import logits_of

TensorLike: TypeAlias = Tensor | ArrayLike  # Python 3.11 has no type statement
PRECISE = (
    torch.float32,
    torch.float64,
)  # types of weights; fewer bits would round small steps away
TRIED = 2  # images on which a net is tried, the fewest that show whether a batch changes an image


def to_tensor(name: str, values: Any) -> Tensor:
    """Convert an array-like to a tensor without a gradient.

    Args:
        name: The name of the argument, for the error.
        values: A tensor, an array, a list or a column of a data frame.

    Returns:
        The tensor: the given one detached, or a new one on the CPU.

    Raises:
        BadInput: The values are not an array of numbers.
    """
    if isinstance(values, Tensor):
        return values.detach()
    array = to_array(name, values)
    native_order = array.dtype.newbyteorder("=")
    try:
        # PyTorch takes no other byte order, no negative strides, and warns of read-only arrays.
        return torch.as_tensor(np.require(array, native_order, ["C", "W"]))
    except TypeError as error:
        raise not_numbers(name, values, array) from error


# Nets


@contextmanager
def differentiable(net: nn.Module) -> Iterator[Mapping[str, Tensor]]:
    """Prepare a net for class gradients; at the end the net is as it was before.

    Inside the block the net is in eval mode and returns logits, also where its own output is an
    object with `logits`, and PyTorch's inference mode is off.

    Args:
        net: A trained net.

    Yields:
        Its parameters by name.

    Raises:
        BadInput: It is not a module, or its weights are missing, not finite, of several types, or
            of a type that is too coarse for small steps.
    """
    if not isinstance(net, nn.Module):
        raise BadInput(f"net: found {type(net).__name__}, allowed: a torch.nn.Module")
    parameters = dict(net.named_parameters())
    _check_weights(parameters)
    with evaluating(net), _returning_logits(net), torch.inference_mode(False):
        yield parameters


def _returning_logits(net: nn.Module) -> AbstractContextManager[object]:
    """Inside the block the net returns the `logits` of its output, if the output has some."""
    if isinstance(net, torch.jit.ScriptModule):
        return nullcontext()  # it allows no hooks, and returns tensors

    def take_logits(module: nn.Module, images: Any, output: Any) -> Any:
        return logits_of(output)

    return net.register_forward_hook(take_logits)


def _check_weights(parameters: Mapping[str, Tensor]) -> None:
    """Raise `BadInput` unless all weights have values, are finite and of one type and device."""
    if not parameters:
        raise BadInput("net: has no parameters, allowed: a net that was trained")
    for name, weight in parameters.items():
        if is_lazy(weight) or weight.is_meta:
            raise BadInput(
                f"net: {name} has no values yet (lazy, or on meta), allowed: a net that was trained"
            )
        if weight.is_inference():
            raise BadInput(
                f"net: {name} was made in inference mode, allowed: a net made outside of it"
            )
    kinds = {f"{weight.dtype} on {weight.device}": weight.dtype for weight in parameters.values()}
    if len(kinds) > 1 or not set(kinds.values()) <= set(PRECISE):
        raise BadInput(
            f"net: found parameters of {', '.join(kinds)}, allowed: all float32 or all float64, on "
            "one device, as net.float() makes them"
        )
    for name, weight in parameters.items():
        if not weight.isfinite().all():
            raise BadInput(f"net: {name} holds NaN or infinity, allowed: finite weights")


# Images and labels


def images_of(net: nn.Module, images: Any, labels: Any) -> tuple[Images, Tensor]:
    """Convert images and labels to the net's device and type, and check that they fit the net.

    Args:
        net: The net, in eval mode.
        images: (n, ...) the images as the net sees them. Floating-point images are converted to the
            type of the weights.
        labels: (n,) whole numbers from 0 to C - 1.

    Returns:
        The images, and the logits (1, C) of the first.

    Raises:
        BadInput: Shapes, types or labels do not fit, or an image is not finite.
    """
    weight = next(net.parameters())
    pixels = to_tensor("images", images)
    classes = to_tensor("labels", labels)
    _check_labels(pixels, classes)
    dtype = weight.dtype if pixels.is_floating_point() else pixels.dtype
    converted = Images(
        _outside_inference(pixels.to(weight.device, dtype)),
        _outside_inference(classes.to(weight.device, torch.int64)),
    )
    _check_finite(converted.pixels)
    logits = _logits(net, converted.pixels[:1])
    _check_logits(net, converted.pixels[:TRIED])
    low = int(converted.labels.min())
    high = int(converted.labels.max())
    largest = logits.shape[1] - 1
    if low < 0 or high > largest:
        raise BadInput(
            f"labels: found {low} to {high}, allowed: 0 to {largest}, one for each of the net's "
            "logits"
        )
    return converted, logits


def _outside_inference(values: Tensor) -> Tensor:
    """The tensor, or a copy if it was made in inference mode and so cannot have a gradient."""
    return values.clone() if values.is_inference() else values


def _check_labels(images: Tensor, labels: Tensor) -> None:
    """Raise `BadInput` unless there are images, and every one has a label."""
    if not (images.dim() and len(images)):
        raise BadInput(
            f"images: found {tuple(images.shape)}, allowed: (n, ...), at least one image"
        )
    if labels.dim() != 1 or len(labels) != len(images):
        raise BadInput(
            f"labels: found {tuple(labels.shape)} for {len(images)} images, allowed: "
            f"{(len(images),)}, one for each"
        )
    if labels.is_floating_point():
        dtype = str(labels.dtype).removeprefix("torch.")
        raise BadInput(
            f"labels: found {dtype} labels, allowed: whole numbers, as labels.long() makes them"
        )


def _check_finite(images: Tensor) -> None:
    """Raise `BadInput` if an image holds NaN or infinity."""
    if not (images.is_floating_point() and images.numel()):
        return
    low, high = images[:, None].flatten(1).aminmax(dim=1)  # (n,) each, without a copy of the images
    finite = low.isfinite() & high.isfinite()
    nonfinite = (~finite).nonzero().flatten()
    if len(nonfinite):
        raise BadInput(
            f"images: {len(nonfinite)} of {len(images)} hold NaN or infinity, the first is image "
            f"{int(nonfinite[0])}, allowed: finite numbers"
        )


def _logits(net: nn.Module, image: Tensor) -> Tensor:
    """The logits (1, C) of one image (1, ...)."""
    description = f"an image {tuple(image.shape)} {image.dtype}"
    try:
        logits = net(image.clone())  # the net may change its input
    except Exception as error:  # the net is not our code
        raise BadInput(
            f"net: fails on {description} ({in_one_line(error)}), allowed: images of the shape and "
            "type that the net was trained on"
        ) from error
    if not (isinstance(logits, Tensor) and logits.dim() == 2 and len(logits) == 1):
        output = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise BadInput(
            f"net: found {output} for {description}, allowed: a net that gives logits (n, classes)"
        )
    return logits


def _check_logits(net: nn.Module, images: Tensor) -> None:
    """Raise `BadInput` if logits are random, depend on the batch, or are probabilities."""
    fault = unusable_logits(net, images)
    if fault:
        raise BadInput(f"net: {fault}")


# Gradients


def gradient(egos: Mapping[int, Gradient], label: int) -> Gradient:
    """Convert the gradient of a class to tensors.

    Args:
        egos: The class gradients by label.
        label: The label of the class, a key of `egos`.

    Returns:
        The gradient by parameter name.

    Raises:
        BadInput: The gradient is not a mapping of names to arrays of numbers.
    """
    if not isinstance(egos[label], Mapping):
        raise BadInput(
            f"egos[{label!r}]: found {type(egos[label]).__name__}, allowed: a gradient by "
            "parameter name"
        )
    return {
        name: to_tensor(f"egos[{label!r}][{name!r}]", values)
        for name, values in egos[label].items()
    }


def fitted(
    egos: Mapping[int, Gradient],
    label: int,
    parameters: Mapping[str, Tensor],
    owner: str = "the net",
) -> Gradient:
    """Convert the gradient of a class to the order, device and type of a net's parameters.

    Args:
        egos: The class gradients by label.
        label: The label of the class, a key of `egos`.
        parameters: The parameters, or another gradient of the same net.
        owner: The owner of the parameters, for the error.

    Returns:
        The gradient by parameter name.

    Raises:
        BadInput: A tensor is missing, unexpected or of another shape; the error lists them all.
    """
    tensors = gradient(egos, label)
    faults = weights.faults(tensors, parameters)
    if faults:
        raise BadInput(f"egos[{label!r}]: does not fit {owner}: {faults}")
    return {name: tensors[name].to(parameter) for name, parameter in parameters.items()}


def check_egos(egos: Mapping[int, Gradient]) -> None:
    """Raise `BadInput` unless there are class gradients by label."""
    if not (isinstance(egos, Mapping) and egos):
        kind = "none" if isinstance(egos, Mapping) else type(egos).__name__
        raise BadInput(
            f"egos: found {kind}, allowed: gradients by label, as class_gradients gives them"
        )
