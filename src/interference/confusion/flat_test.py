"""A sequential test of whether a point of a plane is flat, on as few images as possible.

A point is flat if the net at the point has at most K errors among N images. The images come one
after the other in one random order, which all points of the plane share. The test looks at the
number of errors after 64, 96, 144, ... images, and stops at the first look that decides the point.

The statement: with probability `CONFIDENCE` or more, all decisions of a plane are right, and all
intervals of its points contain the error rates over the N images. The proof:

1. At a point the net is wrong on a fixed set of M of the N images. The order is uniformly random,
   so the number of errors among the first n images has the hypergeometric distribution (N, M, n).
2. At a look of n images, `sample_interval.interval` therefore misses M / N with a probability of at
   most alpha = (1 - CONFIDENCE) / points / looks.
3. By Bonferroni's inequality, with probability `CONFIDENCE` or more no interval at any look of any
   point misses. The points share their images; the inequality does not need independence.
4. In this case every decision is right, at whichever look it was made: `above` means that the lower
   bound exceeds K, and `below` that the upper bound is at most K.
5. A second pass goes on at chosen points. It looks at the same sizes in the same order, so its
   intervals are among those of step 3, and the choice of the points may depend on any counts.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
from scipy import ndimage
from scipy.stats import hypergeom

from interference.confusion import sample_interval
from interference.vocabulary import Array

FIRST = 64  # the images at the first look
GROWTH = 1.5  # the ratio of a look's images to those of the look before
BELOW = -1  # flat: at most K errors
UNDECIDED = 0
ABOVE = 1  # not flat: more than K errors


@dataclass(frozen=True)
class FlatTest:
    """The test of all points of a plane.

    Attributes:
        population: The number of images N.
        most: The largest number of errors K of a flat point.
        points: The number of points of the plane, all of which are decided at once.
    """

    population: int
    most: int
    points: int

    @cached_property
    def looks(self) -> tuple[int, ...]:
        """The numbers of images at which the test looks, ascending; the last is N."""
        sizes = []
        size = FIRST
        while size < self.population:
            sizes.append(size)
            size = int(size * GROWTH)
        return (*sizes, self.population)

    @property
    def alpha(self) -> float:
        """The probability that the interval at one look of one point misses the error rate."""
        return (1 - sample_interval.CONFIDENCE) / self.points / len(self.looks)

    def next_look(self, sample: int) -> int:
        """The first look of more images than a sample has; N after the last look."""
        later = [size for size in self.looks if size > sample]
        return later[0] if later else self.population

    def side(self, errors: int, sample: int) -> int:
        """Decide a point by the errors among its first images.

        Args:
            errors: The number of errors.
            sample: The number of images, one of `looks`.

        Returns:
            `BELOW` if the point is flat, `ABOVE` if it is not, `UNDECIDED` if that is open.
        """
        return _side(errors, sample, self.population, self.most, self.alpha)

    def half_width(self, errors: int, sample: int) -> float:
        """Half the width of the error rate's interval, as a fraction of the population."""
        return sample_interval.half_width(errors, sample, self.population, self.alpha)


def flat_test(errors: int, population: int, decide: float, points: int) -> FlatTest:
    """The test of a plane's points against the error rate at w*.

    Args:
        errors: The number of errors at w*, over the whole population.
        population: The number of images.
        decide: How far a flat point's error rate lies above that of w* at most, percentage points.
        points: The number of points of the plane.

    Returns:
        The test.
    """
    margin = decide / 100 * population
    most = int(errors + margin + 1e-9 * population)  # 5 % of 1,000 images are 50, not 49.999
    return FlatTest(population, min(most, population), points)


def near_outline(is_above: Array) -> Array:
    """Find the points next to the outline of the flat points, with which the second pass goes on.

    Args:
        is_above: Whether each point is not flat, (n1, n2).

    Returns:
        Whether one of a point's eight neighbours is on the other side, (n1, n2). w*, in the middle,
        is left out, since all images are known there.
    """
    has_above = ndimage.maximum_filter(is_above, 3, mode="nearest")
    has_only_above = ndimage.minimum_filter(is_above, 3, mode="nearest")
    is_near: Array = has_above & ~has_only_above
    rows, columns = is_above.shape
    is_near[rows // 2, columns // 2] = False
    return is_near


def sides(test: FlatTest, counts: Array) -> Array:
    """Decide points by their confusion counts.

    Args:
        test: The test of the points.
        counts: The confusion counts (n1, n2, C, C) of each point's first images, up to a look.

    Returns:
        `BELOW`, `ABOVE` or `UNDECIDED`, (n1, n2).
    """
    images = counts.sum((-2, -1))  # (n1, n2)
    errors = images - np.trace(counts, axis1=-2, axis2=-1)
    decided = np.empty(images.shape, int)
    for place in np.ndindex(images.shape):
        decided[place] = test.side(int(errors[place]), int(images[place]))
    return decided


@lru_cache(maxsize=100_000)
def _side(errors: int, sample: int, population: int, most: int, alpha: float) -> int:
    """The side of a point: whether the bounds of `sample_interval.interval` leave K on one side."""
    if sample == population:
        return ABOVE if errors > most else BELOW
    if hypergeom.sf(errors - 1, population, most, sample) <= alpha / 2:  # of >= errors
        return ABOVE
    if most == population:
        return BELOW
    if hypergeom.cdf(errors, population, most + 1, sample) <= alpha / 2:  # of <= errors
        return BELOW
    return UNDECIDED
