"""Interference planes and what is read off their points: mistake rates, class losses, similar shapes.

A surface is the grid of theta_1 (axis 0) x theta_2 (axis 1) with the confusion counts and the losses at every
point. A positive theta is descent on that axis' class, and w* lies in the middle.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from interference import classes, confusion
from interference.classes import Classes
from interference.confusion import statistics
from interference.errors import BadInput
from interference.io.tables import Table
from interference.vocabulary import RANDOM, Array


@dataclass(frozen=True, eq=False)
class Surface:
    """An interference plane of one run.

    Attributes:
        theta_1: The steps along the first direction, (n1,).
        theta_2: The steps along the second direction, (n2,).
        counts: The confusion counts at every point, (n1, n2, C, C).
        loss_sum: The summed cross-entropy of the images in each cell, (n1, n2, C, C), nats.
        pair: The label numbers of the two classes, theta_1's first.
        scale: The scale of the directions, one of `SCALES`.
        run: The run's name.
        classes: The classes that the labels count.
        gram: The dot products of the two scaled directions, (2, 2) float64: a step theta is
            sqrt(theta gram theta) long in weight space.
    """

    theta_1: Array
    theta_2: Array
    counts: Array
    loss_sum: Array
    pair: tuple[int, int]
    scale: str
    run: str
    classes: Classes
    gram: Array

    @property
    def area(self) -> float:
        """The plane's area in units of theta_1 x theta_2."""
        return float(np.ptp(self.theta_1) * np.ptp(self.theta_2))

    @property
    def centre(self) -> tuple[int, int]:
        """The position of w* on the grid."""
        return len(self.theta_1) // 2, len(self.theta_2) // 2

    @property
    def name(self) -> str:
        """The pair in words; random directions have numbers."""
        first, second = self.pair
        if self.scale == RANDOM:
            return f"random {first + 1} and {second + 1}"
        return classes.pair(self.classes.labels[first], self.classes.labels[second])

    @property
    def ways(self) -> tuple[str, str]:
        """The meaning of a step along theta_1 and along theta_2, in words."""
        first, second = self.pair
        if self.scale == RANDOM:
            return f"random {first + 1}", f"random {second + 1}"
        return f"descend {self.classes.labels[first]}", f"descend {self.classes.labels[second]}"

    @property
    def chance(self) -> float:
        """The mistake rate, percent, of a net that always predicts one of equally large classes."""
        return 100 - 100 / len(self.classes)


def planes(table: Table) -> list[Table]:
    """Split a table of several planes.

    Args:
        table: A surfaces table.

    Returns:
        One table a plane, in the table's order; ego models are left out.
    """
    return [part for part in _parts(table) if not _is_line(part)]


def lines(table: Table) -> list[Table]:
    """The ego models (Definition 1) in a table.

    Args:
        table: A surfaces table.

    Returns:
        One table a class: its plane with itself.
    """
    return [part for part in _parts(table) if _is_line(part)]


def _parts(table: Table) -> list[Table]:
    """One table for each pair of classes; without a copy if a pair's rows stand together."""
    pairs = table.frame[["class_1", "class_2"]].to_numpy()
    starts = np.flatnonzero(np.r_[len(pairs) > 0, (pairs[1:] != pairs[:-1]).any(1)])
    if len(np.unique(pairs[starts], axis=0)) < len(starts):  # the rows of pairs are mixed
        by_pair = table.frame.groupby(["class_1", "class_2"], sort=False)
        return [Table(frame, table.meta) for _, frame in by_pair]
    spans = pairwise([*starts, len(pairs)])
    return [Table(table.frame.iloc[start:end], table.meta) for start, end in spans]


def pair_of(table: Table) -> tuple[int, int]:
    """The two classes of a table that holds one plane.

    Args:
        table: A surfaces table.

    Returns:
        Their label numbers, theta_1's first.
    """
    return int(table.frame["class_1"].iloc[0]), int(table.frame["class_2"].iloc[0])


def _is_line(table: Table) -> bool:
    first, second = pair_of(table)
    return first == second


