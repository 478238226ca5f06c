"""Test accuracy of every run beside the paper's, and accuracy by epoch."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference import paper
from interference.confusion import by_epoch, training_cells
from interference.io.tables import Table
from interference.reporting.figures import labels, layout, page, theme
from interference.reporting.figures.layout import Margins, TextColumn
from interference.study import runs
from interference.vocabulary import Array

PLUS_MINUS = "\N{PLUS-MINUS SIGN}"
WIDEST = 3.6  # inches: the panel of accuracies
NARROWEST = 2.4
ROW_HEIGHT = 0.27  # inches
TALL_ROW = 0.42  # inches: a row with its name above it
PANELS_IN_A_ROW = 4
LEAST_CURVES = 1.15  # inches: the width of a panel of curves on a page


class Look(NamedTuple):
    """How the curve of a split is drawn."""

    caption: str
    colour: str
    dashes: str


LOOKS = {
    "train_online": Look("training, as predicted while training", theme.HUES[0], "--"),
    "test": Look("test", theme.HUES[1], "-"),
}


@dataclass(frozen=True)
class Row:
    """The runs of one net and training configuration, which may differ in their seeds.

    Attributes:
        name: The row's label.
        finals: Test accuracy at the last epoch (runs,), percent.
        late_means: Mean test accuracy of the last epochs (runs,), percent; nan after a short
            training.
        paper: The paper's accuracy and its tolerance in percent, if it has such a run.
    """

    name: str
    finals: Array
    late_means: Array
    paper: tuple[float, float] | None

    @property
    def is_outside(self) -> bool:
        """Whether the mean accuracy, as it is written, is outside the paper's tolerance."""
        if self.paper is None:
            return False
        accuracy, tolerance = self.paper
        return abs(round(float(self.finals.mean()) - accuracy, 2)) > tolerance


def draw(counts: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """Draw the accuracies and the curves of the runs that trained for at least an epoch.

    Args:
        counts: Tables of confusion counts by epoch.

    Yields:
        The names `accuracy` and `curves` with their figures.
    """
    trained = [table for table in runs.ordered(counts) if (table.frame["split"] == "test").any()]
    if trained:
        yield "accuracy", accuracy(trained)
        yield "curves", curves(trained)


@theme.styled()
def accuracy(tables: list[Table]) -> Figure:
    """Draw test accuracy, a row for each net and training configuration.

    A dot is the accuracy at the last epoch; a bar is the mean of the last epochs of a long
    training. Runs that differ in their seeds alone share a row, with their mean and standard
    deviation. The paper's accuracy, if it has such a run, is drawn as a band as wide as the
    tolerance; an accuracy outside the band has a frame.

    Args:
        tables: Tables of confusion counts by epoch, in the order of the rows.

    Returns:
        The figure.
    """
    rows = _rows(tables)
    columns = _columns(rows)
    has_names_above = page.current().is_narrow
    names_width = 0.0 if has_names_above else labels.text_width([row.name for row in rows], 7)
    columns_width = layout.columns_width(columns)
    width = min(WIDEST, max(NARROWEST, 6.6 - names_width - columns_width))
    figure, panels = layout.sheet(
        "Test accuracy by net and training configuration, %",
        runs.source([table.run for table in tables], "test images", *_legend(rows, len(tables))),
        panel=(width, (TALL_ROW if has_names_above else ROW_HEIGHT) * len(rows) + 0.1),
        margins=Margins(left=names_width + 0.1, right=columns_width + 0.1, above=0.25),
    )
    axes = panels[0, 0]
    for place, row in enumerate(rows):
        _draw_row(axes, place, row)
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel="test accuracy, %")
    axes.set_yticks(range(len(rows)), [row.name for row in rows])
    if has_names_above:
        _write_names_above(axes, rows)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.08)
    layout.add_grid(axes)
    finals, *_ = layout.write_columns(axes, columns, range(len(rows)))
    for text, row in zip(finals, rows, strict=True):
        if row.is_outside:
            text.set_bbox(theme.TEXT_FRAME)
    for row in rows:
        figure.numbers.extend(_numbers(row))
    return figure


