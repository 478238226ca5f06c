"""Counts and curves by epoch: what a run recorded while it trained, and the mean of its last epochs."""

import numpy as np

from interference import confusion
from interference.errors import BadInput
from interference.io.tables import Table
from interference.vocabulary import Array

LAST = 10  # epochs of the mean ...
LONG = (
    50  # ... of a training at least so long; the last ten of a shorter one are mostly its beginning
)


def training_counts(table: Table, split: str) -> tuple[Array, Array]:
    """The epochs (epochs,) that a counts table holds of a split, ascending, and their counts (epochs, C, C).

    Raises `BadInput` where the split was not recorded.
    """
    frame = table.frame[table.frame["split"] == split]
    if frame.empty:
        recorded = ", ".join(sorted(table.frame["split"].unique()))
        raise BadInput(f"counts of {table.run.get('name')}: split {split!r}, recorded: {recorded}")
    return np.unique(frame["epoch"].to_numpy()), confusion.from_frame(
        frame, len(table.classes), "epoch"
    )


def recalls(cctm: Array) -> Array:
    """Recall of each class at every epoch (epochs, C), percent."""
    return 100 * np.diagonal(cctm, axis1=-2, axis2=-1)


def test_counts(table: Table) -> Array:
    """The confusion counts (C, C) of a run's final weights on the test set, from its cctm table."""
    return confusion.from_frame(table.frame[table.frame["split"] == "test"], len(table.classes))


def late_mean(curve: Array) -> float:
    """The mean over the last ten epochs of a curve; nan of a curve of fewer than fifty epochs.

    It varies less by chance than the last value.

    Args:
        curve: A value after each epoch, (epochs,), such as accuracies in percent.

    Returns:
        The mean, in the unit of the curve.

    Example:
        >>> late_mean(np.arange(100.0))
        94.5
    """
    return float(curve[-LAST:].mean()) if len(curve) >= LONG else np.nan
