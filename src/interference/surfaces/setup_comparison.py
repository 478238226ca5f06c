"""Compares the flat areas of a net's set-ups, scale by scale: is a lowland more than a short step?"""

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
        return self.run["optim"], self.run["net"]


def foremost(measured: Sequence[Measured]) -> Mapping[str, Any]:
    """A run of the set-up with the largest learning rate.

    Args:
        measured: The planes of several set-ups.

    Returns:
        The run's resolved parameters.
    """
    return max(measured, key=lambda plane: float(plane.run["setup"]["lr"])).run


def answers(measured: Sequence[Measured]) -> dict[str, str]:
    """In how many planes the flat area of the `foremost` set-up is the largest, in words.

    Planes of one net, seed, pair and scale are compared. The comparison in units of theta is the paper's
    at the raw scale, and is fair at a scale at which all nets step alike.

    Args:
        measured: The planes.

    Returns:
        Words such as `raw 3 of 4 (1 open)` for areas in units of theta and for areas in weight space;
        empty if there is only one set-up.
    """
    if len({plane.run["optim"] for plane in measured}) < 2:
        return {}
    return {
        "in units of theta": _count(measured, lambda flat: flat.theta_area),
        "in weight space": _count(measured, lambda flat: flat.area),
    }


def _count(measured: Sequence[Measured], area: Callable[[Flatness], float]) -> str:
    """For each scale, in how many planes the area is the largest."""
    by_scale = verdicts(measured, area)
    return " · ".join(f"{scale} {counted(answered)}" for scale, answered in by_scale.items())


def verdicts(
    measured: Sequence[Measured], area: Callable[[Flatness], float]
) -> dict[str, list[bool | None]]:
    """Whether the planes of the `foremost` set-up have larger flat areas than those of the other set-ups.

    Args:
        measured: The planes.
        area: Gives the area that is compared.

    Returns:
        By scale, one answer a plane; None if an edge that cuts an area off leaves the answer open.
    """
    setup = foremost(measured)["optim"]
    by_scale: dict[str, list[bool | None]] = {}
    for group in alike(measured):
        answered = by_scale.setdefault(group[0].surface.scale, [])
        answered.extend(_verdicts(group, setup, area))
    return {scale: by_scale[scale] for scale in SCALES if by_scale.get(scale)}


def counted(verdicts: Sequence[bool | None]) -> str:
    """The number of answers that are true, in words.

    Args:
        verdicts: True, false, or None for an open answer.

    Returns:
        Words such as `3 of 4 (1 open)`.
    """
    doubt = f" ({verdicts.count(None)} open)" if None in verdicts else ""
    return f"{verdicts.count(True)} of {len(verdicts)}{doubt}"


def alike(measured: Iterable[Measured]) -> list[list[Measured]]:
    """Group planes that may be compared.

    Args:
        measured: The planes.

    Returns:
        The planes of each net, seed, pair and scale.
    """
    groups: dict[tuple[Any, ...], list[Measured]] = {}
    for plane in measured:
        key = (plane.surface.scale, plane.run["net"], plane.run["seed"], plane.surface.pair)
        groups.setdefault(key, []).append(plane)
    return [*groups.values()]


def _verdicts(
    group: list[Measured], setup: str, area: Callable[[Flatness], float]
) -> Iterator[bool | None]:
    """Whether the flat area of each of a set-up's planes is larger than those of the others."""
    others = [plane.flat for plane in group if plane.run["optim"] != setup]
    if not others:
        return
    for plane in group:
        if plane.run["optim"] == setup:
            yield flatness.is_largest(plane.flat, others, area)
