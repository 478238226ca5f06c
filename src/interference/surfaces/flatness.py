"""The flatness of an interference plane around w*.

The module measures the flat area, the lengths of cuts, the steepest steps, and the error rate far
from w*. Values over a plane are arrays (n1, n2), such as `surfaces.mistake_rate`, at evenly spaced
points with w* in the middle. Between grid points they are interpolated bilinearly. A point is flat
if its value is at most `epsilon` above the value at w*.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from contourpy import FillType, LineType, SerialContourGenerator, ZInterp, contour_generator
from scipy import ndimage

from interference import confusion
from interference.surfaces import Surface, is_estimated, mistake_rate
from interference.thresholds import EPSILON
from interference.vocabulary import Array

SUBDIVISION = 16  # sample points along each cell's edge where a region is found
AREA_SAMPLES = 160  # along an axis, about, where an area is measured; more change it by under 0.1 %
DRAWS = 200  # of the bootstrap over images
ENDS = (0.025, 0.975)  # quantiles: the ends of a 95 % interval
OUTLINE = 4  # every fourth of these samples is enough to draw the area's outline
CUT_POINTS = 801  # sample points along a cut; odd, so that w* is one
ROUNDING = 1e-9  # percentage points: bilinear weights sum to one only up to rounding
DIGITS = 12  # of a fraction of the plane: the same whichever way the plane is swept
ANGLES = np.arange(180.0)  # degrees, of all cuts through w*; 135 is theta_1 = -theta_2


# Areas


def finest(surface: Surface, epsilon: float = EPSILON) -> Surface:
    """The finest plane that shows the flat area whole: the zoom, unless the area is cut off there.

    Args:
        surface: The plane.
        epsilon: As in `flat_share`.

    Returns:
        The zoom or the plane itself. The flat area as a fraction of the plane is the fraction of
        the zoom times `zoom.area / surface.area`.
    """
    zoom = surface.zoom
    if zoom is None or is_cut_off(mistake_rate(zoom), epsilon):
        return surface
    return zoom


def flat_share(mistakes: Array, epsilon: float = EPSILON) -> float:
    """The fraction of the plane in the connected flat region around w*.

    It is the area of the polygon that bounds the region.

    Args:
        mistakes: The error rate (n1, n2), percent.
        epsilon: The most percentage points above the rate at w* that count as flat.

    Returns:
        The fraction, 0 to 1.
    """
    limit = _centre(mistakes) + epsilon + ROUNDING
    rows, columns = mistakes.shape
    window = _flat_window(mistakes <= limit)
    excess, steps = _sampled(mistakes - limit, window)  # (m1, m2)
    filled: Any = _contours(excess).filled(-np.inf, 0)  # its type depends on the fill type
    polygons, offsets = filled
    row = rows // 2 - window[0].start
    column = columns // 2 - window[1].start
    centre = steps * np.array([column, row])  # x and y of w*
    for points, starts in zip(polygons, offsets, strict=True):
        rings = np.split(points, starts[1:-1].astype(int))  # the outer ring, then the holes
        if _contains(rings[0], centre):
            cells = steps**2 * (rows - 1) * (columns - 1)
            area = sum(_signed_area(ring) for ring in rings)
            return round(float(abs(area) / cells), DIGITS)
    return 0.0


def flat_share_interval(
    surface: Surface, mistakes: Array, epsilon: float = EPSILON
) -> tuple[float, float]:
    """The 95 % interval of `flat_share`, by a bootstrap over images (see `redrawn_rates`).

    Args:
        surface: The plane.
        mistakes: Its error rate (n1, n2), percent.
        epsilon: As in `flat_share`.

    Returns:
        The lower and the upper bound, 0 to 1; they hold the share itself.
    """
    drawn = [flat_share(draw, epsilon) for draw in redrawn_rates(surface, mistakes)]
    low, high = np.quantile(drawn, ENDS)
    share = flat_share(mistakes, epsilon)
    return min(float(low), share), max(float(high), share)


def redrawn_rates(surface: Surface, rates: Array) -> Array:
    """Error rates of samples of images that are drawn anew, each point by itself.

    The numbers of errors are binomial, as in multinomial counts. It is assumed that a point's
    images are a random sample, and that points are independent. All points share their images,
    whose common part cancels in the difference to w*, so intervals are rather too long than too
    short. A decided point that is not next to the outline stays on its side.

    Args:
        surface: The plane, whose counts say how many images each point has.
        rates: Its error rate (n1, n2), percent.

    Returns:
        Rates (DRAWS, n1, n2), percent.
    """
    images = surface.counts.sum((-2, -1))  # (n1, n2)
    chances = np.clip(rates / 100, 0, 1)
    rng = np.random.default_rng(0)
    errors = rng.binomial(images, chances, size=(DRAWS, *rates.shape))
    drawn: Array = 100 * errors / np.maximum(images, 1)
    if surface.test is None:
        return drawn
    limit = 100 * surface.test.most / surface.test.population
    is_free = is_estimated(surface)
    is_low = rates <= limit
    kept = np.where(is_low, np.minimum(drawn, limit), np.maximum(drawn, limit + 2 * ROUNDING))
    return np.where(is_free, drawn, kept)


def is_cut_off(mistakes: Array, epsilon: float = EPSILON) -> bool:
    """Whether the flat area touches the plane's edge, so that its true size may be larger.

    Args:
        mistakes: The error rate (n1, n2), percent.
        epsilon: As in `flat_share`.

    Returns:
        True if it does.
    """
    return _touches_edge(_flat_region(mistakes, epsilon))


def flat_excess(mistakes: Array, epsilon: float = EPSILON) -> Array:
    """How far the error rate lies above the flat area's limit, at fine samples of the plane.

    Args:
        mistakes: The error rate (n1, n2), percent.
        epsilon: As in `flat_share`.

    Returns:
        Percentage points (m1, m2), at most zero inside the flat area and zero on its outline.
        Outside it they are positive, even in a hollow that is as low but not connected.
    """
    excess = _refined(mistakes) - _centre(mistakes) - epsilon
    is_low = excess <= 0
    is_separate = is_low & ~_flat_region(mistakes, epsilon)
    return np.where(is_separate, epsilon, excess)


def outline(theta_1: Array, theta_2: Array, mistakes: Array, epsilon: float = EPSILON) -> Array:
    """The outline of the flat area.

    Args:
        theta_1: The steps along the first direction, (n1,).
        theta_2: The steps along the second direction, (n2,).
        mistakes: The error rate (n1, n2), percent.
        epsilon: As in `flat_share`.

    Returns:
        Points (k, 2) of theta_1 and theta_2, with a row of nan between pieces. The outline is open
        where the area reaches the plane's edge, and empty if the whole plane is flat.
    """
    excess = flat_excess(mistakes, epsilon)[::OUTLINE, ::OUTLINE]  # (m1, m2)
    rows, columns = excess.shape
    x = np.linspace(theta_1[0], theta_1[-1], rows)
    y = np.linspace(theta_2[0], theta_2[-1], columns)
    contours = contour_generator(x, y, excess.T, line_type=LineType.ChunkCombinedNan)
    (points,), *_ = contours.lines(0)  # all pieces: the plane is a single chunk
    if points is None:
        return np.empty((0, 2))
    return points


def level_share(mistakes: Array, level: float, tolerance: float) -> float:
    """The fraction of the plane in its largest connected region near an error rate.

    Args:
        mistakes: The error rate (n1, n2), percent.
        level: The rate, percent.
        tolerance: The greatest distance from it, percentage points.

    Returns:
        The fraction, 0 to 1.
    """
    distance = np.abs(_refined(mistakes) - level)
    is_near = distance <= tolerance + ROUNDING
    regions, number = ndimage.label(is_near)  # numbered from 1; 0 is outside
    numbers = range(1, number + 1)
    shares = [_share(regions == region) for region in numbers]
    return max(shares, default=0.0)


def _flat_region(mistakes: Array, epsilon: float) -> Array:
    """The flat area at bilinear samples (m1, m2) of the plane, bool."""
    limit = _centre(mistakes) + epsilon + ROUNDING
    is_low = _refined(mistakes) <= limit
    regions, _ = ndimage.label(is_low)
    is_flat: Array = regions == _centre(regions)
    return is_flat


def _touches_edge(region: Array) -> bool:
    """Whether a region (m1, m2) of the plane holds a point of its edge."""
    ends_of_theta_1 = region[[0, -1]]
    ends_of_theta_2 = region[:, [0, -1]]
    return bool(ends_of_theta_1.any() or ends_of_theta_2.any())


def unit_square(surface: Surface) -> float:
    """The area in weight space of a unit square of theta.

    Args:
        surface: The plane.

    Returns:
        The square root of the determinant of its Gram matrix.
    """
    determinant = np.linalg.det(surface.gram)
    not_negative = max(determinant, 0.0)  # of parallel directions it may be -1e-17
    return float(np.sqrt(not_negative))


def _centre(values: Array) -> float:
    """The value at w*, of values (n1, n2) over the plane."""
    rows, columns = values.shape
    row, column = rows // 2, columns // 2
    return float(values[row, column])


def _refined(values: Array) -> Array:
    """Bilinear samples (m1, m2) of values (n1, n2) over the plane.

    There are `SUBDIVISION` samples to a cell's edge; the grid's own points are among them.
    """
    rows, columns = values.shape
    row_weights = _sampling_weights(rows)  # (m1, n1)
    column_weights = _sampling_weights(columns)  # (m2, n2)
    samples: Array = row_weights @ values @ column_weights.T
    return samples


@lru_cache(maxsize=64)
def _sampling_weights(n: int, steps: int = SUBDIVISION) -> Array:
    """Weights (m, n) of n grid points in samples between them, with some steps to a cell's edge."""
    number = (n - 1) * steps + 1
    positions = np.arange(number) / steps
    return linear_weights(positions, n)


