"""Table 1: the recall of every class by run, beside the paper's."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from interference import confusion, paper
from interference.confusion import by_epoch
from interference.io.tables import Table
from interference.reporting.figures import labels, layout, page, selection, theme
from interference.reporting.figures.layout import Margins
from interference.study import runs
from interference.vocabulary import Array

CELL_WIDTH = 0.5  # inches
CELL_HEIGHT = 0.27
ALL_WIDTH = 1.1  # inches: the panel with the recalls of all classes
LEAST_CELL = 0.28  # inches: a cell on a page
NAMES_WIDTH = 1.3  # inches: the names of rows on a narrow page
LEAST_BAR = 0.8  # inches: the height of the colour bar
BRIGHTEST = 95  # percent: the recall with the darkest colour, unless there is a lower one


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: The row's label.
        recalls: Recalls (C,) in percent.
        is_outside: Which of them are outside the paper's range (C,), bool.
        is_ours: False for a row that the paper printed.
    """

    name: str
    recalls: Array
    is_outside: Array
    is_ours: bool = True


def draw(cctm: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """Draw the table.

    Args:
        cctm: Tables of the final nets' confusion counts.

    Yields:
        The name `recall` and its figure, if there is a run.
    """
    if cctm:
        yield "recall", recall(runs.ordered(cctm))


@theme.styled()
def recall(tables: list[Table]) -> Figure:
    """Draw test recall, a row for each run; a lower recall is darker, a row's lowest is bold.

    The paper's two versions stand under the runs of its nets and training configuration. A recall
    that is outside their range by more than the tolerance is framed. If there are many classes,
    those of the lowest recalls have a column, and a panel at the right has a tick for each class.

    Args:
        tables: Tables of the final nets' confusion counts, in the order of the rows.

    Returns:
        The figure, in percent.
    """
    rows = _rows(tables)
    names = layout.wrap_names([row.name for row in rows], NAMES_WIDTH, 7)
    columns = selection.lowest_recalls(np.array([row.recalls for row in rows]))
    all_labels = tables[0].classes.labels
    has_all = len(columns) < len(all_labels)
    all_beside = has_all and not page.current().is_narrow
    labels_width = labels.text_width([all_labels[label] for label in columns], 7)
    least = CELL_WIDTH if page.current().width is None else LEAST_CELL
    label_room = labels_width if labels_width > least else 0.1
    height = CELL_HEIGHT * len(rows)
    below = 0.35 if has_all else 0.15
    margins = Margins(
        left=labels.text_width(names, 7) + 0.1,
        right=ALL_WIDTH + 0.25 if all_beside else 0.7,
        above=0.15 + label_room,
        below=max(below, LEAST_BAR - height),
    )
    blocks = layout.blocks(columns, LEAST_CELL, margins, has_bar=not all_beside)
    figure, panels = layout.sheet(
        "Recall of each class on the test set, %",
        runs.source(
            [table.run for table in tables],
            "test images",
            "bold: a row's lowest",
            *(["darker: lower"] if all_beside else []),
            *_legend(rows, tables),
            *selection.note(
                len(columns), len(all_labels), "classes: those of the lowest mean recall"
            ),
        ),
        rows=len(blocks) + (has_all and not all_beside),
        panel=(CELL_WIDTH * len(columns), height),
        gap=(0, 0.25 + label_room),
        margins=margins,
        has_bar=not all_beside,
    )
    values = np.array([_coloured_recalls(row, columns) for row in rows])
    lowest = min(np.nanmin(values, initial=BRIGHTEST), BRIGHTEST)
    colours = ScalarMappable(mpl.colors.Normalize(lowest, 100), theme.ERRORS.removesuffix("_r"))
    for axes, block in zip(panels[:, 0], blocks, strict=False):
        layout.fill_part(axes, len(block) / len(blocks[0]))
        _draw_block(axes, rows, names, block, colours)
        layout.label_axis(axes, "x", [all_labels[label] for label in block])
    last = panels[-1, 0]
    if all_beside:
        last = _panel_beside(last)
    if has_all:
        _draw_all_recalls(last, rows)
    if not all_beside:
        layout.colour_bar(last, colours, "recall, %", height=max(height, LEAST_BAR))
    for row in rows:
        figure.numbers.extend(_numbers(row, all_labels))
    return figure


def _numbers(row: Row, class_labels: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yield the recall of each class of a row, in percent."""
    recalls = row.recalls.tolist()
    for label, value, outside in zip(class_labels, recalls, row.is_outside.tolist(), strict=True):
        yield {"row": row.name, "class": label, "recall": value, "is_outside": outside}


def _draw_block(
    axes: Axes,
    rows: Sequence[Row],
    names: Sequence[str],
    columns: Sequence[int],
    colours: Any,
) -> None:
    """Draw the recalls of some classes, a row of cells for each row of the table."""
    values = np.array([_coloured_recalls(row, columns) for row in rows])
    axes.pcolormesh(
        np.ma.masked_invalid(values),
        cmap=colours.cmap,
        norm=colours.norm,
        edgecolors="white",
        linewidth=0.6,
    )
    axes.invert_yaxis()
    axes.xaxis.tick_top()
    axes.set_yticks(np.arange(len(rows)) + 0.5, names)
    axes.tick_params(axis="y", length=0)
    for place, row in enumerate(rows):
        _write_row(axes, place, row, columns, colours)


def _coloured_recalls(row: Row, columns: Sequence[int]) -> Array:
    """Return the recalls of a row's columns, nan (no colour) for a row of the paper."""
    return row.recalls[columns] if row.is_ours else np.full(len(columns), np.nan)


def _write_row(
    axes: Axes, place: int, row: Row, columns: Sequence[int], colours: ScalarMappable
) -> None:
    """Write a row's recalls, the lowest of all classes bold, and frame those outside the range."""
    lowest = np.nanmin(row.recalls, initial=np.inf)
    for column, label in enumerate(columns):
        value = row.recalls[label]
        if np.isfinite(value):
            layout.write_cell(
                axes,
                column,
                place,
                f"{value:.1f}",
                theme.contrasting_colour(colours, value) if row.is_ours else theme.GREY,
                size=7,
                weight="bold" if value == lowest else "normal",
            )
        if row.is_outside[label]:
            layout.frame_cell(axes, column, place)


def _panel_beside(table_axes: Axes) -> Axes:
    """Add a panel of the table's height to the right of it."""
    left, bottom, table_width, table_height = layout.box_of(table_axes)
    figure = layout.figure_of(table_axes)
    width, height = figure.get_size_inches()
    return figure.add_axes(
        (
            (left + table_width + 0.15) / width,
            bottom / height,
            ALL_WIDTH / width,
            table_height / height,
        )
    )


def _draw_all_recalls(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw a tick for the recall of each class, and the median."""
    for place, row in enumerate(rows):
        heights = np.full(len(row.recalls), place + 0.5)
        median = np.nanmedian(row.recalls)
        axes.plot(row.recalls, heights, "|", color=theme.GREY, ms=7, mew=0.5)
        axes.plot(median, place + 0.5, "|", color=theme.HUES[0], ms=11, mew=2)
    axes.set(ylim=(len(rows), 0), yticks=[], xlabel=f"all {len(rows[0].recalls)}; blue: median")
    axes.xaxis.label.set_fontsize(7)
    layout.add_grid(axes)


def _rows(tables: list[Table]) -> list[Row]:
    """Return our rows, and after the runs of a net in the paper's configuration the paper's."""
    run_names = [table.run["name"] for table in tables]
    shown_names = dict(zip(run_names, runs.names(tables), strict=True))
    rows = []
    for group in runs.repeats(tables):
        keys = group[0].classes.keys
        papers = paper.recalls_of(group[0].run)
        for table in group:
            recalls = confusion.recall(by_epoch.test_counts(table))
            is_outside = np.zeros(len(keys), bool)
            if papers:
                low, high = _papers_range(table)
                is_outside = (recalls < low) | (recalls > high)
            rows.append(Row(shown_names[table.run["name"]], recalls, is_outside))
        for version, by_key in papers.items():
            recalls = np.array([by_key[key] for key in keys])
            name = f"the paper, version {version}"
            rows.append(Row(name, recalls, np.zeros(len(keys), bool), is_ours=False))
    return rows


def _papers_range(table: Table) -> tuple[Array, Array]:
    """Return the lowest and highest recalls (C,) in percent that agree with the paper's."""
    ranges = paper.recall_ranges(table.run["net"])
    low, high = np.array([ranges[key] for key in table.classes.keys]).T
    return low, high


def _legend(rows: Sequence[Row], tables: Sequence[Table]) -> Iterator[str]:
    """Yield the meaning of the frames, and how many recalls agree, if the paper has such runs."""
    compared = [table for table in tables if paper.recalls_of(table.run)]
    if not compared:
        return
    classes = compared[0].classes
    cells = len(compared) * len(classes)
    outside = sum(int(row.is_outside.sum()) for row in rows)
    tolerances = [
        f"{classes.labels[classes.index(key)]} {points:g}"
        for key, points in paper.TOLERANCES.items()
    ]
    yield (
        f"framed: more than {paper.TOLERANCE:g} points ({', '.join(tolerances)}) outside the "
        f"paper's two versions; {cells - outside} of {cells} are inside"
    )
