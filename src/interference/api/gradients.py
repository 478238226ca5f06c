"""The library on plain objects: nets and tensors in, gradients and surfaces out. No files, no parameters.

Everything here is also had from `interference` itself, which imports it when it is first asked for. Where a tensor is
asked, an array or a list of numbers will do.
"""

from collections.abc import Mapping, Sequence
from operator import index
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from interference import params
from interference.classes import Classes
from interference.errors import BadInput, one_of
from interference.external import checks
from interference.external.arrays import single
from interference.external.checks import Given
from interference.landscape import class_gradients as landscape_gradients
from interference.landscape import sweep
from interference.landscape.class_gradients import Gradient
from interference.runtime.device import Machine
from interference.surfaces import Surface, cosines
from interference.vocabulary import SCALES, Array


def class_gradients(net: nn.Module, images: Given, labels: Given) -> dict[int, Gradient]:
    """The gradient of every class's mean cross-entropy, by label and parameter name (Definition 1).

    `net` gives logits (n, C), or what holds them as `logits`, for `images` (n, ...) as it sees them, normalised;
    `labels` (n,) whole numbers below C. Its weights are float32 or float64, and images of floating numbers are given
    their type. Taken in eval mode over the images as they are, on the net's device; the net is left as it was.

        egos = class_gradients(net, images, labels)
        cat = egos[3]["conv1.weight"]  # of the parameter's shape; descent on cats is along its negative
        cosines = gradient_cosines(egos)

    Raises `BadInput` for images or labels that do not fit, a gradient that is not finite, a net that draws at random,
    and one of which no parameter is free (`requires_grad`).
    """
    with checks.asked(net):
        seen, logits = checks.images_of(net, images, labels)
        if not logits.requires_grad:
            raise BadInput(
                "net: no gradient reaches a parameter, allowed: a net of which some are free, as "
                "net.requires_grad_() makes them"
            )
        names = {label: label for label in torch.unique(seen.labels).tolist()}
        return landscape_gradients.class_gradients(
            net, seen.pixels, seen.labels, names, lambda inputs: inputs
        )


def gradient_cosines(egos: Mapping[int, Gradient]) -> Array:
    """The cosine of every two class gradients (classes, classes), nan on the diagonal.

    Rows and columns are in the order of the labels in `egos`, row k being of `list(egos)[k]`; `class_gradients` gives
    them ascending. Below zero a step that helps one class harms the other. Raises `BadInput` for gradients of different
    nets.
    """
    checks.check_egos(egos)
    first, *_ = egos
    own = checks.gradient(egos, first)
    gradients = [checks.fitted(egos, label, own, f"egos[{first!r}]") for label in egos]
    return cosines.of_dots(landscape_gradients.gram(gradients).cpu().numpy())


def surface(
    net: nn.Module,
    egos: Mapping[int, Gradient],
    pair: Sequence[int],
    images: Given,
    labels: Given,
    *,
    points: int = 19,
    edge: float = 1.0,
    scale: str = "raw",
    batch_norm: str = "frozen",
    seed: int = 0,
) -> Surface:
    """The interference plane of two classes: what the net says at w* - (theta_1 g_1 + theta_2 g_2) (Definition 2).

    theta_1 and theta_2 take `points` values from -`edge` to `edge` each; above zero is descent on that class. `scale`
    is `raw` (theta is a learning rate, the paper's), `step` (the norm of the weights' change), `relative` (that as a
    fraction of the weights' norm), `filter` (Li et al. 2018) or `random`: two Gaussian directions, drawn by `seed`.
    `batch_norm` statistics stay (`frozen`) or are estimated at every point (`recalibrated`). `net`, `images` and
    `labels` as in `class_gradients`; the net is left as it was.

        egos = class_gradients(net, images, labels)
        found = surface(net, egos, (3, 5), images, labels, points=9, edge=0.5, scale="step")
        plt.pcolormesh(found.theta_1, found.theta_2, mistake_rate(found).T)

    Raises `BadInput` for a pair without gradients, gradients of another net, an even number of points, an unknown
    scale, and images or labels that do not fit.
    """
    grid = params.grid(points=single(points), split="train", images="all", batch_norm=batch_norm)
    if scale not in SCALES:
        raise one_of("scale", scale, SCALES)
    pair_labels = _pair(pair, egos)
    plane_edge = _edge(edge)
    with checks.asked(net) as weights:
        first = _direction(pair_labels[0], egos, scale, weights, seed)
        second = _direction(pair_labels[1], egos, scale, weights, seed)
        with torch.no_grad():
            seen, logits = checks.images_of(net, images, labels)
        plane = sweep.Plane(grid, plane_edge, None, logits.shape[1])
        machine = Machine(seen.labels.device, "float32")
        rows = sweep.rows(net, (first, second), seen, plane, machine, range(grid.points))
        cells = [row for _, row in rows]
    counts, loss_sum = (
        np.array([[cell[kind] for cell in row] for row in cells]) for kind in (0, 1)
    )
    names = tuple(map(str, range(plane.classes)))
    return Surface(
        plane.thetas,
        plane.thetas,
        counts,
        loss_sum,
        pair_labels,
        scale,
        "net",
        Classes(names, names),
        landscape_gradients.gram([first, second]).cpu().numpy(),
    )


def _pair(pair: Any, egos: Mapping[int, Gradient]) -> tuple[int, int]:
    """Two different labels that have gradients; raises `BadInput` for anything else."""
    checks.check_egos(egos)
    try:
        first, second = map(index, pair)
    except (TypeError, ValueError):
        first = second = 0
    if first == second or first not in egos or second not in egos:
        raise BadInput(
            f"pair: found {pair!r}, allowed: two of {', '.join(map(str, egos))}, which have gradients"
        )
    return first, second


def _edge(edge: Any) -> float:
    number = single(edge)
    if not (isinstance(number, int | float) and 0 < number < float("inf")):
        raise BadInput(f"edge: found {edge!r}, allowed: a number above 0")
    return float(number)


def _direction(
    label: int, egos: Mapping[int, Gradient], scale: str, weights: Mapping[str, Tensor], seed: int
) -> Gradient:
    """The direction of a class at a scale, from gradients that a user gives."""
    return sweep.class_direction(
        label, scale, weights, seed, lambda: checks.fitted(egos, label, weights)
    )
