"""The first section: a card that answers which two classes interfere, how much, and how surely."""

from dataclasses import dataclass
from typing import Any

from interference.reporting.report.answer import Answer, answer
from interference.reporting.report.planes import preferred_scale
from interference.reporting.report.section import Section
from interference.study.study import Study


@dataclass(frozen=True)
class Overview:
    """The facts of the section's template.

    Attributes:
        runs: The number of runs.
        tested: Whether a run was tested.
        data: The data set's name.
        classes: The number of classes.
        answer: The answer; None if no run was tested or no class is predicted as another.
        plane: Whether there is a plane to show as the head picture.
        left_out: A sentence on the runs that the page leaves out; empty if there are none.
    """

    runs: int
    tested: bool
    data: str
    classes: int
    answer: Answer | None
    plane: bool
    left_out: str


def section(study: Study) -> Section:
    """The card with the answer, and a plane as the head picture.

    Args:
        study: The study.

    Returns:
        The section.
    """
    tables = study.by_run
    head_plane = _head_plane(study)
    context = Overview(
        runs=len(tables),
        tested=bool(study.of_runs("cctm")),
        data=next((table.run["data"]["name"] for table in tables.values()), ""),
        classes=len(study.classes),
        answer=answer(study),
        plane=head_plane is not None,
        left_out=study.left_out,
    )
    if head_plane is None:
        return Section("Overview", "overview.html", context)
    return Section("Overview", "overview.html", context, "head", {"plane": head_plane})


def _head_plane(study: Study) -> int | None:
    """The position of the plane that stands at the top; None without planes.

    It is that of the worst pair if it was swept, and of the first run.
    """
    if not study.planes:
        return None
    scale = preferred_scale(study.planes)
    found = answer(study)
    pair = set(found.cell) if found else set()

    def rank(position: int) -> tuple[Any, ...]:
        plane = study.planes[position]
        return (plane.scale != scale, set(plane.pair) != pair, study.runs.index(plane.run))

    return min(range(len(study.planes)), key=rank)
