"""The flatness of an interference plane around w*: areas, lengths of cuts, steps, and the rate far away.

Values over a plane are arrays (n1, n2), such as `surfaces.mistake_rate`, at evenly spaced points with w* in the
middle. Between grid points they are interpolated bilinearly. A point is flat if its value is at most `epsilon`
above the value at w*.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from contourpy import LineType, contour_generator
from scipy import ndimage

from interference import confusion
from interference.surfaces import Surface, mistake_rate
from interference.thresholds import EPSILON
from interference.vocabulary import Array

SUBDIVISION = 16  # sample points along each cell's edge where an area is measured
OUTLINE = 4  # of so many of them one is enough to draw the area's outline
CUT_POINTS = 801  # sample points along a cut; odd, so that w* is one
ROUNDING = 1e-9  # percent points: bilinear weights add up to one only to rounding
ANGLES = np.arange(180.0)  # degrees, of all cuts through w*; 135 is theta_1 = -theta_2


# Areas


def flat_share(mistakes: Array, epsilon: float = EPSILON) -> float:
    """The share of the plane in the connected flat region around w*.

    Args:
        mistakes: The mistake rate (n1, n2), percent.
        epsilon: The most percentage points above the rate at w* that count as flat.

    Returns:
        The share, 0 to 1.
    """
    return _share(_flat_region(mistakes, epsilon))


def is_cut_off(mistakes: Array, epsilon: float = EPSILON) -> bool:
    """Whether the flat area touches the plane's edge, so that its true size may be larger.

    Args:
        mistakes: The mistake rate (n1, n2), percent.
        epsilon: As in `flat_share`.

    Returns:
        True if it does.
    """
    return _touches_edge(_flat_region(mistakes, epsilon))


def flat_excess(mistakes: Array, epsilon: float = EPSILON) -> Array:
    """How far the mistake rate lies above the flat area's limit, at fine samples of the plane.

    Args:
        mistakes: The mistake rate (n1, n2), percent.
        epsilon: As in `flat_share`.

    Returns:
        Percentage points (m1, m2), at most zero inside the flat area and zero on its outline. Outside it
        they are positive, even in a hollow that is as low but not connected.
    """
    excess = _refined(mistakes) - _centre(mistakes) - epsilon
    apart = (excess <= 0) & ~_flat_region(mistakes, epsilon)
    return np.where(apart, epsilon, excess)


def outline(theta_1: Array, theta_2: Array, mistakes: Array, epsilon: float = EPSILON) -> Array:
    """The outline of the flat area.

    Args:
        theta_1: The steps along the first direction, (n1,).
        theta_2: The steps along the second direction, (n2,).
        mistakes: The mistake rate (n1, n2), percent.
        epsilon: As in `flat_share`.

    Returns:
        Points (k, 2) of theta_1 and theta_2, with a row of nan between pieces. The outline is open where
        the area reaches the plane's edge, and empty if the whole plane is flat.
    """
    excess = flat_excess(mistakes, epsilon)[::OUTLINE, ::OUTLINE]
    across, up = (
        np.linspace(axis[0], axis[-1], n)
        for axis, n in zip((theta_1, theta_2), excess.shape, strict=True)
    )
    contours = contour_generator(across, up, excess.T, line_type=LineType.ChunkCombinedNan)
    (points,), *_ = contours.lines(0)
    return np.empty((0, 2)) if points is None else points


def level_share(mistakes: Array, level: float, tolerance: float) -> float:
    """The share of the plane in its largest connected region near a mistake rate.

    Args:
        mistakes: The mistake rate (n1, n2), percent.
        level: The rate, percent.
        tolerance: The greatest distance from it, percentage points.

    Returns:
        The share, 0 to 1.
    """
    near = np.abs(_refined(mistakes) - level) <= tolerance + ROUNDING
    regions, number = ndimage.label(near)
    shares = [_share(regions == region) for region in range(1, number + 1)]
    return max(shares, default=0.0)


def _flat_region(mistakes: Array, epsilon: float) -> Array:
    """The flat area at bilinear samples (m1, m2) of the plane, bool."""
    region, _ = ndimage.label(_refined(mistakes) <= _centre(mistakes) + epsilon + ROUNDING)
    flat: Array = region == _centre(region)
    return flat


def _touches_edge(region: Array) -> bool:
    return bool(region[[0, -1]].any() or region[:, [0, -1]].any())


def _unit_square(surface: Surface) -> float:
    """The area in weight space of a unit square of theta."""
    return float(np.sqrt(max(np.linalg.det(surface.gram), 0.0)))


def _centre(values: Array) -> float:
    return float(values[len(values) // 2, values.shape[1] // 2])


def _refined(values: Array) -> Array:
    """Bilinear samples of (n1, n2) values, `SUBDIVISION` to a cell's edge, the grid's own points among them."""
    rows, columns = (
        hats(np.arange((n - 1) * SUBDIVISION + 1) / SUBDIVISION, n) for n in values.shape
    )
    fine: Array = rows @ values @ columns.T
    return fine


def hats(positions: Array, n: int) -> Array:
    """Weights (k, n) of n grid points in linear interpolation at k positions, in steps of the grid from 0 to n - 1."""
    weights: Array = np.maximum(0, 1 - np.abs(positions[:, None] - np.arange(n)))
    return weights


def _share(region: Array) -> float:
    """The fraction of the plane's area in a region of its samples, by the trapezoidal rule.

    Counted in quarters of a cell, so that the sum is exact and the same on every machine.
    """
    rows, columns = (np.r_[1, np.full(n - 2, 2), 1] for n in region.shape)  # twice the weights
    quarters = int((np.outer(rows, columns) * region).sum())
    cells: int = (region.shape[0] - 1) * (region.shape[1] - 1)
    return quarters / (4 * cells)


# Cuts


def cut(surface: Surface, values: Array, angle: float) -> tuple[Array, Array]:
    """Values along a straight cut through w*, from edge to edge.

    Args:
        surface: The plane.
        values: Values over it, (n1, n2).
        angle: The cut's angle in degrees: 0 runs along theta_1, 90 along theta_2, and 135 is
            theta_1 = -theta_2.

    Returns:
        The distances from w* (k,) in units of theta, and the values there (k,).
    """
    distance, along = _cuts(surface, values, np.array([angle]))
    return distance[0], along[0]


def flat_length(surface: Surface, values: Array, angle: float, epsilon: float = EPSILON) -> float:
    """The length of the flat stretch of a cut around w*.

    Args:
        surface: The plane.
        values: Values over it, (n1, n2), such as the mistake rate.
        angle: The cut's angle, as in `cut`.
        epsilon: The most that a flat value lies above the value at w*.

    Returns:
        The length in units of theta. A stretch that reaches the plane's edge ends there.
    """
    return float(flat_lengths(surface, values, np.array([angle]), epsilon)[0])


def flat_lengths(surface: Surface, values: Array, angles: Array, epsilon: float = EPSILON) -> Array:
    """The flat lengths of several cuts.

    Args:
        surface: The plane.
        values: Values over it, (n1, n2).
        angles: The cuts' angles (k,), degrees.
        epsilon: As in `flat_length`.

    Returns:
        Lengths (k,) in units of theta; times `unit_steps` they are lengths in weight space.
    """
    distance, along = _cuts(surface, values, angles)
    middle, excess = CUT_POINTS // 2, along - _centre(values) - epsilon - ROUNDING
    return _reach(distance[:, middle:], excess[:, middle:]) + _reach(
        -distance[:, middle::-1], excess[:, middle::-1]
    )


def unit_steps(surface: Surface, angles: Array) -> Array:
    """The norms in weight space of steps of length 1 in theta.

    Args:
        surface: The plane.
        angles: The steps' angles (k,), degrees, as in `cut`.

    Returns:
        Norms (k,).
    """
    across = _directions(angles)
    squares: Array = (across * (surface.gram @ across)).sum(0)
    return np.sqrt(np.maximum(squares, 0))


def sharpest_and_flattest(lengths: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    """The shortest and the longest flat length.

    Args:
        lengths: The flat lengths at `ANGLES`, (180,).

    Returns:
        The angle, degrees, and the length of the shortest, then of the longest.
    """
    shortest = int(lengths.argmin())
    longest = int(lengths.argmax())
    return (
        (float(ANGLES[shortest]), float(lengths[shortest])),
        (float(ANGLES[longest]), float(lengths[longest])),
    )


def _cuts(surface: Surface, values: Array, angles: Array) -> tuple[Array, Array]:
    """Distances from w* and values, (k, CUT_POINTS) each, of the cuts at k angles, from edge to edge."""
    directions, axes = _directions(angles)[..., None], (surface.theta_1, surface.theta_2)
    reaches = confusion.ratio(
        np.array([axis[-1] for axis in axes])[:, None, None], np.abs(directions)
    )  # (2, k, 1)
    distance = np.linspace(-1, 1, CUT_POINTS) * np.nanmin(reaches, axis=0)  # (k, CUT_POINTS)
    where = [
        np.interp(distance * part, axis, np.arange(len(axis)))
        for part, axis in zip(directions, axes, strict=True)
    ]
    return distance, ndimage.map_coordinates(values, where, output=np.float64, order=1)


def _directions(angles: Array) -> Array:
    """Unit vectors (2, k) of theta at k angles; what is zero but for rounding is zero."""
    return np.round([np.cos(np.radians(angles)), np.sin(np.radians(angles))], 12)


def _reach(distance: Array, excess: Array) -> Array:
    """The distance (k,), from 0 up along the rows, at which the excess first passes zero; the last where it never does.

    `distance` and `excess` (k, n).
    """
    first = (excess > 0).argmax(1)  # 0 where there is none
    rows = np.arange(len(first))
    before, after = (rows, first - 1), (rows, first)
    part = confusion.ratio(excess[before], excess[before] - excess[after])
    return np.where(
        first > 0, distance[before] + (distance[after] - distance[before]) * part, distance[:, -1]
    )


# Steps and the far field


def steepest_step(surface: Surface, values: Array) -> tuple[float, float]:
    """The largest rise from a grid point to the next one away from w*, along each axis through w*.

    Args:
        surface: The plane.
        values: Values over it, (n1, n2).

    Returns:
        The rise along theta_1 and along theta_2; below zero if the values fall all the way.
    """
    row, column = surface.centre
    return _steepest(values[:, column]), _steepest(values[row])


def _steepest(line: Array) -> float:
    middle = len(line) // 2
    return float(max(np.diff(line[middle:]).max(), np.diff(line[middle::-1]).max()))


def steepest_slope(surface: Surface, values: Array) -> tuple[float, float]:
    """The `steepest_step` along each axis, divided by the norm of that step in weight space.

    Args:
        surface: The plane.
        values: Values over it, (n1, n2).

    Returns:
        The slope along theta_1 and along theta_2, in the values' unit per unit of the norm.
    """
    norms = np.sqrt(np.diagonal(surface.gram)) * [
        np.diff(axis).mean() for axis in (surface.theta_1, surface.theta_2)
    ]
    first, second = confusion.ratio(np.array(steepest_step(surface, values)), norms)
    return float(first), float(second)


def plateau(surface: Surface, mistakes: Array, within: float = 1.0) -> tuple[float, float]:
    """The mistake rate far from w*: its median over the points on the plane's rim.

    Args:
        surface: The plane.
        mistakes: The mistake rate (n1, n2), percent.
        within: The greatest distance from the rate of a constant classifier, percentage points.

    Returns:
        The median, percent, and the share of the rim, 0 to 1, within that distance.
    """
    rim = np.r_[mistakes[0], mistakes[-1], mistakes[1:-1, 0], mistakes[1:-1, -1]]
    return float(np.median(rim)), float((np.abs(rim - surface.chance) <= within + ROUNDING).mean())


# Together


@dataclass(frozen=True)
class Flatness:
    """How flat a plane is around w*.

    Attributes:
        share: The flat area as a share of the plane, 0 to 1.
        theta_area: The flat area in units of theta squared.
        area: The flat area in weight space: share x (2 edge)^2 x sqrt(det Gram).
        cut_off: Whether the flat area touches the edge, so that all three are lower bounds.
        unresolved: Whether the flat area is smaller than a cell of the grid, so that all three are
            interpolated between w* and the points beside it.
        slope: The steeper of the two axes' steepest slopes.
        plateau: The median mistake rate on the rim, percent.
    """

    share: float
    theta_area: float
    area: float
    cut_off: bool
    unresolved: bool
    slope: float
    plateau: float


def measure(surface: Surface, epsilon: float = EPSILON) -> Flatness:
    """How flat a plane's mistake rate is.

    Args:
        surface: The plane.
        epsilon: As in `flat_share`.

    Returns:
        Its flatness.
    """
    mistakes = mistake_rate(surface)
    region = _flat_region(mistakes, epsilon)
    share = _share(region)
    theta_area = share * surface.area
    cells = (mistakes.shape[0] - 1) * (mistakes.shape[1] - 1)
    rim_median, _ = plateau(surface, mistakes)
    return Flatness(
        share=share,
        theta_area=theta_area,
        area=theta_area * _unit_square(surface),
        cut_off=_touches_edge(region),
        unresolved=share * cells < 1,
        slope=max(steepest_slope(surface, mistakes)),
        plateau=rim_median,
    )


def is_largest(
    own: Flatness, others: Iterable[Flatness], area: Callable[[Flatness], float]
) -> bool | None:
    """Whether a flat area is larger than all others.

    Args:
        own: The flatness of the plane in question.
        others: The flatness of the other planes.
        area: Gives the area that is compared.

    Returns:
        True or false; None if an edge that cuts an area off leaves the answer open.
    """
    larger = [_is_larger(own, other, area) for other in others]
    if False in larger:
        return False
    return None if None in larger else True


def _is_larger(own: Flatness, other: Flatness, area: Callable[[Flatness], float]) -> bool | None:
    if area(own) > area(other):
        return None if other.cut_off else True
    return None if own.cut_off else False
