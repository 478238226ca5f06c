"""Class gradients, the paper's ego directions (Definition 1), and their Gram matrix."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import torch
from torch import Tensor, nn

from interference.errors import BadInput
from interference.evaluating import evaluating
from interference.losses import losses

Gradient = dict[str, Tensor]  # by parameter name, of the parameter's shape
Batch = tuple[Tensor, Tensor]  # inputs (n, C, H, W) and labels (n,)
Prepare = Callable[[Tensor], Tensor]  # images -> inputs, as the net sees them
K = TypeVar("K")

BATCH = 250  # images a step; float32 activations of the largest net take 2 GB
AGREEMENT = 1e-4  # of two passes: what a GPU's order of sums may change, and no random layer


def class_gradients(net: nn.Module, images: Tensor, labels: Tensor, names: Mapping[int, K],
                    prepare: Prepare) -> dict[K, Gradient]:
    """The class gradient g_c (Definition 1) of every label that has a name, by that name.

    `images` (n, C, H, W) become the net's inputs by `prepare`, some at a time; `labels` (n,) int64. Raises `BadInput`
    for a class without images, a gradient that is not finite, and a net that draws at random.
    """
    _check_determined(net, next(_batches(images, labels, prepare)))
    return {name: _class_gradient(net, images, labels == label, labels, prepare, name)
            for label, name in names.items()}


def _check_determined(net: nn.Module, some: Batch) -> None:
    """Raise `BadInput` unless two passes over some images agree: a net that draws at random has no class gradient."""
    apart = disagreement(*(mean_gradient(net, [some]) for _ in range(2)))
    if not apart <= AGREEMENT:
        raise BadInput(f"class gradient: two passes over the same {len(some[1])} images differ by {apart:.2g} of the "
                       f"gradient's norm, allowed: {AGREEMENT:g}; a layer may draw at random in eval mode")


def _class_gradient(net: nn.Module, images: Tensor, own: Tensor, labels: Tensor, prepare: Prepare,
                    name: object) -> Gradient:
    """The mean gradient over the images that are a class's `own`, (n,) bool."""
    if not own.any():
        raise BadInput(f"class gradient: no training images of class {name!r}")
    gradient = mean_gradient(net, _batches(images[own], labels[own], prepare))
    if not all(torch.isfinite(tensor).all() for tensor in gradient.values()):
        raise BadInput(f"class gradient: that of class {name!r} is not finite")
    return gradient


def _batches(images: Tensor, labels: Tensor, prepare: Prepare) -> Iterator[Batch]:
    """Inputs and labels, in order."""
    for pixels, own in zip(torch.split(images, BATCH), torch.split(labels, BATCH), strict=True):
        yield prepare(pixels), own


def mean_gradient(net: nn.Module, batches: Iterable[Batch]) -> Gradient:
    """The gradient of the mean cross-entropy over all images of the batches, in eval mode, for every parameter.

    `batches` yields inputs (n, C, H, W) and labels (n,). Over the images of one class it is the class's ego direction;
    descent on the class is along its negative. Zero for a parameter that is frozen (no `requires_grad`: a constant of
    the net) or that the net does not use; one that goes by two names has the first. The net is left as it was.
    """
    total = {name: torch.zeros_like(weight) for name, weight in net.named_parameters()}
    free = {name: weight for name, weight in net.named_parameters() if weight.requires_grad}
    sums = [total[name] for name in free]
    weights = list(free.values())
    images = 0
    with evaluating(net):
        for inputs, labels in batches:
            loss = losses(net(inputs), labels, reduction="sum")
            torch._foreach_add_(sums, torch.autograd.grad(loss, weights, materialize_grads=True))
            images += len(labels)
    return {name: tensor / images for name, tensor in total.items()}


def disagreement(one: Gradient, other: Gradient) -> float:
    """How far two gradients of the same images are apart, as a share of the first one's norm."""
    apart = norm({name: tensor - other[name] for name, tensor in one.items()})
    return apart / norm(one) if apart else 0.0


def gram(gradients: Sequence[Gradient]) -> Tensor:
    """dots[a, b] = <g_a, g_b> over all parameters: (classes, classes) float64; squared norms on the diagonal."""
    flat = [torch.cat([tensor.flatten() for tensor in gradient.values()]).double() for gradient in gradients]
    return torch.stack([torch.stack([one @ other for other in flat]) for one in flat])


def norm(direction: Mapping[str, Tensor]) -> float:
    """The Euclidean norm over all parameters."""
    return float(sum(tensor.detach().double().square().sum() for tensor in direction.values()) ** 0.5)
