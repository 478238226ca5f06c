"""Checks of a net's output on a few images, before any work is spent on the net.

They find what would end in an error hours later, and what would give wrong numbers without one.
"""

import torch
from torch import Tensor, nn

from interference.errors import BadInput, in_one_line
from interference.evaluating import evaluating
from interference.nets import own_name

# The largest difference of an image's logits in two evaluations, as a fraction of their largest
# absolute value. Another order of sums changes less than this, a random layer or batch statistics
# change more.
SAME = 1e-3
SUM_TO_ONE = 1e-4  # the largest distance from 1 of the sum of an image's probabilities


def check_takes(name: str, net: nn.Module, images: Tensor, classes: int) -> None:
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
    buffers = [buffer.clone() for buffer in net.buffers()]
    try:
        with evaluating(net):
            for training in (True, False):
                net.train(training)
                fault = _fault(net, images, classes)
                if fault:
                    raise BadInput(f"runs.{name}.net: {fault}")
    finally:
        with torch.no_grad():
            for buffer, value in zip(net.buffers(), buffers, strict=True):
                buffer.copy_(value)


def _fault(net: nn.Module, images: Tensor, classes: int) -> str:
    """An error message about a net's output; empty if the output is correct."""
    try:
        output = net(images.clone())
    except Exception as error:  # a net of another package may raise anything
        shape = " x ".join(map(str, images.shape))
        return (
            f"fails on a batch of {shape} ({in_one_line(error)}), allowed: a larger data.resize, "
            "a batch_size that leaves no single image last, args that suit the images"
        )
    if not isinstance(output, Tensor):
        return (
            f"gives {described(output)}, allowed: logits (n, classes), or an `output` that says "
            "where they are"
        )
    expected = (len(images), classes)
    if output.shape != expected:
        return f"found output {tuple(output.shape)}, allowed: {expected}, logits by class"
    if not output.is_meta and not output.isfinite().all():
        return "gives NaN or infinity before any training, allowed: finite logits"
    if not output.requires_grad:
        return "no gradient reaches a parameter, allowed: a net with parameters that can be trained"
    return ""


def described(output: object) -> str:
    """Describe what a net returned in place of logits, with the parts of a tuple or mapping."""
    kind = type(output).__name__
    if isinstance(output, list | tuple):
        names = [f"{index}: {_short(part)}" for index, part in enumerate(output)]
    elif isinstance(output, dict):
        names = [f"{key}: {_short(part)}" for key, part in output.items()]
    else:
        return f"a {kind}"
    return f"a {kind} of {', '.join(names) or 'nothing'}"


def _short(part: object) -> str:
    return str(tuple(part.shape)) if isinstance(part, Tensor) else type(part).__name__


def unusable_logits(net: nn.Module, images: Tensor) -> str:
    """Find what makes the logits of a net in eval mode unfit for class gradients and surfaces.

    Args:
        net: A net from inputs to logits (n, C), in eval mode.
        images: A few inputs (n, ...). They are not changed.

    Returns:
        An error message; empty if the logits of an image are the same at every call and for every
        batch that the image is in, and are not probabilities.
    """
    with torch.no_grad():
        logits = net(images.clone())
        again = net(images.clone())
        alone = _one_by_one(net, images)
    if differ(logits, again):
        return (
            "in eval mode two evaluations of the same images differ, allowed: the same logits "
            "every time; take out what draws at random, such as dropout that ignores eval mode"
        )
    if alone is None or differ(logits, alone):
        return (
            f"in eval mode the logits of an image change with the other images of its batch"
            f"{_batch_statistics(net)}, allowed: logits of each image alone, as batch norm with "
            "track_running_stats=True gives them"
        )
    if are_probabilities(logits):
        return (
            "gives probabilities (each image's outputs sum to 1), allowed: logits; leave out the "
            "last softmax, or return the logarithm of its output"
        )
    return ""


def _one_by_one(net: nn.Module, images: Tensor) -> Tensor | None:
    """The logits (n, C) of each image as a batch of one; None if the net takes no such batch."""
    try:
        return torch.cat([net(image[None].clone()) for image in images])
    except Exception:  # batch norm refuses to normalise a single value
        return None


def differ(first: Tensor, second: Tensor) -> bool:
    """Whether two evaluations differ by more than rounding."""
    distance = (first - second).abs().max()
    return not bool(distance <= SAME * first.abs().max())


def _batch_statistics(net: nn.Module) -> str:
    """A note that names the first layer that normalises by each batch, if there is one."""
    for name, module in net.named_modules():
        if isinstance(module, nn.modules.batchnorm._BatchNorm) and module.running_mean is None:
            return f" (layer {own_name(name)} normalises by each batch)"
    return ""


def are_probabilities(logits: Tensor) -> bool:
    """Whether outputs (n, C) of a net are probabilities: none below 0, each row of sum 1."""
    sums = logits.sum(dim=1)
    return bool((logits >= 0).all() and ((sums - 1).abs() <= SUM_TO_ONE).all())