def _numbers(row: Row) -> Iterator[dict[str, Any]]:
    """Yield the numbers of each run of a row, in percent."""
    published, tolerance = row.paper or (np.nan, np.nan)
    for final, late_mean in zip(row.finals.tolist(), row.late_means.tolist(), strict=True):
        yield {
            "row": row.name,
            "test_accuracy": final,
            "mean_of_last_epochs": late_mean,
            "paper": published,
            "tolerance": tolerance,
        }


def _write_names_above(axes: Axes, rows: Sequence[Row]) -> None:
    """Write the name of each row above it, in place of the labels of its tick."""
    axes.tick_params(labelleft=False)
    for place, row in enumerate(rows):
        axes.text(
            0.01, place - 0.2, row.name, size=7, transform=axes.get_yaxis_transform(), va="bottom"
        )


def _rows(tables: list[Table]) -> list[Row]:
    """Collect the accuracies of the runs, a row for runs that differ in their seeds alone."""
    groups = runs.repeats(tables)
    names = runs.names([group[0] for group in groups])
    rows = []
    for group, name in zip(groups, names, strict=True):
        test_curves = [_curve(table, "test")[1] for table in group]
        row = Row(
            name=f"{name}, {len(group)} runs" if len(group) > 1 else name,
            finals=np.array([curve[-1] for curve in test_curves]),
            late_means=np.array([by_epoch.late_mean(curve) for curve in test_curves]),
            paper=paper.accuracy_of(group[0].run),
        )
        rows.append(row)
    return rows


def _columns(rows: Sequence[Row]) -> list[TextColumn]:
    """Return the columns of text beside the panel."""
    columns: list[TextColumn] = [("final", [_format_spread(row.finals) for row in rows])]
    if _has_late_means(rows):
        late_means = [_format_spread(row.late_means) for row in rows]
        columns.append((f"last {by_epoch.LAST}", late_means))
    if _has_paper(rows):
        columns.append(("paper", [f"{row.paper[0]:.2f}" if row.paper else "" for row in rows]))
    return columns


def _legend(rows: Sequence[Row], number_of_runs: int) -> Iterator[str]:
    """Yield the meanings of the marks that the figure has."""
    yield "dot: last epoch"
    if _has_late_means(rows):
        yield f"bar: mean of the last {by_epoch.LAST}"
    if len(rows) < number_of_runs:
        yield f"{PLUS_MINUS}: standard deviation over runs"
    if _has_paper(rows):
        yield "band: the paper's accuracy and its tolerance; framed: outside it"


def _has_late_means(rows: Sequence[Row]) -> bool:
    return any(np.isfinite(row.late_means).any() for row in rows)


def _has_paper(rows: Sequence[Row]) -> bool:
    return any(row.paper for row in rows)


def _format_spread(percent: Array) -> str:
    """Format the mean and the standard deviation of runs; nothing if a value is unknown."""
    if np.isnan(percent).any():
        return ""
    mean = f"{percent.mean():.2f}"
    return f"{mean} {PLUS_MINUS} {percent.std(ddof=1):.2f}" if len(percent) > 1 else mean


def _draw_row(axes: Axes, place: int, row: Row) -> None:
    """Draw the paper's band, the mean of the last epochs, and the accuracy at the last epoch."""
    if row.paper:
        accuracy, tolerance = row.paper
        axes.plot(
            [accuracy - tolerance, accuracy + tolerance],
            [place, place],
            color=theme.PALE,
            lw=8,
            solid_capstyle="butt",
        )
        axes.plot(accuracy, place, "|", ms=8, mew=1, color="white")
    axes.plot(row.late_means.mean(), place, "|", ms=11, mew=1.5, color=theme.GREY)
    axes.plot(
        row.finals,
        np.full(len(row.finals), place),
        "o",
        ms=5,
        color=theme.HUES[1],
        mec="white",
        mew=0.5,
    )


