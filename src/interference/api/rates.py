"""The library on plain arrays: confusion rates and dancing notes, without PyTorch."""

from typing import Any

import numpy as np

from interference import confusion
from interference.confusion import dance
from interference.errors import BadInput
from interference.external.arrays import number_array, to_python_number
from interference.external.predictions import count_predictions
from interference.thresholds import NOTE
from interference.vocabulary import Array

ROUNDING = 1e-6  # a rate that was summed in float32 may exceed 1 by this much


def cctm(counts_or_true: Any, predicted: Any = None, labels: Any = None) -> Array:
    """Compute the confusion rates of counts or of predictions (the CCTM of Section 2.1).

    CCTM[a, b] is the fraction of class a's images that are predicted as b; its diagonal is the
    recall.

    Args:
        counts_or_true: Confusion counts (..., C, C), row = true class; or, if `predicted` is given,
            the true classes (n,), as names or numbers.
        predicted: The predicted classes (n,). Without `labels` the classes are the distinct values
            of both arrays, in ascending order.
        labels: The classes of the rows and columns, in this order, as scikit-learn's
            `confusion_matrix` takes them. An image whose true or predicted class is not among them
            is left out. With the same labels, the CCTMs of several epochs can be stacked.

    Returns:
        (..., C, C) float64, from 0 to 1. The row of a class without images is nan.

    Raises:
        BadInput: The counts are not square or below 0, the arrays do not fit each other, or no true
            class is among the labels.

    Examples:
        >>> from interference import cctm
        >>> cctm([[3, 1], [1, 1]])  # counts, such as those of a ConfusionCounts
        array([[0.75, 0.25],
               [0.5 , 0.5 ]])
        >>> cctm(["cat", "cat", "dog"], ["cat", "dog", "dog"])
        array([[0.5, 0.5],
               [0. , 1. ]])
        >>> cctm(["cat", "cat"], ["cat", "dog"], labels=["dog", "cat"])
        array([[nan, nan],
               [0.5, 0.5]])
    """
    if predicted is not None:
        return confusion.cctm(count_predictions(counts_or_true, predicted, labels))
    if labels is not None:
        raise BadInput(
            "cctm: found labels with counts, allowed: labels with true and predicted classes (n,); "
            "index the counts to choose or reorder their classes"
        )
    counts = number_array("cctm: counts", counts_or_true)
    if counts.ndim < 2 or counts.shape[-1] != counts.shape[-2] or (counts < 0).any():
        raise BadInput(
            f"cctm: counts {counts.shape}, allowed: square counts (..., C, C) from 0, or true and "
            "predicted classes (n,)"
        )
    return confusion.cctm(counts)


def dancing_notes(cctms: Any, threshold: float = NOTE) -> Array:
    """Find at each epoch the class that each class is most often mistaken for (Section 4.2).

    Args:
        cctms: (epochs, C, C) the confusion rates after each epoch, as `cctm` returns them.
        threshold: A rate: a class that receives no larger fraction is no note. The paper's is 0.1
            %.

    Returns:
        (epochs, C) int: the label of the note, -2 where no class exceeds the threshold.

    Raises:
        BadInput: The array has another shape, a rate is outside 0 to 1 (counts are refused so), or
            the threshold is outside 0 to 1.

    Examples:
        >>> from interference import cctm, dancing_notes
        >>> first_epoch = cctm([[6, 3, 1], [2, 8, 0], [1, 4, 5]])
        >>> second_epoch = cctm([[7, 1, 2], [0, 9, 1], [0, 0, 10]])
        >>> dancing_notes([first_epoch, second_epoch])
        array([[ 1,  0,  1],
               [ 2,  2, -2]])
    """
    _check_stack(cctms)
    rates = number_array("dancing_notes", cctms).astype(np.float64)
    if rates.ndim != 3 or rates.shape[1] != rates.shape[2] or not rates.shape[1]:
        raise BadInput(f"dancing_notes: found {rates.shape}, allowed: CCTMs (epochs, C, C)")
    outside = rates[(rates < 0) | (rates > 1 + ROUNDING)]
    if outside.size:
        raise BadInput(
            f"dancing_notes: found {outside[0]:g}, allowed: rates from 0 to 1, as cctm makes them "
            "of counts"
        )
    least = to_python_number(threshold)
    if not (isinstance(least, int | float) and 0 <= least <= 1):
        raise BadInput(f"threshold: found {threshold!r}, allowed: a rate from 0 to 1")
    notes = [dance.notes(rates, label, least) for label in range(rates.shape[1])]
    return np.stack(notes, axis=1)


def _check_stack(cctms: Any) -> None:
    """Raise `BadInput` for a list of CCTMs of different numbers of classes."""
    if not isinstance(cctms, list | tuple):
        return
    sizes = dict.fromkeys(len(cctm) for cctm in cctms if hasattr(cctm, "__len__"))
    if len(sizes) > 1:
        raise BadInput(
            f"dancing_notes: found CCTMs of {' and '.join(map(str, sizes))} classes, allowed: the "
            "same classes after each epoch; give cctm the argument labels"
        )
