"""Ego models (Definition 1): every class's mistakes while the net moves along the gradient of one class alone."""

from typing import Any

from interference import surfaces
from interference.report.packing import Arrays
from interference.report.planes import foremost, scales
from interference.report.section import Section
from interference.study import Study
from interference.surfaces import Surface

HTML = """<p>The mistake rate of each class (100 - recall) while the net moves along the gradient of one class alone.
<span class="how">The net lies in the middle; to the right it descends the loss of the class that is chosen, whose own
curve is the thick one. A coloured curve that rises there belongs to a class that pays for it, the most on average; the
others are grey. Point at a curve for its class and its counts.</span></p>
<div class="controls"></div>
<div class="egos grid"></div>"""


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section, None where no class was moved along by itself."""
    if not study.lines:
        return None
    labels = [line.pair[0] for line in study.lines]
    others = range(len(study.classes))
    most, _ = foremost(study, [(label, other) for label in labels for other in others if label != other])
    return Section("Ego models", HTML, "egos", {"first": most, "scales": scales(study.lines),
                                                "lines": [_given(line, arrays) for line in study.lines]})


def _given(line: Surface, arrays: Arrays) -> dict[str, Any]:
    """What the script is given of a class's line: every class's mistakes and sizes (n, C) along it."""
    sizes = line.counts[0].sum(-1)
    return {"run": line.run, "scale": line.scale, "label": line.pair[0], "edge": line.theta_2[-1],
            "mistakes": arrays.add(sizes - surfaces.right(line)[0]), "sizes": arrays.add(sizes)}
