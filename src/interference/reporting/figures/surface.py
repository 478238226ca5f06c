"""Fig. 2 to 4: the mistake rate over interference planes, as a relief and as a map."""

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference.confusion import top_pairs
from interference.reporting.figures import planes, style
from interference.reporting.figures.all_planes import all_planes
from interference.reporting.figures.planes import Plane
from interference.reporting.figures.relief import Relief
from interference.surfaces import flatness
from interference.thresholds import EPSILON
from interference.vocabulary import Array

RELIEFS = 3  # the most planes that are drawn as reliefs too
MAPS = 12  # the most planes that stand side by side; more form a triangle, unless they are of many classes
RELIEF = 1.5  # inches, the side of its floor


def draw(
    groups: Mapping[str, list[Plane]], epsilon: float = EPSILON
) -> Iterator[tuple[str, Figure]]:
    """One figure a run and scale, over its pairs."""
    for name, group in groups.items():
        yield f"surface-{name}", (all_planes if _is_triangle(group) else surface)(group, epsilon)


def _is_triangle(group: list[Plane]) -> bool:
    """Whether many planes are of few enough classes for a triangle of maps."""
    return (
        len(group) > MAPS
        and len({label for plane in group for label in plane.surface.pair}) <= top_pairs.LEGIBLE
    )


@style.styled()
def surface(group: list[Plane], epsilon: float = EPSILON) -> Figure:
    """The mistake rate, percent, over planes of one run at one scale, theta_1 along x; the trained net in the middle.

    Up to `RELIEFS` planes stand in a row, each a relief over a map; more of them are maps only, the first of many.
    """
    found = group[: style.PAIRS]
    bands = planes.bands([plane.mistakes for plane in found], found[0].surface.chance)
    with_relief = len(found) <= RELIEFS
    columns, side = (len(found), 1.85) if with_relief else (4, 1.4)
    figure, axes = style.sheet(
        f"Mistake rate around {planes.title(found[0].table)}",
        planes.source(
            found[0].table,
            planes.white_line(epsilon),
            *style.share(len(found), len(group), "planes"),
        ),
        rows=-(-len(found) // columns),
        columns=columns,
        panel=(side, side),
        gap=(0.62, 0.85),
        left=0.65,
        right=0.72,
        above=2.7 if with_relief else 0.45,
    )
    canvas = style.canvas(figure)
    for panel, plane in zip(style.kept(axes, len(found)), found, strict=True):
        _map(panel, plane, bands, epsilon)
        if with_relief:
            _relief(canvas, panel, plane, bands)
    style.colour_bar(axes[0, -1], planes.colours(bands), "mistakes, %")
    return figure


def _map(axes: Axes, plane: Plane, bands: Array, epsilon: float = EPSILON) -> None:
    """One plane's map, its axes and its flat share."""
    surface = plane.surface
    planes.terrain(axes, surface.theta_1, surface.theta_2, plane.mistakes.T, bands, epsilon)
    first, second = surface.ways
    share = 100 * flatness.flat_share(plane.mistakes, epsilon)
    axes.set(xlabel=f"{first} →", ylabel=f"{second} →")
    axes.set_title(f"{surface.name}\nflat area: {style.short(share)} % of the plane", size=7.5)
    for axis, theta in ((axes.xaxis, surface.theta_1), (axes.yaxis, surface.theta_2)):
        axis.set_ticks(
            [theta[0], 0, theta[-1]], [style.number(value) for value in (theta[0], 0, theta[-1])]
        )


def _relief(canvas: Axes, below: Axes, plane: Plane, bands: Array) -> None:
    """The rate as a surface in space above its map, the trained net a dot on a pin."""
    left, bottom, wide, high = style.place(below)
    top = bands[-1]
    relief = Relief(canvas, (left + wide / 2 - 0.1, bottom + high + 1.12), RELIEF)
    relief.box(bands[::3], top, *plane.surface.ways)
    relief.surface(np.minimum(plane.mistakes / top, 1), plane.mistakes, planes.colours(bands))
    relief.pin(plane.mistakes[plane.surface.centre] / top)
