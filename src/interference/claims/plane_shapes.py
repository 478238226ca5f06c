"""Claims about where a plane is flat longest, and how level it is far from w* (Section 3)."""

import numpy as np

from interference.claims import bounds
from interference.claims.lookup import PLANES, RESNET, check_rates, error_rate, net_plane
from interference.claims.registry import Evidence, claim
from interference.claims.rules import Finding, Undecided, for_each_name, is_beyond
from interference.confusion import statistics
from interference.surfaces import Surface, flatness
from interference.vocabulary import Array

CAT_DOG = PLANES[0]
DOG_AXIS = 90  # degrees: the cut along theta_2 of the plane CAT-DOG
ANGLES = np.arange(0, 180, 5)
HALF = 0.5  # more than half of the points are most of them


@claim(
    "dog-direction",
    "under big-lr, VGG19's flat area in CAT-DOG is longest near the direction of DOG",
    "Section 3: sensitive in all directions except near DOG's",
    exhibit="planes",
)
def _dog_direction(evidence: Evidence) -> Finding:
    surface = net_plane(evidence, "big_lr", CAT_DOG)
    most = evidence.settings.near
    longest, possible = _longest_cuts(evidence, surface)
    turns = np.array([abs(bounds.turn(angle, DOG_AXIS)) for angle in possible])
    is_near = turns <= most
    held = None if is_near.any() and not is_near.all() else bool(is_near.all())
    listed = ", ".join(f"{angle:.0f}" for angle in sorted(possible))
    return Finding(
        held=held,
        measured=(
            f"longest at {longest:.0f} degrees, within the intervals at {listed} (expected: "
            f"{DOG_AXIS} +- {most:g})"
        ),
        figure=longest,
    )


def _longest_cuts(evidence: Evidence, surface: Surface) -> tuple[float, list[float]]:
    """The angle of the cut with the longest flat length in weight space, and those it may have.

    A cut may be the longest if the upper end of its length is at least the largest lower end.

    Args:
        evidence: Holds epsilon, and the error rates that were computed before.
        surface: The plane.

    Returns:
        The angle, and all angles that may be the longest, degrees in units of theta.

    Raises:
        Undecided: Even the longest flat length is under two steps of the grid.
    """
    frame = bounds.theta_angles(surface, ANGLES)
    norms = flatness.unit_steps(surface, frame)
    lengths = bounds.flat_lengths(evidence, surface, frame)
    figures = np.array([length.figure for length in lengths]) * norms
    lows = np.array([length.low for length in lengths]) * norms
    highs = np.array([length.high for length in lengths]) * norms
    if not lows.max() > 0:
        raise Undecided(
            f"{surface.name}: the longest flat length is {bounds.UNRESOLVED_LENGTH} of the grid"
        )
    is_possible = highs >= lows.max()
    return float(frame[figures.argmax()]), frame[is_possible].tolist()


@claim(
    "small-plateau",
    "under small-lr, most of what is not flat around ResNet18's minimum has one error rate, in all "
    "three planes",
    "Fig. 3: beyond that small area, the loss is invariantly high",
    exhibit="planes",
)
def _small_plateau(evidence: Evidence) -> Finding:
    tolerance = evidence.settings.plateau
    epsilon = evidence.settings.epsilon

    def find(pair: str) -> Finding:
        surface = net_plane(evidence, "small_lr", pair, RESNET)
        check_rates(surface)
        rates = error_rate(evidence, surface)
        level, fraction = level_beyond(rates, epsilon, tolerance)
        if np.isnan(level):
            return Finding(False, "the whole plane is flat", figure=0.0)
        _check_enough_images(surface, level, tolerance)
        draws = flatness.redrawn_rates(surface, rates)
        drawn = [level_beyond(draw, epsilon, tolerance)[1] for draw in draws]
        low, high = np.quantile(drawn, flatness.ENDS)
        low = min(float(low), fraction)
        high = max(float(high), fraction)
        return Finding(
            held=is_beyond(low, high, +1, HALF),
            measured=(
                f"{fraction:.0%} ({low:.0%} to {high:.0%}; expected: more than {HALF:.0%}) of the "
                f"points that are not flat have an error rate of {level:.1f} +- {tolerance:g} %"
            ),
            figure=fraction,
        )

    return for_each_name(PLANES, find, kind="planes")


def level_beyond(rates: Array, epsilon: float, tolerance: float) -> tuple[float, float]:
    """The error rate far from w*, and how many points have it.

    Args:
        rates: The error rate (n1, n2), percent; w* is in the middle.
        epsilon: The most percentage points above the rate at w* that count as flat.
        tolerance: The greatest distance from the level, percentage points.

    Returns:
        The median rate of the points that are not flat, percent, and the fraction of these points
        that are as near to it; nan and 0 if all are flat.

    Example:
        >>> rates = np.full((3, 3), 90.0)
        >>> rates[1, 1] = 10
        >>> rates[0, 0] = 70
        >>> level_beyond(rates, 5, 1)
        (90.0, 0.875)
    """
    rows, columns = rates.shape
    limit = rates[rows // 2, columns // 2] + epsilon
    beyond = rates[rates > limit]
    if not len(beyond):
        return np.nan, 0.0
    level = float(np.median(beyond))
    is_near = np.abs(beyond - level) <= tolerance + flatness.ROUNDING
    return level, float(is_near.mean())


def _check_enough_images(surface: Surface, level: float, tolerance: float) -> None:
    """Check that the chance of the images alone does not take points off a level.

    Raises `Undecided` if the 95 % interval of a rate at the level is longer than the tolerance.
    """
    images = int(surface.counts.sum((-2, -1)).min())
    half = statistics.NORMAL * np.sqrt(level * (100 - level) / max(images, 1))
    if half > tolerance:
        raise Undecided(
            f"{surface.name}: a rate of {level:.1f} % on {images} images is known to "
            f"+- {half:.1f} points; {tolerance:g} are needed"
        )
