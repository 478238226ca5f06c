"""Interference planes (Definition 2): their directions, and a net whose weights move on a plane."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from interference.errors import BadInput
from interference.landscape.class_gradients import Gradient, norm

Weights = Mapping[str, Tensor]  # a net's parameters by name


def raw(gradient: Gradient, weights: Weights) -> Gradient:
    """The gradient itself, as in the paper: theta is a learning rate."""
    return gradient


def step(gradient: Gradient, weights: Weights) -> Gradient:
    """The gradient scaled to norm 1: theta is the norm of the weight change."""
    return _times(gradient, 1 / norm(gradient))


def relative(gradient: Gradient, weights: Weights) -> Gradient:
    """The gradient scaled to the norm of the weights: theta is the relative weight change."""
    return _times(gradient, norm(weights) / norm(gradient))


def by_filter(gradient: Gradient, weights: Weights) -> Gradient:
    """Each filter of the gradient scaled to the norm of the filter of the weights.

    A filter is the weights of one output: a row of a matrix or the kernel of a channel (Li et al.
    2018, Section 4). Biases and batch norm have the direction 0.
    """
    return {
        name: _scale_filters(tensor, weights[name].detach()) for name, tensor in gradient.items()
    }


def _scale_filters(tensor: Tensor, weight: Tensor) -> Tensor:
    """A parameter's gradient, each filter scaled to the norm of the weight's filter."""
    if tensor.dim() < 2:
        return torch.zeros_like(tensor)
    norms = tensor.flatten(1).norm(dim=1)  # (filters,)
    weight_norms = weight.flatten(1).norm(dim=1)  # (filters,)
    factors = torch.where(norms > 0, weight_norms / norms, 0.0)
    filters_first = (-1, *[1] * (tensor.dim() - 1))
    return tensor * factors.view(filters_first)


def _times(gradient: Gradient, factor: float) -> Gradient:
    return {name: tensor * factor for name, tensor in gradient.items()}


# How a class gradient becomes a direction, at each scale of `vocabulary.SCALES`.
DIRECTIONS: Mapping[str, Callable[[Gradient, Weights], Gradient]] = {
    "raw": raw,
    "step": step,
    "relative": relative,
    "filter": by_filter,
    "random": by_filter,
}


def direction(gradient: Gradient, scale: str, weights: Weights) -> Gradient:
    """The direction of a class at a scale.

    Args:
        gradient: The class gradient; for the scale `random` a result of `gaussian`.
        scale: A key of `DIRECTIONS`.
        weights: The net's parameters by name.

    Returns:
        The direction by parameter name.

    Raises:
        BadInput: The norm of the gradient or of the direction is 0, infinite or NaN. With `filter`
            this includes a net whose filters are all frozen.
    """
    _check_norm(gradient, "the class gradient's norm")
    class_direction = DIRECTIONS[scale](gradient, weights)
    _check_norm(class_direction, f"its norm at the scale {scale!r}")
    return class_direction


def _check_norm(tensors: Gradient, name: str) -> None:
    length = norm(tensors)
    if not 0 < length < float("inf"):
        raise BadInput(f"ego direction: {name} is {length}, so it gives no direction")


def gaussian(weights: Weights, generator: torch.Generator) -> Gradient:
    """Independent standard normal numbers in the shapes of the parameters.

    Args:
        weights: The net's parameters by name.
        generator: The source of the random numbers, on the CPU, so that all devices draw alike.

    Returns:
        The numbers by parameter name; zeros for a frozen parameter, as in `mean_gradient`.
    """
    numbers = {}
    for name, weight in weights.items():
        drawn = torch.randn(weight.shape, generator=generator, dtype=weight.dtype)
        numbers[name] = drawn.to(weight.device) * weight.requires_grad
    return numbers


def axis(points: int, edge: float) -> np.ndarray:
    """The values of theta on an axis, at equal distances.

    Args:
        points: The number of values, odd.
        edge: The largest value.

    Returns:
        (points,) float64, from -edge to edge, exactly 0 in the middle.
    """
    half = points // 2
    return np.arange(-half, half + 1) * (edge / half)


@contextmanager
def walking(
    net: nn.Module, first: Gradient, second: Gradient
) -> Iterator[Callable[[float, float], None]]:
    """Move a net's weights on the plane of two directions; at the end restore them.

    The weights at a point are w* - theta_1 first - theta_2 second. They are computed from w*, in
    one flat vector; those at theta_2 = 0 are kept for the next point with the same theta_1. With
    theta > 0 the loss of that class descends. Buffers (batch-norm statistics) are not changed.

    Args:
        net: The net, with the weights w*.
        first: The direction of theta_1, by parameter name.
        second: The direction of theta_2, by parameter name.

    Yields:
        `move(theta_1, theta_2)`, a function that moves the net to a point.
    """
    weights = dict(net.named_parameters())
    originals = {name: weight.data for name, weight in weights.items()}
    origin = _flat(originals, weights)
    first_vector = _flat(first, weights)
    second_vector = _flat(second, weights)
    on_axis = origin.clone()  # at the last theta_1 and theta_2 = 0
    last_theta_1 = float("nan")  # none yet
    point = origin.clone()
    for name, view in _views(point, weights).items():
        weights[name].data = view

    def move(theta_1: float, theta_2: float) -> None:
        nonlocal last_theta_1
        if theta_1 != last_theta_1:
            torch.add(origin, first_vector, alpha=-theta_1, out=on_axis)
            last_theta_1 = theta_1
        torch.add(on_axis, second_vector, alpha=-theta_2, out=point)

    try:
        yield move
    finally:
        for name, weight in weights.items():
            weight.data = originals[name]


def _flat(tensors: Weights, weights: Weights) -> Tensor:
    """Tensors with the weights' names as one vector, in the weights' order and memory layout."""
    first_weight = next(iter(weights.values()))
    size = sum(weight.numel() for weight in weights.values())
    vector = torch.empty(size, dtype=first_weight.dtype, device=first_weight.device)
    for name, view in _views(vector, weights).items():
        view.copy_(tensors[name])
    return vector


def _views(vector: Tensor, weights: Weights) -> dict[str, Tensor]:
    """Views of a vector, by name, with the weights' shapes and memory layouts."""
    sizes = [weight.numel() for weight in weights.values()]
    parts = torch.split(vector, sizes)
    views = zip(weights, map(_reshape, parts, weights.values()), strict=True)
    return dict(views)


def _reshape(part: Tensor, weight: Tensor) -> Tensor:
    """A view of a part of a vector with the shape of a weight; channels-last if the weight is."""
    if weight.dim() == 4 and weight.is_contiguous(memory_format=torch.channels_last):
        outputs, inputs, height, width = weight.shape
        return part.view(outputs, height, width, inputs).permute(0, 3, 1, 2)
    return part.view(weight.shape)


@contextmanager
def moved(
    net: nn.Module, first: Gradient, second: Gradient, theta_1: float, theta_2: float
) -> Iterator[nn.Module]:
    """Move a net to one point of a plane; at the end restore its weights (see `walking`).

    Args:
        net: The net, with the weights w*.
        first: The direction of theta_1, by parameter name.
        second: The direction of theta_2, by parameter name.
        theta_1: The step along the negative of the first direction.
        theta_2: The step along the negative of the second direction.

    Yields:
        The net at that point.
    """
    with walking(net, first, second) as move:
        move(theta_1, theta_2)
        yield net
