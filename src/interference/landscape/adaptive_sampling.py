"""Adaptive sample sizes: a point is evaluated on more images until its error rate is known well.

With a tolerance, a point stops where the confidence interval of its error rate
(`confusion.sample_interval`) is narrow enough. The interval is exact for a simple random sample of
a finite population, and conservative for a stratified sample, whose counts vary less. By
Bonferroni's inequality it holds for all points of a grid at once, and for all sizes at which a
sample may stop. The next size may therefore depend on the counts so far.

A decided point stops where it is known to be flat, or not (`confusion.flat_test`).
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence

import numpy as np
import torch
from scipy.stats import norm

from interference.confusion.flat_test import UNDECIDED, FlatTest
from interference.confusion.sample_interval import CONFIDENCE, half_width

FIRST = 256  # the smallest sample
GROWTH = 1.25  # the ratio of a size to the previous one

Cells = tuple[np.ndarray, np.ndarray]  # counts and summed losses, (C, C) each

# From the first and the last position of images to their counts and summed losses, (C, C) each.
Evaluate = Callable[[int, int], Cells]


def sizes(population: int) -> tuple[int, ...]:
    """The sample sizes at which a point may stop, ascending; the last is the whole population."""
    steps = [FIRST]
    while steps[-1] < population:
        steps.append(int(steps[-1] * GROWTH))
    samples = [size for size in steps if size < population]
    return (*samples, population)


def stratified_order(labels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """A random order of images whose first m images are a stratified sample, for every m.

    Args:
        labels: (n,) int64, the true classes.
        generator: The source of the random numbers, on the CPU.

    Returns:
        The positions of the images in this order, (n,) int64.
    """
    keys = torch.empty(len(labels), dtype=torch.float64)  # (n,), from 0 to 1
    for label in torch.unique(labels):
        members = torch.nonzero(labels == label).flatten()
        ranks = torch.randperm(len(members), generator=generator)
        jitter = torch.rand(len(members), generator=generator, dtype=torch.float64)
        keys[members] = (ranks + jitter) / len(members)
    return keys.argsort()


def expected_size(rate: float, population: int, alpha: float, tolerance: float) -> float:
    """The sample size at which an interval around an error rate is expected to be narrow enough.

    The size follows from the normal approximation.

    Args:
        rate: The error rate, as a fraction.
        population: The number of images in the population.
        alpha: The probability that the interval misses the rate.
        tolerance: The largest half-width of the interval, as a fraction.
    """
    z = float(norm.isf(alpha / 2))
    variance = max(rate * (1 - rate), tolerance / 4)
    simple = z**2 * variance / tolerance**2  # the size for an infinite population
    return simple / (1 + simple / population)


def sampled_cells(evaluate: Evaluate, population: int, points: int, tolerance: float) -> Cells:
    """Evaluate a net on images, in order, until its error rate is known to within a tolerance.

    The intervals of all points of a grid contain the error rates over the population, all at once,
    with probability `CONFIDENCE`.

    Args:
        evaluate: A function from positions of images to their counts and summed losses.
        population: The number of images.
        points: The number of points of the grid.
        tolerance: The largest half-width of the error rate's interval, as a fraction.

    Returns:
        Counts (C, C) int64 and summed losses (C, C) float64 of the images that were evaluated.
    """
    stops = sizes(population)
    alpha = (1 - CONFIDENCE) / points / len(stops)
    size = stops[0]
    counts, losses = evaluate(0, size)
    while size < population:
        errors = int(counts.sum() - counts.trace())
        if half_width(errors, size, population, alpha) <= tolerance:
            break
        next_size = _next_stop(
            stops, size, expected_size(errors / size, population, alpha, tolerance)
        )
        more_counts, more_losses = evaluate(size, next_size)
        counts = counts + more_counts
        losses = losses + more_losses
        size = next_size
    return counts, losses


def _next_stop(stops: Sequence[int], size: int, target: float) -> int:
    """The first stop of at least a target, or the last stop; at least the stop after a size."""
    after_size = stops.index(size) + 1
    at_target = min(bisect_left(stops, target), len(stops) - 1)
    return stops[max(after_size, at_target)]


def decided_cells(evaluate: Evaluate, test: FlatTest) -> Cells:
    """Evaluate a net on images, in random order, until its point is known to be flat or not.

    Args:
        evaluate: A function from positions of images to their counts and summed losses.
        test: The test of the plane's points.

    Returns:
        Counts (C, C) int64 and summed losses (C, C) float64 of the images that were evaluated.
    """
    first_look = test.looks[0]
    cells = evaluate(0, first_look)
    return _looked_on(evaluate, test, cells, lambda errors, size: True)


def estimated_cells(evaluate: Evaluate, test: FlatTest, cells: Cells, tolerance: float) -> Cells:
    """Evaluate a decided point on more images, until its error rate is known to a tolerance.

    Args:
        evaluate: A function from positions of images to their counts and summed losses.
        test: The test of the plane's points.
        cells: The counts and summed losses of the images so far, which end at a look of the test.
        tolerance: The largest half-width of the error rate's interval, as a fraction; 0 for all
            images.

    Returns:
        Counts (C, C) int64 and summed losses (C, C) float64 of all images that were evaluated.
    """

    def is_enough(errors: int, size: int) -> bool:
        return tolerance > 0 and test.half_width(errors, size) <= tolerance

    return _looked_on(evaluate, test, cells, is_enough)


def _looked_on(
    evaluate: Evaluate, test: FlatTest, cells: Cells, is_enough: Callable[[int, int], bool]
) -> Cells:
    """Evaluate a net on more images, to a look that decides the point and is enough.

    `is_enough` takes the numbers of errors and of images.
    """
    counts, losses = cells
    size = int(counts.sum())
    while size < test.population:
        errors = int(counts.sum() - counts.trace())
        if test.side(errors, size) != UNDECIDED and is_enough(errors, size):
            break
        next_size = test.next_look(size)
        more_counts, more_losses = evaluate(size, next_size)
        counts = counts + more_counts
        losses = losses + more_losses
        size = next_size
    return counts, losses
