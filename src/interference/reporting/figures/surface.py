"""Fig. 2 to 4: the error rate over interference planes, as a relief and as a map."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference.confusion import top_pairs
from interference.reporting.figures import labels, layout, numbers, page, planes, selection, theme
from interference.reporting.figures.all_planes import all_planes
from interference.reporting.figures.layout import Margins
from interference.reporting.figures.planes import Plane
from interference.reporting.figures.relief import Relief
from interference.thresholds import EPSILON
from interference.vocabulary import Array

RELIEFS = 3  # the most planes that are drawn as reliefs too
MAPS = 12  # the most planes side by side; more form a triangle, unless they are of many classes
MAP_SIDE = 1.85  # inches: the side of a map below its relief
RELIEF_SIDE = 1.5  # inches: a side of a relief's floor
SMALL_SIDE = 0.92  # inches: the same on a narrow page
RELIEF_ROOM = 1.75  # inches: the width of a relief to the left of its map, on a narrow page
LEAST_MAP = 1.1  # inches: the side of a map on a page
DESCEND = "descend "  # left out along a relief, whose map has it
LABEL_OVERHANG = 0.2  # inches by which the label of an axis may be longer than its map
PIN = "pin: the trained net"
HEIGHT_LABEL = "error rate, %"


def draw(
    groups: Mapping[str, list[Plane]], epsilon: float = EPSILON
) -> Iterator[tuple[str, Figure]]:
    """Draw one figure for each run and scale, and one of the zooms of these planes.

    Args:
        groups: The planes of each run and scale by their name.
        epsilon: How far the error rate may rise in the flat area, in percentage points.

    Yields:
        The name `surface-RUN-SCALE` or `surface-RUN-SCALE-zoom`, and its figure.
    """
    for name, group in groups.items():
        figure = all_planes(group, epsilon) if _is_triangle(group) else surface(group, epsilon)
        yield f"surface-{name}", figure
        zooms = [plane.zoom for plane in group if plane.zoom]
        if zooms:
            yield f"surface-{name}-zoom", surface(zooms, epsilon, "Error rate close to")


def _is_triangle(group: Sequence[Plane]) -> bool:
    """Return whether many planes are of few enough classes for a triangle of maps."""
    labels_of_pairs = {label for plane in group for label in plane.surface.pair}
    return len(group) > MAPS and len(labels_of_pairs) <= top_pairs.LEGIBLE


@theme.styled()
def surface(
    group: list[Plane], epsilon: float = EPSILON, heading: str = "Error rate around"
) -> Figure:
    """Draw the error rate over planes with theta_1 along x and the trained net in the middle.

    Up to `RELIEFS` planes stand in a row, each as a relief above a map. More planes are maps only;
    if there are very many, the first ones are drawn.

    Args:
        group: The planes of one run at one scale.
        epsilon: How far the error rate may rise in the flat area, in percentage points.
        heading: The title, which the net completes.

    Returns:
        The figure, in percent.
    """
    shown = group[: selection.PAIRS]
    bands = planes.bands([plane.mistakes for plane in shown], shown[0].surface.chance)
    has_reliefs = len(shown) <= RELIEFS
    reliefs_beside = has_reliefs and page.current().is_narrow
    columns = len(shown) if has_reliefs else 4
    side = MAP_SIDE if has_reliefs else 1.4
    margins = Margins(left=0.65, right=0.72, above=2.8 if has_reliefs else 0.45)
    if reliefs_beside:
        margins = Margins(left=RELIEF_ROOM + 0.52, right=0.2, above=0.58)
    columns = layout.columns_on_page(columns, LEAST_MAP, 0.62, margins, has_bar=True)
    figure, panels = layout.sheet(
        f"{heading} {planes.title(shown[0].table)}",
        planes.caption(
            shown[0].table,
            planes.white_line(epsilon),
            *([PIN] if has_reliefs else []),
            *selection.note(len(shown), len(group), "planes"),
        ),
        rows=-(-len(shown) // columns),
        columns=columns,
        panel=(side, side),
        gap=(0.62, 0.85 if page.current().width is None else 1),
        margins=margins,
        label_distances=(0.2, 0.4 if reliefs_beside else 0.34),
        has_bar=True,
        keeps_shape=True,
    )
    figure.tables.extend(numbers.surface_names(plane.table for plane in shown))
    canvas = layout.add_canvas(figure)
    for axes, plane in zip(layout.keep_panels(panels, len(shown)), shown, strict=True):
        draw_map(axes, plane, bands, epsilon)
        if reliefs_beside:
            _draw_relief_beside(canvas, axes, plane, bands)
        elif has_reliefs:
            _draw_relief_above(canvas, axes, plane, bands)
    layout.colour_bar(panels[0, -1], planes.colours(bands), HEIGHT_LABEL)
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
    outline = planes.outline(plane, epsilon)
    planes.terrain(axes, theta_1, theta_2, plane.mistakes.T, bands, epsilon, outline=outline)
    first, second = plane.surface.ways
    side = layout.box_of(axes).width
    axes.set(xlabel=_direction(first, side), ylabel=_direction(second, side))
    percent = labels.format_percentage(100 * plane.flat_share(epsilon))
    layout.set_title(axes, f"{plane.surface.name}\nflat area: {percent} % of the plane", 7.5)
    layout.label_ends(axes, "x", (theta_1[0], theta_1[-1]))
    layout.label_ends(axes, "y", (theta_2[0], theta_2[-1]))


def _direction(way: str, side: float) -> str:
    """Return the label of a map's axis; a small map on a page names only the class."""
    label = f"{way} →"
    if page.current().is_narrow and labels.text_width([label], 8) > side + LABEL_OVERHANG:
        return label.removeprefix(DESCEND)
    return label


def _draw_relief_above(canvas: Axes, map_axes: Axes, plane: Plane, bands: Array) -> None:
    """Draw the relief of a plane above its map."""
    box = layout.box_of(map_axes)
    side = min(RELIEF_SIDE, RELIEF_SIDE * box.width / MAP_SIDE)
    above = 0.5 + 0.78 * side / RELIEF_SIDE
    foot = (box.left + box.width / 2 - 0.1, box.bottom + box.height + above)
    draw_relief(canvas, foot, side, plane, bands)


def _draw_relief_beside(canvas: Axes, map_axes: Axes, plane: Plane, bands: Array) -> None:
    """Draw the relief of a plane to the left of its map."""
    box = layout.box_of(map_axes)
    foot = (RELIEF_ROOM / 2 - 0.06, box.bottom + 0.3)
    draw_relief(canvas, foot, SMALL_SIDE, plane, bands)


def draw_relief(
    canvas: Axes, foot: tuple[float, float], side: float, plane: Plane, bands: Array
) -> None:
    """Draw the error rate as a relief with a pin at the trained net.

    Args:
        canvas: The axes, whose unit is the inch.
        foot: The centre of the relief's floor.
        side: A side of its floor.
        plane: The plane.
        bands: The limits of the bands of colour, in percent.
    """
    top = bands[-1]
    surface = plane.surface
    relief = Relief(canvas, foot, side)
    relief.draw_box(bands[::3], top, HEIGHT_LABEL)
    first, second = (way.removeprefix(DESCEND) for way in surface.ways)
    relief.label_floor(
        first,
        second,
        (surface.theta_1[0], surface.theta_1[-1]),
        (surface.theta_2[0], surface.theta_2[-1]),
    )
    heights = np.minimum(plane.mistakes / top, 1)
    relief.draw_surface(heights, plane.mistakes, planes.colours(bands))
    relief.draw_pin(plane.mistakes[surface.centre] / top)
