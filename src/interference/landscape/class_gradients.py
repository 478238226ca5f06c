"""Class gradients (the paper's ego directions, Definition 1) and their dot products."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor, nn

from interference.errors import BadInput
from interference.evaluating import evaluating
from interference.learning.losses import losses

Gradient = dict[str, Tensor]  # by parameter name, of the parameter's shape
Batch = tuple[Tensor, Tensor]  # inputs (n, C, H, W) and labels (n,)
Prepare = Callable[[Tensor], Tensor]  # images -> inputs of the net
K = TypeVar("K")

COLUMNS = 1 << 17  # of vectors whose dot products are taken; 200 rows of them take 0.2 GB
BATCH = 250  # images in a batch; float32 activations of the largest net then take 2 GB

# The largest relative difference of two equal passes. The order of a GPU's sums changes less than
# this, a random layer changes more.
AGREEMENT = 1e-4


def class_gradients(
    net: nn.Module, images: Tensor, labels: Tensor, names: Mapping[int, K], prepare: Prepare
) -> dict[K, Gradient]:
    """The class gradient g_c (Definition 1) of each class: the gradient of its mean loss.

    Args:
        net: A net from inputs to logits (n, C); its modes are restored.
        images: (n, C, H, W), on the net's device.
        labels: (n,) int64, the true classes.
        names: The classes, by label, and their names in the result.
        prepare: A function from images to new inputs of the net, such as a normalisation. The net
            may change its inputs in place.

    Returns:
        The gradients by the names of the classes.

    Raises:
        BadInput: A class has no images, a gradient is not finite, or the net draws at random in
            eval mode.
    """
    return dict(each_class_gradient(net, images, labels, names, prepare))


def each_class_gradient(
    net: nn.Module, images: Tensor, labels: Tensor, names: Mapping[int, K], prepare: Prepare
) -> Iterator[tuple[K, Gradient]]:
    """The class gradients one after another, for more classes than fit into memory.

    Args:
        net: See `class_gradients`, as for the other arguments.
        images: (n, C, H, W), on the net's device.
        labels: (n,) int64, the true classes.
        names: The classes, by label, and their names in the result.
        prepare: A function from images to new inputs of the net.

    Yields:
        The name and the gradient of each class.

    Raises:
        BadInput: See `class_gradients`.
    """
    _check_determined(net, images[:BATCH], labels[:BATCH], prepare)
    for label, name in names.items():
        yield name, _class_gradient(net, images, labels == label, labels, prepare, name)


def _check_determined(net: nn.Module, images: Tensor, labels: Tensor, prepare: Prepare) -> None:
    """Raise `BadInput` if two passes over a batch differ, since a layer then is random."""
    first = mean_gradient(net, _batches(images, labels, prepare))
    second = mean_gradient(net, _batches(images, labels, prepare))
    difference = disagreement(first, second)
    if not difference <= AGREEMENT:
        raise BadInput(
            f"class gradient: two passes over the same {len(labels)} images differ by "
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
    """The inputs and labels of all batches, in the order of the images."""
    pairs = zip(torch.split(images, BATCH), torch.split(labels, BATCH), strict=True)
    for batch_images, batch_labels in pairs:
        yield prepare(batch_images), batch_labels


def mean_gradient(net: nn.Module, batches: Iterable[Batch]) -> Gradient:
    """The gradient of the mean cross-entropy over all images of some batches, in eval mode.

    For images of one class it is the class gradient. A step along its negative decreases the loss
    of the class. The loss is the same as in training and surfaces (`losses`).

    Args:
        net: A net from inputs to logits (n, C); its modes are restored.
        batches: Inputs (n, C, H, W) and labels (n,).

    Returns:
        A tensor for every parameter. It is zero for a parameter that is frozen (without
        `requires_grad`) or unused by the net. A parameter with two names is listed once, under the
        first.
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
    """The distance between two gradients, as a fraction of the norm of the first."""
    differences = {name: tensor - second[name] for name, tensor in first.items()}
    distance = norm(differences)
    return distance / norm(first) if distance else 0.0


def gram(gradients: Sequence[Gradient]) -> Tensor:
    """The dot products of gradients over all parameters.

    Args:
        gradients: Gradients of one net, by parameter name.

    Returns:
        The dot products <g_a, g_b>, (n, n) float64, with squared norms on the diagonal.
    """
    vectors = []
    for gradient in gradients:
        parts = [tensor.flatten() for tensor in gradient.values()]
        vectors.append(torch.cat(parts).double())
    rows = [torch.stack([first @ second for second in vectors]) for first in vectors]
    return torch.stack(rows)


def gram_of_vectors(vectors: np.ndarray) -> np.ndarray:
    """The dot products of many vectors, computed in float64 over some columns at a time.

    Args:
        vectors: (n, k) float32; may be a map of a file.

    Returns:
        The dot products, (n, n) float64.
    """
    products = torch.zeros(len(vectors), len(vectors), dtype=torch.float64)
    for start in range(0, vectors.shape[1], COLUMNS):
        block = torch.from_numpy(vectors[:, start : start + COLUMNS].astype(np.float64))
        products += block @ block.T
    return products.numpy()


def norm(direction: Mapping[str, Tensor]) -> float:
    """The Euclidean norm of a direction over all parameters."""
    squares = [tensor.detach().double().square().sum() for tensor in direction.values()]
    return float(sum(squares) ** 0.5)
