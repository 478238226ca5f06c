"""Is a lowland more than a short step? Flat areas of the set-ups of a net compared, scale by scale."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from interference import flatness, surfaces
from interference.flatness import Flatness
from interference.surfaces import Surface


@dataclass(frozen=True, eq=False)
class Measured:
    """A plane, the parameters of its run, and how flat it is."""

    run: Mapping[str, Any]
    surface: Surface
    flat: Flatness

    @property
    def kind(self) -> tuple[str, str]:
        """The run's set-up and net."""
        return self.run["optim"], self.run["net"]


def foremost(found: Sequence[Measured]) -> Mapping[str, Any]:
    """The parameters of a run of the set-up with the largest learning rate."""
    return max(found, key=lambda one: float(one.run["setup"]["lr"])).run


def answers(found: Sequence[Measured]) -> dict[str, str]:
    """In how many planes the `foremost` set-up's flat area is the largest of its net's set-ups, in words.

    Planes of one net, seed, pair and scale are compared: in units of theta, as the paper does at the raw scale, which
    is fair at any scale at which all nets step alike, and in weight space. Empty where there is but one set-up.
    """
    if len({one.run["optim"] for one in found}) < 2:
        return {}
    return {"in units of theta": _count(found, lambda flat: flat.theta_area),
            "in weight space": _count(found, lambda flat: flat.area)}


def _count(found: Sequence[Measured], area: Callable[[Flatness], float]) -> str:
    """Of each scale, in how many planes the area is the largest, and where edges leave that open."""
    return " · ".join(f"{scale} {counted(of)}" for scale, of in verdicts(found, area).items())


def verdicts(found: Sequence[Measured], area: Callable[[Flatness], float]) -> dict[str, list[bool | None]]:
    """By scale, whether each plane of the `foremost` set-up has a larger flat area than those of the others.

    None where an edge that cuts an area off leaves that open.
    """
    setup, of = foremost(found)["optim"], dict[str, list[bool | None]]()
    for mine in alike(found):
        of.setdefault(mine[0].surface.scale, []).extend(_verdicts(mine, setup, area))
    return {scale: of[scale] for scale in surfaces.SCALES if of.get(scale)}


def counted(verdicts: Sequence[bool | None]) -> str:
    """`3 of 4 (1 open)`."""
    doubt = f" ({verdicts.count(None)} open)" if None in verdicts else ""
    return f"{verdicts.count(True)} of {len(verdicts)}{doubt}"


def alike(found: Iterable[Measured]) -> list[list[Measured]]:
    """The planes of one net, seed, pair and scale, which may be compared, together."""
    groups: dict[tuple[Any, ...], list[Measured]] = {}
    for one in found:
        key = one.surface.scale, one.run["net"], one.run["seed"], one.surface.pair
        groups.setdefault(key, []).append(one)
    return [*groups.values()]


def _verdicts(found: list[Measured], setup: str, area: Callable[[Flatness], float]) -> Iterator[bool | None]:
    """Whether the flat area of each of a set-up's planes is larger than those of the others."""
    others = [one.flat for one in found if one.run["optim"] != setup]
    for one in found if others else ():
        if one.run["optim"] == setup:
            yield flatness.is_largest(one.flat, others, area)
