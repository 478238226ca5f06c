"""The net moved to a point of an interference plane (Definition 2), and the walk over the plane."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TypeVar

import numpy as np
import torch
from torch import nn

from interference.ego import Gradient, norm
from interference.errors import BadInput
from interference.params import SCALES

R = TypeVar("R")


def raw(gradient: Gradient) -> Gradient:
    """The gradient as it is: theta is a learning rate (the paper's)."""
    return gradient


def step(gradient: Gradient) -> Gradient:
    """The gradient at unit norm: theta is the norm of the change of the weights."""
    length = norm(gradient)
    return {name: tensor / length for name, tensor in gradient.items()}


DIRECTIONS: Mapping[str, Callable[[Gradient], Gradient]] = dict(zip(SCALES, (raw, step), strict=True))


def direction(gradient: Gradient, scale: str) -> Gradient:
    """The class's direction at a scale; raises `BadInput` for a gradient without length, which gives none."""
    if not 0 < norm(gradient) < float("inf"):
        raise BadInput(f"ego direction: the class gradient's norm is {norm(gradient)}, so it gives no direction")
    return DIRECTIONS[scale](gradient)


def axis(points: int, edge: float) -> np.ndarray:
    """`points` values from -edge to edge at equal distances, (points,) float64, exactly 0 in the middle."""
    half = points // 2
    return np.arange(-half, half + 1) * (edge / half)


@contextmanager
def moved(net: nn.Module, first: Gradient, second: Gradient, theta_1: float, theta_2: float) -> Iterator[nn.Module]:
    """The interference model w* - (theta_1 first + theta_2 second), computed from w*, which comes back at the end.

    theta > 0 is descent on that class. Buffers (batch-norm statistics) stay those of w*.
    """
    weights = dict(net.named_parameters())
    origin = {name: weight.detach().clone() for name, weight in weights.items()}
    try:
        with torch.no_grad():
            for name, weight in weights.items():
                weight.copy_(origin[name] - (theta_1 * first[name] + theta_2 * second[name]))
        yield net
    finally:
        with torch.no_grad():
            for name, weight in weights.items():
                weight.copy_(origin[name])


def rows(net: nn.Module, first: Gradient, second: Gradient, thetas: np.ndarray, evaluate: Callable[[nn.Module], R],
         start: int = 0) -> Iterator[tuple[int, list[R]]]:
    """Walk the plane row by row from row `start`: yields i and what `evaluate` says at every j of that row.

    i runs along theta_1, the pair's first class; j along theta_2.
    """
    for i in range(start, len(thetas)):
        row = []
        for theta_2 in thetas:
            with moved(net, first, second, float(thetas[i]), float(theta_2)):
                row.append(evaluate(net))
        yield i, row