def linear_weights(positions: Array, n: int) -> Array:
    """Weights of grid points in linear interpolation.

    Args:
        positions: The positions to interpolate at, (k,), in steps of the grid from 0 to n - 1.
        n: The number of grid points.

    Returns:
        Weights (k, n); each row sums to 1.
    """
    grid = np.arange(n)
    distances = np.abs(positions[:, None] - grid)  # (k, n)
    weights: Array = np.maximum(0, 1 - distances)
    return weights


def _flat_window(is_low: Array) -> tuple[slice, slice]:
    """The rows and columns of a plane's grid around the whole flat area.

    A bilinear value lies between those at the corners of its cell, so that the flat area lies in
    connected cells with a low corner.

    Args:
        is_low: Whether each grid point is low enough to be flat, (n1, n2) bool.
    """
    has_low_corner = is_low[:-1, :-1] | is_low[:-1, 1:] | is_low[1:, :-1] | is_low[1:, 1:]
    regions, _ = ndimage.label(has_low_corner)
    own = regions == _centre(regions)  # a cell beside w*
    rows = np.flatnonzero(own.any(1))
    columns = np.flatnonzero(own.any(0))
    return slice(rows[0], rows[-1] + 2), slice(columns[0], columns[-1] + 2)


def _sampled(values: Array, window: tuple[slice, slice]) -> tuple[Array, int]:
    """Bilinear samples (m1, m2) of a window of values (n1, n2), where an area is measured.

    The number of samples to a cell's edge is the same for every window of the plane; it is
    returned as well.
    """
    finest = AREA_SAMPLES // max(values.shape)
    steps = min(max(finest, 1), SUBDIVISION)
    part = values[window]
    rows, columns = part.shape
    samples = _sampling_weights(rows, steps) @ part @ _sampling_weights(columns, steps).T
    return samples, steps


