"""Table 2: which other classes interfere with some classes, and how strongly."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from interference import confusion, paper
from interference.confusion import by_epoch, statistics, top_pairs
from interference.io.tables import Table
from interference.reporting.figures import labels, layout, page, selection, theme
from interference.reporting.figures.layout import Margins, TextColumn
from interference.study import runs
from interference.vocabulary import Array

CELL_WIDTH = 0.46  # inches
CELL_HEIGHT = 0.29
LEAST_CELL = 0.29  # inches: the width of a cell on a page
INTERVAL = "95 % CI"  # the heading of the numbers of classes whose whole interval is above
NARROW_CELL = 0.33  # inches: in narrower cells the numbers are smaller
RATE_SIZE = 7  # points
SMALL_SIZE = 6.2
DARKEST = 0.05  # the fraction with the darkest colour, unless there is a larger one


def draw(cctm: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """Draw the table of one run.

    Args:
        cctm: Tables of the final nets' confusion counts.

    Yields:
        The name `interferers` and its figure, if there is a run.
    """
    if cctm:
        yield "interferers", interferers(selection.interferers_run(runs.ordered(cctm)))


@dataclass(frozen=True)
class _Cells:
    """The cells of the table.

    Attributes:
        rows: Labels of the true classes.
        columns: Labels of the predicted classes.
        rates: The test CCTM at these classes (rows, columns), as fractions.
        errors: The same, nan on the diagonal.
        counts: For each row, columns of text: how many classes interfere.
    """

    rows: list[int]
    columns: list[int]
    rates: Array
    errors: Array
    counts: list[TextColumn]


@theme.styled()
def interferers(table: Table) -> Figure:
    """Draw rows of the test CCTM, bold above the threshold, and count the bold cells.

    The rows are PLANE, CAR, BIRD and TRUCK, or if those classes are absent the classes of the most
    interfering pairs. The diagonal is the recall.

    Args:
        table: The final net's confusion counts.

    Returns:
        The figure, in fractions.
    """
    cells = _cells(table)
    class_labels = table.classes.labels
    row_labels = [class_labels[label] for label in cells.rows]
    column_labels = [class_labels[label] for label in cells.columns]
    row_labels_width = labels.text_width(row_labels, 7)
    counts_width = layout.columns_width(cells.counts)
    least = CELL_WIDTH if page.current().width is None else LEAST_CELL
    is_upright = labels.text_width(column_labels, 7) > least
    margins = Margins(
        left=row_labels_width + 0.15,
        right=counts_width + 0.1,
        above=0.2 + labels.text_width(class_labels, 7) if is_upright else 0.35,
        below=0.15,
    )
    blocks = layout.blocks(range(len(cells.columns)), LEAST_CELL, margins)
    figure, panels = layout.sheet(
        f"Rows of the test CCTM: {runs.run_label(table.run)}",
        runs.source([table.run], "test images", *_legend(table, len(cells.columns))),
        rows=len(blocks),
        panel=(CELL_WIDTH * len(cells.columns), CELL_HEIGHT * len(cells.rows)),
        gap=(0, margins.above),
        margins=margins,
    )
    highest = max(DARKEST, np.nanmax(cells.errors, initial=0))
    colours = ScalarMappable(mpl.colors.Normalize(0, highest), theme.ERRORS)
    for axes, block in zip(panels[:, 0], blocks, strict=True):
        part = replace(
            cells,
            columns=[cells.columns[place] for place in block],
            rates=cells.rates[:, block],
            errors=cells.errors[:, block],
        )
        layout.fill_part(axes, len(block) / len(blocks[0]))
        _draw_rates(axes, part, colours)
        layout.label_axis(axes, "x", [column_labels[place] for place in block])
        layout.label_axis(axes, "y", row_labels)
    layout.write_columns(panels[-1, 0], cells.counts, np.arange(len(cells.rows)) + 0.5)
    figure.numbers.extend(_numbers(table, cells))
    return figure


def _numbers(table: Table, cells: _Cells) -> Iterator[dict[str, Any]]:
    """Yield the rate of each cell, with how many classes of its row interfere."""
    class_labels = table.classes.labels
    for (row, column), rate in np.ndenumerate(cells.rates):
        yield {
            "run": table.run["name"],
            "class": class_labels[cells.rows[row]],
            "predicted": class_labels[cells.columns[column]],
            "rate": float(rate),
            **{heading: texts[row] for heading, texts in cells.counts},
        }


def _draw_rates(axes: Axes, cells: _Cells, colours: Any) -> None:
    """Draw the rates of some columns and write each into its cell."""
    axes.set_facecolor(theme.PALE)
    axes.pcolormesh(
        np.ma.masked_invalid(cells.errors),
        cmap=colours.cmap,
        norm=colours.norm,
        edgecolors="white",
        linewidth=0.6,
    )
    axes.invert_yaxis()
    axes.xaxis.tick_top()
    _write_rates(axes, cells, colours)


def _cells(table: Table) -> _Cells:
    """Choose the rows and columns of the table and compute its numbers."""
    counts = by_epoch.test_counts(table)
    rates = confusion.cctm(counts)
    rows = selection.interferer_rows(table, rates)
    columns = _columns(rates, rows)
    off_diagonal = ~np.eye(len(rates), dtype=bool)
    cells = np.ix_(rows, columns)
    return _Cells(
        rows=rows,
        columns=columns,
        rates=rates[cells],
        errors=np.where(off_diagonal, rates, np.nan)[cells],
        counts=_count_columns(table, counts, rows),
    )


def _columns(rates: Array, rows: list[int]) -> list[int]:
    """Return the classes that interfere most with the rows, in label order; all if they are few."""
    strongest = np.nan_to_num(rates[rows]).max(0)
    order = np.argsort(-strongest, kind="stable")
    return sorted(order[: top_pairs.LEGIBLE].tolist())


def _count_columns(table: Table, counts: Array, rows: Sequence[int]) -> list[TextColumn]:
    """Count the classes above the threshold in each row, and state the paper's number."""
    rates = confusion.cctm(counts)
    low, _ = statistics.wilson(counts, counts.sum(-1, keepdims=True))
    off_diagonal = ~np.eye(len(rates), dtype=bool)
    above = (off_diagonal & (rates > confusion.THRESHOLD)).sum(-1)
    surely_above = (off_diagonal & (low > confusion.THRESHOLD)).sum(-1)
    columns: list[TextColumn] = [
        (f"> {confusion.THRESHOLD:g}", [str(above[row]) for row in rows]),
        (INTERVAL, [str(surely_above[row]) for row in rows]),
    ]
    if table.run["net"] == paper.INTERFERED and paper.setup(table.run) == paper.RECALLED:
        keys = [table.classes.keys[row] for row in rows]
        columns.append(("paper", [str(paper.INTERFERERS[key]) for key in keys]))
    return columns


