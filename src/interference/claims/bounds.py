"""Bounds of flat areas, flat lengths and angles: what a plane's grid, edge and images can tell.

A flat area of fewer than four cells of the grid is interpolated between w* and the points beside
it; it is known only to be smaller than four cells. An area that the plane's edge cuts off is at
least as large as the plane shows. Any other area has a 95 % interval from a bootstrap over images
(`flatness.redrawn_rates`).
"""

from collections.abc import Mapping
from typing import TypeVar

import numpy as np

from interference.claims.lookup import error_rate
from interference.claims.registry import Evidence
from interference.claims.rules import (
    LEAST_CELLS,
    LEAST_STEPS,
    Bounds,
    Finding,
    all_of,
    is_less,
)
from interference.surfaces import Surface, flatness
from interference.vocabulary import Array

CUT_OFF = "cut off by the plane's edge"
UNRESOLVED_AREA = f"under {LEAST_CELLS} cells"
UNRESOLVED_LENGTH = f"under {LEAST_STEPS} steps"
Name = TypeVar("Name")
ROUNDING = 1e-9  # of a length along a cut that reaches the edge


def flat_fraction(evidence: Evidence, surface: Surface) -> Bounds:
    """The flat area as a fraction of the plane, measured on its zoom where that shows all of it.

    Each is measured once.

    Args:
        evidence: Holds epsilon, and keeps what was measured before.
        surface: The plane.

    Returns:
        The fraction, 0 to 1, with its bounds.
    """
    fractions = evidence.flat_fractions
    if surface not in fractions:
        fractions[surface] = _flat_fraction(evidence, surface)
    return fractions[surface]


def _flat_fraction(evidence: Evidence, surface: Surface) -> Bounds:
    """The flat area as a fraction of a plane, with its bounds."""
    epsilon = evidence.settings.epsilon
    finest = flatness.finest(surface, epsilon)
    rates = error_rate(evidence, finest)
    fraction = flatness.flat_share(rates, epsilon)
    rows, columns = rates.shape
    least = LEAST_CELLS / ((rows - 1) * (columns - 1))
    part = finest.area / surface.area
    if flatness.is_cut_off(rates, epsilon):
        return Bounds(fraction, fraction, 1.0, CUT_OFF)
    if fraction < least:
        return Bounds(fraction, 0.0, least, UNRESOLVED_AREA).times(part)
    low, high = flatness.flat_share_interval(finest, rates, epsilon)
    return Bounds(fraction, low, high).times(part)


def flat_fractions(evidence: Evidence, planes: Mapping[Name, Surface]) -> dict[Name, Bounds]:
    """The flat areas of several planes, all as fractions of the first plane.

    Planes of one scale have the same unit of theta, so that these fractions can be compared also
    if the planes have different edges.

    Args:
        evidence: Holds epsilon, and the error rates that were computed before.
        planes: The planes by name.

    Returns:
        The fractions by name, with their bounds.
    """
    first = next(iter(planes.values()))
    fractions = {}
    for name, surface in planes.items():
        own = flat_fraction(evidence, surface)
        fractions[name] = own.times(surface.area / first.area)
    return fractions


def sharpest(evidence: Evidence, planes: Mapping[str, Surface]) -> Finding:
    """Judge whether the first of several planes has the smallest flat fraction.

    Args:
        evidence: Holds epsilon, and the error rates that were computed before.
        planes: The planes by name.

    Returns:
        The finding; its number is the flat fraction of the first plane.
    """
    fractions = flat_fractions(evidence, planes)
    first, *others = fractions.values()
    return Finding(
        held=all_of(is_less(first, other) for other in others),
        measured=f"flat fraction of the plane: {texts(fractions, '.2%')}",
        figure=first.figure,
    )


def flat_lengths(evidence: Evidence, surface: Surface, angles: Array) -> list[Bounds]:
    """The flat lengths of cuts through w*, in units of theta.

    Args:
        evidence: Holds epsilon, and the error rates that were computed before.
        surface: The plane; its zoom is measured where that shows the whole flat area.
        angles: The cuts' angles (k,), degrees.

    Returns:
        One length a cut with its bounds.
    """
    epsilon = evidence.settings.epsilon
    surface = flatness.finest(surface, epsilon)
    rates = error_rate(evidence, surface)
    lengths = flatness.flat_lengths(surface, rates, angles, epsilon)
    steps = _steps(surface, angles)
    draws = flatness.redrawn_rates(surface, rates)
    drawn = flatness.drawn_flat_lengths(surface, draws, angles, epsilon)
    bounds = []
    for place, length in enumerate(lengths):
        least = LEAST_STEPS * steps[place]
        if _reaches_edge(surface, rates, angles[place], epsilon):
            bounds.append(Bounds(length, length, np.inf, CUT_OFF))
        elif length < least:
            bounds.append(Bounds(length, 0.0, least, UNRESOLVED_LENGTH))
        else:
            bounds.append(_interval(length, drawn[:, place]))
    return bounds


