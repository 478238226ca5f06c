"""Counts and curves by epoch: the record of a training, and the mean of its last epochs."""

import numpy as np

from interference import confusion
from interference.errors import BadInput
from interference.io.tables import Table
from interference.vocabulary import Array

LAST = 10  # the number of epochs whose mean is taken
LONG = 50  # the fewest epochs of such a training; the last ten of fewer are mostly its beginning


def training_counts(table: Table, split: str) -> tuple[Array, Array]:
    """The confusion counts of one split after each recorded epoch.

    Args:
        table: A counts table.
        split: The split, such as `train_augmented`.

    Returns:
        The epochs (epochs,), ascending, and their counts (epochs, C, C).

    Raises:
        BadInput: If the split was not recorded.
    """
    frame = table.frame[table.frame["split"] == split]
    if frame.empty:
        name = table.run.get("name")
        recorded = ", ".join(sorted(table.frame["split"].unique()))
        raise BadInput(f"counts of {name}: split {split!r}, recorded: {recorded}")
    epochs = np.unique(frame["epoch"].to_numpy())
    counts = confusion.from_frame(frame, len(table.classes), "epoch")
    return epochs, counts


def losses(table: Table, split: str) -> Array:
    """The mean loss on one split after each recorded epoch.

    Args:
        table: A counts table.
        split: The split, such as `train_online`.

    Returns:
        Mean cross-entropies (epochs,), nats.

    Raises:
        BadInput: If the split was not recorded.
    """
    _, counts = training_counts(table, split)
    frame = table.frame[table.frame["split"] == split]
    classes = len(table.classes)
    sums = confusion.from_frame(frame, classes, "epoch", value="loss_sum")
    return confusion.ratio(sums.sum((-2, -1)), counts.sum((-2, -1)))


def recalls(cctm: Array) -> Array:
    """The recall of each class after every epoch.

    Args:
        cctm: The CCTM after each epoch, (epochs, C, C).

    Returns:
        Recalls (epochs, C), percent.
    """
    recall = confusion.diagonal(cctm)
    return 100 * recall


def test_counts(table: Table) -> Array:
    """The confusion counts of a run's final weights on the test set.

    Args:
        table: The run's cctm table.

    Returns:
        Counts (C, C), row = true class.
    """
    is_test = table.frame["split"] == "test"
    classes = len(table.classes)
    return confusion.from_frame(table.frame[is_test], classes)


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
    if len(curve) < LONG:
        return np.nan
    late = curve[-LAST:]
    return float(late.mean())
