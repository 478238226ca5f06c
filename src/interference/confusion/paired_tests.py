"""Two classifiers on the same images: McNemar's exact test and an interval, for many cells at once.

Only the images that exactly one of the two counts tell them apart.
"""

import numpy as np
from scipy import stats

from interference.confusion import statistics
from interference.vocabulary import Array


def mcnemar(only_first: Array | int, only_second: Array | int) -> Array:
    """McNemar's exact test (1947) that two proportions of the same images are equal.

    If they are equal, each image that one of them counts alone is as likely to be the first's as
    the second's: the p-value is that of a two-sided binomial test with probability 1/2.

    Args:
        only_first: The number of images that only the first proportion counts.
        only_second: The number that only the second counts; broadcasts with `only_first`.

    Returns:
        The p-values; 1 where no image tells the two apart.

    Example:
        >>> float(mcnemar(6, 0))
        0.03125
    """
    smaller = np.minimum(only_first, only_second)
    both = np.add(only_first, only_second)
    tail = stats.binom.cdf(smaller, both, 0.5)
    p: Array = np.minimum(2 * tail, 1)
    return p


def interval(
    only_first: Array | int, only_second: Array | int, total: Array | int
) -> tuple[Array, Array]:
    """The 95 % interval of the difference of two proportions of the same images.

    It is Bonett and Price's adjusted Wald interval (2012).

    Args:
        only_first: The number of images that only the first proportion counts.
        only_second: The number that only the second counts.
        total: The number of all images. All three broadcast.

    Returns:
        The low and the high end of first less second, as fractions of all images.
    """
    images = np.asarray(total) + 2
    first = (np.asarray(only_first) + 1) / images
    second = (np.asarray(only_second) + 1) / images
    middle = first - second
    variance = (first + second - middle**2) / images
    half = statistics.NORMAL * np.sqrt(variance)
    return np.maximum(middle - half, -1), np.minimum(middle + half, 1)
