"""What the exhibits of interference planes share: which planes stand together, their scale in words, their colours."""

from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable

from interference import surfaces
from interference.io.tables import Table
from interference.reporting.figures import style
from interference.study import runs
from interference.surfaces import Surface, flatness
from interference.thresholds import EPSILON
from interference.vocabulary import SCALES, Array


@dataclass(frozen=True, eq=False)
class Plane:
    """A table that holds one plane, the surface that it tells of, and its mistake rate (n1, n2) in percent."""

    table: Table
    surface: Surface
    mistakes: Array


def groups(tables: Mapping[str, Table]) -> dict[str, list[Plane]]:
    """The planes of each run and scale, with a name for them; a table of many planes is taken apart."""
    of: dict[str, list[Table]] = {}
    for table in runs.ordered(tables):
        of.setdefault(f"{table.run['name']}-{table.meta['scale']}", []).append(table)
    found = {name: _planes(some) for name, some in of.items()}
    return {name: group for name, group in found.items() if group}


def _planes(tables: list[Table]) -> list[Plane]:
    """The planes of some tables, one a pair: a pair may be swept alone and among all."""
    found = [plane(one) for table in tables for one in surfaces.planes(table)]
    return list({one.surface.pair: one for one in found}.values())


def plane(table: Table) -> Plane:
    """The plane of a table that holds one."""
    surface = surfaces.from_table(table)
    return Plane(table, surface, surfaces.mistake_rate(surface))


def title(table: Table) -> str:
    """The run and the scale of a plane, in words."""
    return f"{runs.run_label(table.run)} ({scale(table)})"


def scale(table: Table) -> str:
    """The scale of a plane, in words."""
    return SCALES.get(table.meta["scale"], str(table.meta["scale"]))


def source(table: Table, *more: str) -> str:
    """Where planes of one run come from."""
    points = f"{table.frame['i'].nunique()} x {table.frame['j'].nunique()} points"
    seen, within = (
        f"{table.meta['images']} {table.meta['split']} images",
        100 * table.meta.get("tolerance", 0),
    )
    if within:
        seen = f"samples of {seen}, mistake rates within {within:g} points"
    return runs.source(
        [table.run], seen, points, f"batch norm {table.meta.get('batch_norm', 'frozen')}", *more
    )


def bands(rates: list[Array], least: float) -> Array:
    """Where bands of ten points of mistake rates meet, in percent, from 0 to `least`, or higher where a rate is."""
    top = 10 * np.ceil((max(least, *(np.nanmax(rate) for rate in rates)) - 1) / 10)
    return np.arange(0, top + 1, 10)


def colours(bands: Array) -> ScalarMappable:
    """A colour a band."""
    return ScalarMappable(mpl.colors.BoundaryNorm(bands, 256, clip=True), style.TERRAIN)


def white_line(epsilon: float) -> str:
    """What the white line of a map is, in words; `epsilon` in points of mistake rate."""
    return f"white line: at most {epsilon:g} points above the trained net (dot)"


def flat(epsilon: float) -> str:
    """What counts as flat, in words; `epsilon` in points of mistake rate."""
    return f"flat: at most {epsilon:g} points above the trained net"


def terrain(
    axes: Axes,
    across: Array,
    up: Array,
    rate: Array,
    bands: Array,
    epsilon: float = EPSILON,
    size: float = 1.0,
) -> None:
    """A filled contour map of mistake rates (up, across), with a dot at the trained net.

    A white line is drawn around the flat area: at most `epsilon` points of mistake rate above the trained net.
    """
    shades = colours(bands)
    axes.contourf(
        across, up, np.minimum(rate, bands[-1]), levels=bands, cmap=shades.cmap, norm=shades.norm
    )
    axes.plot(*flatness.outline(across, up, rate.T, epsilon).T, color="white", linewidth=1.3 * size)
    axes.plot(0, 0, "o", ms=4 * size, color="white", mec="black", mew=0.8 * size)
