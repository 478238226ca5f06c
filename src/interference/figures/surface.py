"""Fig. 2 to 4: the mistake rate over interference planes, as a relief and as a map."""

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference import surfaces
from interference.confusion import Array
from interference.figures import planes, style
from interference.figures.all_planes import all_planes
from interference.figures.relief import Relief
from interference.surfaces import Surface
from interference.tables import Table

RELIEFS = 3  # the most planes that are drawn as reliefs too
MAPS = 12  # the most planes that stand side by side; more form a triangle
RELIEF = 1.5  # inches, the side of its floor


def draw(tables: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """One figure a run and scale, over its pairs."""
    for name, group in planes.groups(tables):
        yield f"surface-{name}", surface(group) if len(group) <= MAPS else all_planes(group)


@style.styled()
def surface(tables: list[Table]) -> Figure:
    """The mistake rate, percent, over planes of one run at one scale, theta_1 along x; the trained net in the middle.

    Up to `RELIEFS` planes stand in a row, each a relief over a map; more of them are maps only.
    """
    found = [surfaces.from_table(table) for table in tables]
    rates = [surfaces.mistake_rate(plane) for plane in found]
    bands = planes.bands(rates, planes.chance(found[0]))
    with_relief = len(found) <= RELIEFS
    columns, side = (len(found), 1.85) if with_relief else (4, 1.4)
    figure, axes = style.sheet(
        f"Mistake rate around {planes.title(tables[0])}",
        planes.source(tables[0], f"white line: {planes.EPSILON:g} points above the trained net (dot)"),
        rows=-(-len(found) // columns), columns=columns, panel=(side, side), gap=(0.62, 0.85), left=0.65, right=0.72,
        above=2.7 if with_relief else 0.45)
    canvas = style.canvas(figure)
    for place, panel in enumerate(axes.flat):
        if place < len(found):
            _map(panel, found[place], rates[place], bands)
            if with_relief:
                _relief(canvas, panel, found[place], rates[place], bands)
        else:
            panel.remove()
    style.colour_bar(axes[0, -1], planes.colours(bands), "mistakes, %")
    return figure


def _map(axes: Axes, plane: Surface, rate: Array, bands: Array) -> None:
    """One plane's map, its axes and its flat share."""
    planes.terrain(axes, plane.theta_1, plane.theta_2, rate.T, bands)
    first, second = planes.pair_labels(plane)
    share = 100 * surfaces.flat_share(rate, planes.EPSILON)
    axes.set(xlabel=f"descend {first} →", ylabel=f"descend {second} →")
    axes.set_title(f"{style.pair_label(first, second)}\nflat area: {style.short(share)} % of the plane", size=7.5)
    for axis, theta in ((axes.xaxis, plane.theta_1), (axes.yaxis, plane.theta_2)):
        axis.set_ticks([theta[0], 0, theta[-1]], [style.number(value) for value in (theta[0], 0, theta[-1])])


def _relief(canvas: Axes, below: Axes, plane: Surface, rate: Array, bands: Array) -> None:
    """The rate as a surface in space above its map, the trained net a dot on a pin."""
    left, bottom, wide, high = style.place(below)
    top = bands[-1]
    relief = Relief(canvas, (left + wide / 2 - 0.1, bottom + high + 1.12), RELIEF)
    relief.box(bands[::3], top, *planes.pair_labels(plane))
    relief.surface(np.minimum(rate / top, 1), rate, planes.colours(bands))
    relief.pin(rate[centre(plane)] / top)


def centre(plane: Surface) -> tuple[int, int]:
    """Where on the grid the trained net lies."""
    return len(plane.theta_1) // 2, len(plane.theta_2) // 2
