"""Fig. 2 to 4: the error rate over interference planes, as a relief and as a map."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference.confusion import top_pairs
from interference.reporting.figures import labels, layout, planes, selection, theme
from interference.reporting.figures.all_planes import all_planes
from interference.reporting.figures.layout import Margins
from interference.reporting.figures.planes import Plane
from interference.reporting.figures.relief import Relief
from interference.surfaces import flatness
from interference.thresholds import EPSILON
from interference.vocabulary import Array

RELIEFS = 3  # the most planes that are drawn as reliefs too
MAPS = 12  # the most planes side by side; more form a triangle, unless they are of many classes
RELIEF_SIDE = 1.5  # inches: a side of a relief's floor


def draw(
    groups: Mapping[str, list[Plane]], epsilon: float = EPSILON
) -> Iterator[tuple[str, Figure]]:
    """Draw one figure for each run and scale.

    Args:
        groups: The planes of each run and scale by their name.
        epsilon: How far the error rate may rise in the flat area, in percentage points.

    Yields:
        The name `surface-RUN-SCALE` and its figure.
    """
    for name, group in groups.items():
        figure = all_planes(group, epsilon) if _is_triangle(group) else surface(group, epsilon)
        yield f"surface-{name}", figure


def _is_triangle(group: Sequence[Plane]) -> bool:
    """Return whether many planes are of few enough classes for a triangle of maps."""
    labels_of_pairs = {label for plane in group for label in plane.surface.pair}
    return len(group) > MAPS and len(labels_of_pairs) <= top_pairs.LEGIBLE


@theme.styled()
def surface(group: list[Plane], epsilon: float = EPSILON) -> Figure:
    """Draw the error rate over planes with theta_1 along x and the trained net in the middle.

    Up to `RELIEFS` planes stand in a row, each as a relief above a map. More planes are maps only;
    if there are very many, the first ones are drawn.

    Args:
        group: The planes of one run at one scale.
        epsilon: How far the error rate may rise in the flat area, in percentage points.

    Returns:
        The figure, in percent.
    """
    shown = group[: selection.PAIRS]
    bands = planes.bands([plane.mistakes for plane in shown], shown[0].surface.chance)
    has_reliefs = len(shown) <= RELIEFS
    columns = len(shown) if has_reliefs else 4
    side = 1.85 if has_reliefs else 1.4
    figure, panels = layout.sheet(
        f"Error rate around {planes.title(shown[0].table)}",
        planes.caption(
            shown[0].table,
            planes.white_line(epsilon),
            *selection.note(len(shown), len(group), "planes"),
        ),
        rows=-(-len(shown) // columns),
        columns=columns,
        panel=(side, side),
        gap=(0.62, 0.85),
        margins=Margins(left=0.65, right=0.72, above=2.7 if has_reliefs else 0.45),
    )
    canvas = layout.add_canvas(figure)
    for axes, plane in zip(layout.keep_panels(panels, len(shown)), shown, strict=True):
        draw_map(axes, plane, bands, epsilon)
        if has_reliefs:
            _draw_relief(canvas, axes, plane, bands)
    layout.colour_bar(panels[0, -1], planes.colours(bands), "error rate, %")
    return figure


def draw_map(axes: Axes, plane: Plane, bands: Array, epsilon: float = EPSILON) -> None:
    """Draw the map of a plane, with its directions and its flat area.

    Args:
        axes: The panel.
        plane: The plane.
        bands: The limits of the bands of colour, in percent.
        epsilon: How far the error rate may rise in the flat area, in percentage points.
    """
    theta_1 = plane.surface.theta_1
    theta_2 = plane.surface.theta_2
    planes.terrain(axes, theta_1, theta_2, plane.mistakes.T, bands, epsilon)
    first, second = plane.surface.ways
    axes.set(xlabel=f"{first} →", ylabel=f"{second} →")
    percent = labels.format_percentage(100 * flatness.flat_share(plane.mistakes, epsilon))
    axes.set_title(f"{plane.surface.name}\nflat area: {percent} % of the plane", size=7.5)
    layout.label_ends(axes, "x", (theta_1[0], theta_1[-1]))
    layout.label_ends(axes, "y", (theta_2[0], theta_2[-1]))


def _draw_relief(canvas: Axes, map_axes: Axes, plane: Plane, bands: Array) -> None:
    """Draw the error rate as a relief above its map, with a pin at the trained net."""
    box = layout.box_of(map_axes)
    foot = (box.left + box.width / 2 - 0.1, box.bottom + box.height + 1.12)
    top = bands[-1]
    first, second = plane.surface.ways
    relief = Relief(canvas, foot, RELIEF_SIDE)
    relief.draw_box(bands[::3], top, first, second)
    heights = np.minimum(plane.mistakes / top, 1)
    relief.draw_surface(heights, plane.mistakes, planes.colours(bands))
    relief.draw_pin(plane.mistakes[plane.surface.centre] / top)
