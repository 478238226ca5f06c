"""Class gradients, the paper's ego directions (Definition 1), and their Gram matrix."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from interference.errors import BadInput
from interference.evaluating import evaluating
from interference.learning.losses import losses

Gradient = dict[str, Tensor]  # by parameter name, of the parameter's shape
Batch = tuple[Tensor, Tensor]  # inputs (n, C, H, W) and labels (n,)
Prepare = Callable[[Tensor], Tensor]  # images -> inputs, as the net sees them
K = TypeVar("K")

BATCH = 250  # images a step; float32 activations of the largest net take 2 GB
AGREEMENT = 1e-4  # of two passes: a GPU's order of sums changes less, a random layer more


def class_gradients(
    net: nn.Module, images: Tensor, labels: Tensor, names: Mapping[int, K], prepare: Prepare
) -> dict[K, Gradient]:
    """The class gradient g_c (Definition 1) of every label that has a name.

    Args:
        net: A net from inputs to logits (n, C); its modes are restored.
        images: (n, C, H, W), on the net's device.
        labels: (n,) int64, the true classes.
        names: The names of the labels, by which the gradients are returned.
        prepare: What makes the net's inputs of images, such as a normalisation.

    Returns:
        The gradients by name.

    Raises:
        BadInput: A class has no images, a gradient is not finite, or the net draws at random in
            eval mode.
    """
    _check_determined(net, next(_batches(images, labels, prepare)))
    return {
        name: _class_gradient(net, images, labels == label, labels, prepare, name)
        for label, name in names.items()
    }


def _check_determined(net: nn.Module, batch: Batch) -> None:
    """Raise `BadInput` unless two passes over a batch agree.

    A net that draws at random has no class gradient.
    """
    first = mean_gradient(net, [batch])
    second = mean_gradient(net, [batch])
    difference = disagreement(first, second)
    if not difference <= AGREEMENT:
        raise BadInput(
            f"class gradient: two passes over the same {len(batch[1])} images differ by "
            f"{difference:.2g} of the gradient's norm, allowed: {AGREEMENT:g}; a layer may draw at "
            "random in eval mode"
        )


def _class_gradient(
    net: nn.Module, images: Tensor, mask: Tensor, labels: Tensor, prepare: Prepare, name: object
) -> Gradient:
    """The mean gradient over the images of a class, given by a mask (n,) bool."""
    if not mask.any():
        raise BadInput(f"class gradient: no training images of class {name!r}")
    gradient = mean_gradient(net, _batches(images[mask], labels[mask], prepare))
    if not all(torch.isfinite(tensor).all() for tensor in gradient.values()):
        raise BadInput(f"class gradient: that of class {name!r} is not finite")
    return gradient


def _batches(images: Tensor, labels: Tensor, prepare: Prepare) -> Iterator[Batch]:
    """Inputs and labels, in order."""
    pairs = zip(torch.split(images, BATCH), torch.split(labels, BATCH), strict=True)
    for batch_images, batch_labels in pairs:
        yield prepare(batch_images), batch_labels


def mean_gradient(net: nn.Module, batches: Iterable[Batch]) -> Gradient:
    """The gradient of the mean cross-entropy over all images of some batches, in eval mode.

    Over the images of one class it is the class's ego direction; descent on the class is along
    its negative. The loss is the one of training and surfaces (`losses`).

    Args:
        net: A net from inputs to logits (n, C); its modes are restored.
        batches: Inputs (n, C, H, W) and labels (n,).

    Returns:
        A tensor for every parameter. It is zero for a parameter that is frozen (no
        `requires_grad`: a constant of the net) or that the net does not use. A parameter that
        goes by two names has the first.
    """
    total = {name: torch.zeros_like(weight) for name, weight in net.named_parameters()}
    free = {name: weight for name, weight in net.named_parameters() if weight.requires_grad}
    sums = [total[name] for name in free]
    weights = list(free.values())
    images = 0
    with evaluating(net):
        for inputs, labels in batches:
            loss = losses(net(inputs), labels, reduction="sum")
            gradients = torch.autograd.grad(loss, weights, materialize_grads=True)
            torch._foreach_add_(sums, gradients)
            images += len(labels)
    return {name: tensor / images for name, tensor in total.items()}


def disagreement(first: Gradient, second: Gradient) -> float:
    """The distance of two gradients of the same images, as a fraction of the first one's norm."""
    difference = norm({name: tensor - second[name] for name, tensor in first.items()})
    return difference / norm(first) if difference else 0.0


def gram(gradients: Sequence[Gradient]) -> Tensor:
    """The dot products of gradients over all parameters.

    Args:
        gradients: Gradients of one net, by parameter name.

    Returns:
        dots[a, b] = <g_a, g_b>, (n, n) float64; squared norms on the diagonal.
    """
    vectors = []
    for gradient in gradients:
        parts = [tensor.flatten() for tensor in gradient.values()]
        vectors.append(torch.cat(parts).double())
    rows = [torch.stack([first @ second for second in vectors]) for first in vectors]
    return torch.stack(rows)


def norm(direction: Mapping[str, Tensor]) -> float:
    """The Euclidean norm over all parameters."""
    squares = [tensor.detach().double().square().sum() for tensor in direction.values()]
    return float(sum(squares) ** 0.5)
