"""How flat an interference plane is around w*: areas, lengths of cuts, steps, and what the far field settles at.

Values over a plane are (n1, n2), such as `surfaces.mistake_rate`, at evenly spaced points with w* in the middle;
between grid points every reading is bilinear. Flat is what lies at most `epsilon` above the value at w*.
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
ROUNDING = 1e-9   # percent points: bilinear weights add up to one only to rounding
ANGLES = np.arange(180.0)  # degrees, of all cuts through w*; 135 is theta_1 = -theta_2


# Areas


def flat_share(mistakes: Array, epsilon: float = EPSILON) -> float:
    """The share, 0 to 1, of the plane in the connected region around w* at most `epsilon` points above w*'s mistakes.

    `mistakes` (n1, n2) percent.
    """
    return _share(_flat_region(mistakes, epsilon))


def flat_area(surface: Surface, epsilon: float = EPSILON) -> float:
    """The flat area in weight space, in units of the weights' norm squared: share x (2 edge)^2 x sqrt(det Gram)."""
    return flat_share(mistake_rate(surface), epsilon) * surface.area * _unit_square(surface)


def is_cut_off(mistakes: Array, epsilon: float = EPSILON) -> bool:
    """Whether the flat area touches the plane's edge, so that it is only known to be at least as large."""
    return _touches_edge(_flat_region(mistakes, epsilon))


def flat_excess(mistakes: Array, epsilon: float = EPSILON) -> Array:
    """How far the mistakes lie above those of the flat area, in points, at bilinear samples (m1, m2) of the plane.

    Zero is the flat area's outline: elsewhere the excess is positive, even in hollows that are as low but lie apart.
    """
    excess = _refined(mistakes) - _centre(mistakes) - epsilon
    apart = (excess <= 0) & ~_flat_region(mistakes, epsilon)
    return np.where(apart, epsilon, excess)


def outline(theta_1: Array, theta_2: Array, mistakes: Array, epsilon: float = EPSILON) -> Array:
    """The flat area's outline as points (k, 2) of theta_1 and theta_2, a row of nan between its pieces.

    Where the area reaches the plane's edge the outline is open; it is empty where all of the plane is flat.
    """
    excess = flat_excess(mistakes, epsilon)[::OUTLINE, ::OUTLINE]
    across, up = (np.linspace(axis[0], axis[-1], n) for axis, n in zip((theta_1, theta_2), excess.shape, strict=True))
    (found,), *_ = contour_generator(across, up, excess.T, line_type=LineType.ChunkCombinedNan).lines(0)
    return np.empty((0, 2)) if found is None else found


def level_share(mistakes: Array, level: float, tolerance: float) -> float:
    """The share, 0 to 1, of the plane in its largest connected region within `tolerance` points of a mistake rate."""
    region, found = ndimage.label(np.abs(_refined(mistakes) - level) <= tolerance + ROUNDING)
    return max((_share(region == number) for number in range(1, found + 1)), default=0.0)


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
    rows, columns = (hats(np.arange((n - 1) * SUBDIVISION + 1) / SUBDIVISION, n) for n in values.shape)
    fine: Array = rows @ values @ columns.T
    return fine


def hats(positions: Array, n: int) -> Array:
    """Weights (k, n) of n grid points in linear interpolation at k positions, in steps of the grid from 0 to n - 1."""
    weights: Array = np.maximum(0, 1 - np.abs(positions[:, None] - np.arange(n)))
    return weights


def _share(region: Array) -> float:
    """The share of the plane's area in a region of its samples, by the trapezoidal rule."""
    rows, columns = (np.r_[0.5, np.ones(n - 2), 0.5] / (n - 1) for n in region.shape)
    return float(rows @ region @ columns)


# Cuts


def cut(surface: Surface, values: Array, angle: float) -> tuple[Array, Array]:
    """A straight cut through w* across values (n1, n2): distances from w* (k,) in units of theta, and values (k,).

    `angle` in degrees: 0 runs along theta_1, 90 along theta_2, and 135 is theta_1 = -theta_2.
    """
    distance, along = _cuts(surface, values, np.array([angle]))
    return distance[0], along[0]


def flat_length(surface: Surface, values: Array, angle: float, epsilon: float = EPSILON) -> float:
    """The length, in units of theta, of a cut's stretch around w* at most `epsilon` above the value at w*.

    `values` (n1, n2), such as the mistake rate; `angle` as in `cut`. A stretch that reaches the edge ends there.
    """
    return float(flat_lengths(surface, values, np.array([angle]), epsilon)[0])


def flat_lengths(surface: Surface, values: Array, angles: Array, epsilon: float = EPSILON) -> Array:
    """`flat_length` at each of k angles, (k,) in units of theta; times `unit_steps`, in weight space."""
    distance, along = _cuts(surface, values, angles)
    middle, excess = CUT_POINTS // 2, along - _centre(values) - epsilon - ROUNDING
    return (_reach(distance[:, middle:], excess[:, middle:])
            + _reach(-distance[:, middle::-1], excess[:, middle::-1]))


