"""Symmetry of the CCTM and interference by epoch, beside the learning rate."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference import confusion
from interference.confusion import by_epoch, symmetry, top_pairs
from interference.io.tables import Table
from interference.params import Optim
from interference.reporting.figures import layout, page, theme
from interference.reporting.figures.layout import Margins
from interference.schedules import learning_rate
from interference.study import runs
from interference.vocabulary import Array

RUNS_IN_A_ROW = 4
LEAST_PANEL = 0.95  # inches: the width of a panel on a page
MOST_RUNS = 8  # runs that have room on a page
LEVEL = 0.05  # of Bowker's test
ROWS = 3  # panels of a run


def draw(counts: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """Draw the runs that recorded test images over two epochs at least.

    Args:
        counts: Tables of confusion counts by epoch.

    Yields:
        The name `symmetry` and its figure.
    """
    tables = [table for table in runs.ordered(counts) if _is_followed(table)]
    if tables:
        yield "symmetry", by_epochs(tables)


def _is_followed(table: Table) -> bool:
    """Return whether a run has a training configuration and test counts of several epochs.

    Runs of very many classes are left out: their dense matrices of every epoch need too much
    memory.
    """
    if len(table.classes) > symmetry.MOST_CLASSES:
        return False
    on_test = table.frame["split"] == "test"
    is_trained = bool(table.run["setup"].get("epochs"))
    return is_trained and table.frame.loc[on_test, "epoch"].nunique() > 1


@theme.styled()
def by_epochs(tables: Sequence[Table]) -> Figure:
    """Draw the asymmetry index, the interference of the top pair and the learning rate by epoch.

    Args:
        tables: Tables of confusion counts by epoch; each run has a column of three panels.

    Returns:
        The figure.
    """
    shown = list(tables[:MOST_RUNS])
    is_narrow = page.current().is_narrow
    gap_width = 0.46
    margins = Margins(left=0.7, right=0.2, above=0.5)
    columns = min(len(shown), RUNS_IN_A_ROW)
    columns = layout.columns_on_page(columns, LEAST_PANEL, gap_width, margins)
    blocks = -(-len(shown) // columns)
    gap_height = 0.55 if is_narrow else 0.38
    if blocks > 1:
        gap_height = 0.85  # a block's title stands below the label of the epochs above it
    figure, panels = layout.sheet(
        "Symmetry and interference by epoch, beside the learning rate",
        runs.source([table.run for table in shown], "test images", *_legend(len(tables))),
        rows=ROWS * blocks,
        columns=columns,
        panel=(min(2.6, 6.3 / columns - 0.3), 0.85 if is_narrow else 1.0),
        gap=(gap_width, gap_height),
        margins=margins,
        label_distances=(0.2, 0.46),
    )
    titles = runs.names(shown)
    pairs = [top_pairs.of_last_epoch(table, 1)[0] for table in shown]
    highest = 0.0
    rate_axes: list[Axes] = []
    for place, table in enumerate(shown):
        block, column = divmod(place, columns)
        above, middle, below = panels[ROWS * block : ROWS * (block + 1), column]
        epochs, counts = by_epoch.training_counts(table, "test")
        course = symmetry.course(counts)
        _draw_symmetry(above, epochs, course)
        figure.numbers.extend(_numbers(table, epochs, course))
        highest = max(highest, _draw_interference(middle, epochs, counts, pairs[place], table))
        rate_axes.append(middle)
        rates = _learning_rates(table, epochs)
        below.plot(epochs, rates, color=theme.GREY, marker=layout.epoch_marker(len(epochs)), ms=2.5)
        below.set_ylim(0, 1.15 * rates.max() or 1)
        title = titles[place].replace(", ", "\n", 1).replace(" (", "\n(")
        layout.set_title(above, title, 6.5 if is_narrow else 7.5)
        for axes in (above, middle, below):
            layout.format_epoch_axis(axes)
            layout.add_grid(axes)
        below.set_xlabel("epoch")
        if not column:
            above.set_ylabel("asymmetry")
            middle.set_ylabel("rate, %")
            below.set_ylabel("learning rate")
        above.tick_params(labelleft=not column)
        middle.tick_params(labelleft=not column)
    for axes in rate_axes:
        axes.set_ylim(0, 1.5 * highest)
    for axes in _unused(panels, shown):
        axes.remove()
    return figure


def _unused(panels: Array, shown: Sequence[Table]) -> list[Axes]:
    """Return the panels of the last block that have no run."""
    columns = panels.shape[1]
    used = len(shown) % columns or columns
    return list(panels[-ROWS:, used:].ravel())


def _numbers(table: Table, epochs: Array, course: symmetry.Course) -> Iterator[dict[str, Any]]:
    """Yield the numbers of each epoch of a run."""
    for place, epoch in enumerate(epochs.tolist()):
        yield {
            "run": table.run["name"],
            "epoch": epoch,
            "asymmetry": float(course.asymmetry[place]),
            "by_counting_low": float(course.low[place]),
            "by_counting_high": float(course.high[place]),
            "bowker_p": float(course.p[place]),
        }


def _draw_symmetry(axes: Axes, epochs: Array, course: symmetry.Course) -> None:
    """Draw the asymmetry index by epoch over its range by counting alone."""
    axes.fill_between(epochs, course.low, course.high, color=theme.PALE, linewidth=0)
    axes.plot(epochs, course.asymmetry, color=theme.HUES[0], linewidth=1)
    is_clear = course.p < LEVEL
    for chosen, face in ((is_clear, theme.HUES[0]), (~is_clear, "white")):
        axes.plot(
            epochs[chosen],
            course.asymmetry[chosen],
            "o",
            ms=3 if len(epochs) <= 60 else 1.8,
            color=theme.HUES[0],
            mfc=face,
            mew=0.7,
        )
    axes.set_ylim(0, 1)


def _draw_interference(
    axes: Axes, epochs: Array, counts: Array, pair: tuple[int, int], table: Table
) -> float:
    """Draw the rates of the top pair both ways by epoch, and return the highest, in percent."""
    rates = 100 * confusion.cctm(counts)  # (epochs, C, C)
    names = table.classes.labels
    for (own, other), colour in zip((pair, pair[::-1]), theme.HUES, strict=False):
        axes.plot(
            epochs,
            rates[:, own, other],
            color=colour,
            label=f"{names[own]} as {names[other]}",
            marker=layout.epoch_marker(len(epochs)),
            ms=2.5,
        )
    axes.legend(loc="upper right", fontsize=6, handlelength=1.2, borderaxespad=0.1)
    return float(np.nanmax(rates[:, pair, pair[::-1]], initial=1))


def _legend(number_of_runs: int) -> Iterator[str]:
    """Yield the meanings of the marks."""
    yield "asymmetry: sum |n(a, b) - n(b, a)| over all errors, 0 if symmetric"
    yield "band: 95 % of its values by counting alone, if both ways have equal rates"
    yield f"filled dots: Bowker's test rejects symmetry at {LEVEL:g}"
    yield "top pair: that of the last epoch"
    if number_of_runs > MOST_RUNS:
        yield f"the first {MOST_RUNS} of {number_of_runs} runs"


def _learning_rates(table: Table, epochs: Array) -> Array:
    """Return the learning rate of a run half-way through each epoch (epochs,), counted from 1."""
    setup = Optim(**table.run["setup"])
    return np.array([learning_rate(setup, epoch - 0.5) for epoch in epochs])
