"""Class gradients, the paper's ego directions (Definition 1), and their Gram matrix."""

from collections.abc import Iterable, Mapping, Sequence

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

Gradient = dict[str, Tensor]  # by parameter name, of the parameter's shape


def mean_gradient(net: nn.Module, batches: Iterable[tuple[Tensor, Tensor]]) -> Gradient:
    """The gradient of the mean cross-entropy over all images of the batches, in eval mode, for every parameter.

    `batches` yields inputs (n, C, H, W) and labels (n,). Over the images of one class it is the class's ego direction;
    descent on the class is along its negative. Zero for a parameter that is frozen (no `requires_grad`: a constant of
    the net) or that the net does not use; one that goes by two names has the first. The net is left as it was.
    """
    total = {name: torch.zeros_like(weight) for name, weight in net.named_parameters()}
    free = {name: weight for name, weight in net.named_parameters() if weight.requires_grad}
    sums, weights, images, mode = [total[name] for name in free], list(free.values()), 0, net.training
    net.eval()
    try:
        for inputs, labels in batches:
            loss = cross_entropy(net(inputs), labels, reduction="sum")
            torch._foreach_add_(sums, torch.autograd.grad(loss, weights, materialize_grads=True))
            images += len(labels)
    finally:
        net.train(mode)
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
