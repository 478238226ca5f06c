"""Groups, captions, colours and maps of interference planes, which several exhibits share."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable

from interference import surfaces
from interference.io.tables import Table
from interference.reporting.figures import theme
from interference.study import runs
from interference.surfaces import Surface, flatness
from interference.thresholds import EPSILON
from interference.vocabulary import SCALES, Array


@dataclass(frozen=True, eq=False)
class Plane:
    """An interference plane.

    Attributes:
        table: The table of this plane alone.
        surface: The confusion counts over the plane.
        mistakes: The error rate (n1, n2) in percent.
    """

    table: Table
    surface: Surface
    mistakes: Array

    def finest(self, epsilon: float) -> "Plane":
        """The plane on which the flat area is measured: the zoom where that shows all of it."""
        surface = flatness.finest(self.surface, epsilon)
        if surface is self.surface:
            return self
        return Plane(self.table, surface, surfaces.mistake_rate(surface))

    @property
    def zoom(self) -> "Plane | None":
        """The narrower plane around the trained net, None if the sweep added none."""
        zoom = self.surface.zoom
        if zoom is None:
            return None
        return Plane(self.table, zoom, surfaces.mistake_rate(zoom))

    def flat_share(self, epsilon: float) -> float:
        """The flat area as a fraction of the plane; `epsilon` in percentage points."""
        finest = self.finest(epsilon)
        part = finest.surface.area / self.surface.area
        return flatness.flat_share(finest.mistakes, epsilon) * part


def group(tables: Mapping[str, Table]) -> dict[str, list[Plane]]:
    """Group planes by run and scale.

    Args:
        tables: Tables of interference planes and ego models; a table may hold many planes.

    Returns:
        The planes of each run and scale by the name `RUN-SCALE`, which figures use as well.
    """
    by_name: dict[str, list[Table]] = {}
    for table in runs.ordered(tables):
        name = f"{table.run['name']}-{table.meta['scale']}"
        by_name.setdefault(name, []).append(table)
    groups = {name: _read_planes(members) for name, members in by_name.items()}
    return {name: planes for name, planes in groups.items() if planes}


def _read_planes(tables: list[Table]) -> list[Plane]:
    """Return the planes of tables, one for each pair; the last table with a pair counts."""
    by_pair = {}
    for table in tables:
        for single in surfaces.planes(table):
            plane = plane_of(single)
            by_pair[plane.surface.pair] = plane
    return list(by_pair.values())


def plane_of(table: Table) -> Plane:
    """Read the plane of a table that holds exactly one."""
    surface = surfaces.from_table(table)
    return Plane(table, surface, surfaces.mistake_rate(surface))


def title(table: Table) -> str:
    """Return the run and the scale of a plane, for a title."""
    return f"{runs.run_label(table.run)} ({scale(table)})"


def scale(table: Table) -> str:
    """Return the scale of a plane, for a title."""
    return SCALES.get(table.meta["scale"], str(table.meta["scale"]))


def caption(table: Table, *remarks: str) -> str:
    """Return the caption of an exhibit of planes of one run.

    Args:
        table: The table of one of the planes.
        *remarks: How to read the exhibit.

    Returns:
        The run, the images, the grid and the batch norm mode, and then the remarks.
    """
    grid = f"{table.frame['i'].nunique()} x {table.frame['j'].nunique()} points"
    images = f"{table.meta['images']} {table.meta['split']} images"
    tolerance = 100 * table.meta.get("tolerance", 0)
    if table.meta.get("flat_test"):
        border = f"rates within {tolerance:g} points" if tolerance else "all images"
        images = (
            f"{images}: rates of decided points from at least {_fewest_images(table)} of them, the "
            f"outline of the flat area from {border}"
        )
    elif tolerance:
        images = f"samples of {images}, error rates within {tolerance:g} points"
    batch_norm = f"batch norm {table.meta.get('batch_norm', 'frozen')}"
    return runs.source([table.run], images, grid, batch_norm, *remarks)


def _fewest_images(table: Table) -> int:
    """The number of images of the point of a table that has the fewest."""
    points = ["class_1", "class_2", "i", "j", *(["zoom"] if "zoom" in table.frame else [])]
    return int(table.frame.groupby(points)["count"].sum().min())


def bands(rates: Sequence[Array], least: float) -> Array:
    """Return the limits of bands of ten percentage points.

    Args:
        rates: Error rates of any shape in percent.
        least: The bands reach at least this percentage.

    Returns:
        The limits from 0 upwards, in percent.
    """
    highest = max(least, *(np.nanmax(rate) for rate in rates))
    top = 10 * np.ceil((highest - 1) / 10)
    return np.arange(0, top + 1, 10)


def colours(bands: Array) -> ScalarMappable:
    """Return a mapping that gives each band one colour."""
    return ScalarMappable(mpl.colors.BoundaryNorm(bands, 256, clip=True), theme.TERRAIN)


def outline(plane: Plane, epsilon: float) -> Array:
    """Return the outline of a plane's flat area, points (k, 2) of theta_1 and theta_2."""
    finest = plane.finest(epsilon)
    theta_1, theta_2 = finest.surface.theta_1, finest.surface.theta_2
    return flatness.outline(theta_1, theta_2, finest.mistakes, epsilon)


def white_line(epsilon: float) -> str:
    """Return the caption's text about a map's white line; `epsilon` in percentage points."""
    return f"white line: at most {epsilon:g} points above the trained net (dot)"


def flat(epsilon: float) -> str:
    """Return the caption's definition of flat; `epsilon` in percentage points."""
    return f"flat: at most {epsilon:g} points above the trained net"


def terrain(
    axes: Axes,
    across: Array,
    up: Array,
    rate: Array,
    bands: Array,
    epsilon: float = EPSILON,
    line_scale: float = 1.0,
    outline: Array | None = None,
) -> None:
    """Draw a filled contour map of error rates with a dot at the trained net.

    A white line surrounds the flat area.

    Args:
        axes: The panel.
        across: Coordinates along x (n,).
        up: Coordinates along y (m,).
        rate: The error rate (m, n) in percent.
        bands: The limits of the bands in percent.
        epsilon: How far the error rate may rise in the flat area, in percentage points.
        line_scale: The size of line and dot, compared with those of a single map.
        outline: Points (k, 2) of the white line; that of the flat area of `rate` if it is None.
    """
    shades = colours(bands)
    limited = np.minimum(rate, bands[-1])
    axes.contourf(across, up, limited, levels=bands, cmap=shades.cmap, norm=shades.norm)
    if outline is None:
        outline = flatness.outline(across, up, rate.T, epsilon)
    axes.plot(*outline.T, color="white", linewidth=1.3 * line_scale)
    axes.plot(0, 0, "o", ms=4 * line_scale, color="white", mec="black", mew=0.8 * line_scale)
