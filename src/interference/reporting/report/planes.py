"""The section on interference planes, which a reader turns, cuts and compares between runs."""

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
from interference.vocabulary import SCALES, SPLITS, Array

# The scales whose cuts are measured as norms of the weight change; cuts of the others are in theta.
NORMED = ("raw", "step")
FIRST_SCALE = "step"  # at which all nets move equally far, so that planes can be compared


@dataclass(frozen=True)
class Planes:
    """The facts of the section's template.

    Attributes:
        epsilon: How far above w* a plane counts as flat, in percentage points of the error rate.
        raw: Whether there are planes at the raw scale.
        step: Whether there are planes at the step scale.
        sources: On which images the planes were measured, and how.
    """

    epsilon: float
    raw: bool
    step: bool
    sources: Sequence[str]


def section(study: Study, arrays: Arrays, epsilon: float) -> Section | None:
    """The section on interference planes.

    Args:
        study: The study.
        arrays: Takes up the counts and losses at every point.
        epsilon: How far above w* a plane counts as flat, in percentage points of the error rate.

    Returns:
        The section, or None if no plane was swept.
    """
    if not study.planes:
        return None
    captions = scale_captions(study.planes)
    sources = list(dict.fromkeys(_source(table) for table in study.surfaces.values()))
    context = Planes(epsilon, "raw" in captions, "step" in captions, sources)
    first = top_pair(study, [plane.pair for plane in study.planes])
    data = {
        "first": study.classes.joined(first),
        "scale": preferred_scale(study.planes),
        "scales": captions,
        "epsilon": epsilon,
        "normed": NORMED,
        "cut_points": flatness.CUT_POINTS,
        "planes": [_plane_data(plane, arrays, epsilon) for plane in study.planes],
    }
    return Section("Surfaces", "planes.html", context, "planes", data)


def scale_captions(swept: Iterable[Surface]) -> dict[str, str]:
    """The captions of the scales at which planes or lines were swept, by scale.

    Args:
        swept: The planes or lines.

    Returns:
        The captions, in the order in which the scales first occur.
    """
    captions = {}
    for plane in swept:
        captions[plane.scale] = SCALES[plane.scale]
    return captions


def preferred_scale(swept: Iterable[Surface]) -> str:
    """The scale that is shown first: equal steps if some were swept, else the first one.

    Args:
        swept: The planes or lines, one or more.

    Returns:
        The scale.
    """
    scales = [plane.scale for plane in swept]
    return FIRST_SCALE if FIRST_SCALE in scales else scales[0]


def top_pair(study: Study, pairs: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The most interfering of several pairs of classes, on the test sets of all runs.

    Args:
        study: The study.
        pairs: Pairs of label numbers.

    Returns:
        The pair; the first of `pairs` if no run was tested.
    """
    counts = [by_epoch.test_counts(table) for table in study.of_runs("cctm").values()]
    if not counts:
        return pairs[0]
    pooled = confusion.cctm(np.sum(counts, 0))
    rates = np.nan_to_num(confusion.symmetrised(pooled))
    return max(pairs, key=lambda pair: float(rates[pair]))


def _plane_data(plane: Surface, arrays: Arrays, epsilon: float) -> dict[str, Any]:
    """A plane for the script: its counts and losses by class at every point, and how flat it is.

    The flat area, its lengths and its outline are those of the zoom where that shows all of it.
    `mistakes` (the errors), `sizes` (the images) and `losses` are (n1, n2, C). `lengths` (180,) is
    in units of theta. `outline` (k, 2) holds theta_1 and theta_2. `edge` is the last theta of each
    axis. `gram` holds the directions' inner products: of the first with itself, of both, and of the
    second with itself.
    """
    finest = flatness.finest(plane, epsilon)
    rate = surfaces.mistake_rate(finest)
    part = finest.area / plane.area
    sizes: Array = plane.counts.sum(-1)
    return {
        "run": plane.run,
        "scale": plane.scale,
        "pair": plane.classes.joined(plane.pair),
        "name": plane.name,
        "ways": plane.ways,
        "edge": (plane.theta_1[-1], plane.theta_2[-1]),
        "gram": (plane.gram[0, 0], plane.gram[0, 1], plane.gram[1, 1]),
        "flat": 100 * flatness.flat_share(rate, epsilon) * part,
        "cut_off": flatness.is_cut_off(rate, epsilon),
        "mistakes": arrays.add(sizes - surfaces.correct_counts(plane)),
        "sizes": arrays.add(sizes),
        "losses": arrays.add(plane.loss_sum.sum(-1)),
        "lengths": arrays.add(flatness.flat_lengths(finest, rate, flatness.ANGLES, epsilon)),
        "outline": arrays.add(flatness.outline(finest.theta_1, finest.theta_2, rate, epsilon)),
    }


def _source(table: Table) -> str:
    """The images on which a table was measured, and the treatment of batch norm."""
    split = table.meta["split"]
    number = table.meta["images"]
    images = f"{number:,} {SPLITS[split].short} images" if split else f"{number:,} images"
    tolerance = 100 * table.meta.get("tolerance", 0)
    if tolerance:
        images = f"samples of {images} (error rates within {tolerance:g} points)"
    return f"{images}, batch norm {table.meta['batch_norm']}"
