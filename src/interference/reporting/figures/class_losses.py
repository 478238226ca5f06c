"""Fig. 5: every class's loss over interference planes."""

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from interference import surfaces
from interference.reporting.figures import planes, style
from interference.reporting.figures.planes import Plane
from interference.surfaces import Surface, flatness
from interference.vocabulary import RANDOM, Array

TILE, STEP, ROW = (
    0.78,
    0.87,
    1.25,
)  # inches: a tile's side, and from one tile to the next across and down
BOLD = 8.8  # points: what a pair's name, bold, is as wide as
DIGITS = 9  # of a rate in percent: sums that differ by rounding have one colour on every machine
FINE = 73  # samples along a tile's side
PLANES = 12  # the most planes in a figure


def draw(groups: Mapping[str, list[Plane]]) -> Iterator[tuple[str, Figure]]:
    """One figure a run and scale, over its pairs."""
    for name, group in groups.items():
        yield f"class_losses-{name}", class_losses(group)


@style.styled()
def class_losses(group: list[Plane]) -> Figure:
    """100 - recall of each class, percent: a row a plane of one run at one scale, a map a class, the pair's own framed.

    Of many classes the pair's own and those that change most are shown, of many planes the first.
    """
    table, found = group[0].table, [plane.surface for plane in group[:PLANES]]
    rates = [surfaces.class_mistake_rates(plane) for plane in found]
    colours = planes.colours(planes.bands(rates, 100))
    shown = min(style.CLASSES, len(found[0].classes))
    pairs = [plane.name for plane in found]
    room = max(
        0.2 + style.wide([*pairs, *(way for plane in found for way in plane.ways)], 7.2),
        0.15 + style.wide(pairs, BOLD),
    )
    figure, ((axes,),) = style.sheet(
        f"Loss of each class around {planes.title(table)}",
        planes.source(
            table,
            "100 - recall in %",
            "under a map: its least and greatest value",
            *(["framed: the pair's own classes"] if found[0].scale != RANDOM else []),
            *_left_out(group, shown, len(found)),
        ),
        panel=(shown * STEP, len(found) * ROW),
        left=room,
        right=0.75,
        above=0.05,
        below=0,
    )
    axes.axis("off")
    for row, (plane, rate) in enumerate(zip(found, rates, strict=True)):
        labels = _shown(plane, rate)
        strip = _strip(rate[..., labels])
        axes.imshow(
            strip,
            cmap=colours.cmap,
            norm=colours.norm,
            aspect="auto",
            interpolation="none",
            extent=(0, shown * STEP, row * ROW + 0.2 + TILE, row * ROW + 0.2),
        )
        _words(axes, 0.08 - room, row * ROW + 0.2, plane, rate, labels)
    axes.set(xlim=(0, shown * STEP), ylim=(len(found) * ROW, 0))
    style.colour_bar(axes, colours, "mistakes, %", height=ROW, ticks=np.arange(0, 101, 20))
    return figure


def _left_out(group: list[Plane], classes: int, planes: int) -> Iterator[str]:
    """How many classes and planes there are beside those shown, where classes are many."""
    if classes < len(group[0].surface.classes):
        yield from style.share(
            classes, len(group[0].surface.classes), "classes: the pair's and those that change most"
        )
        yield from style.share(planes, len(group), "planes")


def _shown(plane: Surface, rates: Array) -> list[int]:
    """The classes that are shown, in label order: all, or the pair's and those of the widest range."""
    spread = np.nan_to_num(np.ptp(rates, axis=(0, 1)))
    spread[list(plane.pair)] = np.inf
    return sorted(np.argsort(-spread, kind="stable")[: style.CLASSES].tolist())


def _strip(rates: Array) -> Array:
    """One image of the maps (n1, n2, k) side by side, theta_2 upwards, bilinear between grid points; gaps are nan."""
    across, up = (flatness.hats(np.linspace(0, n - 1, FINE), n) for n in rates.shape[:2])
    maps = np.moveaxis(rates, -1, 0).swapaxes(1, 2)  # (k, n2, n1)
    fine = np.round(up[::-1] @ maps @ across.T, DIGITS)  # (k, FINE, FINE), theta_2 first
    gap = np.full((len(fine), FINE, round(FINE * (STEP - TILE) / TILE)), np.nan)
    strip: Array = np.hstack(list(np.concatenate([fine, gap], 2)))
    return strip


def _words(
    axes: Axes, start: float, top: float, plane: Surface, rates: Array, labels: list[int]
) -> None:
    """What stands around the maps of one plane: its pair, its classes and their ranges, frames, dots for the net."""
    first, second = plane.ways
    own = () if plane.scale == RANDOM else plane.pair
    axes.text(start, top, plane.name, weight="bold", va="top")
    axes.text(
        start,
        top + 0.2,
        f"across:\n{first} →\nup:\n{second} →",
        size=6.5,
        va="top",
        color=style.GREY,
        linespacing=1.3,
    )
    lefts = STEP * np.arange(len(labels))
    for left, label in zip(lefts, labels, strict=True):
        words = plane.classes.labels[label]
        axes.text(
            left,
            top - 0.05,
            words,
            size=style.fitting(7.5, words, STEP / 1.1),
            weight="bold" if label in own else "normal",
        )
        axes.text(
            left + TILE,
            top + TILE + 0.14,
            style.range_label(rates[..., label]),
            size=6.2,
            ha="right",
            color=style.GREY,
        )
    frames = [Rectangle((lefts[labels.index(label)], top), TILE, TILE) for label in own]
    axes.add_collection(
        PatchCollection(frames, facecolors="none", edgecolors=style.HUES[1], linewidths=2)
    )
    axes.plot(
        lefts + TILE / 2,
        np.full(len(labels), top + TILE / 2),
        "o",
        ms=2.2,
        color="white",
        mec="black",
        mew=0.5,
    )
