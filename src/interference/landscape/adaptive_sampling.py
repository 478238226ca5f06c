"""How many images a point needs: growing samples until the mistake rate is known well enough.

The interval is exact for a simple random sample of a finite population (the hypergeometric distribution inverted,
Clopper and Pearson's construction), and so conservative for a stratified one, whose counts spread less. It is
simultaneous over a whole grid by Bonferroni's inequality: over the points, and over the sizes at which a sample may
stop, so that choosing the next size by what was seen costs nothing.
"""

from bisect import bisect_left
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import torch
from scipy.stats import hypergeom, norm

FIRST, GROWTH = 256, 1.25  # the smallest sample, and the ratio of one size to the one before
CONFIDENCE = 0.99  # that every point's rate lies in its interval

Ask = Callable[
    [int, int], tuple[np.ndarray, np.ndarray]
]  # counts and summed losses of images first to last


def sizes(population: int) -> tuple[int, ...]:
    """The sample sizes at which a point may stop, the last the whole population."""
    steps = [FIRST]
    while steps[-1] < population:
        steps.append(int(steps[-1] * GROWTH))
    return (*[size for size in steps if size < population], population)


def spread(labels: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """An order (n,) int64 in which every beginning is a stratified random sample of the labels (n,)."""
    place = torch.empty(len(labels), dtype=torch.float64)
    for label in torch.unique(labels):
        own = torch.nonzero(labels == label).flatten()
        ranks = torch.randperm(len(own), generator=generator)
        place[own] = (ranks + torch.rand(len(own), generator=generator, dtype=torch.float64)) / len(
            own
        )
    return place.argsort()


@lru_cache(maxsize=100_000)
def interval(mistakes: int, seen: int, population: int, alpha: float) -> tuple[float, float]:
    """Bounds on the share of mistakes in a population, of which a random sample was seen; each side misses alpha / 2.

    The bounds are the least and the largest number of mistakes in the population that do not make what was seen, or
    more, or less, rarer than alpha / 2.
    """
    if seen == population:
        return mistakes / population, mistakes / population
    possible = range(
        mistakes, population - seen + mistakes + 1
    )  # numbers of mistakes in the population
    low = bisect_left(
        possible,
        True,
        key=lambda whole: bool(hypergeom.sf(mistakes - 1, population, whole, seen) > alpha / 2),
    )
    high = bisect_left(
        possible,
        True,
        key=lambda whole: bool(hypergeom.cdf(mistakes, population, whole, seen) <= alpha / 2),
    )
    return possible[low] / population, possible[high - 1] / population


def half_width(mistakes: int, seen: int, population: int, alpha: float) -> float:
    """Half the interval's width, as a share."""
    low, high = interval(mistakes, seen, population, alpha)
    return (high - low) / 2


def foreseen(rate: float, population: int, alpha: float, tolerance: float) -> float:
    """The sample size at which an interval around a rate would be narrow enough, by the normal approximation."""
    z = float(norm.isf(alpha / 2))
    simple = z**2 * max(rate * (1 - rate), tolerance / 4) / tolerance**2
    return simple / (1 + simple / population)


def measured(
    ask: Ask, population: int, points: int, tolerance: float
) -> tuple[np.ndarray, np.ndarray]:
    """Counts and summed losses (C, C) of a sample that is large enough, of a `population` that `ask` has in order.

    `tolerance` is the largest half-width of the mistake rate's interval, as a share; the interval covers the rate over
    the population at all of a grid's `points` at once with probability `CONFIDENCE`.
    """
    stops = sizes(population)
    alpha = (1 - CONFIDENCE) / points / len(stops)
    counts, losses = ask(0, stops[0])
    seen = stops[0]
    while seen < population:
        mistakes = int(counts.sum() - counts.trace())
        if half_width(mistakes, seen, population, alpha) <= tolerance:
            break
        wanted = foreseen(mistakes / seen, population, alpha, tolerance)
        upto = max(
            stops[stops.index(seen) + 1], stops[min(bisect_left(stops, wanted), len(stops) - 1)]
        )
        more, more_losses = ask(seen, upto)
        counts, losses, seen = counts + more, losses + more_losses, upto
    return counts, losses
