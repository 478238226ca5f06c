"""Interference while a net trains: dancing notes, label dance, and the recalls behind them (Section 4.2)."""

import numpy as np

from interference import confusion
from interference.confusion import Array
from interference.errors import BadInput
from interference.tables import Table

NONE = -2  # the note of an epoch in which no class interferes (Figure 7)


def training_counts(table: Table, split: str) -> tuple[Array, Array]:
    """The epochs (epochs,) that a counts table holds of a split, ascending, and their counts (epochs, C, C).

    Raises `BadInput` where the split was not recorded.
    """
    frame = table.frame[table.frame["split"] == split]
    if frame.empty:
        recorded = ", ".join(sorted(table.frame["split"].unique()))
        raise BadInput(f"counts of {table.run.get('name')}: split {split!r}, recorded: {recorded}")
    return np.unique(frame["epoch"].to_numpy()), confusion.from_frame(frame, len(table.classes), "epoch")


def training_cctm(table: Table, split: str) -> Array:
    """The CCTM of a split after every epoch (epochs, C, C); raises `BadInput` where the split was not recorded."""
    return confusion.cctm(training_counts(table, split)[1])


def recalls(cctm: Array) -> Array:
    """Recall of each class at every epoch (epochs, C), percent."""
    return 100 * np.diagonal(cctm, axis1=-2, axis2=-1)


def notes(cctm: Array, row: int, threshold: float = 0.001) -> Array:
    """The dancing notes of class `row` (epochs,) int: at each epoch the class it is most often mistaken for.

    `cctm` (epochs, C, C). Ties go to the lower label; the note is -2 where no class is strictly above the threshold
    (Section 4.2: 0.1 %).
    """
    others = cctm[:, row].copy()
    others[:, row] = -1  # the recall is no interference
    return np.where(others.max(-1) > threshold, others.argmax(-1), NONE)


def dance_epochs(recall_a: Array, recall_b: Array) -> Array:
    """Positions (k,) of the epochs at which one class's recall (epochs,) rises and the other's falls."""
    return 1 + np.flatnonzero(np.diff(recall_a) * np.diff(recall_b) < 0)


def anticorrelation(recall_a: Array, recall_b: Array) -> float:
    """Correlation of the first differences of two recalls (epochs,): near -1 in a dance, nan where one stands still."""
    return float(confusion.correlations(np.stack([np.diff(recall_a), np.diff(recall_b)]))[0, 1])
