"""Rates and notes of plain arrays: what is read off predictions and counts, without torch."""

from typing import Any

import numpy as np

from interference import confusion
from interference.confusion import dance
from interference.errors import BadInput
from interference.external.arrays import numbers, single
from interference.external.predictions import record_predictions
from interference.thresholds import NOTE
from interference.vocabulary import UNKNOWN, Array

ROUNDING = 1e-6  # by so much a rate that was summed in float32 may be above 1


def cctm(counts_or_true: Any, predicted: Any = None) -> Array:
    """CCTM[a, b], the share of class a's images that are predicted as b, of counts or of predictions (Section 2.1).

    Of counts (..., C, C), row = true class; or of true and predicted classes (n,) as scikit-learn takes them, names or
    numbers, the distinct values of both being the classes in ascending order. The diagonal is the recall; the row of
    a class without images is nan.

        rates = cctm(y_true, y_pred)
        rates = cctm(metric.compute().counts)  # of a ConfusionCounts

    Raises `BadInput` for counts that are not square, and arrays that do not fit.
    """
    if predicted is not None:
        return confusion.cctm(
            record_predictions(counts_or_true, predicted).cells["test"][UNKNOWN][0]
        )
    counts = numbers("cctm: counts", counts_or_true)
    if counts.ndim < 2 or counts.shape[-1] != counts.shape[-2] or (counts < 0).any():
        raise BadInput(
            f"cctm: counts {counts.shape}, allowed: (..., C, C) from 0, or true and predicted classes (n,)"
        )
    return confusion.cctm(counts)


def dancing_notes(cctms: Any, threshold: float = NOTE) -> Array:
    """The dancing notes (epochs, C) int: at each epoch the class that each class is most often taken for (Section 4.2).

    `cctms` (epochs, C, C). The note is -2 where no class takes more than the threshold, the paper's 0.1 %.

        notes = dancing_notes([cctm(y_true, y_pred) for y_pred in predictions_by_epoch])
        notes[:, 3]  # what cats were taken for, epoch by epoch

    Raises `BadInput` for an array of another shape, rates outside 0 to 1, such as counts, and such a threshold.
    """
    rates, least = numbers("dancing_notes", cctms).astype(np.float64), single(threshold)
    if rates.ndim != 3 or rates.shape[1] != rates.shape[2] or not rates.shape[1]:
        raise BadInput(f"dancing_notes: found {rates.shape}, allowed: CCTMs (epochs, C, C)")
    beyond = rates[(rates < 0) | (rates > 1 + ROUNDING)]
    if beyond.size:
        raise BadInput(
            f"dancing_notes: found {beyond[0]:g}, allowed: rates from 0 to 1, as cctm makes them of counts"
        )
    if not (isinstance(least, int | float) and 0 <= least <= 1):
        raise BadInput(f"threshold: found {threshold!r}, allowed: a rate from 0 to 1")
    return np.stack([dance.notes(rates, row, least) for row in range(rates.shape[1])], axis=1)
