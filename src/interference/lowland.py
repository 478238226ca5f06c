"""Is a lowland more than a short step? Flat areas of the set-ups of a net compared, scale by scale."""

from collections.abc import Callable, Iterator, Mapping, Sequence
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
    setup, words = foremost(found)["optim"], []
    for scale in surfaces.SCALES:
        alike: dict[tuple[Any, ...], list[Measured]] = {}
        for one in found:
            if one.surface.scale == scale:
                alike.setdefault((one.run["net"], one.run["seed"], one.surface.pair), []).append(one)
        verdicts = [verdict for mine in alike.values() for verdict in _verdicts(mine, setup, area)]
        if verdicts:
            doubt = f" ({verdicts.count(None)} open)" if None in verdicts else ""
            words.append(f"{scale} {verdicts.count(True)} of {len(verdicts)}{doubt}")
    return " · ".join(words)


def _verdicts(found: list[Measured], setup: str, area: Callable[[Flatness], float]) -> Iterator[bool | None]:
    """Whether the flat area of each of a set-up's planes is larger than those of the others."""
    others = [one.flat for one in found if one.run["optim"] != setup]
    for one in found if others else ():
        if one.run["optim"] == setup:
            yield flatness.is_largest(one.flat, others, area)