def _contours(samples: Array) -> SerialContourGenerator:
    """The contours of samples (m1, m2) in units of their grid.

    `contour_generator` makes the same, but searches the samples for values to mask, which takes
    longer than the contours of a flat area.
    """
    x, y, is_masked = _grid_of_samples(samples.shape)
    return SerialContourGenerator(
        x,
        y,
        samples,
        is_masked,
        corner_mask=False,
        line_type=LineType.Separate,
        fill_type=FillType.OuterOffset,
        quad_as_tri=False,
        z_interp=ZInterp.Linear,
    )


@lru_cache(maxsize=16)  # the samples of a plane and of its draws have few different shapes
def _grid_of_samples(shape: tuple[int, int]) -> tuple[Array, Array, Array]:
    """Return the x and y coordinates of the samples, and a mask that hides no sample."""
    y, x = np.indices(shape, np.float64)
    return x, y, np.zeros(shape, bool)


def _contains(ring: Array, point: Array) -> bool:
    """Whether a point (2,) lies in a closed ring (k, 2), by the crossings of a ray to its right."""
    x, y = (ring - point).T
    is_over = y > 0
    crosses = is_over[1:] != is_over[:-1]
    determinants = x[:-1] * y[1:] - x[1:] * y[:-1]
    is_right = (determinants > 0) == is_over[1:]
    return bool((crosses & is_right).sum() % 2)


