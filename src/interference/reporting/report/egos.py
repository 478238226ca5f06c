"""The section on ego models (Definition 1): all classes' errors along the gradient of one class."""

from typing import Any

from interference import surfaces
from interference.reporting.report.packing import Arrays
from interference.reporting.report.planes import preferred_scale, scale_captions, top_pair
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.surfaces import Surface


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section on ego models.

    Args:
        study: The study.
        arrays: Takes up the counts along every line.

    Returns:
        The section, or None if the net was moved along no class's gradient alone.
    """
    if not study.lines:
        return None
    pairs = []
    for line in study.lines:
        label = line.pair[0]
        pairs += [(label, other) for other in range(len(study.classes)) if other != label]
    first, _ = top_pair(study, pairs)
    lines = [_line_data(line, arrays) for line in study.lines]
    data = {
        "first": first,
        "scale": preferred_scale(study.lines),
        "scales": scale_captions(study.lines),
        "lines": lines,
    }
    return Section("Ego models", "egos.html", view="egos", data=data)


def _line_data(line: Surface, arrays: Arrays) -> dict[str, Any]:
    """A class's line for the script: the errors and the images of every class (n, C) along it."""
    sizes = line.counts[0].sum(-1)
    return {
        "run": line.run,
        "scale": line.scale,
        "label": line.pair[0],
        "edge": line.theta_2[-1],
        "mistakes": arrays.add(sizes - surfaces.correct_counts(line)[0]),
        "sizes": arrays.add(sizes),
    }
