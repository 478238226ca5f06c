"""How flat all runs are at every scale, on one page: is Fig. 4's lowland still there where every net steps alike?"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator

from interference.reporting.figures import planes, style
from interference.reporting.figures.planes import Plane
from interference.study.runs import net_label, setup_label, source
from interference.surfaces import flatness
from interference.surfaces.flatness import Flatness
from interference.surfaces.setup_comparison import Measured, answers, foremost
from interference.thresholds import EPSILON
from interference.vocabulary import RANDOM, SCALES, Array

PAIRS = 6  # the most pairs of a scale that have a row each; more share one, as random planes do
ROW, SHARED = 0.3, 0.75  # inches: the height of a row of one pair, and of many
MARKERS = "osD^v"  # a net each
DECADE = 10**0.5  # up and down from the middle of a logarithmic scale, at least


@dataclass(frozen=True)
class Column:
    """What a column shows of a plane; `area` where that is of the flat area, which an edge may cut off."""

    heading: str
    value: Callable[[Flatness], float]
    area: bool = False
    logarithmic: bool = True


COLUMNS = (
    Column("flat area,\n% of the plane", lambda flat: 100 * flat.share, area=True),
    Column("flat area in weight\nspace, norm squared", lambda flat: flat.area, area=True),
    Column("steepest rise on an axis,\npoints a unit of norm", lambda flat: flat.slope),
    Column(
        "far field: median of\nthe rim, % mistakes", lambda flat: flat.plateau, logarithmic=False
    ),
)
Row = tuple[str, bool, list[Measured]]  # its name, whether many planes share it, and its planes


def draw(
    groups: Mapping[str, list[Plane]], epsilon: float = EPSILON
) -> Iterator[tuple[str, Figure]]:
    """The page, where there is a plane."""
    if groups:
        yield "lowland", lowland([plane for group in groups.values() for plane in group], epsilon)


@style.styled()
def lowland(found: list[Plane], epsilon: float = EPSILON) -> Figure:
    """Flat area, steepest rise and far field of the planes of several runs: a row a scale and pair, a dot a run.

    Colours are set-ups, markers nets. Random planes, and the pairs of a scale that has more than `PAIRS`, share a row,
    with a line over their spread. A hollow dot is a flat area that the plane's edge cuts off: at least so large. A
    small one is of less than a cell of the grid, and so read between its points.
    """
    dots = [
        Measured(plane.table.run, plane.surface, flatness.measure(plane.surface, epsilon))
        for plane in found
    ]
    rows, words, runs = _rows(dots), _answer(dots), {dot.run["name"]: dot.run for dot in dots}
    kinds = list(dict.fromkeys(dot.kind for dot in dots))
    tops = np.cumsum([0, *(SHARED if shared else ROW for _, shared, _ in rows)])
    figure, panels = style.sheet(
        "How flat the planes are around each net, by scale",
        source(
            list(runs.values()),
            *_seen(found),
            planes.flat(epsilon),
            "hollow: cut off by the plane's edge, at least so large",
            "small: less than a cell of the grid, read between its points",
            "dotted: a net that always names one class",
        ),
        columns=len(COLUMNS),
        panel=(1.3, tops[-1]),
        gap=(0.2, 0),
        above=0.78 + 0.15 * len(words),
        below=0.3,
        left=style.wide([name for name, _, _ in rows], 7) + 0.15,
    )
    for panel, column in zip(panels.flat, COLUMNS, strict=True):
        for (_, shared, mine), top, end in zip(rows, tops[:-1], tops[1:], strict=True):
            _dots(panel, column, mine, (top, end), kinds, shared)
        _frame(panel, [name for name, _, _ in rows], tops)
        _scale(panel, column, np.array([column.value(dot.flat) for dot in dots]))
    panels[0, -1].axvline(found[0].surface.chance, color=style.GREY, linewidth=0.7, linestyle=":")
    panels[0, 0].set_yticks((tops[1:] + tops[:-1]) / 2, [name for name, _, _ in rows])
    _above(figure, words, [next(dot.run for dot in dots if dot.kind == kind) for kind in kinds])
    return figure


def _seen(found: Iterable[Plane]) -> list[str]:
    """On what images the planes were measured, in words."""
    return list(
        dict.fromkeys(
            f"{plane.table.meta['images']} {plane.table.meta['split']} images" for plane in found
        )
    )


def _rows(dots: list[Measured]) -> list[Row]:
    """The rows of the page: scale by scale in the house's order, and pair by pair in the order in which they come."""
    rows: list[Row] = []
    for scale in SCALES:
        by_pair: dict[str, list[Measured]] = {}
        for dot in dots:
            if dot.surface.scale == scale:
                by_pair.setdefault(dot.surface.name, []).append(dot)
        if by_pair and (scale == RANDOM or len(by_pair) > PAIRS):
            rows.append(
                (
                    f"{scale}, {len(by_pair)} planes",
                    True,
                    [dot for mine in by_pair.values() for dot in mine],
                )
            )
        else:
            rows += [(f"{scale}, {name}", False, mine) for name, mine in by_pair.items()]
    return rows