def _signed_area(ring: Array) -> float:
    """The area of a closed ring (k, 2); below zero if it runs clockwise, as the holes do."""
    x, y = (ring - ring[0]).T
    return float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum() / 2)


def _share(region: Array) -> float:
    """The fraction of the plane's area in a region of its samples, by the trapezoidal rule.

    The area is counted in quarters of a cell, so that the sum is exact and the same on every
    machine.
    """
    rows, columns = region.shape
    row_weights = _doubled_weights(rows)
    column_weights = _doubled_weights(columns)
    weights = np.outer(row_weights, column_weights)  # quarters of a cell around each sample
    quarters = int((weights * region).sum())
    cells: int = (rows - 1) * (columns - 1)
    return quarters / (4 * cells)


def _doubled_weights(n: int) -> Array:
    """Twice the weights (n,) of n samples in the trapezoidal rule: 1, 2, 2, ..., 2, 1."""
    weights = np.full(n, 2)
    weights[0] = 1
    weights[-1] = 1
    return weights


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
    angles = np.array([angle])
    distances, positions = _cut_points(surface, angles)  # (1, k), (2, 1, k)
    (distance,) = distances
    (sample,) = _interpolated(values, positions)
    return distance, sample


def flat_length(surface: Surface, values: Array, angle: float, epsilon: float = EPSILON) -> float:
    """The length of the flat stretch of a cut around w*.

    Args:
        surface: The plane.
        values: Values over it, (n1, n2), such as the error rate.
        angle: The cut's angle, as in `cut`.
        epsilon: The most that a flat value lies above the value at w*.

    Returns:
        The length in units of theta. A stretch that reaches the plane's edge ends there.
    """
    angles = np.array([angle])
    lengths = flat_lengths(surface, values, angles, epsilon)
    return float(lengths[0])


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
    lengths: Array = drawn_flat_lengths(surface, values[None], angles, epsilon)[0]
    return lengths


def drawn_flat_lengths(
    surface: Surface, draws: Array, angles: Array, epsilon: float = EPSILON
) -> Array:
    """The flat lengths of several cuts, for each of several draws of the values.

    Args:
        surface: The plane.
        draws: Values over it, (draws, n1, n2), such as `redrawn_rates`.
        angles: The cuts' angles (k,), degrees.
        epsilon: As in `flat_length`.

    Returns:
        Lengths (draws, k) in units of theta.
    """
    distances, positions = _cut_points(surface, angles)  # (k, CUT_POINTS), (2, k, CUT_POINTS)
    middle = CUT_POINTS // 2
    forward = slice(middle, None)
    backward = slice(middle, None, -1)
    lengths = []
    for values in draws:
        excess = _interpolated(values, positions) - _centre(values) - epsilon - ROUNDING
        length_forward = _reach(distances[:, forward], excess[:, forward])
        length_backward = _reach(-distances[:, backward], excess[:, backward])
        lengths.append(length_forward + length_backward)
    return np.array(lengths)


def unit_steps(surface: Surface, angles: Array) -> Array:
    """The norms in weight space of steps of length 1 in theta.

    Args:
        surface: The plane.
        angles: The steps' angles (k,), degrees, as in `cut`.

    Returns:
        Norms (k,).
    """
    steps = _unit_vectors(angles)  # (2, k)
    products = surface.gram @ steps
    squared_norms: Array = (steps * products).sum(0)
    not_negative = np.maximum(squared_norms, 0)  # of opposed directions they may be -1e-17
    return np.sqrt(not_negative)


