"""Interference planes, and the values at their points: error rates, class losses, similar shapes.

A surface is the grid of theta_1 (axis 0) x theta_2 (axis 1) with the confusion counts and the
losses at every point. A positive theta is descent on that axis' class, and w* lies in the middle.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from interference import classes, confusion
from interference.classes import Classes
from interference.confusion import flat_test, statistics
from interference.confusion.flat_test import ABOVE, FlatTest
from interference.errors import BadInput
from interference.io import tables
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
        batch_norm: The statistics of batch norm at every point, one of `BATCH_NORMS`.
        test: The test that decided the points (`sweep.grid.decide`); None if each point was
            evaluated on all images, or to a tolerance. The rate of a decided point is a coarse
            estimate, but for the points next to the outline of the flat points.
        zoom: A narrower plane around w* along the same directions, which the sweep added since
            the flat area is small (`sweep.grid.zoom`); None if there is none.
        found_edge: Whether the sweep found the edge by how far the plane is flat; the flat fraction
            of such a plane says nothing about the net.
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
    batch_norm: str = "frozen"
    test: FlatTest | None = None
    zoom: "Surface | None" = None
    found_edge: bool = False

    def __repr__(self) -> str:
        rows, columns = len(self.theta_1), len(self.theta_2)
        return (
            f"Surface(run={self.run!r}, pair={self.name!r}, scale={self.scale!r}, "
            f"points={rows} x {columns}, theta={self.theta_1[0]:g} to {self.theta_1[-1]:g}, "
            f"images={self.images:,})"
        )

    @property
    def images(self) -> int:
        """The number of images at every point."""
        return int(self.counts[self.centre].sum())

    @property
    def area(self) -> float:
        """The plane's area in units of theta_1 x theta_2."""
        width_1 = np.ptp(self.theta_1)
        width_2 = np.ptp(self.theta_2)
        return float(width_1 * width_2)

    @property
    def centre(self) -> tuple[int, int]:
        """The position of w* on the grid."""
        rows, columns = len(self.theta_1), len(self.theta_2)
        return rows // 2, columns // 2

    @property
    def name(self) -> str:
        """The labels of the pair, such as `CAT-DOG`; random directions have numbers."""
        first, second = self.pair
        if self.scale == RANDOM:
            return f"random {first + 1} and {second + 1}"
        labels = self.classes.labels
        return classes.pair(labels[first], labels[second])

    @property
    def ways(self) -> tuple[str, str]:
        """The caption of a step along theta_1, and that of a step along theta_2."""
        first, second = self.pair
        if self.scale == RANDOM:
            return f"random {first + 1}", f"random {second + 1}"
        labels = self.classes.labels
        return f"descend {labels[first]}", f"descend {labels[second]}"

    @property
    def chance(self) -> float:
        """The error rate, percent, of a net that always predicts one of equally large classes."""
        recognised = 100 / len(self.classes)
        return 100 - recognised

    def to_frame(self) -> pd.DataFrame:
        """The error rate and the loss of each class at each point as a frame, without the zoom.

        Returns:
            A row for each point and class: `theta_1`, `theta_2`, `label` (the name of the class),
            `images`, `errors`, `error_rate` (percent) and `loss` (the mean cross-entropy, nats).
            Both are nan for a class without images.
        """
        images = self.counts.sum(-1)  # (n1, n2, C)
        columns = {
            "theta_1": self.theta_1[:, None, None],
            "theta_2": self.theta_2[:, None],
            "label": np.array(self.classes.labels, object),
            "images": images,
            "errors": images - correct_counts(self),
            "error_rate": class_mistake_rates(self),
            "loss": class_losses(self),
        }
        flat = {name: np.broadcast_to(part, images.shape).ravel() for name, part in columns.items()}
        return pd.DataFrame(flat)


def planes(table: Table) -> list[Table]:
    """Split a table of several planes.

    Args:
        table: A surfaces table.

    Returns:
        One table a plane, in the table's order; ego models are left out.
    """
    parts = _tables_of_pairs(table)
    return [part for part in parts if not _is_line(part)]


def lines(table: Table) -> list[Table]:
    """The ego models (Definition 1) in a table.

    Args:
        table: A surfaces table.

    Returns:
        One table a class: its plane with itself.
    """
    parts = _tables_of_pairs(table)
    return [part for part in parts if _is_line(part)]


