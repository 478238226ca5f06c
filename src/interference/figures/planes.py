"""What the exhibits of interference planes share: which planes stand together, their scale in words, their colours."""

from collections.abc import Iterator, Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable

from interference import surfaces
from interference.confusion import Array
from interference.figures import style
from interference.surfaces import Surface
from interference.tables import Table

EPSILON = 5.0  # points of mistake rate above w*'s that are still flat
SCALES = {
    "raw": "raw class gradients",
    "step": "unit steps: theta is the norm of the weight change",
    "relative": "relative steps: theta is the weight change as a fraction of the weights' norm",
    "filter": "filter-normalised class gradients",
    "random": "random directions, filter-normalised",
}


def groups(tables: Mapping[str, Table]) -> Iterator[tuple[str, list[Table]]]:
    """The planes of each run and scale, one a table, with a name for them; a table of many planes is taken apart."""
    keys = dict.fromkeys((table.run["name"], table.meta["scale"]) for table in style.ordered(tables))
    for run, scale in keys:
        mine = [table for table in tables.values() if (table.run["name"], table.meta["scale"]) == (run, scale)]
        by_pair = {tuple(plane.frame[["class_1", "class_2"]].iloc[0]): plane
                   for table in mine for plane in surfaces.planes(table)}  # a pair may be swept alone and among all
        yield f"{run}-{scale}", list(by_pair.values())


def title(table: Table) -> str:
    """The run and the scale of a plane, in words."""
    return f"{style.run_label(table.run)} ({SCALES.get(table.meta['scale'], table.meta['scale'])})"


def source(table: Table, *more: str) -> str:
    """Where planes of one run come from."""
    points = f"{table.frame['i'].max() + 1} x {table.frame['j'].max() + 1} points"
    seen, within = f"{table.meta['images']} {table.meta['split']} images", 100 * table.meta.get("tolerance", 0)
    if within:
        seen = f"samples of {seen}, mistake rates within {within:g} points"
    return style.source([table.run], seen, points,
                        f"batch norm {table.meta.get('batch_norm', 'frozen')}", *more)


def pair_labels(surface: Surface) -> tuple[str, str]:
    """The labels of theta_1's and theta_2's class."""
    first, second = surface.pair
    return surface.classes.labels[first], surface.classes.labels[second]


def bands(rates: list[Array], least: float) -> Array:
    """Where bands of ten points of mistake rates meet, in percent, from 0 to `least`, or higher where a rate is."""
    top = 10 * np.ceil((max(least, *(np.nanmax(rate) for rate in rates)) - 1) / 10)
    return np.arange(0, top + 1, 10)


def colours(bands: Array) -> ScalarMappable:
    """A colour a band."""
    return ScalarMappable(mpl.colors.BoundaryNorm(bands, 256, clip=True), style.TERRAIN)


def terrain(axes: Axes, across: Array, up: Array, rate: Array, bands: Array, size: float = 1.0) -> None:
    """A filled contour map of mistake rates (up, across); white where the flat area ends, a dot at the trained net."""
    shades = colours(bands)
    axes.contourf(across, up, np.minimum(rate, bands[-1]), levels=bands, cmap=shades.cmap, norm=shades.norm)
    flat = rate[len(up) // 2, len(across) // 2] + EPSILON
    if np.nanmin(rate) < flat < np.nanmax(rate):
        axes.contour(across, up, rate, levels=[flat], colors="white", linewidths=1.3 * size)
    axes.plot(0, 0, "o", ms=4 * size, color="white", mec="black", mew=0.8 * size)


def chance(surface: Surface) -> float:
    """The mistake rate, in percent, of a net that always names one class."""
    return 100 * (1 - 1 / len(surface.classes))
