"""How flat the planes of all runs are at every scale, on one page.

The page asks whether Fig. 4's lowland is still there if every net takes equally long steps.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import LogLocator, NullLocator

from interference.reporting.figures import labels, layout, page, planes, theme, wrapping
from interference.reporting.figures.layout import Margins
from interference.reporting.figures.planes import Plane
from interference.reporting.figures.sheets import Sheet
from interference.study.runs import net_label, setup_label, source
from interference.surfaces import flatness
from interference.surfaces.flatness import Flatness
from interference.surfaces.setup_comparison import Measured, count_largest, run_with_largest_rate
from interference.thresholds import EPSILON
from interference.vocabulary import RANDOM, SCALES, Array

Kind = tuple[str, str]  # a training configuration and a net

TEXT_SIZE = 7.5  # points: the answer above the panels
PAIRS = 6  # the most pairs of a scale with a row each; more share one, as random planes do
ROW_HEIGHT = 0.3  # inches
LOWER = 0.65  # of these heights on a narrow page
SHARED_HEIGHT = 0.75  # inches: a row of many planes
LEAST_PANEL = 0.75  # inches: the width of a panel on a page
LINE_HEIGHT = 0.15  # inches: a line of text above the panels
MARKERS = "osD^v"  # one for each net
HALF_DECADE = 10**0.5  # the least factor from the middle of a logarithmic axis to its ends
WIDE_RANGE = 6  # the factor from the middle above which ticks are powers of ten only


@dataclass(frozen=True)
class Column:
    """A measure of flatness and its axis.

    Attributes:
        heading: The title of the column.
        value: Returns the measure of a plane.
        is_area: Whether it measures the flat area, which the plane's edge may cut off.
        is_logarithmic: Whether the axis is logarithmic; otherwise it runs from 0 to 100.
    """

    heading: str
    value: Callable[[Flatness], float]
    is_area: bool = False
    is_logarithmic: bool = True


COLUMNS = (
    Column("flat area,\n% of the plane", lambda flat: 100 * flat.share, is_area=True),
    Column("flat area in weight\nspace, norm squared", lambda flat: flat.area, is_area=True),
    Column("steepest rise on an axis,\npoints per unit of norm", lambda flat: flat.slope),
    Column(
        "far field: median of\nthe rim, % errors", lambda flat: flat.plateau, is_logarithmic=False
    ),
)


@dataclass(frozen=True)
class Row:
    """A row of the page.

    Attributes:
        name: The scale and the pair, or the scale and the number of planes.
        planes: The planes of all runs.
        is_shared: Whether planes of several pairs share the row.
        top: Where the row begins, in inches below the first one.
        height: Its height in inches.
    """

    name: str
    planes: list[Measured]
    is_shared: bool
    top: float
    height: float


def draw(
    groups: Mapping[str, list[Plane]], epsilon: float = EPSILON
) -> Iterator[tuple[str, Figure]]:
    """Draw the page.

    Args:
        groups: The planes of each run and scale by their name.
        epsilon: How far the error rate may rise in the flat area, in percentage points.

    Yields:
        The name `lowland` and its figure, if there is a plane.
    """
    if groups:
        yield "lowland", lowland([plane for group in groups.values() for plane in group], epsilon)


@theme.styled()
def lowland(planes_of_runs: list[Plane], epsilon: float = EPSILON) -> Figure:
    """Draw flat area, steepest rise and far field: a row for each scale and pair, a dot for a run.

    Colours are training configurations, markers are nets. Random planes share a row, and so do the
    pairs of a scale with more than `PAIRS`; a line shows their spread. A hollow dot is a flat area
    that the plane's edge cuts off, so that it is at least as large. A small dot is a flat area
    below a cell of the grid, so that it is read between grid points.

    Args:
        planes_of_runs: The planes of several runs at any scales.
        epsilon: How far the error rate may rise in the flat area, in percentage points.

    Returns:
        The figure.
    """
    measured = [
        Measured(plane.table.run, plane.surface, flatness.measure(plane.surface, epsilon))
        for plane in planes_of_runs
    ]
    rows = _rows(measured)
    answer = _on_page(_answer(measured))
    distinct_runs = {plane.run["name"]: plane.run for plane in measured}
    kinds = list(dict.fromkeys(plane.kind for plane in measured))
    names = [row.name for row in rows]
    total_height = rows[-1].top + rows[-1].height
    legend_lines = _legend_lines(_one_run_of_each(measured, kinds))
    is_narrow = page.current().is_narrow
    margins = Margins(
        left=labels.text_width(names, 7) + 0.15,
        above=0.48 + (0.3 if is_narrow else 0) + LINE_HEIGHT * (len(answer) + len(legend_lines)),
        below=0.3,
    )
    columns = layout.columns_on_page(len(COLUMNS), LEAST_PANEL, 0.2, margins)
    figure, panels = layout.sheet(
        "How flat the planes are around each net, by scale",
        source(list(distinct_runs.values()), *_legend(planes_of_runs, epsilon)),
        rows=-(-len(COLUMNS) // columns),
        columns=columns,
        panel=(1.3, total_height),
        gap=(0.2, 0.85),
        margins=margins,
    )
    for axes, column in zip(panels.flat, COLUMNS, strict=True):
        for row in rows:
            _draw_row(axes, column, row, kinds)
        _draw_row_lines(axes, rows, total_height)
        values = np.array([column.value(plane.flat) for plane in measured])
        _format_values(axes, column, values)
    constant_classifier = planes_of_runs[0].surface.chance
    panels.flat[len(COLUMNS) - 1].axvline(
        constant_classifier, color=theme.GREY, linewidth=0.7, linestyle=":"
    )
    middles = [(row.top + row.height + row.top) / 2 for row in rows]
    for axes in panels[:, 0]:
        axes.set_yticks(middles, names)
    _write_above(figure, answer, legend_lines)
    figure.numbers.extend(_numbers(plane) for plane in measured)
    return figure


def _numbers(plane: Measured) -> dict[str, Any]:
    """Return the numbers of a plane, fractions in percent."""
    flat = plane.flat
    low, high = flat.share_interval
    return {
        "run": plane.run["name"],
        "scale": plane.surface.scale,
        "plane": plane.surface.name,
        "flat_area": 100 * flat.share,
        "low": 100 * low,
        "high": 100 * high,
        "flat_area_in_weight_space": flat.area,
        "steepest_rise": flat.slope,
        "far_field": flat.plateau,
        "cut_off": flat.cut_off,
        "under_a_cell": flat.unresolved,
    }


def _on_page(lines: Sequence[str]) -> list[str]:
    """Wrap lines above the panels to the width of the page, if there is one."""
    width = page.current().width
    if width is None:
        return list(lines)
    wrapped = []
    for line in lines:
        wrapped += wrapping.wrap(line, width - 0.16, TEXT_SIZE)
    return wrapped


def _legend(planes_of_runs: Sequence[Plane], epsilon: float) -> list[str]:
    """Return on which images the planes were measured, and the meanings of the marks."""
    images = [
        f"{plane.table.meta['images']} {plane.table.meta['split']} images"
        for plane in planes_of_runs
    ]
    return [
        *dict.fromkeys(images),
        planes.flat(epsilon),
        "hollow: cut off by the plane's edge, so at least this large",
        "small: smaller than a grid cell, interpolated",
        "dotted: a net that always predicts one class",
    ]


def _one_run_of_each(measured: Sequence[Measured], kinds: Sequence[Kind]) -> list[Mapping]:
    """Return the first run of each training configuration and net."""
    return [next(plane.run for plane in measured if plane.kind == kind) for kind in kinds]


def _rows(measured: Sequence[Measured]) -> list[Row]:
    """Return the rows of the page by scale, in the order of `SCALES`, and then by pair."""
    rows: list[Row] = []
    top = 0.0
    factor = LOWER if page.current().is_narrow else 1
    row_height = ROW_HEIGHT * factor
    shared_height = SHARED_HEIGHT * factor
    for scale in SCALES:
        by_pair: dict[str, list[Measured]] = {}
        for plane in measured:
            if plane.surface.scale == scale:
                by_pair.setdefault(plane.surface.name, []).append(plane)
        if by_pair and (scale == RANDOM or len(by_pair) > PAIRS):
            together = [plane for of_pair in by_pair.values() for plane in of_pair]
            rows.append(Row(f"{scale}, {len(by_pair)} planes", together, True, top, shared_height))
            top += shared_height
            continue
        for name, of_pair in by_pair.items():
            rows.append(Row(f"{scale}, {name}", of_pair, False, top, row_height))
            top += row_height
    return rows


def _draw_row(axes: Axes, column: Column, row: Row, kinds: Sequence[Kind]) -> None:
    """Draw one row's dots in one column.

    Each training configuration has a line of its own; in a shared row, each net of it has one.
    """
    lines: list[Any]
    lines = list(kinds) if row.is_shared else list(dict.fromkeys(setup for setup, _ in kinds))
    for kind in kinds:
        of_kind = [plane.flat for plane in row.planes if plane.kind == kind]
        line = lines.index(kind if row.is_shared else kind[0])
        end = row.top + row.height
        y = row.top + (end - row.top) * ((line + 1) / (len(lines) + 1))
        colour, marker = _look(kind, kinds)
        if row.is_shared and len(of_kind) > 1:
            values = np.array([column.value(flat) for flat in of_kind])
            spread = [np.nanmin(values), np.nanmax(values)]
            axes.plot(spread, [y, y], color=colour, linewidth=0.8, alpha=0.6)
        for flat in of_kind:
            is_hollow = column.is_area and flat.cut_off
            is_small = column.is_area and flat.unresolved
            axes.plot(
                column.value(flat),
                y,
                marker,
                ms=2 if is_small else 3.6,
                color=colour,
                mfc="white" if is_hollow else colour,
                mew=0.9,
            )


def _look(kind: Kind, kinds: Sequence[Kind]) -> tuple[str, str]:
    """Return the colour of a training configuration and the marker of a net."""
    setups = list(dict.fromkeys(setup for setup, _ in kinds))
    nets = list(dict.fromkeys(net for _, net in kinds))
    colour = theme.HUES[setups.index(kind[0]) % len(theme.HUES)]
    marker = MARKERS[nets.index(kind[1]) % len(MARKERS)]
    return colour, marker


def _format_values(axes: Axes, column: Column, values: Array) -> None:
    """Write a column's heading and format its axis; a logarithmic one spans at least a decade."""
    layout.set_title(axes, column.heading.replace("\n", " ") if _wraps() else column.heading, 7)
    positive = values[values > 0]
    if not column.is_logarithmic or not len(positive):
        axes.set_xlim(0, 100)
        return
    middle = np.sqrt(positive.min() * positive.max())
    reach = np.sqrt(positive.max() / positive.min())
    factor = max(1.3 * reach, HALF_DECADE)
    axes.set_xscale("log", subs=[])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(middle / factor, middle * factor)
    steps = (1, 2, 5) if reach < WIDE_RANGE else (1,)
    axes.xaxis.set_major_locator(LogLocator(subs=steps, numticks=5))
    axes.xaxis.set_major_formatter("{x:g}")


