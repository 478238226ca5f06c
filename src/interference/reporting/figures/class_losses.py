"""Fig. 5: every class's loss over interference planes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from interference import surfaces
from interference.reporting.figures import labels, layout, numbers, page, planes, selection, theme
from interference.reporting.figures.layout import Margins
from interference.reporting.figures.planes import Plane
from interference.surfaces import Surface, flatness
from interference.vocabulary import RANDOM, Array

TILE = 0.78  # inches: the side of a map
STEP = 0.87  # inches from one map to the next
ROW_HEAD = 0.2  # inches above the maps of a row, for the class labels
ROW_FOOT = 0.27  # inches below them, for theta and the range
RANGE_BELOW = 0.23  # inches from a map to the bottom of the text of its range
TICK = 0.03  # inches: the length of a tick of theta
TICK_SIZE = 6  # points: the numbers of theta
TICK_ROOM = 0.34  # inches to the left of the maps, for the numbers of theta
NAME_HEIGHT = 0.34  # inches: name and directions of a plane above its maps, on a narrow page
LEAST_STEP = 0.54  # inches from one map to the next on a narrow page
BOLD_SIZE = 8.8  # points: a pair's name, which is bold, is as wide as in this size
SAMPLES = 73  # pixels along the side of a map
BAR_SIDE = 0.75  # inches to the right of the maps, for the colour bar
LEAST_BAR = 1.25  # inches: the height of the colour bar
DIGITS = 9  # of a rate in percent: sums that differ by rounding have one colour on every machine
PLANES = 12  # the most planes in a figure


def draw(groups: Mapping[str, list[Plane]]) -> Iterator[tuple[str, Figure]]:
    """Draw one figure for each run and scale.

    Args:
        groups: The planes of each run and scale by their name.

    Yields:
        The name `class_losses-RUN-SCALE` and its figure.
    """
    for name, group in groups.items():
        yield f"class_losses-{name}", class_losses(group)


@theme.styled()
def class_losses(group: list[Plane]) -> Figure:
    """Draw the loss of each class, a row for each plane and a map for each class.

    The loss is 100 - recall, in percent. The classes of the plane's own pair are framed. If there
    are many classes, the pair's and those that change most are shown; if there are many planes, the
    first ones.

    Args:
        group: The planes of one run at one scale.

    Returns:
        The figure.
    """
    table = group[0].table
    shown_planes = [plane.surface for plane in group[:PLANES]]
    rates = [surfaces.class_mistake_rates(plane) for plane in shown_planes]
    colours = planes.colours(planes.bands(rates, 100))
    classes = min(selection.CLASSES, len(shown_planes[0].classes))
    grid = _grid(shown_planes, classes)
    rows = len(shown_planes) * grid.lines
    figure, panels = layout.sheet(
        f"Loss of each class around {planes.title(table)}",
        planes.caption(table, *_legend(group, classes, len(shown_planes))),
        panel=(grid.columns * grid.step, len(shown_planes) * grid.plane_height),
        margins=Margins(left=grid.left, right=grid.right, above=0.05, below=0),
        has_bar=True,
    )
    figure.tables.extend(numbers.surface_names(plane.table for plane in group))
    axes = panels[0, 0]
    axes.axis("off")
    width = grid.columns * grid.step
    for place, (plane, plane_rates) in enumerate(zip(shown_planes, rates, strict=True)):
        top = place * grid.plane_height
        _describe_plane(axes, grid, top, plane)
        shown = shown_classes(plane, plane_rates)
        for line in range(grid.lines):
            of_line = shown[line * grid.columns : (line + 1) * grid.columns]
            line_top = top + grid.head + line * grid.row + ROW_HEAD
            axes.imshow(
                strip(plane_rates[..., of_line]),
                cmap=colours.cmap,
                norm=colours.norm,
                aspect="auto",
                interpolation="none",
                extent=(0, len(of_line) * grid.step, line_top + grid.tile, line_top),
            )
            _draw_theta(axes, grid, line_top, plane)
            _describe_maps(axes, grid, line_top, plane, plane_rates, of_line)
    axes.set(xlim=(0, width), ylim=(len(shown_planes) * grid.plane_height, 0))
    bar_height = max(rows * grid.row / len(shown_planes), LEAST_BAR)
    layout.colour_bar(
        axes, colours, "error rate, %", height=bar_height, ticks=np.arange(0, 101, 20)
    )
    return figure


@dataclass(frozen=True)
class _Grid:
    """Where the maps of a figure lie; all lengths are inches.

    Attributes:
        columns: The number of maps in a line.
        lines: The number of lines of a plane.
        step: From one map to the next.
        left: The room to the left of the maps.
        right: The room to the right of the maps.
        head: The room above the lines of a plane, for its name if that is not at the left.
    """

    columns: int
    lines: int
    step: float
    left: float
    right: float
    head: float

    @property
    def tile(self) -> float:
        """The side of a map."""
        return self.step * TILE / STEP

    @property
    def row(self) -> float:
        """The height of a line of maps with its texts."""
        return ROW_HEAD + self.tile + ROW_FOOT

    @property
    def plane_height(self) -> float:
        """The height of a plane."""
        return self.head + self.lines * self.row


def _grid(shown_planes: Sequence[Surface], classes: int) -> _Grid:
    """Place the maps of some classes: in one line, or in as many as a narrow page asks for."""
    target = page.current()
    text_room = _text_room(shown_planes) + TICK_ROOM
    if target.width is None:
        return _Grid(classes, 1, STEP, text_room, BAR_SIDE, 0)
    if not target.is_narrow:
        step = (target.width - text_room - BAR_SIDE) / classes
        return _Grid(classes, 1, step, text_room, BAR_SIDE, 0)
    left = TICK_ROOM + 0.05
    room = target.width - left - layout.SIDE_ROOM
    names = [plane.classes.labels[label] for plane in shown_planes for label in plane.pair]
    least = max(LEAST_STEP, 1.1 * labels.text_width(names, labels.LEGIBLE))
    lines = -(-classes // max(1, int(room / least)))
    columns = -(-classes // lines)
    return _Grid(columns, lines, room / columns, left, layout.SIDE_ROOM, NAME_HEIGHT)


def _text_room(shown_planes: Sequence[Surface]) -> float:
    """Return the width of the text to the left of the maps, in inches."""
    names = [plane.name for plane in shown_planes]
    directions = [f"{direction} →" for plane in shown_planes for direction in plane.ways]
    return max(
        0.2 + labels.text_width(directions, 6.5),
        0.15 + labels.text_width(names, BOLD_SIZE),
    )


def _legend(group: Sequence[Plane], columns: int, rows: int) -> Iterator[str]:
    """Yield the meaning of maps, numbers and frames, and what the figure leaves out."""
    surface = group[0].surface
    yield "100 - recall in %"
    yield "below a map: its smallest and largest value, and at the first map theta"
    if surface.scale != RANDOM:
        yield "framed: the pair's own classes"
    number = len(surface.classes)
    if columns < number:
        yield from selection.note(columns, number, "classes: the pair's and those that change most")
        yield from selection.note(rows, len(group), "planes")


def shown_classes(plane: Surface, rates: Array) -> list[int]:
    """Choose the classes that have a map.

    Args:
        plane: The plane.
        rates: The loss of each class (n1, n2, C) in percent.

    Returns:
        The pair's own classes and those whose loss changes most, in label order.
    """
    spread = np.nan_to_num(np.ptp(rates, axis=(0, 1)))
    spread[list(plane.pair)] = np.inf
    order = np.argsort(-spread, kind="stable")
    return sorted(order[: selection.CLASSES].tolist())


def strip(rates: Array) -> Array:
    """Join the maps of several classes into one image.

    Args:
        rates: The losses (n1, n2, k) in percent.

    Returns:
        The maps side by side (`SAMPLES`, width), theta_1 to the right and theta_2 upwards, bilinear
        between grid points; the gaps between them are nan.
    """
    rows, columns, classes = rates.shape
    across = flatness.linear_weights(np.linspace(0, rows - 1, SAMPLES), rows)
    up = flatness.linear_weights(np.linspace(0, columns - 1, SAMPLES), columns)
    by_class = np.moveaxis(rates, -1, 0).swapaxes(1, 2)  # (k, n2, n1)
    maps = np.round(up[::-1] @ by_class @ across.T, DIGITS)  # (k, SAMPLES, SAMPLES)
    gap_width = round(SAMPLES * (STEP - TILE) / TILE)
    gaps = np.full((classes, SAMPLES, gap_width), np.nan)
    image: Array = np.hstack(list(np.concatenate([maps, gaps], 2)))
    return image


def _describe_plane(axes: Axes, grid: _Grid, top: float, plane: Surface) -> None:
    """Write the name and the directions of a plane to the left of its maps, or above them."""
    first, second = plane.ways
    left = 0.08 - grid.left
    directions = [f"{first} →", f"{second} ↑"]
    if grid.head:
        text = "   ".join(directions)
        axes.text(left, top + 0.07, plane.name, weight="bold", va="top")
    else:
        top += ROW_HEAD
        text = "\n".join(directions)
        axes.text(left, top, plane.name, weight="bold", va="top")
    axes.text(left, top + 0.21, text, size=6.5, va="top", color=theme.GREY, linespacing=1.3)


def _draw_theta(axes: Axes, grid: _Grid, top: float, plane: Surface) -> None:
    """Draw ticks of theta at the ends and in the middle of the first map of a line."""
    bottom = top + grid.tile
    for place in (0, 0.5, 1):
        across = place * grid.tile
        axes.plot([across] * 2, [bottom, bottom + TICK], color=theme.GREY, linewidth=0.5)
        height = bottom - place * grid.tile
        axes.plot([-TICK, 0], [height] * 2, color=theme.GREY, linewidth=0.5)
    style: dict[str, Any] = {"size": TICK_SIZE, "color": theme.GREY}
    ends = (plane.theta_1[0], plane.theta_1[-1])
    for place, end, alignment in zip((0, 1), ends, ("left", "right"), strict=True):
        across = place * (grid.tile + 2 * TICK) - TICK
        text = labels.format_number(end)
        axes.text(across, bottom + TICK + 0.01, text, ha=alignment, va="top", **style)
    ends = (plane.theta_2[0], plane.theta_2[-1])
    for place, end, alignment in zip((0, 1), ends, ("bottom", "top"), strict=True):
        text = labels.format_number(end)
        axes.text(-TICK - 0.02, bottom - place * grid.tile, text, ha="right", va=alignment, **style)


def _describe_maps(
    axes: Axes, grid: _Grid, top: float, plane: Surface, rates: Array, classes: list[int]
) -> None:
    """Write class and range at each map, frame the pair's own, and mark the trained net."""
    own = () if plane.scale == RANDOM else [label for label in plane.pair if label in classes]
    lefts = grid.step * np.arange(len(classes))
    for left, label in zip(lefts, classes, strict=True):
        name = plane.classes.labels[label]
        size = labels.fit_size(7.5, name, grid.step / 1.1)
        if page.current().width is not None:
            size = max(size, labels.LEGIBLE)
        axes.text(
            left,
            top - 0.05,
            name,
            size=size,
            weight="bold" if label in own else "normal",
        )
        axes.text(
            left + grid.tile,
            top + grid.tile + RANGE_BELOW,
            labels.format_range(rates[..., label]),
            size=6.2,
            ha="right",
            color=theme.GREY,
        )
    frames = [Rectangle((lefts[classes.index(label)], top), grid.tile, grid.tile) for label in own]
    axes.add_collection(
        PatchCollection(frames, facecolors="none", edgecolors=theme.HUES[1], linewidths=2)
    )
    axes.plot(
        lefts + grid.tile / 2,
        np.full(len(classes), top + grid.tile / 2),
        "o",
        ms=2.2,
        color="white",
        mec="black",
        mew=0.5,
    )