def sharpest_angle(evidence: Evidence, surface: Surface, angles: Array) -> Bounds | None:
    """The angle of the cut with the shortest flat length in weight space.

    Lengths in units of theta depend on the norms and the angle of the two class gradients; lengths
    in weight space do not.

    Args:
        evidence: Holds epsilon, and the error rates that were computed before.
        surface: The plane; its zoom is measured where that shows the whole flat area.
        angles: The angles of all cuts (k,) in the orthonormal frame of the plane, degrees.

    Returns:
        The angle in the units of theta, with the range that the bootstrap over images finds; None
        if the shortest length is under two steps of the grid.
    """
    epsilon = evidence.settings.epsilon
    surface = flatness.finest(surface, epsilon)
    frame = theta_angles(surface, angles)
    rates = error_rate(evidence, surface)
    norms = flatness.unit_steps(surface, frame)
    lengths = flatness.flat_lengths(surface, rates, frame, epsilon)
    shortest = int((lengths * norms).argmin())
    if lengths[shortest] < LEAST_STEPS * _steps(surface, frame)[shortest]:
        return None
    middle = frame[shortest]
    draws = flatness.redrawn_rates(surface, rates)
    drawn = flatness.drawn_flat_lengths(surface, draws, frame, epsilon) * norms
    turns = [turn(frame[place], middle) for place in drawn.argmin(1)]
    low, high = np.quantile(turns, flatness.ENDS)
    return Bounds(float(middle), float(middle + low), float(middle + high))


def longest_to_shortest(evidence: Evidence, surface: Surface, angles: Array) -> Bounds:
    """How many times as long as wide the flat area is, by cuts in weight space.

    Args:
        evidence: Holds epsilon, and the error rates that were computed before.
        surface: The plane.
        angles: The angles of all cuts (k,) in the orthonormal frame of the plane, degrees.

    Returns:
        The ratio of the longest to the shortest flat length, with its bounds.
    """
    frame = theta_angles(surface, angles)
    norms = flatness.unit_steps(surface, frame)
    bounds = flat_lengths(evidence, surface, frame)
    lengths = np.array([bound.figure for bound in bounds]) * norms
    lows = np.array([bound.low for bound in bounds]) * norms
    highs = np.array([bound.high for bound in bounds]) * norms
    longest = int(lengths.argmax())
    shortest = int(lengths.argmin())
    remarks = dict.fromkeys(bounds[place].remark for place in (longest, shortest))
    with np.errstate(divide="ignore"):
        high = np.divide(highs[longest], lows[shortest])
    return Bounds(
        figure=float(lengths[longest] / lengths[shortest]),
        low=float(max(lows[longest] / highs[shortest], 1.0)),
        high=float(high),
        remark=", ".join(filter(None, remarks)),
    )


def theta_angles(surface: Surface, angles: Array) -> Array:
    """The angles in units of theta of directions in an orthonormal frame of the plane.

    Args:
        surface: The plane; its Gram matrix holds the directions' norms and their angle.
        angles: Angles (k,) from the first direction, degrees, measured in weight space.

    Returns:
        Angles (k,), degrees from 0 up to 180; those given if the directions are parallel.
    """
    (first, product), (_, second) = surface.gram
    height = second - product**2 / first if first > 0 else 0.0
    if height <= ROUNDING * second:
        return angles
    radians = np.radians(angles)
    theta_2 = np.sin(radians) / np.sqrt(height)
    theta_1 = (np.cos(radians) - theta_2 * product / np.sqrt(first)) / np.sqrt(first)
    turned = np.degrees(np.arctan2(theta_2, theta_1)) % 180
    rounded: Array = np.round(turned, 9) % 180
    return rounded


def turn(angle: float, other: float) -> float:
    """The turn from one cut to another, -90 to 90 degrees; 170 and -10 degrees are the same cut.

    Args:
        angle: The angle of the cut that the turn leads to, degrees.
        other: The angle of the cut that it starts from.

    Returns:
        The turn in degrees.
    """
    return (angle - other + 90) % 180 - 90


def text(bounds: Bounds, form: str) -> str:
    """Write a number with its interval, or with the remark on its bounds.

    Args:
        bounds: The number.
        form: The format of each number, such as `.2%`.

    Returns:
        A text such as `1.15% (0.91% to 1.43%)` or `0.15% (under 4 cells)`.
    """
    if bounds.remark:
        return f"{bounds.figure:{form}} ({bounds.remark})"
    return f"{bounds.figure:{form}} ({bounds.low:{form}} to {bounds.high:{form}})"


def texts(numbers: dict[str, Bounds], form: str) -> str:
    """Write numbers with their names.

    Args:
        numbers: The numbers by name.
        form: The format of each number.

    Returns:
        Each name with its number, and commas between them.
    """
    parts = [f"{name} {text(bounds, form)}" for name, bounds in numbers.items()]
    return ", ".join(parts)


def _interval(figure: float, drawn: Array) -> Bounds:
    low, high = np.quantile(drawn, flatness.ENDS)
    return Bounds(float(figure), float(min(low, figure)), float(max(high, figure)))


def _steps(surface: Surface, angles: Array) -> Array:
    """The length (k,) of one step of the grid along each cut, in units of theta."""
    radians = np.radians(angles)
    step_1 = float(np.diff(surface.theta_1).mean())
    step_2 = float(np.diff(surface.theta_2).mean())
    along_1 = np.abs(np.cos(radians)) / step_1
    along_2 = np.abs(np.sin(radians)) / step_2
    steps: Array = 1 / np.maximum(along_1, along_2)
    return steps


def _reaches_edge(surface: Surface, rates: Array, angle: float, epsilon: float) -> bool:
    """Whether the flat stretch of a cut reaches the plane's edge on one side at least."""
    _, values = flatness.cut(surface, rates, angle)
    middle = len(values) // 2
    is_low = values <= values[middle] + epsilon + ROUNDING
    return bool(is_low[middle:].all() or is_low[: middle + 1].all())