def _wraps() -> bool:
    """Whether headings are wrapped to the width of their panel."""
    return page.current().width is not None


def _draw_row_lines(axes: Axes, rows: Sequence[Row], total_height: float) -> None:
    """Draw lines between a column's rows, darker between scales."""
    axes.set_ylim(total_height, 0)
    axes.set_yticks([])
    axes.tick_params(axis="y", length=0)
    layout.add_grid(axes)
    axes.spines["left"].set_visible(False)
    for above, below in pairwise(rows):
        is_same_scale = above.name.partition(",")[0] == below.name.partition(",")[0]
        colour = theme.PALE if is_same_scale else theme.GREY
        axes.axhline(below.top, color=colour, linewidth=0.6)


def _legend_lines(runs: Sequence[Mapping[str, Any]]) -> list[list[Line2D]]:
    """Return the handles of the legend by line: training configurations, and nets if they differ.

    On a narrow page each configuration has a line.

    Args:
        runs: One run of each training configuration and net.
    """
    kinds = [(run["optim"], run["net"]) for run in runs]
    colours = {}
    markers = {}
    for run, kind in zip(runs, kinds, strict=True):
        colour, marker = _look(kind, kinds)
        colours[setup_label(run)] = colour
        markers[net_label(run)] = marker
    lines = [[_handle(label, colour, "o") for label, colour in colours.items()]]
    if page.current().is_narrow:
        lines = [[handle] for handle in lines[0]]
    if len(markers) > 1:
        lines.append([_handle(label, theme.GREY, marker) for label, marker in markers.items()])
    return lines


