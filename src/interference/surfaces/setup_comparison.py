"""Compares the flat areas of a net's set-ups: does a large learning rate find flatter minima?"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interference.surfaces import Surface, flatness
from interference.surfaces.flatness import Flatness
from interference.vocabulary import SCALES


@dataclass(frozen=True, eq=False)
class Measured:
    """A plane with its flatness.

    Attributes:
        run: The resolved parameters of the plane's run.
        surface: The plane.
        flat: How flat it is around w*.
    """

    run: Mapping[str, Any]
    surface: Surface
    flat: Flatness

    @property
    def kind(self) -> tuple[str, str]:
        """The run's set-up and net."""
        setup = self.run["optim"]
        net = self.run["net"]
        return setup, net


def run_with_largest_rate(measured: Sequence[Measured]) -> Mapping[str, Any]:
    """A run of the set-up with the largest learning rate.

    Args:
        measured: The planes of several set-ups.

    Returns:
        The run's resolved parameters.
    """
    runs = [plane.run for plane in measured]
    return max(runs, key=_learning_rate)


def _learning_rate(run: Mapping[str, Any]) -> float:
    """The learning rate of a run; below all rates if it is unknown, as that of a given net."""
    return float(run["setup"].get("lr", -math.inf))


def count_largest(measured: Sequence[Measured]) -> dict[str, str]:
    """Count the planes in which the largest learning rate leads to the largest flat area.

    Planes of one net, seed, pair and scale are compared. The comparison in units of theta is the
    paper's at the raw scale, and is fair at a scale at which all nets step alike.

    Args:
        measured: The planes.

    Returns:
        A text such as `raw 3 of 4 (1 open)` for areas in units of theta and for areas in weight
        space; empty if there is only one set-up.
    """
    setups = {plane.run["optim"] for plane in measured}
    if len(setups) < 2:
        return {}
    return {
        "in units of theta": _count_by_scale(measured, lambda flat: flat.theta_area),
        "in weight space": _count_by_scale(measured, lambda flat: flat.area),
    }


def _count_by_scale(measured: Sequence[Measured], area: Callable[[Flatness], float]) -> str:
    """A text that states, for each scale, in how many planes the area is the largest."""
    counts = [
        f"{scale} {count_true(answers)}" for scale, answers in verdicts(measured, area).items()
    ]
    return " · ".join(counts)


def verdicts(
    measured: Sequence[Measured], area: Callable[[Flatness], float]
) -> dict[str, list[bool | None]]:
    """Whether the set-up with the largest learning rate has the largest flat areas.

    Args:
        measured: The planes.
        area: Gives the area that is compared.

    Returns:
        By scale, one answer for each plane of that set-up; None if an edge that cuts an area off
        leaves the answer open.
    """
    setup = run_with_largest_rate(measured)["optim"]
    by_scale: dict[str, list[bool | None]] = {}
    for group in group_comparable(measured):
        scale = group[0].surface.scale
        answers = by_scale.setdefault(scale, [])
        answers.extend(_verdicts(group, setup, area))
    return {scale: by_scale[scale] for scale in SCALES if by_scale.get(scale)}


def count_true(verdicts: Sequence[bool | None]) -> str:
    """State how many answers are true.

    Args:
        verdicts: True, false, or None for an open answer.

    Returns:
        A text such as `3 of 4 (1 open)`.
    """
    count = f"{verdicts.count(True)} of {len(verdicts)}"
    if None in verdicts:
        return f"{count} ({verdicts.count(None)} open)"
    return count


def group_comparable(measured: Iterable[Measured]) -> list[list[Measured]]:
    """Group planes that may be compared.

    Args:
        measured: The planes.

    Returns:
        The planes of each net, seed, pair and scale.
    """
    groups: dict[tuple[Any, ...], list[Measured]] = {}
    for plane in measured:
        run, surface = plane.run, plane.surface
        key = (surface.scale, run["net"], run["seed"], surface.pair)
        group = groups.setdefault(key, [])
        group.append(plane)
    return list(groups.values())


def _verdicts(
    group: list[Measured], setup: str, area: Callable[[Flatness], float]
) -> Iterator[bool | None]:
    """Whether the flat area of each of a set-up's planes is larger than those of the others."""
    own = [plane.flat for plane in group if plane.run["optim"] == setup]
    others = [plane.flat for plane in group if plane.run["optim"] != setup]
    if not others:
        return
    for flat in own:
        yield flatness.is_largest(flat, others, area)
