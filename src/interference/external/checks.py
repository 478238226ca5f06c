"""Nets, images, labels and gradients as people give them: made to fit each other, or refused in one line."""

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
from interference.external.arrays import array, no_numbers
from interference.io import weights
from interference.landscape.class_gradients import Gradient
from interference.learning.images import Images

Given: TypeAlias = Tensor | ArrayLike  # Python 3.11 has no type statement
PRECISE = (torch.float32, torch.float64)  # of weights: in fewer bits a small step is rounded away


def tensor(what: str, given: Any) -> Tensor:
    """What is given as a tensor without a gradient; raises `BadInput` for what is no array of numbers."""
    if isinstance(given, Tensor):
        return given.detach()
    found = array(what, given)
    try:
        return torch.as_tensor(
            np.require(found, found.dtype.newbyteorder("="), ["C", "W"])
        )  # PyTorch has no others
    except TypeError as error:
        raise no_numbers(what, given, found) from error


# Nets


@contextmanager
def asked(net: nn.Module) -> Iterator[Mapping[str, Tensor]]:
    """Inside it a net is in eval mode, gives logits if its answer holds them, and is differentiated; then as it was.

    Yields its parameters by name. Raises `BadInput` for a net that cannot be moved along a gradient.
    """
    if not isinstance(net, nn.Module):
        raise BadInput(f"net: found {type(net).__name__}, allowed: a torch.nn.Module")
    own = dict(net.named_parameters())
    _check_weights(own)
    with evaluating(net), _answering(net), torch.inference_mode(False):
        yield own


def _answering(net: nn.Module) -> AbstractContextManager[object]:
    """Inside it the net gives the `logits` of an answer that has some, such as Hugging Face's."""
    if isinstance(net, torch.jit.ScriptModule):
        return nullcontext()  # it takes no hooks, and gives tensors
    return net.register_forward_hook(
        lambda module, images, answer: getattr(answer, "logits", answer)
    )


def _check_weights(own: Mapping[str, Tensor]) -> None:
    """Raise `BadInput` unless all weights are there, finite, and of one kind."""
    if not own:
        raise BadInput("net: has no parameters, allowed: a net that was trained")
    for name, weight in own.items():
        if is_lazy(weight) or weight.is_meta:
            raise BadInput(
                f"net: {name} has no values yet (lazy, or on meta), allowed: a net that was trained"
            )
        if weight.is_inference():
            raise BadInput(
                f"net: {name} was made in inference mode, allowed: a net made outside of it"
            )
    kinds = {f"{weight.dtype} on {weight.device}": weight.dtype for weight in own.values()}
    if len(kinds) > 1 or not set(kinds.values()) <= set(PRECISE):
        raise BadInput(
            f"net: found parameters of {', '.join(kinds)}, allowed: all float32 or all float64, on one "
            "device, as net.float() makes them"
        )
    wild = [name for name, weight in own.items() if not weight.isfinite().all()]
    if wild:
        raise BadInput(f"net: {wild[0]} holds NaN or infinity, allowed: finite weights")


# Images and labels


def images_of(net: nn.Module, images: Any, labels: Any) -> tuple[Images, Tensor]:
    """Images and labels as a net in eval mode takes them, and its logits (1, C) for the first image.

    Images of floating numbers get the type of the net's weights. Raises `BadInput` where anything misfits.
    """
    weight = next(net.parameters())
    pixels, classes = tensor("images", images), tensor("labels", labels)
    _check_labels(pixels, classes)
    given = Images(
        _free(
            pixels.to(weight.device, weight.dtype if pixels.is_floating_point() else pixels.dtype)
        ),
        _free(classes.to(weight.device, torch.int64)),
    )
    _check_finite(given.pixels)
    logits = _logits(net, given.pixels[:1])
    low, high, most = int(given.labels.min()), int(given.labels.max()), logits.shape[1] - 1
    if low < 0 or high > most:
        raise BadInput(
            f"labels: found {low} to {high}, allowed: 0 to {most}, one for each of the net's logits"
        )
    return given, logits


def _free(given: Tensor) -> Tensor:
    """A tensor that a gradient may hang on: a copy of one that was made in inference mode."""
    return given.clone() if given.is_inference() else given


def _check_labels(images: Tensor, labels: Tensor) -> None:
    """Raise `BadInput` unless there are images, and every one has a label."""
    if not (images.dim() and len(images)):
        raise BadInput(
            f"images: found {tuple(images.shape)}, allowed: (n, ...), at least one image"
        )
    if labels.dim() != 1 or len(labels) != len(images):
        raise BadInput(
            f"labels: found {tuple(labels.shape)} for {len(images)} images, allowed: {(len(images),)}, one "
            "for each"
        )
    if labels.is_floating_point():
        raise BadInput(
            f"labels: found {str(labels.dtype).removeprefix('torch.')} labels, allowed: whole numbers, as "
            "labels.long() makes them"
        )


def _check_finite(images: Tensor) -> None:
    """Raise `BadInput` where an image holds NaN or infinity."""
    if not (images.is_floating_point() and images.numel()):
        return
    low, high = images[:, None].flatten(1).aminmax(dim=1)  # (n,) each, and no copy of the images
    wild = (~(low.isfinite() & high.isfinite())).nonzero().flatten()
    if len(wild):
        raise BadInput(
            f"images: {len(wild)} of {len(images)} hold NaN or infinity, the first is image "
            f"{int(wild[0])}, allowed: finite numbers"
        )


def _logits(net: nn.Module, image: Tensor) -> Tensor:
    """What a net says of one image, (1, C)."""
    shown = f"an image {tuple(image.shape)} {image.dtype}"
    try:
        logits = net(image)
    except Exception as error:  # of code that is not ours
        raise BadInput(
            f"net: fails on {shown} ({in_one_line(error)}), allowed: images as the net sees them"
        ) from error
    if not (isinstance(logits, Tensor) and logits.dim() == 2 and len(logits) == 1):
        found = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
        raise BadInput(
            f"net: found {found} for {shown}, allowed: a net that gives logits (n, classes)"
        )
    return logits


# Gradients


def gradient(egos: Mapping[int, Gradient], label: int) -> Gradient:
    """The gradient of a class; raises `BadInput` for what is no mapping of names to numbers."""
    if not isinstance(egos[label], Mapping):
        raise BadInput(
            f"egos[{label!r}]: found {type(egos[label]).__name__}, allowed: a gradient by parameter name"
        )
    return {
        name: tensor(f"egos[{label!r}][{name!r}]", given) for name, given in egos[label].items()
    }


def fitted(
    egos: Mapping[int, Gradient], label: int, own: Mapping[str, Tensor], of: str = "the net"
) -> Gradient:
    """The gradient of a class, its tensors in the order of the parameters `own`, on their device and of their type.

    Raises `BadInput` that lists what is missing, unexpected or of another shape.
    """
    found = gradient(egos, label)
    faults = weights.faults(found, own)
    if faults:
        raise BadInput(f"egos[{label!r}]: does not fit {of}: {faults}")
    return {name: found[name].to(weight) for name, weight in own.items()}


def check_egos(egos: Mapping[int, Gradient]) -> None:
    """Raise `BadInput` unless there are gradients by label."""
    if not (isinstance(egos, Mapping) and egos):
        found = "none" if isinstance(egos, Mapping) else type(egos).__name__
        raise BadInput(
            f"egos: found {found}, allowed: gradients by label, as class_gradients gives them"
        )
