"""Fig. 5: every class's loss over interference planes."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from interference import surfaces
from interference.reporting.figures import labels, layout, planes, selection, theme
from interference.reporting.figures.layout import Margins
from interference.reporting.figures.planes import Plane
from interference.surfaces import Surface, flatness
from interference.vocabulary import RANDOM, Array

TILE = 0.78  # inches: the side of a map
STEP = 0.87  # inches from one map to the next
ROW = 1.25  # inches from one plane to the next
ROW_HEAD = 0.2  # inches above the maps of a row, for the class labels
BOLD_SIZE = 8.8  # points: a pair's name, which is bold, is as wide as in this size
SAMPLES = 73  # pixels along the side of a map
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
    columns = min(selection.CLASSES, len(shown_planes[0].classes))
    text_room = _text_room(shown_planes)
    figure, panels = layout.sheet(
        f"Loss of each class around {planes.title(table)}",
        planes.caption(table, *_legend(group, columns, len(shown_planes))),
        panel=(columns * STEP, len(shown_planes) * ROW),
        margins=Margins(left=text_room, right=0.75, above=0.05, below=0),
    )
    axes = panels[0, 0]
    axes.axis("off")
    for row, (plane, plane_rates) in enumerate(zip(shown_planes, rates, strict=True)):
        top = row * ROW + ROW_HEAD
        classes = shown_classes(plane, plane_rates)
        axes.imshow(
            strip(plane_rates[..., classes]),
            cmap=colours.cmap,
            norm=colours.norm,
            aspect="auto",
            interpolation="none",
            extent=(0, columns * STEP, top + TILE, top),
        )
        _describe_plane(axes, 0.08 - text_room, top, plane)
        _describe_maps(axes, top, plane, plane_rates, classes)
    axes.set(xlim=(0, columns * STEP), ylim=(len(shown_planes) * ROW, 0))
    layout.colour_bar(axes, colours, "error rate, %", height=ROW, ticks=np.arange(0, 101, 20))
    return figure


def _text_room(shown_planes: Sequence[Surface]) -> float:
    """Return the width of the text to the left of the maps, in inches."""
    names = [plane.name for plane in shown_planes]
    directions = [direction for plane in shown_planes for direction in plane.ways]
    return max(
        0.2 + labels.text_width([*names, *directions], 7.2),
        0.15 + labels.text_width(names, BOLD_SIZE),
    )


def _legend(group: Sequence[Plane], columns: int, rows: int) -> Iterator[str]:
    """Yield the meaning of maps, numbers and frames, and what the figure leaves out."""
    surface = group[0].surface
    yield "100 - recall in %"
    yield "below a map: its smallest and largest value"
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


def _describe_plane(axes: Axes, left: float, top: float, plane: Surface) -> None:
    """Write the name and the directions of a plane to the left of its maps."""
    first, second = plane.ways
    axes.text(left, top, plane.name, weight="bold", va="top")
    axes.text(
        left,
        top + 0.2,
        f"across:\n{first} →\nup:\n{second} →",
        size=6.5,
        va="top",
        color=theme.GREY,
        linespacing=1.3,
    )


def _describe_maps(
    axes: Axes, top: float, plane: Surface, rates: Array, classes: list[int]
) -> None:
    """Write class and range at each map, frame the pair's own, and mark the trained net."""
    own = () if plane.scale == RANDOM else plane.pair
    lefts = STEP * np.arange(len(classes))
    for left, label in zip(lefts, classes, strict=True):
        name = plane.classes.labels[label]
        axes.text(
            left,
            top - 0.05,
            name,
            size=labels.fit_size(7.5, name, STEP / 1.1),
            weight="bold" if label in own else "normal",
        )
        axes.text(
            left + TILE,
            top + TILE + 0.14,
            labels.format_range(rates[..., label]),
            size=6.2,
            ha="right",
            color=theme.GREY,
        )
    frames = [Rectangle((lefts[classes.index(label)], top), TILE, TILE) for label in own]
    axes.add_collection(
        PatchCollection(frames, facecolors="none", edgecolors=theme.HUES[1], linewidths=2)
    )
    axes.plot(
        lefts + TILE / 2,
        np.full(len(classes), top + TILE / 2),
        "o",
        ms=2.2,
        color="white",
        mec="black",
        mew=0.5,
    )