def _tables_of_pairs(table: Table) -> list[Table]:
    """One table for each pair of classes; without a copy if a pair's rows stand together."""
    pairs = table.frame[["class_1", "class_2"]].to_numpy()  # (rows, 2)
    starts = _starts_of_blocks(pairs)
    distinct_pairs = np.unique(pairs[starts], axis=0)
    are_mixed = len(distinct_pairs) < len(starts)
    if are_mixed:
        by_pair = table.frame.groupby(["class_1", "class_2"], sort=False)
        return [Table(frame, table.meta) for _, frame in by_pair]
    frames = [table.frame.iloc[start:end] for start, end in pairwise([*starts, len(pairs)])]
    return [Table(frame, table.meta) for frame in frames]


def _starts_of_blocks(rows: Array) -> Array:
    """The positions at which equal rows (n, k) that stand together begin."""
    is_start = np.ones(len(rows), bool)
    is_start[1:] = (rows[1:] != rows[:-1]).any(1)
    return np.flatnonzero(is_start)


def pair_of(table: Table) -> tuple[int, int]:
    """The two classes of a table that holds one plane.

    Args:
        table: A surfaces table.

    Returns:
        Their label numbers, theta_1's first.
    """
    first = table.frame["class_1"].iloc[0]
    second = table.frame["class_2"].iloc[0]
    return int(first), int(second)


def _is_line(table: Table) -> bool:
    """Whether a table of one pair holds an ego model: the plane of a class with itself."""
    first, second = pair_of(table)
    return first == second


def from_table(table: Table) -> Surface:
    """Read a plane from its table.

    Args:
        table: A surfaces table that holds one plane, and its zoom if it has one.

    Returns:
        The plane, with its zoom.

    Raises:
        BadInput: If a cell is missing or there twice, or the metadata has no `grams` of the pair.
    """
    if "zoom" not in table.frame:
        return _single(table)
    is_zoom = table.frame["zoom"].to_numpy() == 1
    surface = _single(Table(table.frame[~is_zoom], table.meta))
    if not is_zoom.any():
        return surface
    zoom = _single(Table(table.frame[is_zoom], table.meta))
    return replace(surface, zoom=zoom)


def _single(table: Table) -> Surface:
    """A plane or a zoom from the rows that belong to it alone."""
    frame = table.frame
    size = len(table.classes)
    pair = pair_of(table)
    return Surface(
        theta_1=_axis(frame, "i", "theta_1"),
        theta_2=_axis(frame, "j", "theta_2"),
        counts=confusion.from_frame(frame, size, "i", "j", value="count"),
        loss_sum=confusion.from_frame(frame, size, "i", "j", value="loss_sum"),
        pair=pair,
        scale=table.meta["scale"],
        run=table.run["name"],
        classes=table.classes,
        gram=_gram(table, pair),
        batch_norm=table.meta.get("batch_norm", "frozen"),
        test=_test(table),
        found_edge=table.meta.get("found_edge", False),
    )


def to_table(surface: Surface, run: Mapping[str, Any]) -> Table:
    """Make the table of a plane, from which `from_table` reads it.

    Args:
        surface: The plane.
        run: The resolved parameters of its run.

    Returns:
        A surfaces table. Its metadata say None for the split, which a plane does not know.
    """
    frame = _frame(surface)
    if surface.zoom:
        frame = pd.concat([frame.assign(zoom=0), _frame(surface.zoom).assign(zoom=1)])
    pair = surface.classes.joined(surface.pair)
    test = {"flat_test": asdict(surface.test)} if surface.test else {}
    meta = {
        **tables.class_metadata(surface.classes),
        "run": dict(run),
        "made_by": {},
        "edge": float(surface.theta_1[-1]),
        "pair": pair,
        "scale": surface.scale,
        "batch_norm": surface.batch_norm,
        "split": None,
        "images": surface.images,
        "grams": {pair: surface.gram.tolist()},
        "found_edge": surface.found_edge,
        **test,
    }
    return Table(frame, meta)


def _frame(surface: Surface) -> pd.DataFrame:
    """The rows of a plane without its zoom."""
    first, second = surface.pair
    rows, columns = len(surface.theta_1), len(surface.theta_2)
    cells = confusion.columns(
        surface.counts,
        surface.loss_sum,
        class_1=first,
        class_2=second,
        i=np.arange(rows)[:, None],
        j=np.arange(columns),
        theta_1=surface.theta_1[:, None],
        theta_2=surface.theta_2,
    )
    return pd.DataFrame(cells)


