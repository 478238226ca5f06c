"""The most interfering pairs of classes, ranked, each with its interval and its share of all errors."""

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference import classes, confusion
from interference.confusion import by_epoch, statistics, top_pairs
from interference.io.tables import Table
from interference.reporting.figures import style
from interference.study import runs

SHOWN = 15  # pairs
LEAST, MOST = 0.8, 3.0  # inches: the width of a panel


def draw(cctm: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """One figure a set-up."""
    for setup, group in runs.by_setup(runs.ordered(cctm)):
        yield f"pairs-{setup}", pairs(group)


@style.styled()
def pairs(tables: list[Table]) -> Figure:
    """CCTM[a, b] + CCTM[b, a] on the test set in percent with its 95 % interval, a panel a run, the same rows in each.

    Pairs are ranked over all runs, their counts added.
    """
    counts = np.sum([by_epoch.test_counts(table) for table in tables], axis=0)
    number = top_pairs.first(SHOWN, len(counts))
    ranked = [(a, b) for a, b, _ in confusion.ranked_pairs(confusion.cctm(counts))[:number]]
    labels, columns = tables[0].classes.labels, min(len(tables), 4)
    names = [classes.pair(labels[a], labels[b]) for a, b in ranked]
    share = style.room([_errors(tables[0], ranked)])
    across = (6.9 - style.wide(names, 7)) / columns - share - 0.12
    figure, panels = style.sheet(
        runs.headed("The most interfering pairs", tables[0].run),
        runs.source(
            [table.run for table in tables],
            "test images",
            "dot: CCTM[a, b] + CCTM[b, a], line: its 95 % interval (two Wilson intervals added in squares)",
            "errors: the pair's share of all errors",
            *_legend(tables, len(ranked)),
        ),
        rows=-(-len(tables) // columns),
        columns=columns,
        panel=(min(MOST, max(LEAST, across)), 0.17 * len(ranked) + 0.1),
        gap=(share + 0.12, 0.7),
        left=style.wide(names, 7) + 0.15,
        right=share + 0.1,
        above=0.4,
    )
    shown = style.kept(panels, len(tables))
    for axes, table, name in zip(shown, tables, runs.names(tables, runs.net_label), strict=True):
        _panel(axes, table, ranked)
        axes.set_title(name, pad=14)
    far = max(axes.dataLim.x1 for axes in shown)
    for place, axes in enumerate(shown):
        style.rate_axis(axes, "x", max(1.3 * far, 1))
        axes.set_xlabel("both ways, %" if place + columns >= len(tables) else "")
        axes.set_yticks(range(len(ranked)), names if place % columns == 0 else [])
    return figure


def _panel(axes: Axes, table: Table, ranked: list[tuple[int, int]]) -> None:
    """One run's pairs from above, a dot and a line each."""
    a, b = np.array(ranked).T
    counts, rows = by_epoch.test_counts(table), np.arange(len(ranked))
    rates, (low, high) = confusion.cctm(counts), statistics.pair_intervals(counts)
    axes.hlines(rows, 100 * low[a, b], 100 * high[a, b], color=style.HUES[0], lw=1.4)
    axes.plot(
        100 * (rates + rates.T)[a, b], rows, "o", ms=3.2, color=style.HUES[0], mec="white", mew=0.4
    )
    axes.set_ylim(len(ranked) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    style.grid(axes)
    style.beside(axes, [_errors(table, ranked)], rows)


def _errors(table: Table, ranked: list[tuple[int, int]]) -> tuple[str, list[str]]:
    """The share of all errors that each pair carries, as a column of words."""
    share = 100 * confusion.pair_share(by_epoch.test_counts(table))
    return "errors", [
        f"{share[a, b]:.1f} %" if np.isfinite(share[a, b]) else "none" for a, b in ranked
    ]


def _legend(tables: list[Table], shown: int) -> Iterator[str]:
    """How many pairs there are beside those shown, and how they are ranked where there are several runs."""
    number = len(tables[0].classes)
    yield from (
        f"the first {words}" for words in style.share(shown, number * (number - 1) // 2, "pairs")
    )
    if len(tables) > 1:
        yield "ranked over these runs together"