def _dots(
    axes: Axes,
    column: Column,
    dots: list[Measured],
    edges: tuple[float, float],
    kinds: list[tuple[str, str]],
    shared: bool,
) -> None:
    """One row's dots in one column: on a line a set-up, or, where many planes share the row, a set-up and net."""
    lines: list[Any] = kinds if shared else list(dict.fromkeys(setup for setup, _ in kinds))
    for kind in kinds:
        mine = [dot.flat for dot in dots if dot.kind == kind]
        values = np.array([column.value(flat) for flat in mine])
        part = (lines.index(kind if shared else kind[0]) + 1) / (len(lines) + 1)
        y = edges[0] + (edges[1] - edges[0]) * part
        colour, marker = _look(kind, kinds)
        if shared and len(mine) > 1:
            axes.plot(
                [np.nanmin(values), np.nanmax(values)],
                [y, y],
                color=colour,
                linewidth=0.8,
                alpha=0.6,
            )
        for value, flat in zip(values, mine, strict=True):
            face = "white" if column.area and flat.cut_off else colour
            axes.plot(
                value,
                y,
                marker,
                ms=2 if column.area and flat.unresolved else 3.6,
                color=colour,
                mfc=face,
                mew=0.9,
            )


def _look(kind: tuple[str, str], kinds: Sequence[tuple[str, str]]) -> tuple[str, str]:
    """The colour of a set-up and the marker of a net."""
    setups, nets = (list(dict.fromkeys(names)) for names in zip(*kinds, strict=True))
    return style.HUES[setups.index(kind[0]) % len(style.HUES)], MARKERS[
        nets.index(kind[1]) % len(MARKERS)
    ]


def _scale(axes: Axes, column: Column, values: Array) -> None:
    """A column's heading, and the scale of its values: where that is logarithmic, a decade at least."""
    axes.set_title(column.heading, size=7)
    positive = values[values > 0]
    if column.logarithmic and len(positive):
        middle, reach = (
            np.sqrt(positive.min() * positive.max()),
            np.sqrt(positive.max() / positive.min()),
        )
        axes.set_xscale("log", subs=[])
        axes.set_xlim(middle / max(1.3 * reach, DECADE), middle * max(1.3 * reach, DECADE))
        axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5) if reach < 6 else (1,), numticks=5))
        axes.xaxis.set_major_formatter("{x:g}")
    else:
        axes.set_xlim(0, 100)


def _frame(axes: Axes, names: Sequence[str], tops: Array) -> None:
    """Lines between a column's rows, darker between scales."""
    axes.set_ylim(tops[-1], 0)
    axes.set_yticks([])
    axes.tick_params(axis="y", length=0)
    style.grid(axes)
    axes.spines["left"].set_visible(False)
    for above, below, y in zip(names, names[1:], tops[1:], strict=False):
        alike = above.partition(",")[0] == below.partition(",")[0]
        axes.axhline(y, color=style.PALE if alike else style.GREY, linewidth=0.6)


def _above(figure: Figure, words: Sequence[str], runs: Sequence[Mapping[str, Any]]) -> None:
    """The answer in words, and below it what colours and markers mean; `runs` holds one a set-up and net."""
    wide, high = figure.get_size_inches()
    figure.text(0.08 / wide, 1 - 0.3 / high, "\n".join(words), size=7.5, va="top", linespacing=1.3)
    kinds = [(run["optim"], run["net"]) for run in runs]
    setups = {
        setup_label(run): _look(kind, kinds)[0] for run, kind in zip(runs, kinds, strict=True)
    }
    nets = {net_label(run): _look(kind, kinds)[1] for run, kind in zip(runs, kinds, strict=True)}
    lines = (
        [
            Line2D([], [], color=colour, marker="o", ms=4, ls="", label=label)
            for label, colour in setups.items()
        ],
        [
            Line2D([], [], color=style.GREY, marker=marker, ms=4, ls="", label=label)
            for label, marker in nets.items()
        ],
    )
    for place, marks in enumerate(lines):
        figure.legend(
            handles=marks,
            loc="upper left",
            ncols=len(marks),
            borderaxespad=0,
            handletextpad=0.2,
            columnspacing=1.2,
            bbox_to_anchor=(0.08 / wide, 1 - (0.32 + 0.15 * (len(words) + place)) / high),
        )


def _answer(dots: list[Measured]) -> list[str]:
    """Whether the set-up of the largest learning rate has the largest flat areas; nothing where there is but one."""
    said = [f"{way}: {counts}" for way, counts in answers(dots).items()]
    question = (
        f"In how many planes is the flat area under {setup_label(foremost(dots))} the largest of its "
        "net's set-ups?"
    )
    return [question, *said] if said else []
