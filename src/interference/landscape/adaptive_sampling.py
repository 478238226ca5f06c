"""Adaptive sample sizes: a point is evaluated on more images until its error rate is known well.

The confidence interval of the error rate inverts the hypergeometric distribution (the construction
of Clopper and Pearson). It is exact for a simple random sample of a finite population, and
conservative for a stratified sample, whose counts vary less. By Bonferroni's inequality it holds
for all points of a grid at once, and for all sizes at which a sample may stop. The next size may
therefore depend on the counts so far.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import torch
from scipy.stats import hypergeom, norm

FIRST = 256  # the smallest sample
GROWTH = 1.25  # the ratio of a size to the previous one
CONFIDENCE = 0.99  # the probability that the intervals of all points contain their error rates

# From the first and the last position of images to their counts and summed losses, (C, C) each.
Evaluate = Callable[[int, int], tuple[np.ndarray, np.ndarray]]


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


@lru_cache(maxsize=100_000)
def interval(errors: int, sample: int, population: int, alpha: float) -> tuple[float, float]:
    """The confidence interval of the error rate in a population, from a random sample of it.

    Its bounds are the smallest and the largest number of errors in the population with which the
    sample's number of errors, or a more extreme number, has a probability above alpha / 2.

    Args:
        errors: The number of errors in the sample.
        sample: The number of images in the sample.
        population: The number of images in the population.
        alpha: The probability that the interval misses the rate, one half on each side.

    Returns:
        The lower and the upper bound, as fractions of the population.
    """
    if sample == population:
        rate = errors / population
        return rate, rate

    def is_large_enough(total: int) -> bool:
        probability = hypergeom.sf(errors - 1, population, total, sample)  # of >= errors
        return bool(probability > alpha / 2)

    def is_too_large(total: int) -> bool:
        probability = hypergeom.cdf(errors, population, total, sample)  # of <= errors
        return bool(probability <= alpha / 2)

    possible = range(errors, population - sample + errors + 1)  # errors in the population
    low = bisect_left(possible, True, key=is_large_enough)
    high = bisect_left(possible, True, key=is_too_large)
    return possible[low] / population, possible[high - 1] / population


def half_width(errors: int, sample: int, population: int, alpha: float) -> float:
    """Half the width of `interval`, as a fraction of the population."""
    low, high = interval(errors, sample, population, alpha)
    return (high - low) / 2


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


def sampled_cells(
    evaluate: Evaluate, population: int, points: int, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
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