def _write_above(figure: Sheet, answer: Sequence[str], lines: Sequence[list[Line2D]]) -> None:
    """Write the answer and the legend of colours and markers below the title."""
    width, height = figure.get_size_inches()
    left = 0.08 / width
    text = "\n".join(answer)
    figure.text(left, 1 - figure.head / height, text, size=TEXT_SIZE, va="top", linespacing=1.3)
    for place, handles in enumerate(lines):
        top = figure.head + 0.02 + LINE_HEIGHT * (len(answer) + place)
        figure.legend(
            handles=handles,
            loc="upper left",
            ncols=len(handles),
            borderaxespad=0,
            handletextpad=0.2,
            columnspacing=1.2,
            bbox_to_anchor=(left, 1 - top / height),
        )


def _handle(label: str, colour: str, marker: str) -> Line2D:
    """Return a legend's handle: a marker with its label."""
    return Line2D([], [], color=colour, marker=marker, ms=4, ls="", label=label)


def _answer(measured: Sequence[Measured]) -> list[str]:
    """State how often the largest learning rate has the largest flat area.

    Nothing is stated if there is only one training configuration.
    """
    counts = count_largest(measured)
    if not counts:
        return []
    setup = setup_label(run_with_largest_rate(measured))
    question = f"In how many planes does {setup} have the largest flat area of its net?"
    return [question, *(f"{unit}: {text}" for unit, text in counts.items())]