def _axis(frame: pd.DataFrame, index: str, theta: str) -> Array:
    """The steps (n,) along an axis, from the columns of its grid index and of its theta."""
    indices = frame[index].to_numpy()
    steps = frame[theta].to_numpy()
    _, first_rows = np.unique(indices, return_index=True)
    return steps[first_rows]


def _gram(table: Table, pair: tuple[int, int]) -> Array:
    """The Gram matrix (2, 2) of a pair's directions, from the metadata of its table."""
    name = table.classes.joined(pair)
    grams = table.meta["grams"]
    if name not in grams:
        listed = ", ".join(grams) or "none"
        raise BadInput(f"surfaces: no {name} in the metadata 'grams', found {listed}")
    return np.array(grams[name], np.float64)


def _test(table: Table) -> FlatTest | None:
    """The test that decided the points of a table's planes; None if no points were decided."""
    facts = table.meta.get("flat_test")
    return FlatTest(**facts) if facts else None


def is_estimated(surface: Surface) -> Array:
    """Whether the error rate at each point is known to the tolerance, or by all images.

    Args:
        surface: The plane.

    Returns:
        Bool (n1, n2): of decided points only w* and those next to the outline of the flat points;
        other decided points are known only to be flat, or not.
    """
    if surface.test is None:
        return np.ones(surface.counts.shape[:2], bool)
    sides = flat_test.sides(surface.test, surface.counts)
    is_known = flat_test.near_outline(sides == ABOVE)
    is_known[surface.centre] = True
    return is_known


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
        zoom=surface.zoom and swapped(surface.zoom),
    )


def correct_counts(surface: Surface) -> Array:
    """The number of images of each class that are predicted correctly.

    A correct prediction has a cross-entropy of at most log C. A loss that is not finite in a
    diagonal cell therefore means that some logits were not finite; all images of that cell count as
    errors.

    Args:
        surface: The plane.

    Returns:
        Counts (n1, n2, C).
    """
    correct = confusion.diagonal(surface.counts)
    losses = confusion.diagonal(surface.loss_sum)
    is_finite = np.isfinite(losses)
    return np.where(is_finite, correct, 0)


def mistake_rate(surface: Surface) -> Array:
    """The error rate over all images: the z axis of Figures 2 to 4.

    Args:
        surface: The plane.

    Returns:
        Rates (n1, n2), percent.
    """
    correct = correct_counts(surface).sum(-1)
    images = surface.counts.sum((-2, -1))
    return 100 - 100 * confusion.ratio(correct, images)


def class_mistake_rates(surface: Surface) -> Array:
    """The error rate of each class, 100 - recall (Figure 5).

    Args:
        surface: The plane.

    Returns:
        Rates (n1, n2, C), percent; nan where a class has no images.
    """
    correct = correct_counts(surface)
    images = surface.counts.sum(-1)
    return 100 - 100 * confusion.ratio(correct, images)


def class_losses(surface: Surface) -> Array:
    """The mean cross-entropy of each class's images.

    Args:
        surface: The plane.

    Returns:
        Losses (n1, n2, C), nats; not finite where a logit was not.
    """
    losses = surface.loss_sum.sum(-1)
    images = surface.counts.sum(-1)
    return confusion.ratio(losses, images)


def similarity(surface: Surface) -> Array:
    """How similar the shapes of the classes' error-rate surfaces are.

    Args:
        surface: The plane.

    Returns:
        Spearman's correlations over the plane's points, (C, C); nan for a class whose rate never
        changes.
    """
    rates = class_mistake_rates(surface)
    by_point = rates.reshape(-1, rates.shape[-1])  # (points, C)
    ranks = statistics.ranks(by_point.T)  # (C, points)
    return statistics.correlations(ranks)


def mean_rises(rates: Array, own: int) -> Array:
    """How much a descent on one class raises the error rates of the others.

    Args:
        rates: The error rates on the line of the class's ego model, (n, C), percent; w* is in the
            middle.
        own: The class's label number.

    Returns:
        The mean rise over the points of the descending half, (C,), percentage points; 0 for the
        class itself and for a class without images.
    """
    middle = len(rates) // 2
    descent = rates[middle + 1 :]  # (n // 2, C)
    rises = descent - rates[middle]
    mean_rise: Array = np.nan_to_num(rises.mean(0))
    mean_rise[own] = 0
    return mean_rise
