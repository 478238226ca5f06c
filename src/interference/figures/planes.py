"""What the exhibits of interference planes share: which planes stand together, their scale in words, their colours."""

from collections.abc import Mapping
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable

from interference import flatness, surfaces
from interference.confusion import Array
from interference.figures import style
from interference.surfaces import Surface
from interference.tables import Table

EPSILON = 5.0  # points of mistake rate above w*'s that are still flat
OUTLINE = 4  # of so many samples of the flat area one is enough to draw its outline
SCALES = {
    "raw": "raw class gradients",
    "step": "unit steps: theta is the norm of the weight change",
    "relative": "relative steps: theta is the weight change as a fraction of the weights' norm",
    "filter": "filter-normalised class gradients",
    "random": "random directions, filter-normalised",
}
RANDOM = "random"  # the scale at which the classes of a pair are but the numbers of two draws


@dataclass(frozen=True, eq=False)
class Plane:
    """A table that holds one plane, the surface that it tells of, and its mistake rate (n1, n2) in percent."""

    table: Table
    surface: Surface
    mistakes: Array


def groups(tables: Mapping[str, Table]) -> dict[str, list[Plane]]:
    """The planes of each run and scale, with a name for them; a table of many planes is taken apart."""
    of: dict[str, list[Table]] = {}
    for table in style.ordered(tables):
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
    return f"{style.run_label(table.run)} ({scale(table)})"


def scale(table: Table) -> str:
    """The scale of a plane, in words."""
    return SCALES.get(table.meta["scale"], str(table.meta["scale"]))


def source(table: Table, *more: str) -> str:
    """Where planes of one run come from."""
    points = f"{table.frame['i'].nunique()} x {table.frame['j'].nunique()} points"
    seen, within = f"{table.meta['images']} {table.meta['split']} images", 100 * table.meta.get("tolerance", 0)
    if within:
        seen = f"samples of {seen}, mistake rates within {within:g} points"
    return style.source([table.run], seen, points,
                        f"batch norm {table.meta.get('batch_norm', 'frozen')}", *more)


def ways(surface: Surface) -> tuple[str, str]:
    """What moving along theta_1 and along theta_2 does, in words; a random direction is known by its number."""
    if surface.scale == RANDOM:
        return f"random {surface.pair[0] + 1}", f"random {surface.pair[1] + 1}"
    first, second = (surface.classes.labels[label] for label in surface.pair)
    return f"descend {first}", f"descend {second}"


def name(surface: Surface) -> str:
    """The pair of a plane in words."""
    if surface.scale == RANDOM:
        return f"random {surface.pair[0] + 1} and {surface.pair[1] + 1}"
    return style.pair_label(*(surface.classes.labels[label] for label in surface.pair))


def bands(rates: list[Array], least: float) -> Array:
    """Where bands of ten points of mistake rates meet, in percent, from 0 to `least`, or higher where a rate is."""
    top = 10 * np.ceil((max(least, *(np.nanmax(rate) for rate in rates)) - 1) / 10)
    return np.arange(0, top + 1, 10)


def colours(bands: Array) -> ScalarMappable:
    """A colour a band."""
    return ScalarMappable(mpl.colors.BoundaryNorm(bands, 256, clip=True), style.TERRAIN)


def terrain(axes: Axes, across: Array, up: Array, rate: Array, bands: Array, size: float = 1.0) -> None:
    """A filled contour map of mistake rates (up, across); white round the flat area, a dot at the trained net."""
    shades = colours(bands)
    axes.contourf(across, up, np.minimum(rate, bands[-1]), levels=bands, cmap=shades.cmap, norm=shades.norm)
    excess = flatness.flat_excess(rate, EPSILON)[::OUTLINE, ::OUTLINE]
    if excess.max() > 0:
        fine = [np.linspace(axis[0], axis[-1], n) for axis, n in zip((across, up), excess.T.shape, strict=True)]
        axes.contour(*fine, excess, levels=[0], colors="white", linewidths=1.3 * size)
    axes.plot(0, 0, "o", ms=4 * size, color="white", mec="black", mew=0.8 * size)