@theme.styled()
def curves(tables: list[Table]) -> Figure:
    """Draw accuracy by epoch on test images and on training images, a panel for each run.

    Training images are predicted during training, by the net as it is at each step.

    Args:
        tables: Tables of confusion counts by epoch, in the order of the panels.

    Returns:
        The figure.
    """
    is_narrow = page.current().is_narrow
    margins = Margins(left=0.5, right=0.2, above=0.8 if is_narrow else 0.65)
    columns = min(len(tables), PANELS_IN_A_ROW)
    columns = layout.columns_on_page(columns, LEAST_CURVES, 0.14, margins)
    figure, panels = layout.sheet(
        "Accuracy by epoch",
        runs.source([table.run for table in tables]),
        rows=-(-len(tables) // columns),
        columns=columns,
        panel=(6.4 / columns, 1.4),
        gap=(0.14, 0.6),
        margins=margins,
    )
    used_panels = layout.keep_panels(panels, len(tables))
    names = runs.names(tables)
    lowest = 100.0
    for axes, table, name in zip(used_panels, tables, names, strict=True):
        lowest = min(lowest, _draw_curves(axes, table))
        layout.set_title(axes, name.replace(", ", "\n", 1), 7.5)
        figure.numbers.extend(_numbers_of_curves(table))
    margin = 0.04 * max(100 - lowest, 1)
    for place, axes in enumerate(used_panels):
        is_last_of_column = place + columns >= len(tables)
        axes.set_ylim(lowest - margin, 100 + margin)
        axes.tick_params(labelleft=place % columns == 0)
        axes.set_xlabel("epoch" if is_last_of_column else "")
    for axes in panels[:, 0]:
        axes.set_ylabel("accuracy, %")
    left = panels[0, 0].get_position().x0
    figure.legend(
        *panels[0, 0].get_legend_handles_labels(),
        loc="upper left",
        ncols=1 if is_narrow else 2,
        borderaxespad=0,
        bbox_to_anchor=(left, 1 - (figure.head + 0.04) / figure.get_figheight()),
    )
    return figure


def _draw_curves(axes: Axes, table: Table) -> float:
    """Draw the curves of a run and return their lowest accuracy."""
    recorded = set(table.frame["split"])
    lowest = 100.0
    for split, look in LOOKS.items():
        if split in recorded:
            epochs, percent = _curve(table, split)
            lowest = min(lowest, float(percent.min()))
            axes.plot(
                epochs,
                percent,
                look.dashes,
                color=look.colour,
                label=look.caption,
                marker=layout.epoch_marker(len(epochs)),
                ms=2.5,
            )
    _, test_percent = _curve(table, "test")
    axes.text(
        0.97,
        0.06,
        f"test {test_percent[-1]:.2f}",
        transform=axes.transAxes,
        ha="right",
        size=7,
        color=theme.HUES[1],
    )
    layout.format_epoch_axis(axes)
    layout.add_grid(axes)
    return lowest


def _curve(table: Table, split: str) -> tuple[Array, Array]:
    """Return the epochs (n,) and the accuracy on a split (n,), in percent."""
    cells = training_cells.of_split(table, split)
    return cells.epochs, cells.accuracy


def _numbers_of_curves(table: Table) -> Iterator[dict[str, Any]]:
    """Yield the accuracy of a run after each epoch on each split, in percent."""
    recorded = set(table.frame["split"])
    for split in LOOKS:
        if split in recorded:
            epochs, percent = _curve(table, split)
            for epoch, accuracy in zip(epochs.tolist(), percent.tolist(), strict=True):
                yield {
                    "run": table.run["name"],
                    "split": split,
                    "epoch": epoch,
                    "accuracy": accuracy,
                }