def from_table(table: Table) -> Surface:
    """Read a plane from its table.

    Args:
        table: A surfaces table that holds one plane.

    Returns:
        The plane.

    Raises:
        BadInput: If a cell is missing or there twice, or the metadata has no `grams` of the pair.
    """
    frame = table.frame
    size = len(table.classes)
    pair = pair_of(table)
    rows_of_i = np.unique(frame["i"].to_numpy(), return_index=True)[1]
    rows_of_j = np.unique(frame["j"].to_numpy(), return_index=True)[1]
    return Surface(
        theta_1=frame["theta_1"].to_numpy()[rows_of_i],
        theta_2=frame["theta_2"].to_numpy()[rows_of_j],
        counts=confusion.from_frame(frame, size, "i", "j", value="count"),
        loss_sum=confusion.from_frame(frame, size, "i", "j", value="loss_sum"),
        pair=pair,
        scale=table.meta["scale"],
        run=table.run["name"],
        classes=table.classes,
        gram=_gram(table, pair),
    )


def _gram(table: Table, pair: tuple[int, int]) -> Array:
    name = table.classes.joined(pair)
    grams = table.meta["grams"]
    if name not in grams:
        listed = ", ".join(grams) or "none"
        raise BadInput(f"surfaces: no {name} in the metadata 'grams', found {listed}")
    return np.array(grams[name], np.float64)


def swapped(surface: Surface) -> Surface:
    """Exchange the two classes of a plane, and so its axes.

    Args:
        surface: The plane.

    Returns:
        The same plane, transposed.
    """
    return replace(
        surface,
        theta_1=surface.theta_2,
        theta_2=surface.theta_1,
        pair=surface.pair[::-1],
        counts=surface.counts.swapaxes(0, 1),
        loss_sum=surface.loss_sum.swapaxes(0, 1),
        gram=surface.gram[::-1, ::-1],
    )


def right(surface: Surface) -> Array:
    """The number of images of each class that are predicted correctly.

    A correct prediction has a cross-entropy of at most log C. A loss that is not finite in a diagonal
    cell therefore means that some logits were not finite; all images of that cell count as errors.

    Args:
        surface: The plane.

    Returns:
        Counts (n1, n2, C).
    """
    correct = np.diagonal(surface.counts, axis1=-2, axis2=-1)
    losses = np.diagonal(surface.loss_sum, axis1=-2, axis2=-1)
    return np.where(np.isfinite(losses), correct, 0)


def mistake_rate(surface: Surface) -> Array:
    """The share of images that are mistaken: the z axis of Figures 2 to 4.

    Args:
        surface: The plane.

    Returns:
        Rates (n1, n2), percent.
    """
    return 100 - 100 * confusion.ratio(right(surface).sum(-1), surface.counts.sum((-2, -1)))


def class_mistake_rates(surface: Surface) -> Array:
    """The share of each class's images that are mistaken: 100 - recall, Figure 5.

    Args:
        surface: The plane.

    Returns:
        Rates (n1, n2, C), percent; nan where a class has no images.
    """
    return 100 - 100 * confusion.ratio(right(surface), surface.counts.sum(-1))


def class_losses(surface: Surface) -> Array:
    """The mean cross-entropy of each class's images.

    Args:
        surface: The plane.

    Returns:
        Losses (n1, n2, C), nats; not finite where a logit was not.
    """
    return confusion.ratio(surface.loss_sum.sum(-1), surface.counts.sum(-1))


def similarity(surface: Surface) -> Array:
    """How similar the shapes of the classes' mistake-rate surfaces are.

    Args:
        surface: The plane.

    Returns:
        Spearman's correlations over the plane's points, (C, C); nan for a class whose rate never changes.
    """
    rates = class_mistake_rates(surface)
    by_class = rates.reshape(-1, rates.shape[-1]).T  # (C, points)
    return statistics.correlations(statistics.ranks(by_class))


def paid(rates: Array, own: int) -> Array:
    """The mean rise of each class's mistakes (C,) on the half of a line (n, C) that descends on `own`; its own is 0."""
    middle = len(rates) // 2
    costs: Array = np.nan_to_num((rates[middle + 1 :] - rates[middle]).mean(0))
    costs[own] = 0
    return costs
