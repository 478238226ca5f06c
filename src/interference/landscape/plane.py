"""The net moved to a point of an interference plane (Definition 2), and the directions that span it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from interference.errors import BadInput
from interference.landscape.class_gradients import Gradient, norm

Weights = Mapping[str, Tensor]  # a net's parameters by name


def raw(gradient: Gradient, weights: Weights) -> Gradient:
    """The gradient as it is: theta is a learning rate (the paper's)."""
    return gradient


def step(gradient: Gradient, weights: Weights) -> Gradient:
    """The gradient at unit norm: theta is the norm of the change of the weights."""
    return _times(gradient, 1 / norm(gradient))


def relative(gradient: Gradient, weights: Weights) -> Gradient:
    """The gradient at the norm of all weights: theta is the change of the weights as a fraction of them."""
    return _times(gradient, norm(weights) / norm(gradient))


def by_filter(gradient: Gradient, weights: Weights) -> Gradient:
    """Every filter of the gradient at the norm of its own weights, no change of biases and batch norm.

    A filter is what makes one output: a row of a matrix, a channel's kernel (Li et al. 2018, Section 4).
    """
    return {
        name: _like_filters(tensor, weights[name].detach()) for name, tensor in gradient.items()
    }


def _like_filters(tensor: Tensor, weight: Tensor) -> Tensor:
    if tensor.dim() < 2:
        return torch.zeros_like(tensor)
    own, wanted = (each.flatten(1).norm(dim=1) for each in (tensor, weight))  # (filters,)
    factor = torch.where(own > 0, wanted / own, 0.0)
    return tensor * factor.view(-1, *[1] * (tensor.dim() - 1))


def _times(gradient: Gradient, factor: float) -> Gradient:
    return {name: tensor * factor for name, tensor in gradient.items()}


# The direction of a class at each scale of `vocabulary.SCALES`.
DIRECTIONS: Mapping[str, Callable[[Gradient, Weights], Gradient]] = {
    "raw": raw,
    "step": step,
    "relative": relative,
    "filter": by_filter,
    "random": by_filter,
}


def direction(gradient: Gradient, scale: str, weights: Weights) -> Gradient:
    """The class's direction at a scale; raises `BadInput` for a gradient without length, which gives none.

    So does, by filter, one of a net whose filters are all frozen. For `random` the gradient is to be one of `gaussian`.
    """
    _check_length(gradient, "the class gradient's norm")
    found = DIRECTIONS[scale](gradient, weights)
    _check_length(found, f"its norm at the scale {scale!r}")
    return found


def _check_length(tensors: Gradient, what: str) -> None:
    length = norm(tensors)
    if not 0 < length < float("inf"):
        raise BadInput(f"ego direction: {what} is {length}, so it gives no direction")


def gaussian(weights: Weights, generator: torch.Generator) -> Gradient:
    """Independent standard normal numbers in the parameters' shapes; `generator` on the CPU, as any device's.

    Zero for a frozen parameter, as in `ego.mean_gradient`.
    """
    return {
        name: torch.randn(weight.shape, generator=generator, dtype=weight.dtype).to(weight.device)
        * weight.requires_grad
        for name, weight in weights.items()
    }


def axis(points: int, edge: float) -> np.ndarray:
    """`points` values from -edge to edge at equal distances, (points,) float64, exactly 0 in the middle."""
    half = points // 2
    return np.arange(-half, half + 1) * (edge / half)


@contextmanager
def walking(
    net: nn.Module, first: Gradient, second: Gradient
) -> Iterator[Callable[[float, float], None]]:
    """Yields `move(theta_1, theta_2)`, which makes the net the interference model of a point of the plane.

    That is w* - (theta_1 first + theta_2 second), computed from w* at every point in one flat vector; theta > 0 is
    descent on that class. Buffers (batch-norm statistics) stay those of w*, which comes back at the end.
    """
    weights = dict(net.named_parameters())
    held = {name: weight.data for name, weight in weights.items()}
    origin, one, other = (_flat(each, weights) for each in (held, first, second))
    here = origin.clone()
    for name, view in _views(here, weights).items():
        weights[name].data = view

    def move(theta_1: float, theta_2: float) -> None:
        torch.add(origin, one, alpha=-theta_1, out=here)
        here.add_(other, alpha=-theta_2)

    try:
        yield move
    finally:
        for name, weight in weights.items():
            weight.data = held[name]


def _flat(tensors: Weights, weights: Weights) -> Tensor:
    """Tensors named as the weights in one vector, in the weights' order and memory layout."""
    some = next(iter(weights.values()))
    vector = torch.empty(
        sum(weight.numel() for weight in weights.values()), dtype=some.dtype, device=some.device
    )
    for name, view in _views(vector, weights).items():
        view.copy_(tensors[name])
    return vector


def _views(vector: Tensor, weights: Weights) -> dict[str, Tensor]:
    """The stretches of a vector as tensors of the weights' shapes and layouts, channels-last where they are."""
    parts = torch.split(vector, [weight.numel() for weight in weights.values()])
    return {
        name: _shaped(part, weight)
        for part, (name, weight) in zip(parts, weights.items(), strict=True)
    }


def _shaped(part: Tensor, weight: Tensor) -> Tensor:
    if weight.dim() == 4 and weight.is_contiguous(memory_format=torch.channels_last):
        outputs, inputs, height, width = weight.shape
        return part.view(outputs, height, width, inputs).permute(0, 3, 1, 2)
    return part.view(weight.shape)


@contextmanager
def moved(
    net: nn.Module, first: Gradient, second: Gradient, theta_1: float, theta_2: float
) -> Iterator[nn.Module]:
    """The net at one point of the plane; see `walking`."""
    with walking(net, first, second) as move:
        move(theta_1, theta_2)
        yield net