def sharpest_and_flattest(lengths: Array) -> tuple[tuple[float, float], tuple[float, float]]:
    """The shortest and the longest flat length.

    Args:
        lengths: The flat lengths at `ANGLES`, (180,).

    Returns:
        The angle, degrees, and the length of the shortest, then of the longest.
    """
    shortest = int(lengths.argmin())
    longest = int(lengths.argmax())
    sharpest = (float(ANGLES[shortest]), float(lengths[shortest]))
    flattest = (float(ANGLES[longest]), float(lengths[longest]))
    return sharpest, flattest


def _cut_points(surface: Surface, angles: Array) -> tuple[Array, Array]:
    """The sample points of the cuts at k angles, from edge to edge.

    Returns their distances from w* (k, CUT_POINTS) in units of theta, and their positions on the
    grid (2, k, CUT_POINTS).
    """
    directions = _unit_vectors(angles)[..., None]  # (2, k, 1)
    cosines, sines = directions
    reach_1 = confusion.ratio(surface.theta_1[-1], np.abs(cosines))  # nan for a cut along theta_2
    reach_2 = confusion.ratio(surface.theta_2[-1], np.abs(sines))
    reach = np.fmin(reach_1, reach_2)  # (k, 1): from w* to the nearer edge
    fractions = np.linspace(-1, 1, CUT_POINTS)
    distances = fractions * reach  # (k, CUT_POINTS)
    rows = _grid_positions(distances * cosines, surface.theta_1)
    columns = _grid_positions(distances * sines, surface.theta_2)
    return distances, np.stack([rows, columns])


def _interpolated(values: Array, positions: Array) -> Array:
    """Bilinear samples of values (n1, n2) at positions (2, ...) on the grid."""
    samples: Array = ndimage.map_coordinates(values, positions, output=np.float64, order=1)
    return samples


def _unit_vectors(angles: Array) -> Array:
    """Unit vectors (2, k) of theta at k angles, in degrees."""
    radians = np.radians(angles)
    cosines = np.cos(radians)
    sines = np.sin(radians)
    vectors = np.stack([cosines, sines])
    return np.round(vectors, 12)  # the cosine of 90 degrees is 0, not 6e-17


def _grid_positions(steps: Array, theta: Array) -> Array:
    """The positions on an axis of the grid, from 0 to n - 1, of steps along it; `theta` is (n,)."""
    positions = np.arange(len(theta))
    return np.interp(steps, theta, positions)


def _reach(distances: Array, excess: Array) -> Array:
    """The distance (k,) at which each row's excess first passes zero.

    A row that never passes zero reaches its last distance.

    Args:
        distances: Ascending distances from 0, (k, n).
        excess: The excess of the values there, (k, n).
    """
    is_above = excess > 0
    after = is_above.argmax(1)  # (k,); 0 in a row that never passes zero
    before = after - 1
    rows = np.arange(len(excess))
    excess_before = excess[rows, before]
    excess_after = excess[rows, after]
    fraction = confusion.ratio(excess_before, excess_before - excess_after)  # of the last step
    distance_before = distances[rows, before]
    distance_after = distances[rows, after]
    crossing = distance_before + (distance_after - distance_before) * fraction
    return np.where(after > 0, crossing, distances[:, -1])


# Steps and the far field


def steepest_step(surface: Surface, values: Array) -> tuple[float, float]:
    """The largest rise along each axis through w*, from a grid point to the next one outwards.

    Args:
        surface: The plane.
        values: Values over it, (n1, n2).

    Returns:
        The rise along theta_1 and along theta_2; below zero if the values fall all the way.
    """
    row, column = surface.centre
    along_theta_1 = values[:, column]
    along_theta_2 = values[row]
    return _steepest(along_theta_1), _steepest(along_theta_2)


def _steepest(line: Array) -> float:
    """The largest rise between neighbours on a line (n,), away from its middle."""
    middle = len(line) // 2
    forward_rises = np.diff(line[middle:])
    backward_rises = np.diff(line[middle::-1])
    steepest = max(forward_rises.max(), backward_rises.max())
    return float(steepest)


def steepest_slope(surface: Surface, values: Array) -> tuple[float, float]:
    """The `steepest_step` along each axis, divided by the norm of that step in weight space.

    Args:
        surface: The plane.
        values: Values over it, (n1, n2).

    Returns:
        The slope along theta_1 and along theta_2, in the values' unit per unit of the norm.
    """
    step_1 = np.diff(surface.theta_1).mean()
    step_2 = np.diff(surface.theta_2).mean()
    direction_norms = np.sqrt(np.diagonal(surface.gram))
    step_norms = direction_norms * [step_1, step_2]  # (2,), in weight space
    rises = np.array(steepest_step(surface, values))
    slope_1, slope_2 = confusion.ratio(rises, step_norms)
    return float(slope_1), float(slope_2)


