"""Interference planes to turn, to cut and to set side by side, those of several nets and set-ups at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interference import confusion, surfaces
from interference.confusion import by_epoch
from interference.io.tables import Table
from interference.reporting.report.packing import Arrays
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.surfaces import Surface, flatness
from interference.vocabulary import SCALES, Array

NORMED = (
    "raw",
    "step",
)  # scales whose cuts are measured as norms of the weight change, the others' in theta


@dataclass(frozen=True)
class Planes:
    """What the section shows: whether there are planes at the raw and at the step scale, and how all were measured."""

    epsilon: float
    raw: bool
    step: bool
    sources: Sequence[str]


def section(study: Study, arrays: Arrays, epsilon: float) -> Section | None:
    """The section, None where no plane was swept; flat is at most `epsilon` points of mistakes above w*'s."""
    if not study.planes:
        return None
    shown_scales = scales(study.planes)
    sources = list(dict.fromkeys(_source(table) for table in study.surfaces.values()))
    context = Planes(epsilon, "raw" in shown_scales, "step" in shown_scales, sources)
    data = {
        "first": study.planes[0].classes.joined(
            foremost(study, [plane.pair for plane in study.planes])
        ),
        "scales": shown_scales,
        "epsilon": epsilon,
        "normed": NORMED,
        "cut_points": flatness.CUT_POINTS,
        "planes": [_plane_data(plane, arrays, epsilon) for plane in study.planes],
    }
    return Section("Surfaces", "planes.html", context, "planes", data)


def scales(found: Iterable[Surface]) -> dict[str, str]:
    """The scales of some planes or lines, each in words."""
    return {scale: SCALES[scale] for scale in dict.fromkeys(plane.scale for plane in found)}


def foremost(study: Study, pairs: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The one of some pairs whose classes are taken for each other most on the test sets of all runs."""
    counts = [by_epoch.test_counts(table) for table in study.of_runs("cctm").values()]
    if not counts:
        return pairs[0]
    rates = np.nan_to_num(confusion.symmetrised(confusion.cctm(np.sum(counts, 0))))
    return max(pairs, key=lambda pair: float(rates[pair]))


def _plane_data(plane: Surface, arrays: Arrays, epsilon: float) -> dict[str, Any]:
    """A plane for the script: counts and sums by class at every point, and how flat it is.

    `mistakes`, `sizes` and `losses` are (n1, n2, C), `lengths` (180,) in units of theta, `outline` (k, 2) of theta_1
    and theta_2; `edge` is the last theta of each axis and `gram` the two squares and the product of the directions.
    """
    rate = surfaces.mistake_rate(plane)
    return {
        "run": plane.run,
        "scale": plane.scale,
        "pair": plane.classes.joined(plane.pair),
        "name": plane.name,
        "ways": plane.ways,
        "edge": (plane.theta_1[-1], plane.theta_2[-1]),
        "gram": (plane.gram[0, 0], plane.gram[0, 1], plane.gram[1, 1]),
        "flat": 100 * flatness.flat_share(rate, epsilon),
        "cut_off": flatness.is_cut_off(rate, epsilon),
        **counted(plane, arrays),
        "losses": arrays.add(plane.loss_sum.sum(-1)),
        "lengths": arrays.add(flatness.flat_lengths(plane, rate, flatness.ANGLES, epsilon)),
        "outline": arrays.add(flatness.outline(plane.theta_1, plane.theta_2, rate, epsilon)),
    }


def counted(plane: Surface, arrays: Arrays) -> dict[str, Any]:
    """Images of each class predicted wrong and images of each class, (n1, n2, C) at the points of a plane."""
    sizes: Array = plane.counts.sum(-1)
    return {"mistakes": arrays.add(sizes - surfaces.right(plane)), "sizes": arrays.add(sizes)}


def _source(table: Table) -> str:
    """On what and at how many points a table was measured, in words."""
    seen, within = (
        f"{table.meta['images']:,} {table.meta['split']} images",
        100 * table.meta.get("tolerance", 0),
    )
    if within:
        seen = f"samples of {seen} (mistake rates within {within:g} points)"
    return f"{seen}, batch norm {table.meta['batch_norm']}"
