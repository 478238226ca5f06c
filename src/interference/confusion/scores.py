"""Precision, recall and F1 of each class, and their means, with 95 % intervals.

The numbers of images of the true classes are taken as given, as in a test set: each row of the
counts is drawn anew.
"""

import numpy as np

from interference.confusion import statistics
from interference.confusion.matrix import diagonal, ratio
from interference.vocabulary import Array

MEASURES = ("precision", "recall", "f1")
MACRO = "macro mean"  # the mean over the classes that have images
MICRO = "micro mean"  # over all images: with one class an image, all three are the accuracy


def of_classes(counts: Array) -> dict[str, Array]:
    """Precision, recall and F1 of each class.

    Precision is the part of the images predicted as the class that are of it, recall the part of
    the images of the class that are predicted as it. F1 is their harmonic mean: twice the right
    images over the images of the class and those predicted as it.

    Args:
        counts: Confusion counts (C, C), row = true class.

    Returns:
        `support` (C,), the images of each class, `predicted` (C,), the images predicted as it, and
        for each of `MEASURES` the fraction (C,) and its interval as `precision_low` and
        `precision_high`; nan where it is not defined. Precision and recall have Wilson's interval,
        F1 that of right images among the images of the class or predicted as it, from which F1
        follows.

    Example:
        >>> scores = of_classes(np.array([[8, 2], [1, 9]]))
        >>> scores["recall"].tolist(), scores["f1"].round(3).tolist()
        ([0.8, 0.9], [0.842, 0.857])
    """
    right = diagonal(counts)
    support = counts.sum(1)
    predicted = counts.sum(0)
    either = support + predicted - right
    scores = {"support": support, "predicted": predicted}
    for name, whole in (("precision", predicted), ("recall", support)):
        low, high = statistics.wilson(right, whole)
        scores |= {name: ratio(right, whole), f"{name}_low": low, f"{name}_high": high}
    low, high = statistics.wilson(right, either)
    scores |= {
        "f1": ratio(2 * right, support + predicted),
        "f1_low": 2 * low / (1 + low),
        "f1_high": 2 * high / (1 + high),
    }
    return scores


def means(counts: Array) -> dict[str, dict[str, float]]:
    """The macro and micro means of precision, recall and F1.

    A class without images is left out of the macro means. A class that is never predicted has a
    precision of 0 there, as it is usual.

    Args:
        counts: Confusion counts (C, C), row = true class.

    Returns:
        For `MACRO` and `MICRO`, each of `MEASURES` and its interval under the names of
        `of_classes`. The macro means' intervals are from the delta method, the accuracy's is
        Wilson's.
    """
    micro: dict[str, float] = {}
    number = int(counts.sum())
    right = int(np.trace(counts))
    low, high = statistics.wilson(right, number)
    for name in MEASURES:
        micro |= _named(name, float(ratio(right, number)), float(low), float(high))
    known = counts.sum(1) > 0
    scores = of_classes(counts)
    macro: dict[str, float] = {}
    for name, slope in zip(MEASURES, _slopes(counts), strict=True):
        rates = np.nan_to_num(scores[name][known])
        mean = float(rates.mean()) if len(rates) else np.nan
        half = statistics.NORMAL * _deviation(counts[known], slope[known]) / max(len(rates), 1)
        macro |= _named(name, mean, max(mean - half, 0), min(mean + half, 1))
    return {MACRO: macro, MICRO: micro}


def _slopes(counts: Array) -> tuple[Array, Array, Array]:
    """How the sums over the known classes of `MEASURES` change with each cell (C, C).

    Terms that are equal in a whole row are left out: the images of a true class are given.
    """
    scores = of_classes(counts)
    is_known = counts.sum(1) > 0
    predicted = counts.sum(0)
    support = counts.sum(1)
    right = np.eye(len(counts))
    per_predicted = np.where(is_known, np.nan_to_num(ratio(1, predicted)), 0)
    per_support = np.nan_to_num(ratio(1, support))
    per_both = np.where(is_known, np.nan_to_num(ratio(1, support + predicted)), 0)
    precision = (right - np.nan_to_num(scores["precision"])) * per_predicted
    recall = right * per_support
    f1 = (2 * right - np.nan_to_num(scores["f1"])) * per_both
    return precision, recall, f1


def _deviation(counts: Array, slopes: Array) -> float:
    """The standard deviation of a sum whose slopes are given, each row being multinomial."""
    images = counts.sum(1)
    mean = ratio((counts * slopes).sum(1), images)
    variance = (counts * slopes**2).sum(1) - images * mean**2
    return float(np.sqrt(max(variance.sum(), 0)))


def _named(name: str, value: float, low: float, high: float) -> dict[str, float]:
    return {name: value, f"{name}_low": low, f"{name}_high": high}
