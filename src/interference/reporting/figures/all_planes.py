"""The mistake rate over the planes of many pairs at once: a triangle of maps, and the flat areas' shares beside it."""

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference.reporting.figures import planes, style
from interference.reporting.figures.planes import Plane
from interference.surfaces import flatness
from interference.thresholds import EPSILON

TILE, GAP = 0.72, 0.05  # inches
SIZE = 0.65  # of lines and dots, beside those of a map that stands alone


@style.styled()
def all_planes(found: list[Plane], epsilon: float = EPSILON) -> Figure:
    """The mistake rate, percent, over the planes of one run at one scale, for pairs of the classes that occur.

    Above the diagonal a map a pair: its row's class is descended upwards, its column's to the right. Below it the flat
    area as a share of the plane, percent; flat is at most `epsilon` points above the trained net.
    """
    bands = planes.bands([plane.mistakes for plane in found], found[0].surface.chance)
    shown = sorted({label for plane in found for label in plane.surface.pair})
    figure, panels = style.sheet(
        f"Mistake rate around {planes.title(found[0].table)}",
        planes.source(
            found[0].table,
            "a map: descend the row's class upwards, the column's to the right",
            planes.white_line(epsilon),
            "below the diagonal: flat area, % of the plane",
        ),
        rows=len(shown),
        columns=len(shown),
        panel=(TILE, TILE),
        gap=(GAP, GAP),
        left=0.1,
        right=0.75,
        above=0.1,
        below=0.1,
    )
    for (row, column), panel in np.ndenumerate(panels):
        _bare(panel, found[0].surface.classes.labels[shown[row]] if row == column else "")
    for plane in found:
        theta, (first, second) = plane.surface.theta_1, plane.surface.pair
        row, column = sorted(map(shown.index, (first, second)))
        upright = (
            plane.mistakes if first < second else plane.mistakes.T
        )  # theta of the row's class along axis 0
        planes.terrain(panels[row, column], theta, theta, upright, bands, epsilon, SIZE)
        share = 100 * flatness.flat_share(plane.mistakes, epsilon)
        panels[column, row].text(
            0.5,
            0.5,
            style.short(share),
            ha="center",
            va="center",
            size=8,
            transform=panels[column, row].transAxes,
        )
    style.colour_bar(panels[0, -1], planes.colours(bands), "mistakes, %", height=4 * (TILE + GAP))
    return figure


def _bare(panel: Axes, label: str) -> None:
    """A panel without frame and ticks; on the diagonal it carries the class of its row and column."""
    panel.set(xticks=[], yticks=[])
    for side in panel.spines.values():
        side.set_visible(False)
    panel.text(
        0.5, 0.5, label, ha="center", va="center", size=8, weight="bold", transform=panel.transAxes
    )
