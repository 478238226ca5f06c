"""The most interfering pairs of classes, ranked, with intervals and fractions of all errors."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference import classes, confusion
from interference.confusion import by_epoch, statistics, top_pairs
from interference.io.tables import Table
from interference.reporting.figures import labels, layout, selection, theme
from interference.reporting.figures.layout import Margins, TextColumn
from interference.study import runs

SHOWN = 15  # pairs; twice as many where there are many classes
NARROWEST = 0.8  # inches: the width of a panel
WIDEST = 3.0
PANELS_IN_A_ROW = 4


def draw(cctm: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """Draw one figure for each training configuration.

    Args:
        cctm: Tables of the final nets' confusion counts.

    Yields:
        The name `pairs-CONFIGURATION` and its figure.
    """
    for setup, tables in runs.by_setup(runs.ordered(cctm)):
        yield f"pairs-{setup}", pairs(tables)


@theme.styled()
def pairs(tables: list[Table]) -> Figure:
    """Draw how strongly the classes of each pair interfere, a panel for each run.

    The measure is CCTM[a, b] + CCTM[b, a] on the test set, in percent, with its 95 % interval. All
    panels have the same rows: the pairs are ranked by the added counts of all runs.

    Args:
        tables: Tables of the final nets' confusion counts, of one training configuration.

    Returns:
        The figure.
    """
    ranked = _rank_pairs(tables)
    class_labels = tables[0].classes.labels
    names = [classes.pair(class_labels[a], class_labels[b]) for a, b in ranked]
    names_width = labels.text_width(names, 7)
    errors_width = layout.columns_width([_error_column(tables[0], ranked)])
    columns = min(len(tables), PANELS_IN_A_ROW)
    width = (6.9 - names_width) / columns - errors_width - 0.12
    gap = (errors_width + 0.12, 0.7)
    margins = Margins(left=names_width + 0.15, right=errors_width + 0.1, above=0.4)
    columns = layout.columns_on_page(columns, NARROWEST, gap[0], margins)
    figure, panels = layout.sheet(
        runs.headed("The most interfering pairs", tables[0].run),
        runs.source(
            [table.run for table in tables],
            "test images",
            "dot: CCTM[a, b] + CCTM[b, a], line: its 95 % interval "
            "(two Wilson intervals added in quadrature)",
            "linear up to 1 %, logarithmic above",
            "errors: the pair's fraction of all errors",
            *_legend(tables, len(ranked)),
        ),
        rows=-(-len(tables) // columns),
        columns=columns,
        panel=(min(WIDEST, max(NARROWEST, width)), 0.17 * len(ranked) + 0.1),
        gap=gap,
        margins=margins,
    )
    used_panels = layout.keep_panels(panels, len(tables))
    titles = runs.names(tables, runs.net_label)
    for axes, table, title in zip(used_panels, tables, titles, strict=True):
        _draw_pairs(axes, table, ranked)
        axes.set_title(title, pad=14)
        figure.numbers.extend(_numbers(table, ranked))
    highest = max(axes.dataLim.x1 for axes in used_panels)
    for place, axes in enumerate(used_panels):
        is_last_of_column = place + columns >= len(tables)
        layout.format_rate_axis(axes, "x", max(1.3 * highest, 1))
        axes.set_xlabel("both ways, %" if is_last_of_column else "")
        axes.set_yticks(range(len(ranked)), names if place % columns == 0 else [])
    return figure


def _numbers(table: Table, ranked: list[tuple[int, int]]) -> Iterator[dict[str, Any]]:
    """Yield the numbers of each pair of a run, in percent."""
    counts = by_epoch.test_counts(table)
    both_ways = 100 * confusion.both_ways(confusion.cctm(counts))
    low, high = statistics.pair_intervals(counts)
    share = 100 * confusion.pair_share(counts)
    names = table.classes.labels
    for a, b in ranked:
        yield {
            "run": table.run["name"],
            "class_1": names[a],
            "class_2": names[b],
            "both_ways": float(both_ways[a, b]),
            "low": float(100 * low[a, b]),
            "high": float(100 * high[a, b]),
            "of_all_errors": float(share[a, b]),
        }


def _rank_pairs(tables: Sequence[Table]) -> list[tuple[int, int]]:
    """Return the labels of the pairs that interfere most over all runs together."""
    counts = np.sum([by_epoch.test_counts(table) for table in tables], axis=0)
    number = top_pairs.number_shown(SHOWN, len(counts))
    ranked = confusion.ranked_pairs(confusion.cctm(counts))
    return [(a, b) for a, b, _ in ranked[:number]]


def _draw_pairs(axes: Axes, table: Table, ranked: list[tuple[int, int]]) -> None:
    """Draw a dot and its interval for each pair of a run, from above."""
    a, b = np.array(ranked).T
    rows = np.arange(len(ranked))
    counts = by_epoch.test_counts(table)
    rates = confusion.cctm(counts)
    both_ways = 100 * confusion.both_ways(rates)[a, b]
    low, high = statistics.pair_intervals(counts)
    axes.hlines(rows, 100 * low[a, b], 100 * high[a, b], color=theme.HUES[0], lw=1.4)
    axes.plot(both_ways, rows, "o", ms=3.2, color=theme.HUES[0], mec="white", mew=0.4)
    axes.set_ylim(len(ranked) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    layout.add_grid(axes)
    layout.write_columns(axes, [_error_column(table, ranked)], rows)


def _error_column(table: Table, ranked: list[tuple[int, int]]) -> TextColumn:
    """Return the percentage of all errors that each pair makes up, as a column of text."""
    percent = 100 * confusion.pair_share(by_epoch.test_counts(table))
    texts = [f"{percent[a, b]:.1f} %" if np.isfinite(percent[a, b]) else "none" for a, b in ranked]
    return "errors", texts


def _legend(tables: Sequence[Table], shown: int) -> Iterator[str]:
    """Yield how many pairs are left out, and how the pairs of several runs are ranked."""
    number = len(tables[0].classes)
    for note in selection.note(shown, number * (number - 1) // 2, "pairs"):
        yield f"the first {note}"
    if len(tables) > 1:
        yield "ranked over these runs together"
