"""How far a plane must reach: an edge at which its flat part spans enough cells of the grid.

Along each axis the search finds how far points are flat on either side of w*. It starts near w*,
doubles the step until a point is not flat, and then narrows down the last flat step. The edge
follows from these reaches by two rules. The narrower of the two axes has the wanted number of flat
cells, and the plane goes on beyond the farther end of the flat part, so that the far field is seen.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from interference.errors import BadInput

FIRST = 2.0**-10  # the first step, as a fraction of the norm of the weights
DOUBLINGS = 14  # the farthest step is 16 times the norm of the weights
HALVINGS = 10  # the smallest step is a millionth of the norm of the weights
NARROWINGS = 4  # they leave a flat step and one that is not, a factor of 2 ^ (1 / 16) apart
BEYOND = 1.5  # the edge is at least so many times as far from w* as the flat part reaches
COARSE = 2.0  # a plane so many times as wide as needed gets a zoom
DIGITS = 2  # significant digits of an edge
SAMPLE = 2000  # images that the search decides each point on
POINTS = 100  # that the search decides at most; by Bonferroni all of them are decided at once

# How far a plane is flat along an axis: below w* and above it, from 0 to infinity.
Reach = tuple[float, float]


@dataclass(frozen=True)
class Search:
    """The search along the axes before planes are swept.

    Attributes:
        decide: The most percentage points of a flat point's error rate above that of w*.
        finds_edge: Whether the edge is found; otherwise it is given.
        zooms: Whether a plane that is too coarse for its flat part gets a zoom.
    """

    decide: float
    finds_edge: bool
    zooms: bool


def find_reach(is_flat: Callable[[float], bool], unit: float) -> float:
    """Find how far points are flat along half an axis.

    A hollow beyond the first end of the flat part does not count, unless a doubling of the step
    passes over what lies between.

    Args:
        is_flat: Whether the point at a step, above 0, is flat.
        unit: The step whose weight change has the norm of the weights.

    Returns:
        A flat step, at most 5 % below the first step that is not flat; 0 if the smallest step is
        not flat, and infinity if the farthest step is flat, too.
    """
    step = FIRST * unit
    if is_flat(step):
        for _ in range(DOUBLINGS):
            if not is_flat(2 * step):
                return _narrowed(is_flat, step)
            step *= 2
        return math.inf
    for _ in range(HALVINGS):
        step /= 2
        if is_flat(step):
            return _narrowed(is_flat, step)
    return 0.0


def _narrowed(is_flat: Callable[[float], bool], flat: float) -> float:
    """The last flat step between a flat step and its double, which is not flat."""
    steep = 2 * flat
    for _ in range(NARROWINGS):
        middle = math.sqrt(flat * steep)
        if is_flat(middle):
            flat = middle
        else:
            steep = middle
    return flat


def fitted_edge(reaches: Sequence[Reach], points: int, cells: int) -> float:
    """The edge that fits the flat part of a plane.

    Args:
        reaches: How far the plane is flat along each of its axes.
        points: The number of points along an axis of the plane.
        cells: The number of cells that the flat part spans along the narrower axis, if the plane
            does not have to be wider for the far field.

    Returns:
        The edge, with two significant digits; 0 if no point is flat along one of the axes, and
        infinity if all are flat along all of them. A side of an axis that is flat without an end
        does not count.
    """
    narrower = min(map(_width, reaches))
    if narrower in (0, math.inf):
        return narrower
    ends = [end for reach in reaches for end in reach if end < math.inf]
    half = points // 2
    edge = max(half * narrower / cells, BEYOND * max(ends))
    return _rounded_down(edge)


def _width(reach: Reach) -> float:
    """The width of the flat part along an axis; twice the other side if one side has no end."""
    shorter, longer = sorted(reach)
    return 2 * shorter if longer == math.inf else shorter + longer


def _rounded_down(number: float) -> float:
    """A number above 0 with `DIGITS` significant digits, not above itself."""
    exponent = math.floor(math.log10(number)) - DIGITS + 1
    digits = math.floor(number / 10**exponent)
    return float(f"{digits}e{exponent}")


def is_coarse(edge: float, fitted: float) -> bool:
    """Whether a plane with an edge is too coarse for a flat part to which another edge fits."""
    return fitted > 0 and edge > COARSE * fitted


def check_ends(title: str, reaches: Sequence[Reach]) -> None:
    """Check that the flat part has an extent along each axis, and an end.

    Args:
        title: The plane, for the error.
        reaches: How far the plane is flat along each of its axes; that of theta_2 alone for a line.

    Raises:
        BadInput: No point along an axis is flat, or all points along all axes are.
    """
    smallest = FIRST / 2.0**HALVINGS
    largest = FIRST * 2.0**DOUBLINGS
    advice = "expected a flat part with an end: give sweep.edge as a number"
    for number, reach in enumerate(reaches, 3 - len(reaches)):
        if _width(reach) == 0:
            raise BadInput(
                f"{title}: edge: auto finds no flat point along theta_{number}, down to a step of "
                f"{smallest:.0e} of the weights' norm; {advice}"
            )
    if min(map(_width, reaches)) == math.inf:
        raise BadInput(
            f"{title}: edge: auto finds only flat points, up to a step of {largest:.0f} times the "
            f"weights' norm; {advice}"
        )