def _write_rates(axes: Axes, cells: _Cells, colours: ScalarMappable) -> None:
    """Write each rate into its cell: recalls grey, rates above the threshold bold."""
    cell_width = layout.box_of(axes).width / len(cells.columns)
    size = RATE_SIZE if cell_width > NARROW_CELL else SMALL_SIZE
    for (row, column), rate in np.ndenumerate(cells.rates):
        is_error = np.isfinite(cells.errors[row, column])
        is_bold = is_error and rate > confusion.THRESHOLD
        if np.isfinite(rate):
            layout.write_cell(
                axes,
                column,
                row,
                f"{rate:.3f}",
                theme.contrasting_colour(colours, rate) if is_error else theme.GREY,
                size=size,
                weight="bold" if is_bold else "normal",
            )


def _legend(table: Table, columns: int) -> Iterator[str]:
    """Yield the meaning of the marks, and the rules that chose the run, the rows and columns."""
    yield f"fractions of the row's images; grey: recall; bold: above {confusion.THRESHOLD:g}"
    yield (
        f"right: the number of classes above {confusion.THRESHOLD:g}, and with their whole 95 % "
        "interval (Wilson) above it"
    )
    if table.run["net"] != paper.INTERFERED:
        is_papers_data = table.run["data"]["name"] == paper.DATA["name"]
        reason = "no GoogLeNet: " if is_papers_data else ""
        yield f"{reason}the run with the highest test accuracy"
    if not table.classes.has(*paper.INTERFERERS):
        yield "rows: the classes of the most interfering pairs"
    yield from selection.note(
        columns, len(table.classes), "classes have a column: those that are largest in these rows"
    )
