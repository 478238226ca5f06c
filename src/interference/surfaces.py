"""What is read off an interference plane: mistake rates, class losses, flat areas and lengths, likeness of shapes.

A surface is the grid of theta_1 (axis 0) x theta_2 (axis 1) with the confusion counts and losses at every point. theta
above zero is descent on that axis' class, and w* lies in the middle. Between grid points every reading is bilinear.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy import ndimage

from interference import confusion
from interference.classes import Classes
from interference.confusion import Array
from interference.tables import Table

SUBDIVISION = 16  # sample points along each cell's edge where an area is measured
CUT_POINTS = 801  # sample points along a cut; odd, so that w* is one
ROUNDING = 1e-9   # percent points: bilinear weights add up to one only to rounding


@dataclass(frozen=True, eq=False)
class Surface:
    """An interference plane of one run: `counts` and `loss_sum` (n1, n2, C, C) at theta_1 (n1,) x theta_2 (n2,).

    `pair` are the label numbers of the two classes, theta_1's first; `run` is the run's name.
    """

    theta_1: Array
    theta_2: Array
    counts: Array
    loss_sum: Array
    pair: tuple[int, int]
    scale: str
    run: str
    classes: Classes

    @property
    def area(self) -> float:
        """The plane's area in units of theta_1 x theta_2."""
        return float(np.ptp(self.theta_1) * np.ptp(self.theta_2))


def planes(table: Table) -> list[Table]:
    """The planes of a table of several, one a table, in the table's order."""
    return [Table(frame, table.meta) for _, frame in table.frame.groupby(["class_1", "class_2"], sort=False)]


def from_table(table: Table) -> Surface:
    """The surface of a table that holds one plane; raises `BadInput` where a cell of it is missing or there twice."""
    frame, size = table.frame, len(table.classes)
    counts, loss_sum = (confusion.from_frame(frame, size, "i", "j", value=name) for name in ("count", "loss_sum"))
    first_i, first_j = (np.unique(frame[name].to_numpy(), return_index=True)[1] for name in ("i", "j"))
    return Surface(
        theta_1=frame["theta_1"].to_numpy()[first_i], theta_2=frame["theta_2"].to_numpy()[first_j],
        counts=counts, loss_sum=loss_sum, pair=(int(frame["class_1"].iloc[0]), int(frame["class_2"].iloc[0])),
        scale=table.meta["scale"], run=table.run["name"], classes=table.classes,
    )


def swapped(surface: Surface) -> Surface:
    """The same plane with its two classes, and so its axes, exchanged."""
    return replace(surface, theta_1=surface.theta_2, theta_2=surface.theta_1, pair=surface.pair[::-1],
                   counts=surface.counts.swapaxes(0, 1), loss_sum=surface.loss_sum.swapaxes(0, 1))


def mistake_rate(surface: Surface) -> Array:
    """Mistakes among all images (n1, n2), percent: the z axis of Figures 2 to 4."""
    return 100 - 100 * confusion.ratio(_right(surface).sum(-1), surface.counts.sum((-2, -1)))


def class_mistake_rates(surface: Surface) -> Array:
    """Mistakes among each class's images (n1, n2, C), percent: 100 - recall, Figure 5."""
    return 100 - 100 * confusion.ratio(_right(surface), surface.counts.sum(-1))


def _right(surface: Surface) -> Array:
    """Images of each class predicted right (n1, n2, C).

    A right prediction costs at most log C, so a cell of right ones whose loss is not finite holds images whose logits
    were not: such a cell counts as mistaken, whole.
    """
    right = np.diagonal(surface.counts, axis1=-2, axis2=-1)
    return np.where(np.isfinite(np.diagonal(surface.loss_sum, axis1=-2, axis2=-1)), right, 0)


def class_losses(surface: Surface) -> Array:
    """Mean cross-entropy of each class's images (n1, n2, C), nats; not finite where a logit was not."""
    return confusion.ratio(surface.loss_sum.sum(-1), surface.counts.sum(-1))


