"""How flat every plane is, run beside run and scale beside scale."""

from collections.abc import Mapping
from dataclasses import asdict
from html import escape
from typing import Any

from interference import flatness
from interference.lowland import Measured, answers, foremost
from interference.report.planes import scales
from interference.report.section import Section
from interference.report.words import holding, table
from interference.study import Study

WORDS = """<p>How flat every plane is around w*: its flat area (mistakes at most {epsilon:g} points above those of
w*), the steepest rise along an axis, and what the mistakes settle at far away.
<span class="how">{scales} A hollow mark is a lower bound: the plane's edge cuts its flat area off. A small one is of
less than a cell of the grid, and so read between its points.</span></p>"""
RAW = """On a raw plane theta is a learning rate, and gradients differ in length by orders of magnitude, so that a large
flat area may only mean short steps."""
OTHERS = "At the other scales all nets step alike."
SAME = """In weight space the raw, the step and the relative plane of a pair are the same plane, seen through windows of
different size."""
ALIKE = {"raw", "step", "relative"}
HEADS = ("scale", "pair", "run", "flat area, % of the plane", "in theta squared", "in weight space", "steepest rise",
         "far field, %", "")
CUT_OFF, UNRESOLVED = "cut off by the edge: at least so large", "less than a cell of the grid"


def section(study: Study, epsilon: float) -> Section | None:
    """The section, None where no plane was swept; flat is at most `epsilon` points of mistakes above w*'s."""
    if not study.planes:
        return None
    found = [Measured(study.by_run[plane.run].run, plane, flatness.measure(plane, epsilon)) for plane in study.planes]
    rows = table(HEADS, map(_row, found), "Flatness of every plane")
    scaled = scales(study.planes)
    told = holding((RAW, "raw" in scaled), (OTHERS, "raw" in scaled and len(scaled) > 1),
                   (SAME, len(ALIKE & set(scaled)) > 1))
    words = WORDS.format(epsilon=epsilon, scales=told)
    html = (f'{words}{_answer(found)}<div class="controls"></div><div class="measures"></div>'
            f"<details><summary>All figures as a table</summary>{rows}</details>")
    return Section("Flatness", html, "flat", {"scales": scaled, "chance": study.planes[0].chance,
                                              "planes": list(map(_given, found))})


def _answer(found: list[Measured]) -> str:
    """Whether the set-up of the largest learning rate has the largest flat areas; nothing where there is but one."""
    run = foremost(found)
    said = "".join(f"<li>{way}: {counts}</li>" for way, counts in answers(found).items())
    question = (f"<p>In how many planes is the flat area under <b>{escape(run['optim'])}</b> (learning rate "
                f"{run['setup']['lr']:g}, {escape(run['setup']['schedule'])}) the largest of its net's set-ups?</p>")
    return f"{question}<ul>{said}</ul>" if said else ""


def _given(one: Measured) -> Mapping[str, Any]:
    return {"run": one.surface.run, "scale": one.surface.scale, "name": one.surface.name, **asdict(one.flat)}


def _row(one: Measured) -> tuple[str, ...]:
    """A plane's figures as words, with what is to be known of its area."""
    plane, flat = one.surface, one.flat
    marks = [words for words, holds in ((CUT_OFF, flat.cut_off), (UNRESOLVED, flat.unresolved)) if holds]
    values = (100 * flat.share, flat.theta_area, flat.area, flat.slope, flat.plateau)
    return plane.scale, plane.name, plane.run, *(f"{value:.3g}" for value in values), "; ".join(marks)