def unit_steps(surface: Surface, angles: Array) -> Array:
    """The norm (k,) in weight space of a step of length 1 in theta at each of k angles, as in `cut`."""
    across = _directions(angles)
    squares: Array = (across * (surface.gram @ across)).sum(0)
    return np.sqrt(np.maximum(squares, 0))


def sharpest_and_flattest(lengths: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    """Angle, in degrees, and length of the shortest and of the longest of the flat lengths (180,) at `ANGLES`."""
    sharpest, flattest = int(lengths.argmin()), int(lengths.argmax())
    return (float(ANGLES[sharpest]), float(lengths[sharpest])), (float(ANGLES[flattest]), float(lengths[flattest]))


def _cuts(surface: Surface, values: Array, angles: Array) -> tuple[Array, Array]:
    """Distances from w* and values, (k, CUT_POINTS) each, of the cuts at k angles, from edge to edge."""
    directions, axes = _directions(angles)[..., None], (surface.theta_1, surface.theta_2)
    reaches = confusion.ratio(np.array([axis[-1] for axis in axes])[:, None, None], np.abs(directions))  # (2, k, 1)
    distance = np.linspace(-1, 1, CUT_POINTS) * np.nanmin(reaches, axis=0)  # (k, CUT_POINTS)
    where = [np.interp(distance * part, axis, np.arange(len(axis)))
             for part, axis in zip(directions, axes, strict=True)]
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
    return np.where(first > 0, distance[before] + (distance[after] - distance[before]) * part, distance[:, -1])


# Steps and the far field


def steepest_step(surface: Surface, values: Array) -> tuple[float, float]:
    """The largest rise of values (n1, n2) from a grid point to the next one out, on theta_1's and on theta_2's axis.

    Both axes run through w*; below zero where the values fall all the way.
    """
    row, column = surface.centre
    return _steepest(values[:, column]), _steepest(values[row])


def _steepest(line: Array) -> float:
    middle = len(line) // 2
    return float(max(np.diff(line[middle:]).max(), np.diff(line[middle::-1]).max()))


def steepest_slope(surface: Surface, values: Array) -> tuple[float, float]:
    """`steepest_step` over the norm of that step in weight space: points per unit of that norm, on each axis."""
    norms = np.sqrt(np.diagonal(surface.gram)) * [np.diff(axis).mean() for axis in (surface.theta_1, surface.theta_2)]
    first, second = confusion.ratio(np.array(steepest_step(surface, values)), norms)
    return float(first), float(second)


def plateau(surface: Surface, mistakes: Array, within: float = 1.0) -> tuple[float, float]:
    """What the mistakes (n1, n2) settle at far from w*: their median over the points on the plane's rim, in percent.

    With it, the share of the rim, 0 to 1, `within` so many points of chance: of a net that always names one class.
    """
    rim = np.r_[mistakes[0], mistakes[-1], mistakes[1:-1, 0], mistakes[1:-1, -1]]
    return float(np.median(rim)), float((np.abs(rim - surface.chance) <= within + ROUNDING).mean())


# All of it


@dataclass(frozen=True)
class Flatness:
    """How flat a plane is around w*.

    `share`, 0 to 1, is the flat area as a share of the plane, `theta_area` in units of theta squared, and `area` in
    weight space; `cut_off` where it touches the edge, so that all three are lower bounds; `unresolved` where it is
    smaller than a cell of the grid, so that all three are read between w* and the points beside it. `slope` is the
    steeper of the two axes' steepest slopes, `plateau` the median mistake rate on the rim in percent.
    """

    share: float
    theta_area: float
    area: float
    cut_off: bool
    unresolved: bool
    slope: float
    plateau: float


def measure(surface: Surface, epsilon: float = EPSILON) -> Flatness:
    """How flat a plane's mistake rate is."""
    mistakes = mistake_rate(surface)
    region = _flat_region(mistakes, epsilon)
    share, cells = _share(region), (mistakes.shape[0] - 1) * (mistakes.shape[1] - 1)
    return Flatness(share=share, theta_area=share * surface.area, area=share * surface.area * _unit_square(surface),
                    cut_off=_touches_edge(region), unresolved=share * cells < 1,
                    slope=max(steepest_slope(surface, mistakes)), plateau=plateau(surface, mistakes)[0])


def is_largest(one: Flatness, others: Iterable[Flatness], area: Callable[[Flatness], float]) -> bool | None:
    """Whether one flat area is larger than all others; None where an edge that cuts an area off leaves that open."""
    larger = [_is_larger(one, other, area) for other in others]
    return False if False in larger else None if None in larger else True


def _is_larger(one: Flatness, other: Flatness, area: Callable[[Flatness], float]) -> bool | None:
    if area(one) > area(other):
        return None if other.cut_off else True
    return None if one.cut_off else False
