"""The exact confidence interval of an error rate, from a random sample of a finite population.

It inverts the hypergeometric distribution (the construction of Clopper and Pearson).
"""

from bisect import bisect_left
from functools import lru_cache

from scipy.stats import hypergeom

CONFIDENCE = 0.99  # the probability that the intervals of all points contain their error rates


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
