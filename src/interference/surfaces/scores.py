"""Scores of the pairs of classes that may tell which classes interfere on the test set.

A score is a symmetric matrix (C, C). `confusion.league` compares scores with each other.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from interference import confusion
from interference.confusion import by_epoch, statistics
from interference.io.tables import Table
from interference.surfaces.cosines import cosines
from interference.surfaces.shapes import mean_similarity
from interference.surfaces.surface import (
    Surface,
    class_mistake_rates,
    from_table,
    lines,
    mean_rises,
    planes,
    similarity,
)
from interference.vocabulary import TRAINING_FIRST, Array

RAW = "raw"  # the scale of the paper
EARLY = 0.25  # of the training: the epoch whose counts are early
LEAST_EPOCHS = 10  # of a training whose changes of recalls are correlated


def training_rates(cctm: Table) -> Array | None:
    """How often two classes are confused on the training images, by the final weights.

    Args:
        cctm: The run's table of confusion counts.

    Returns:
        The symmetrised CCTM (C, C); None if the run has no counts on training images.
    """
    frame = cctm.frame[cctm.frame["split"] == "train"]
    if not len(frame):
        return None
    counts = confusion.from_frame(frame, len(cctm.classes))
    return confusion.symmetrised(confusion.cctm(counts))


def early_position(epochs: int) -> int:
    """The position of the last epoch of the first quarter of a training.

    Args:
        epochs: The number of epochs, at least 1.
    """
    return int(np.ceil(EARLY * epochs)) - 1


def early_rates(counts: Array) -> Array:
    """How often two classes are confused at the end of the first quarter of a training.

    Args:
        counts: The confusion counts after each epoch, (epochs, C, C).

    Returns:
        The symmetrised CCTM (C, C).
    """
    early = counts[early_position(len(counts))]
    return confusion.symmetrised(confusion.cctm(early))


def exchange(counts: Array) -> Array:
    """Whether the recalls of two classes move together or against each other during a training.

    Args:
        counts: The confusion counts after each epoch, (epochs, C, C).

    Returns:
        The correlation (C, C) of the recalls' changes from epoch to epoch, beside the mean of all
        classes; negative for classes that dance.
    """
    by_class = by_epoch.recalls(confusion.cctm(counts))  # (epochs, C)
    beside_trend = by_class - by_class.mean(1, keepdims=True)
    return statistics.correlations(np.diff(beside_trend, axis=0).T)


def ego_costs(ego_models: Iterable[Surface], classes: int) -> Array:
    """How much the error rate of one class rises on the ego models of another (Definition 1).

    Args:
        ego_models: One line a class, the plane of the class with itself.
        classes: The number of classes.

    Returns:
        The mean rise both ways (C, C), percentage points; nan for a class without a line.
    """
    costs = np.full((classes, classes), np.nan)
    for line in ego_models:
        own, _ = line.pair
        rates = class_mistake_rates(line).reshape(-1, classes)
        costs[own] = mean_rises(rates, own)
    both_ways: Array = (costs + costs.T) / 2
    return both_ways


def similarity_elsewhere(swept: Iterable[Surface]) -> Array:
    """How similar the loss shapes of each two classes are in planes of neither of them.

    In a plane of its own class a loss falls where the other's rises, whatever their interference.

    Args:
        swept: The planes of a run.

    Returns:
        The mean similarity (C, C); nan for a pair without such a plane.
    """
    matrices = []
    for surface in swept:
        matrix = similarity(surface).copy()
        own = list(surface.pair)
        matrix[own] = np.nan
        matrix[:, own] = np.nan
        matrices.append(matrix)
    return mean_similarity(matrices)


def of_run(
    cctm: Table,
    counts: Table | None = None,
    gram: Table | None = None,
    swept: Sequence[Table] = (),
) -> dict[str, Array]:
    """All scores that the tables of a run give.

    Args:
        cctm: The run's confusion counts of the final weights.
        counts: Its confusion counts by epoch.
        gram: The dot products of its class gradients.
        swept: Its planes and lines; those at other scales than the paper's are left out.

    Returns:
        The scores (C, C) by their names for readers.
    """
    scores: dict[str, Array] = {}
    final = training_rates(cctm)
    if final is not None:
        scores["CCTM of the training images"] = final
    if counts is not None:
        scores.update(_while_training(counts))
    raw = [table for table in swept if table.meta["scale"] == RAW]
    ego_models = [from_table(part) for table in raw for part in lines(table)]
    if ego_models:
        scores["cost on ego models"] = ego_costs(ego_models, len(cctm.classes))
    if gram is not None:
        scores["cosine of class gradients"] = cosines(gram)
    raw_planes = [from_table(part) for table in raw for part in planes(table)]
    if raw_planes:
        name = f"shapes in other planes ({len(raw_planes)} swept)"
        scores[name] = similarity_elsewhere(raw_planes)
    return scores


def _while_training(table: Table) -> dict[str, Array]:
    """The scores that a training gives, from its best record of training images."""
    recorded = set(table.frame["split"])
    splits = [split for split in TRAINING_FIRST if split in recorded and split != "test"]
    if not splits:
        return {}
    epochs, counts = by_epoch.training_counts(table, splits[0])
    scores: dict[str, Array] = {}
    if len(epochs) > 1:
        epoch = epochs[early_position(len(epochs))]
        scores[f"CCTM of epoch {epoch} of {epochs[-1]}"] = early_rates(counts)
    if len(epochs) >= LEAST_EPOCHS:
        scores[f"exchange of recalls ({len(epochs)} epochs)"] = exchange(counts)
    return scores
