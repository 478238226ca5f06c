"""How flat every plane is, run beside run and scale beside scale."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from interference import flatness
from interference.flatness import Flatness
from interference.report.planes import EPSILON, scales
from interference.report.study import Section, Study
from interference.report.words import table
from interference.surfaces import Surface

HTML = """<p>How flat every plane is around w*: its flat area (mistakes at most 5 points above those of w*), the
steepest rise along an axis, and what the mistakes settle at far away.
<span class="how">On a raw plane theta is a learning rate, and gradients differ in length by orders of magnitude, so
that a large flat area may only mean short steps. At the other scales all nets step alike. In weight space the raw, the
step and the relative plane of a pair are the same plane, seen through windows of different size. A hollow mark is a
lower bound: the plane's edge cuts its flat area off. A small one is of less than a cell of the grid, and so read
between its points.</span></p>
<div class="controls"></div>
<div class="measures"></div>"""
HEADS = ("scale", "pair", "run", "flat area, % of the plane", "in theta squared", "in weight space", "steepest rise",
         "far field, %", "")
CUT_OFF, UNRESOLVED = "cut off by the edge: at least so large", "less than a cell of the grid"


def section(study: Study) -> Section | None:
    """The section, None where no plane was swept."""
    if not study.planes:
        return None
    measured = [(plane, flatness.measure(plane, EPSILON)) for plane in study.planes]
    rows = "".join(("<details><summary>All figures as a table</summary>",
                    table(HEADS, [_row(*one) for one in measured], "Flatness of every plane"), "</details>"))
    return Section("Flatness", HTML + rows, "flat", {
        "scales": scales(study.planes), "chance": study.planes[0].chance, "planes": [_given(*one) for one in measured]})


def _given(plane: Surface, flat: Flatness) -> Mapping[str, Any]:
    return {"run": plane.run, "scale": plane.scale, "name": plane.name, **asdict(flat)}


def _row(plane: Surface, flat: Flatness) -> tuple[str, ...]:
    """A plane's figures as words, with what is to be known of its area."""
    marks = [words for words, holds in ((CUT_OFF, flat.cut_off), (UNRESOLVED, flat.unresolved)) if holds]
    values = (100 * flat.share, flat.theta_area, flat.area, flat.slope, flat.plateau)
    return plane.scale, plane.name, plane.run, *(f"{value:.3g}" for value in values), "; ".join(marks)