def flat_share(mistakes: Array, epsilon: float = 5.0) -> float:
    """The share, 0 to 1, of the plane in the connected region around w* at most `epsilon` points above w*'s mistakes.

    `mistakes` (n1, n2) percent, evenly spaced, w* in the middle.
    """
    fine = _refined(mistakes)
    region, _ = ndimage.label(fine <= _centre(mistakes) + epsilon + ROUNDING)
    return _share(region == _centre(region))


def level_share(mistakes: Array, level: float, tolerance: float) -> float:
    """The share, 0 to 1, of the plane in its largest connected region within `tolerance` points of a mistake rate."""
    region, found = ndimage.label(np.abs(_refined(mistakes) - level) <= tolerance + ROUNDING)
    return max((_share(region == number) for number in range(1, found + 1)), default=0.0)


def _centre(values: Array) -> float:
    return float(values[len(values) // 2, values.shape[1] // 2])


def _refined(values: Array) -> Array:
    """Bilinear samples of (n1, n2) values, `SUBDIVISION` to a cell's edge, the grid's own points among them."""
    rows, columns = (_hats(np.arange((n - 1) * SUBDIVISION + 1) / SUBDIVISION, n) for n in values.shape)
    fine: Array = rows @ values @ columns.T
    return fine


def _hats(positions: Array, n: int) -> Array:
    """Weights (k, n) of n grid points in linear interpolation at k positions, in steps of the grid from 0 to n - 1."""
    weights: Array = np.maximum(0, 1 - np.abs(positions[:, None] - np.arange(n)))
    return weights


def _share(region: Array) -> float:
    """The share of the plane's area in a region of its samples, by the trapezoidal rule."""
    rows, columns = (np.r_[0.5, np.ones(n - 2), 0.5] / (n - 1) for n in region.shape)
    return float(rows @ region @ columns)


def cut(surface: Surface, values: Array, angle: float) -> tuple[Array, Array]:
    """A straight cut through w* across values (n1, n2): distances from w* (k,) in units of theta, and values (k,).

    `angle` in degrees: 0 runs along theta_1, 90 along theta_2, and 135 is theta_1 = -theta_2.
    """
    direction = np.round([np.cos(np.radians(angle)), np.sin(np.radians(angle))], 12)
    reaches = confusion.ratio(np.array([surface.theta_1[-1], surface.theta_2[-1]]), np.abs(direction))
    distance = np.linspace(-1, 1, CUT_POINTS) * np.nanmin(reaches)
    rows, columns = (_hats(np.interp(distance * part, axis, np.arange(len(axis))), len(axis))
                     for part, axis in zip(direction, (surface.theta_1, surface.theta_2), strict=True))
    return distance, ((rows @ values) * columns).sum(-1)


def flat_length(surface: Surface, values: Array, angle: float, epsilon: float = 5.0) -> float:
    """The length, in units of theta, of a cut's stretch around w* at most `epsilon` above the value at w*.

    `values` (n1, n2), such as the mistake rate; `angle` as in `cut`. A stretch that reaches the edge ends there.
    """
    distance, along = cut(surface, values, angle)
    middle, excess = CUT_POINTS // 2, along - along[CUT_POINTS // 2] - epsilon - ROUNDING
    return _reach(distance[middle:], excess[middle:]) + _reach(-distance[middle::-1], excess[middle::-1])


def _reach(distance: Array, excess: Array) -> float:
    """The distance, from 0 up, at which the excess first passes zero, or the last one where it never does."""
    over = np.flatnonzero(excess > 0)
    if not len(over):
        return float(distance[-1])
    k = over[0]
    return float(distance[k - 1] + (distance[k] - distance[k - 1]) * excess[k - 1] / (excess[k - 1] - excess[k]))


def similarity(surface: Surface) -> Array:
    """How alike the classes' mistake-rate surfaces are (C, C): Spearman over the plane's points, nan for a flat one."""
    rates = class_mistake_rates(surface)
    return confusion.correlations(np.stack([confusion.ranks(rates[..., label]) for label in range(rates.shape[-1])]))
