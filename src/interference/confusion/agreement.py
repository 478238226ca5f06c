"""How far a classifier confuses the same classes as a reference: other nets, people, an annotator.

A rate of a pair of classes is the sum of its two ways, CCTM[a, b] + CCTM[b, a]. The excess of a
pair is its rate less that of the reference. A reference gives each image a class (predictions), or
a fraction of each class (votes of several people), or it is known by its confusion counts alone.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

from interference import confusion
from interference.confusion import paired_tests, statistics
from interference.vocabulary import Array

LEAST = 6  # errors that tell two classifiers apart: with fewer no test can find a difference


@dataclass(frozen=True)
class Excess:
    """By how much a classifier confuses each pair of classes more often than its reference.

    All arrays (C, C) are symmetric, and nan on the diagonal and for a class without images.

    Attributes:
        value: The excess, as a fraction.
        low: The low end of its 95 % interval.
        high: The high end.
        p: The p-value of no difference.
        is_tested: Whether there are enough errors for a difference to be found.
    """

    value: Array
    low: Array
    high: Array
    p: Array
    is_tested: Array


def shares_of_votes(votes: Array) -> Array:
    """The fraction of the votes on each image that each class gets.

    Args:
        votes: (n, C) how many people chose each class, at least one vote an image.

    Returns:
        (n, C) fractions.
    """
    shares: Array = votes / votes.sum(1, keepdims=True)
    return shares


def majority(shares: Array, truth: Array) -> float:
    """The fraction of images whose true class gets the most votes.

    Args:
        shares: (n, C) the fraction of the votes of each class.
        truth: (n,) the true classes.
    """
    return float((shares.argmax(1) == truth).mean())


def rates_of_votes(shares: Array, truth: Array) -> Array:
    """The CCTM of people: the mean fraction of people who choose class b for images of class a.

    Args:
        shares: (n, C) the fraction of people who chose each class.
        truth: (n,) the true class of each image.

    Returns:
        Rates (C, C), row = true class; nan for a class without images.
    """
    classes = shares.shape[1]
    totals = np.zeros((classes, classes))
    np.add.at(totals, truth, shares)
    sizes = np.bincount(truth, minlength=classes)
    return confusion.ratio(totals, sizes[:, None])


def beyond_votes(shares: Array, truth: Array, predicted: Array) -> Excess:
    """Compare predictions with the votes of several people on the same images.

    Each image gives one difference: 1 or 0 for the classifier, less the fraction of people. The
    interval is Student's for large samples. Its variance is at least that of a classifier which
    errs as often as people do, since a classifier without any error of a rare pair has none.

    Args:
        shares: (n, C) the fraction of people who chose each class.
        truth: (n,) the true class of each image.
        predicted: (n,) the class that the classifier predicts.

    Returns:
        The excess of each pair.
    """
    classes = shares.shape[1]
    mean = np.full((classes, classes), np.nan)
    variance = np.full((classes, classes), np.nan)
    for own in np.unique(truth):
        of_class = truth == own
        people = shares[of_class]
        differences = (predicted[of_class, None] == np.arange(classes)) - people
        number = len(differences)
        mean[own] = differences.mean(0)
        if number > 1:
            least = (people * (1 - people)).mean(0)
            variance[own] = np.maximum(differences.var(0, ddof=1), least) / number
    value = _both_ways(mean)
    error = np.sqrt(_both_ways(variance))
    half = statistics.NORMAL * error
    z = confusion.ratio(np.abs(value), error)
    p = np.where(error > 0, 2 * stats.norm.sf(z), np.where(np.isnan(error), np.nan, 1.0))
    errors = confusion.counts(truth, predicted, classes).astype(np.float64)
    np.add.at(errors, truth, shares)  # adds the counts that one person would have
    is_tested = (error > 0) & (_both_ways(errors) >= LEAST)
    return Excess(value, value - half, value + half, p, is_tested)


def beyond_predictions(truth: Array, predicted: Array, reference: Array, classes: int) -> Excess:
    """Compare predictions with those of a reference for the same images.

    The test is McNemar's exact one on the errors of the pair that one of the two makes alone; the
    interval adds Bonett and Price's intervals of the two ways (MOVER).

    Args:
        truth: (n,) the true class of each image.
        predicted: (n,) the class that the classifier predicts.
        reference: (n,) the class that the reference gives.
        classes: The number C of classes.

    Returns:
        The excess of each pair.
    """
    differs = predicted != reference
    only_own = confusion.counts(truth[differs], predicted[differs], classes)
    only_reference = confusion.counts(truth[differs], reference[differs], classes)
    sizes = np.bincount(truth, minlength=classes)[:, None]
    way = confusion.ratio(only_own - only_reference, sizes)
    low, high = paired_tests.interval(only_own, only_reference, sizes)
    low = np.where(sizes > 0, low, np.nan)
    high = np.where(sizes > 0, high, np.nan)
    own = _both_ways(only_own)
    other = _both_ways(only_reference)
    p = paired_tests.mcnemar(own, other)
    return _of_ways(way, (low, high), p, own + other >= LEAST)


def beyond_counts(counts: Array, reference: Array) -> Excess:
    """Compare confusion counts with those of a reference on other images.

    The test is that of two proportions with a pooled variance, the two ways of the pair added; the
    interval adds Newcombe's intervals of the two ways (MOVER).

    Args:
        counts: (C, C) the confusion counts, row = true class.
        reference: (C, C) those of the reference.

    Returns:
        The excess of each pair.
    """
    sizes = counts.sum(1, keepdims=True)
    sizes_of_reference = reference.sum(1, keepdims=True)
    arguments = counts, sizes, reference, sizes_of_reference
    way = confusion.ratio(counts, sizes) - confusion.ratio(reference, sizes_of_reference)
    interval = statistics.difference_interval(*arguments)
    pooled = confusion.ratio(counts + reference, sizes + sizes_of_reference)
    variance = pooled * (1 - pooled) * (confusion.ratio(1, sizes))
    variance += pooled * (1 - pooled) * (confusion.ratio(1, sizes_of_reference))
    error = np.sqrt(_both_ways(variance))
    z = confusion.ratio(np.abs(_both_ways(way)), error)
    p = np.where(error > 0, 2 * stats.norm.sf(z), 1.0)
    return _of_ways(way, interval, p, _both_ways(counts + reference) >= LEAST)


def _of_ways(way: Array, interval: tuple[Array, Array], p: Array, is_tested: Array) -> Excess:
    """The excess of each pair from those of its two ways (C, C) and their intervals."""
    low, high = interval
    value = _both_ways(way)
    ends = statistics.interval_of_sum(way, (low, high), way.T, (low.T, high.T))
    diagonal = np.eye(len(way), dtype=bool)
    low, high = (np.where(diagonal, np.nan, end) for end in ends)
    p = np.where(np.isnan(value), np.nan, p)
    return Excess(value, low, high, p, is_tested & np.isfinite(value))


def _both_ways(matrix: Array) -> Array:
    """The sum of both ways of each pair (C, C), nan on the diagonal."""
    summed = (matrix + matrix.T).astype(np.float64)
    np.fill_diagonal(summed, np.nan)
    return summed
