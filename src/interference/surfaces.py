"""What is read off the points of an interference plane: mistake rates, class losses, likeness of shapes.

A surface is the grid of theta_1 (axis 0) x theta_2 (axis 1) with the confusion counts and losses at every point. theta
above zero is descent on that axis' class, and w* lies in the middle.
"""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from interference import chance, confusion, wording
from interference.classes import Classes
from interference.confusion import Array
from interference.errors import BadInput
from interference.tables import Table
from interference.vocabulary import RANDOM as RANDOM
from interference.vocabulary import SCALES as SCALES


@dataclass(frozen=True, eq=False)
class Surface:
    """An interference plane of one run: `counts` and `loss_sum` (n1, n2, C, C) at theta_1 (n1,) x theta_2 (n2,).

    `pair` are the label numbers of the two classes, theta_1's first; `run` is the run's name. `gram` (2, 2) float64
    holds the dot products of the two directions as they are scaled, so that a step theta is sqrt(theta gram theta) long
    in weight space.
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
        """Where on the grid w* lies."""
        return len(self.theta_1) // 2, len(self.theta_2) // 2

    @property
    def name(self) -> str:
        """The pair in words; a random direction is known by its number."""
        first, second = self.pair
        if self.scale == RANDOM:
            return f"random {first + 1} and {second + 1}"
        return wording.pair(self.classes.labels[first], self.classes.labels[second])

    @property
    def ways(self) -> tuple[str, str]:
        """What moving along theta_1 and along theta_2 does, in words."""
        first, second = self.pair
        if self.scale == RANDOM:
            return f"random {first + 1}", f"random {second + 1}"
        return f"descend {self.classes.labels[first]}", f"descend {self.classes.labels[second]}"

    @property
    def chance(self) -> float:
        """The mistake rate, in percent, of a net that always names one class, where all are of a size."""
        return 100 - 100 / len(self.classes)


def planes(table: Table) -> list[Table]:
    """The planes of a table of several, one a table, in the table's order."""
    return [one for one in _spans(table) if not _is_line(one)]


def lines(table: Table) -> list[Table]:
    """The ego models of each class that a table holds (Definition 1), one a table: a class's plane with itself."""
    return [one for one in _spans(table) if _is_line(one)]


def _spans(table: Table) -> list[Table]:
    """The rows of every pair of classes, one table a pair; where they lie together, as sweeps write them, no copies."""
    pairs = table.frame[["class_1", "class_2"]].to_numpy()
    starts = np.flatnonzero(np.r_[len(pairs) > 0, (pairs[1:] != pairs[:-1]).any(1)])
    if len(np.unique(pairs[starts], axis=0)) < len(starts):
        return [Table(frame, table.meta) for _, frame in table.frame.groupby(["class_1", "class_2"], sort=False)]
    return [Table(table.frame.iloc[start:end], table.meta) for start, end in pairwise([*starts, len(pairs)])]


def pair_of(table: Table) -> tuple[int, int]:
    """The label numbers of the two classes of a table that holds one plane, theta_1's first."""
    return int(table.frame["class_1"].iloc[0]), int(table.frame["class_2"].iloc[0])


def _is_line(table: Table) -> bool:
    first, second = pair_of(table)
    return first == second


def from_table(table: Table) -> Surface:
    """The surface of a table that holds one plane.

    Raises `BadInput` where a cell of it is missing or there twice, or the metadata give no `grams` of its pair.
    """
    frame, size, pair = table.frame, len(table.classes), pair_of(table)
    counts, loss_sum = (confusion.from_frame(frame, size, "i", "j", value=name) for name in ("count", "loss_sum"))
    first_i, first_j = (np.unique(frame[name].to_numpy(), return_index=True)[1] for name in ("i", "j"))
    return Surface(
        theta_1=frame["theta_1"].to_numpy()[first_i], theta_2=frame["theta_2"].to_numpy()[first_j],
        counts=counts, loss_sum=loss_sum, pair=pair, scale=table.meta["scale"], run=table.run["name"],
        classes=table.classes, gram=_gram(table, pair),
    )


def _gram(table: Table, pair: tuple[int, int]) -> Array:
    name, grams = table.classes.joined(pair), table.meta["grams"]
    if name not in grams:
        raise BadInput(f"surfaces: no {name} in the metadata 'grams', found {', '.join(grams) or 'none'}")
    return np.array(grams[name], np.float64)


def swapped(surface: Surface) -> Surface:
    """The same plane with its two classes, and so its axes, exchanged."""
    return replace(surface, theta_1=surface.theta_2, theta_2=surface.theta_1, pair=surface.pair[::-1],
                   counts=surface.counts.swapaxes(0, 1), loss_sum=surface.loss_sum.swapaxes(0, 1),
                   gram=surface.gram[::-1, ::-1])


def right(surface: Surface) -> Array:
    """Images of each class predicted right (n1, n2, C).

    A right prediction costs at most log C, so a cell of right ones whose loss is not finite holds images whose logits
    were not: such a cell counts as mistaken, whole.
    """
    right = np.diagonal(surface.counts, axis1=-2, axis2=-1)
    return np.where(np.isfinite(np.diagonal(surface.loss_sum, axis1=-2, axis2=-1)), right, 0)


def mistake_rate(surface: Surface) -> Array:
    """Mistakes among all images (n1, n2), percent: the z axis of Figures 2 to 4."""
    return 100 - 100 * confusion.ratio(right(surface).sum(-1), surface.counts.sum((-2, -1)))


def class_mistake_rates(surface: Surface) -> Array:
    """Mistakes among each class's images (n1, n2, C), percent: 100 - recall, Figure 5."""
    return 100 - 100 * confusion.ratio(right(surface), surface.counts.sum(-1))


def class_losses(surface: Surface) -> Array:
    """Mean cross-entropy of each class's images (n1, n2, C), nats; not finite where a logit was not."""
    return confusion.ratio(surface.loss_sum.sum(-1), surface.counts.sum(-1))


def similarity(surface: Surface) -> Array:
    """How alike the classes' mistake-rate surfaces are (C, C): Spearman over the plane's points, nan for a flat one."""
    rates = class_mistake_rates(surface)
    by_class = rates.reshape(-1, rates.shape[-1]).T  # (C, points)
    return chance.correlations(chance.ranks(by_class))
