"""Table 1: the recall of every class by run, the paper's beside ours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from interference import confusion, paper
from interference.confusion import by_epoch, top_pairs
from interference.io.tables import Table
from interference.reporting.figures import style
from interference.study import runs
from interference.vocabulary import Array

CELL = 0.5  # inches: the width of a cell
ALL = 1.1  # inches: what the recalls of many classes take beside the cells


@dataclass(frozen=True)
class Row:
    """A row of the table: recalls (C,) in percent, and which of them leave the paper's range, (C,) bool.

    `ours` is false for what the paper printed.
    """

    name: str
    recalls: Array
    outside: Array
    ours: bool = True


def draw(cctm: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """The table, where there is a run."""
    if cctm:
        yield "recall", recall(runs.ordered(cctm))


@style.styled()
def recall(tables: list[Table]) -> Figure:
    """Test recall in percent, a row a run; the darker, the more of the class is missed; a row's lowest is bold.

    Under runs of the paper's nets and set-up stand the paper's two versions, and what leaves their range by more than
    the tolerance is framed. Of many classes those of the lowest recalls have a column, and all a tick at the right.
    """
    rows = list(_rows(tables))
    columns, names = lowest(np.array([row.recalls for row in rows])), [row.name for row in rows]
    labels = [tables[0].classes.labels[label] for label in columns]
    shown = [
        replace(row, recalls=row.recalls[columns], outside=row.outside[columns]) for row in rows
    ]
    values = np.array([row.recalls if row.ours else np.full(len(labels), np.nan) for row in shown])
    many, wide = len(labels) < len(tables[0].classes), style.wide(labels, 7)
    figure, ((axes,),) = style.sheet(
        "Recall of each class on the test set, %",
        runs.source(
            [table.run for table in tables],
            "test images",
            "bold: a row's lowest",
            *_legend(rows, tables),
            *style.share(
                len(labels), len(tables[0].classes), "classes: those of the lowest mean recall"
            ),
        ),
        panel=(CELL * len(labels), 0.27 * len(rows)),
        left=style.wide(names, 7) + 0.1,
        right=ALL + 0.25 if many else 0.15,
        below=0.35 if many else 0.15,
        above=0.15 + (wide if wide > CELL else 0.1),
    )
    colours = ScalarMappable(
        mpl.colors.Normalize(min(np.nanmin(values, initial=95), 95), 100),
        style.HEAT.removesuffix("_r"),
    )
    axes.pcolormesh(
        np.ma.masked_invalid(values),
        cmap=colours.cmap,
        norm=colours.norm,
        edgecolors="white",
        linewidth=0.6,
    )
    axes.invert_yaxis()
    axes.xaxis.tick_top()
    style.label_axis(axes, "x", labels)
    axes.set_yticks(np.arange(len(rows)) + 0.5, names)
    axes.tick_params(axis="y", length=0)
    for place, row in enumerate(shown):
        _write(axes, place, row, np.nanmin(rows[place].recalls, initial=np.inf), colours)
    if many:
        _all(axes, rows)
    return figure


def lowest(recalls: Array) -> list[int]:
    """The classes that have a column: all, or of many those of the lowest mean of recalls (rows, C), in its order."""
    if recalls.shape[1] <= top_pairs.LEGIBLE:
        return list(range(recalls.shape[1]))
    mean = confusion.ratio(np.nansum(recalls, axis=0), np.isfinite(recalls).sum(0))
    return [
        int(label) for label in np.argsort(mean, kind="stable")[: style.CLASSES]
    ]  # nan, no images, comes last


def _all(beside: Axes, rows: list[Row]) -> None:
    """The recalls of all classes, a tick a class, with their median."""
    figure, (left, bottom, wide, high) = style.figure_of(beside), style.place(beside)
    across, up = figure.get_size_inches()
    axes = figure.add_axes(((left + wide + 0.15) / across, bottom / up, ALL / across, high / up))
    for place, row in enumerate(rows):
        axes.plot(
            row.recalls,
            np.full(len(row.recalls), place + 0.5),
            "|",
            color=style.GREY,
            ms=7,
            mew=0.5,
        )
        axes.plot(np.nanmedian(row.recalls), place + 0.5, "|", color=style.HUES[0], ms=11, mew=2)
    axes.set(ylim=(len(rows), 0), yticks=[], xlabel=f"all {len(rows[0].recalls)}; blue: median")
    axes.xaxis.label.set_fontsize(7)
    style.grid(axes)


def _write(axes: Axes, place: int, row: Row, lowest: float, colours: ScalarMappable) -> None:
    """A row's figures, the lowest of all classes bold, with frames around those outside the paper's range."""
    for column, value in enumerate(row.recalls):
        if np.isfinite(value):
            style.write(
                axes,
                column,
                place,
                f"{value:.1f}",
                style.legible(colours, value) if row.ours else style.GREY,
                size=7,
                weight="bold" if value == lowest else "normal",
            )
        if row.outside[column]:
            style.frame(axes, column, place)


def _rows(tables: list[Table]) -> Iterator[Row]:
    """Ours, and after the runs of a net under the paper's set-up, the paper's."""
    names = dict(zip((table.run["name"] for table in tables), runs.names(tables), strict=True))
    for group in runs.repeats(tables):
        keys, theirs = group[0].classes.keys, paper.recalls_of(group[0].run)
        low, high = _range(group[0]) if theirs else (np.zeros(len(keys)), np.full(len(keys), 100))
        for table in group:
            found = confusion.recall(by_epoch.test_counts(table))
            yield Row(names[table.run["name"]], found, (found < low) | (found > high))
        for version, recalls in theirs.items():
            found = np.array([recalls[key] for key in keys])
            yield Row(f"the paper, version {version}", found, np.zeros(len(keys), bool), ours=False)


def _range(table: Table) -> tuple[Array, Array]:
    """Between which recalls, (C,) each, percent, ours agree with the paper's."""
    ranges = paper.recall_ranges(table.run["net"])
    low, high = np.array([ranges[key] for key in table.classes.keys]).T
    return low, high


def _legend(rows: list[Row], tables: list[Table]) -> Iterator[str]:
    """What the frames mean, where the paper's recalls stand beside ours, and how many of ours agree."""
    compared = [table for table in tables if paper.recalls_of(table.run)]
    if compared:
        cells, outside = (
            len(compared) * len(compared[0].classes),
            sum(int(row.outside.sum()) for row in rows),
        )
        wider = ", ".join(
            f"{compared[0].classes.labels[compared[0].classes.index(key)]} {points:g}"
            for key, points in paper.TOLERANCES.items()
        )
        yield (
            f"framed: more than {paper.TOLERANCE:g} points ({wider}) outside the paper's two versions; "
            f"{cells - outside} of {cells} are inside"
        )
