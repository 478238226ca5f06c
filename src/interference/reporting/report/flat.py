"""How flat every plane is, run beside run and scale beside scale."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from interference.reporting.report.planes import scales
from interference.reporting.report.section import Section, TextTable
from interference.study.study import Study
from interference.surfaces import flatness
from interference.surfaces.setup_comparison import Measured, answers, foremost

SAME_PLANE = {
    "raw",
    "step",
    "relative",
}  # scales at which a pair's plane is the same one in weight space
HEADS = (
    "scale",
    "pair",
    "run",
    "flat area, % of the plane",
    "in theta squared",
    "in weight space",
    "steepest rise",
    "far field, %",
    "",
)
CUT_OFF = "cut off by the edge: at least so large"
UNRESOLVED = "less than a cell of the grid"


@dataclass(frozen=True)
class Setup:
    """The set-up with the largest learning rate."""

    optim: str
    lr: float
    schedule: str


@dataclass(frozen=True)
class Flat:
    """What the section shows.

    Attributes:
        epsilon: How far above w* a plane is still flat, in percentage points of the error rate.
        raw: Whether there are planes at the raw scale.
        others: Whether there are planes at other scales too.
        same_plane: Whether several scales show the same plane in weight space.
        setup: The set-up with the largest learning rate.
        answers: By unit of area, in how many planes that set-up has the largest flat area; empty without another.
        figures: Every plane's measures.
    """

    epsilon: float
    raw: bool
    others: bool
    same_plane: bool
    setup: Setup
    answers: Mapping[str, str]
    figures: TextTable


def section(study: Study, epsilon: float) -> Section | None:
    """The section, None where no plane was swept; flat is at most `epsilon` points of mistakes above w*'s."""
    if not study.planes:
        return None
    measured = [
        Measured(study.by_run[plane.run].run, plane, flatness.measure(plane, epsilon))
        for plane in study.planes
    ]
    shown_scales = scales(study.planes)
    run = foremost(measured)
    context = Flat(
        epsilon=epsilon,
        raw="raw" in shown_scales,
        others=len(shown_scales) > 1,
        same_plane=len(SAME_PLANE & set(shown_scales)) > 1,
        setup=Setup(run["optim"], run["setup"]["lr"], run["setup"]["schedule"]),
        answers=answers(measured),
        figures=TextTable("Flatness of every plane", HEADS, [_row(plane) for plane in measured]),
    )
    data = {
        "scales": shown_scales,
        "chance": study.planes[0].chance,
        "planes": [_plane_data(plane) for plane in measured],
    }
    return Section("Flatness", "flat.html", context, "flat", data)


def _plane_data(measured: Measured) -> dict[str, Any]:
    """A plane's measures for the script."""
    plane = measured.surface
    return {"run": plane.run, "scale": plane.scale, "name": plane.name, **asdict(measured.flat)}


def _row(measured: Measured) -> tuple[str, ...]:
    """A plane's figures as text, and whether its area is a bound or unresolved."""
    plane, flat = measured.surface, measured.flat
    marks = [
        text for text, holds in ((CUT_OFF, flat.cut_off), (UNRESOLVED, flat.unresolved)) if holds
    ]
    values = (100 * flat.share, flat.theta_area, flat.area, flat.slope, flat.plateau)
    return (
        plane.scale,
        plane.name,
        plane.run,
        *(f"{value:.3g}" for value in values),
        "; ".join(marks),
    )
