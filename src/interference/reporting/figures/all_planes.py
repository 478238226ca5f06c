"""The error rate over the planes of many pairs: a triangle of maps, with flat areas below."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference.reporting.figures import labels, layout, numbers, page, planes, theme
from interference.reporting.figures.layout import Margins
from interference.reporting.figures.planes import Plane
from interference.surfaces import flatness
from interference.thresholds import EPSILON
from interference.vocabulary import Array

TILE = 0.72  # inches: the side of a map
GAP = 0.05  # inches between two maps
SIZE = 8  # points: class labels and flat areas
LINE_SCALE = 0.65  # lines and dots, compared with those of a single map


@theme.styled()
def all_planes(group: Sequence[Plane], epsilon: float = EPSILON) -> Figure:
    """Draw the error rate over the planes of all pairs of some classes.

    Above the diagonal is a map for each pair: the net descends on the class of the row upwards and
    on the class of the column to the right. Below the diagonal is the flat area in percent of the
    plane, with its 95 % interval over images.

    Args:
        group: The planes of one run at one scale.
        epsilon: How far the error rate may rise in the flat area, in percentage points.

    Returns:
        The figure.
    """
    first = group[0]
    bands = planes.bands([plane.mistakes for plane in group], first.surface.chance)
    shown = sorted({label for plane in group for label in plane.surface.pair})
    figure, panels = layout.sheet(
        f"Error rate around {planes.title(first.table)}",
        planes.caption(
            first.table,
            "a map: descend the row's class upwards, the column's to the right",
            planes.white_line(epsilon),
            "below the diagonal: flat area, % of the plane, and its 95 % interval over images",
        ),
        rows=len(shown),
        columns=len(shown),
        panel=(TILE, TILE),
        gap=(GAP, GAP),
        margins=Margins(left=0.1, right=0.75, above=0.1, below=0.1),
        has_bar=True,
        keeps_shape=True,
    )
    figure.tables.extend(numbers.surface_names(plane.table for plane in group))
    for (row, column), axes in np.ndenumerate(panels):
        on_diagonal = row == column
        _label_tile(axes, first.surface.classes.labels[shown[row]] if on_diagonal else "")
    for plane in group:
        _draw_plane(panels, plane, shown, bands, epsilon)
    bar_height = 4 * (TILE + GAP)
    layout.colour_bar(panels[0, -1], planes.colours(bands), "error rate, %", height=bar_height)
    return figure


def _label_tile(axes: Axes, label: str) -> None:
    """Remove frame and ticks of a panel and write a class label into it."""
    axes.set(xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_visible(False)
    _write_in_the_middle(axes, label, weight="bold")


def _draw_plane(
    panels: Array, plane: Plane, shown: Sequence[int], bands: Array, epsilon: float
) -> None:
    """Draw the map of a plane above the diagonal and write its flat area below."""
    first, second = plane.surface.pair
    row, column = sorted((shown.index(first), shown.index(second)))
    # Axis 0 of the map is theta of the row's class, which is the lower label.
    upright = plane.mistakes if first < second else plane.mistakes.T
    theta = plane.surface.theta_1
    line = planes.outline(plane, epsilon)  # (k, 2) of theta_1 and theta_2
    outline = line[:, ::-1] if first < second else line
    axes = panels[row, column]
    planes.terrain(axes, theta, theta, upright, bands, epsilon, LINE_SCALE, outline)
    flat = flatness.measure(plane.surface, epsilon)
    percent = 100 * flat.share
    interval = flat.share_interval
    tile = panels[column, row]
    _write_in_the_middle(tile, labels.format_percentage(percent))
    tile.text(
        0.5,
        0.2,
        _range_text(interval),
        ha="center",
        va="center",
        size=5.5,
        transform=tile.transAxes,
    )


def _range_text(interval: tuple[float, float]) -> str:
    """A text such as `0.9 to 1.4` for the bounds of a share; a bound below 0.05 % is 0."""
    low, high = interval
    percentages = [100 * low, 100 * high]
    texts = [
        labels.format_percentage(percent) if percent >= 0.05 else "0" for percent in percentages
    ]
    return " to ".join(texts)


def _write_in_the_middle(axes: Axes, text: str, weight: str = "normal") -> None:
    """Write a text into the middle of a panel, along its diagonal if the panel is narrow."""
    width = layout.box_of(axes).width
    size = max(labels.fit_size(SIZE, text, width), labels.LEGIBLE)
    is_narrow = page.current().is_narrow and labels.text_width([text], size) > width
    axes.text(
        0.5,
        0.5,
        text,
        ha="center",
        va="center",
        size=size if page.current().width else SIZE,
        weight=weight,
        rotation=-45 if is_narrow else 0,
        transform=axes.transAxes,
    )
