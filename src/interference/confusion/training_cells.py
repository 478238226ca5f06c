"""The confusion counts of a training; cells that are always 0 take no memory."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from interference import confusion
from interference.errors import BadInput
from interference.io.tables import Table
from interference.vocabulary import Array


@dataclass(frozen=True, eq=False)
class TrainingCells:
    """The confusion counts of a split after each recorded epoch.

    A cell that is 0 in every epoch is left out: 1,000 classes have a million cells, of which a
    test set of 50,000 images fills some ten thousand.

    Attributes:
        classes: The number C of classes.
        epochs: The epochs (E,), ascending.
        label: The true class of each cell that occurs, (n,).
        predicted: Its predicted class (n,). The cells are sorted by true, then predicted class.
        counts: The counts (E, n) int64.
    """

    classes: int
    epochs: Array
    label: Array
    predicted: Array
    counts: Array

    @property
    def sizes(self) -> Array:
        """The number of images of each class after each epoch, (E, C)."""
        return self._sums(self.label, self.counts)

    @property
    def recalls(self) -> Array:
        """The recall of each class after each epoch, (E, C), 0 to 1; nan without images."""
        is_right = self.label == self.predicted
        right = self._sums(self.label[is_right], self.counts[:, is_right])
        return confusion.ratio(right, self.sizes)

    @property
    def accuracy(self) -> Array:
        """The accuracy after each epoch, (E,), percent; nan without images."""
        is_right = self.label == self.predicted
        right = self.counts[:, is_right].sum(-1)
        return 100 * confusion.ratio(right, self.counts.sum(-1))

    @property
    def last(self) -> Array:
        """The counts (C, C) after the last epoch."""
        counts = np.zeros((self.classes, self.classes), np.int64)
        counts[self.label, self.predicted] = self.counts[-1]
        return counts

    @property
    def all_counts(self) -> Array:
        """The counts of all cells after each epoch, (E, C, C)."""
        return self.rows(range(self.classes))

    def rows(self, labels: Sequence[int]) -> Array:
        """The counts of some true classes, (E, labels, C)."""
        rows = np.zeros((len(self.epochs), len(labels), self.classes), np.int64)
        for place, label in enumerate(labels):
            start, end = np.searchsorted(self.label, [label, label + 1])
            rows[:, place, self.predicted[start:end]] = self.counts[:, start:end]
        return rows

    def _sums(self, labels: Array, counts: Array) -> Array:
        """Counts (E, n) added up by sorted true class (n,): (E, C)."""
        starts = np.searchsorted(labels, np.arange(self.classes + 1))
        until = np.zeros((len(counts), counts.shape[1] + 1), np.int64)
        np.cumsum(counts, axis=1, out=until[:, 1:])
        return np.diff(until[:, starts])


def from_counts(epochs: Array, counts: Array) -> TrainingCells:
    """Leave out the cells of counts (E, C, C) that are 0 in every epoch."""
    label, predicted = np.nonzero(counts.any(0))
    return TrainingCells(counts.shape[-1], epochs, label, predicted, counts[:, label, predicted])


def of_split(table: Table, split: str) -> TrainingCells:
    """Read the counts of one split after each recorded epoch.

    Args:
        table: A counts table.
        split: The split, such as `train_augmented`.

    Returns:
        The counts.

    Raises:
        BadInput: If the split was not recorded, or a cell has several rows or lies outside the
            classes.
    """
    frame = table.frame[table.frame["split"] == split]
    if frame.empty:
        name = table.run.get("name")
        recorded = ", ".join(sorted(table.frame["split"].unique()))
        raise BadInput(f"counts of {name}: split {split!r}, recorded: {recorded}")
    classes = len(table.classes)
    label = frame["label"].to_numpy().astype(np.int64)
    predicted = frame["predicted"].to_numpy().astype(np.int64)
    is_inside = (np.minimum(label, predicted) >= 0) & (np.maximum(label, predicted) < classes)
    number_of_row = label * classes + predicted
    position_of_row, epochs = frame["epoch"].factorize(sort=True)
    count = frame["count"].to_numpy()
    numbers = np.unique(number_of_row[count > 0])
    is_row = np.isin(number_of_row, numbers)
    counts = np.zeros((len(epochs), len(numbers)), np.int64)
    position = position_of_row[is_row], np.searchsorted(numbers, number_of_row[is_row])
    counts[position] = count[is_row]
    places = position_of_row * classes**2 + number_of_row
    if not is_inside.all() or len(pd.unique(places)) < len(places):
        raise BadInput(
            f"counts: found {len(frame)} rows, allowed: one a cell of {classes} x {classes} "
            f"classes x {len(epochs)} of epoch; only cells that are 0 may have none"
        )
    return TrainingCells(classes, np.asarray(epochs), numbers // classes, numbers % classes, counts)
