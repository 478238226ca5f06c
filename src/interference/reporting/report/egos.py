"""Ego models (Definition 1): every class's mistakes while the net moves along the gradient of one class alone."""

from typing import Any

from interference import surfaces
from interference.reporting.report.packing import Arrays
from interference.reporting.report.planes import foremost, scales
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.surfaces import Surface


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section, None where no class was moved along by itself."""
    if not study.lines:
        return None
    labels = [line.pair[0] for line in study.lines]
    others = range(len(study.classes))
    most, _ = foremost(
        study, [(label, other) for label in labels for other in others if label != other]
    )
    lines = [_line_data(line, arrays) for line in study.lines]
    data = {"first": most, "scales": scales(study.lines), "lines": lines}
    return Section("Ego models", "egos.html", view="egos", data=data)


def _line_data(line: Surface, arrays: Arrays) -> dict[str, Any]:
    """A class's line for the script: every class's mistakes and sizes (n, C) along it."""
    sizes = line.counts[0].sum(-1)
    return {
        "run": line.run,
        "scale": line.scale,
        "label": line.pair[0],
        "edge": line.theta_2[-1],
        "mistakes": arrays.add(sizes - surfaces.right(line)[0]),
        "sizes": arrays.add(sizes),
    }
