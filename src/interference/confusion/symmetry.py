"""How symmetric a confusion matrix is off the diagonal, whatever the order of its classes."""

from typing import NamedTuple

import numpy as np
from scipy import special

from interference.vocabulary import Array

DRAWS = 2000  # matrices that are drawn by counting alone
DRAWS_OF_AN_EPOCH = 400  # the same for each epoch of a training
MOST_CLASSES = 100  # whose matrices of every epoch fit into memory


class Course(NamedTuple):
    """The symmetry of a training's confusion matrices by epoch; all arrays (epochs,).

    Attributes:
        asymmetry: The asymmetry index.
        low: The lower end of the range that counting alone explains.
        high: The upper end of this range.
        p: The p-value of Bowker's test of symmetry.
    """

    asymmetry: Array
    low: Array
    high: Array
    p: Array


def opposite_counts(counts: Array) -> tuple[Array, Array]:
    """The errors both ways of each pair of classes a < b.

    Args:
        counts: Confusion counts (C, C), row = true class.

    Returns:
        The counts of a predicted as b, and of b predicted as a, (pairs,) each.
    """
    upper = np.triu_indices(len(counts), 1)
    return counts[upper], counts.T[upper]


def asymmetry(counts: Array) -> float:
    """The asymmetry index sum |n_ab - n_ba| / sum (n_ab + n_ba) over the pairs of classes.

    Args:
        counts: Confusion counts (C, C), row = true class.

    Returns:
        The index: 0 if symmetric, 1 if every pair errs one way only; nan without an error.

    Example:
        >>> asymmetry(np.array([[90, 10], [30, 70]]))
        0.5
    """
    above, below = opposite_counts(counts)
    total = (above + below).sum()
    return float(np.abs(above - below).sum() / total) if total else np.nan


def by_counting(counts: Array, draws: int = DRAWS, seed: int = 0) -> tuple[float, float]:
    """The range of the asymmetry index by counting alone, if both ways have equal rates.

    Args:
        counts: Confusion counts (C, C), row = true class.
        draws: The number of matrices that are drawn.
        seed: The seed of the draws.

    Returns:
        The ends of the range that 95 % of such matrices have; nan without an error.
    """
    above, below = opposite_counts(counts)
    both = above + below
    if not both.sum():
        return np.nan, np.nan
    rng = np.random.default_rng(seed)
    halves = rng.binomial(both, 0.5, size=(draws, len(both)))
    indices = np.abs(2 * halves - both).sum(1) / both.sum()
    low, high = np.quantile(indices, [0.025, 0.975])
    return float(low), float(high)


def bowker_p(counts: Array) -> float:
    """The p-value of Bowker's test of symmetry (1948), by the chi-squared distribution.

    Args:
        counts: Confusion counts (C, C), row = true class.

    Returns:
        The p-value; pairs without an error have no part in it. nan without an error.
    """
    above, below = opposite_counts(counts)
    both = above + below
    used = both > 0
    if not used.any():
        return np.nan
    statistic = ((above - below)[used] ** 2 / both[used]).sum()
    return float(special.chdtrc(used.sum(), statistic))


def course(counts: Array, draws: int = DRAWS_OF_AN_EPOCH, seed: int = 0) -> Course:
    """The symmetry of a training by epoch.

    Args:
        counts: Confusion counts after each epoch, (epochs, C, C).
        draws: The number of matrices behind each range by counting alone.
        seed: The seed of the draws.

    Returns:
        The index with its range and p at each epoch.
    """
    ranges = np.array([by_counting(own, draws, seed) for own in counts]).reshape(-1, 2)
    return Course(
        asymmetry=np.array([asymmetry(own) for own in counts]),
        low=ranges[:, 0],
        high=ranges[:, 1],
        p=np.array([bowker_p(own) for own in counts]),
    )
