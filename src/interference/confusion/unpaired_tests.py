"""Two classifiers whose images cannot be matched: Fisher's exact test, for many cells at once."""

import numpy as np
from scipy import stats

from interference.vocabulary import Array


def fisher(k1: Array | int, n1: Array | int, k2: Array | int, n2: Array | int) -> Array:
    """Fisher's exact test (1935) that two independent proportions are equal.

    The two-sided p-value is twice the smaller tail of the hypergeometric distribution.

    Args:
        k1: The number of successes of the first proportion.
        n1: Its number of trials.
        k2: The number of successes of the second proportion.
        n2: Its number of trials. All four broadcast.

    Returns:
        The p-values, at most 1.

    Example:
        >>> round(float(fisher(0, 5, 5, 5)), 4)
        0.0079
    """
    trials = np.add(n1, n2)
    successes = np.add(k1, k2)
    below = stats.hypergeom.cdf(k1, trials, successes, n1)
    above = stats.hypergeom.sf(np.subtract(k1, 1), trials, successes, n1)
    p: Array = np.minimum(2 * np.minimum(below, above), 1)
    return p
