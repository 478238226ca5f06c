"""The section on how flat every plane is, run beside run and scale beside scale."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from interference.reporting.report.planes import scale_captions
from interference.reporting.report.section import Section, TextTable
from interference.study.study import Study
from interference.surfaces import flatness
from interference.surfaces.setup_comparison import Measured, count_largest, run_with_largest_rate

SAME_PLANE = {"raw", "step", "relative"}  # scales at which a pair spans the same plane of weights
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
CUT_OFF = "cut off by the edge: a lower bound"
UNRESOLVED = "smaller than a cell of the grid"
ZOOMED = "measured on a narrower plane"


@dataclass(frozen=True)
class Setup:
    """The training configuration with the largest learning rate."""

    optim: str
    lr: float
    schedule: str


@dataclass(frozen=True)
class Flat:
    """The facts of the section's template.

    Attributes:
        epsilon: How far above w* a plane counts as flat, in percentage points of the error rate.
        raw: Whether there are planes at the raw scale.
        others: Whether there are planes at other scales too.
        same_plane: Whether several scales show the same plane of weights.
        setup: The training configuration with the largest learning rate; None if there is only one
            configuration.
        answers: By unit of area, in how many planes that configuration has the largest flat area;
            empty if there is only one configuration.
        figures: Every plane's measures.
    """

    epsilon: float
    raw: bool
    others: bool
    same_plane: bool
    setup: Setup | None
    answers: Mapping[str, str]
    figures: TextTable


def section(study: Study, epsilon: float) -> Section | None:
    """The section on flatness.

    Args:
        study: The study.
        epsilon: How far above w* a plane counts as flat, in percentage points of the error rate.

    Returns:
        The section, or None if no plane was swept.
    """
    if not study.planes:
        return None
    measured = []
    for plane in study.planes:
        run = study.by_run[plane.run].run
        measured.append(Measured(run, plane, flatness.measure(plane, epsilon)))
    captions = scale_captions(study.planes)
    answers = count_largest(measured)
    context = Flat(
        epsilon=epsilon,
        raw="raw" in captions,
        others=len(captions) > 1,
        same_plane=len(SAME_PLANE & set(captions)) > 1,
        setup=_leading_setup(measured) if answers else None,
        answers=answers,
        figures=TextTable("Flatness of every plane", HEADS, [_row(plane) for plane in measured]),
    )
    data = {
        "scales": captions,
        "chance": study.planes[0].chance,
        "planes": [_plane_data(plane) for plane in measured],
    }
    return Section("Flatness", "flat.html", context, "flat", data)


def _leading_setup(measured: Sequence[Measured]) -> Setup:
    """The training configuration with the largest learning rate."""
    run = run_with_largest_rate(measured)
    return Setup(run["optim"], run["setup"]["lr"], run["setup"]["schedule"])


def _plane_data(measured: Measured) -> dict[str, Any]:
    """A plane's measures for the script."""
    plane = measured.surface
    return {"run": plane.run, "scale": plane.scale, "name": plane.name, **asdict(measured.flat)}


def _row(measured: Measured) -> tuple[str, ...]:
    """A plane's measures as text, and whether its area is a lower bound or unresolved."""
    plane = measured.surface
    flat = measured.flat
    remarks = []
    if flat.cut_off:
        remarks.append(CUT_OFF)
    if flat.unresolved:
        remarks.append(UNRESOLVED)
    if flat.zoomed:
        remarks.append(ZOOMED)
    values = (100 * flat.share, flat.theta_area, flat.area, flat.slope, flat.plateau)
    texts = [f"{value:.3g}" for value in values]
    return (plane.scale, plane.name, plane.run, *texts, "; ".join(remarks))