def plateau(surface: Surface, mistakes: Array, within: float = 1.0) -> tuple[float, float]:
    """The error rate far from w*: its median over the points on the plane's rim.

    Args:
        surface: The plane.
        mistakes: The error rate (n1, n2), percent.
        within: The greatest distance from the rate of a constant classifier, percentage points.

    Returns:
        The median, percent, and the fraction of the rim, 0 to 1, within that distance.
    """
    is_rim = np.ones(mistakes.shape, bool)
    is_rim[1:-1, 1:-1] = False
    rim = mistakes[is_rim]  # (points on the rim,)
    distance = np.abs(rim - surface.chance)
    is_near = distance <= within + ROUNDING
    return float(np.median(rim)), float(is_near.mean())


# Together


@dataclass(frozen=True)
class Flatness:
    """How flat a plane is around w*.

    Attributes:
        share: The flat area as a fraction of the plane, 0 to 1.
        share_interval: The 95 % interval of the share over images; its upper bound is 1 if the area
            is cut off.
        theta_area: The flat area in units of theta squared.
        area: The flat area in weight space: share x (2 edge)^2 x sqrt(det Gram).
        cut_off: Whether the flat area touches the edge, so that all three areas are lower bounds.
        unresolved: Whether the flat area is smaller than a cell of the grid, so that all three are
            interpolated between w* and the points beside it.
        cells: The flat area in cells of the grid on which it was measured, the finest one.
        zoomed: Whether that is the grid of the plane's zoom.
        slope: The steeper of the two axes' steepest slopes.
        plateau: The median error rate on the rim, percent.
    """

    share: float
    share_interval: tuple[float, float]
    theta_area: float
    area: float
    cut_off: bool
    unresolved: bool
    slope: float
    plateau: float
    cells: float = math.nan
    zoomed: bool = False


def measure(surface: Surface, epsilon: float = EPSILON) -> Flatness:
    """How flat a plane's error rate is.

    Args:
        surface: The plane.
        epsilon: As in `flat_share`.

    Returns:
        Its flatness.
    """
    finest_plane = finest(surface, epsilon)
    mistakes = mistake_rate(finest_plane)
    share = flat_share(mistakes, epsilon)
    low, high = flat_share_interval(finest_plane, mistakes, epsilon)
    cut_off = is_cut_off(mistakes, epsilon)
    theta_area = share * finest_plane.area
    rows, columns = mistakes.shape
    cells = share * (rows - 1) * (columns - 1)
    part = finest_plane.area / surface.area
    whole_mistakes = mistake_rate(surface)
    rim_median, _ = plateau(surface, whole_mistakes)
    return Flatness(
        share=share * part,
        share_interval=(low * part, 1.0 if cut_off else high * part),
        theta_area=theta_area,
        area=theta_area * unit_square(surface),
        cut_off=cut_off,
        unresolved=cells < 1,
        slope=max(steepest_slope(surface, whole_mistakes)),
        plateau=rim_median,
        cells=cells,
        zoomed=finest_plane is not surface,
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
        True or false; None if the answer is open, because the intervals of two areas overlap or an
        edge cuts an area off.
    """
    comparisons = [_is_larger(own, other, area) for other in others]
    if False in comparisons:
        return False
    return None if None in comparisons else True


def _is_larger(own: Flatness, other: Flatness, area: Callable[[Flatness], float]) -> bool | None:
    """Whether an area is larger than another; None if their intervals leave that open."""
    own_low, own_high = _area_interval(own, area(own))
    other_low, other_high = _area_interval(other, area(other))
    if own_low > other_high:
        return True
    return False if own_high <= other_low else None


def _area_interval(flat: Flatness, area: float) -> tuple[float, float]:
    """The interval of an area, from that of the share; without an end if it is cut off."""
    low, high = flat.share_interval
    unit = confusion.ratio(area, flat.share)
    return float(low * unit), np.inf if flat.cut_off else float(high * unit)
