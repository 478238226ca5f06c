"""Test accuracy by net and set-up, the paper's beside ours, and accuracy by epoch."""

from collections.abc import Iterator, Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference import confusion, paper
from interference.confusion import by_epoch
from interference.io.tables import Table
from interference.reporting.figures import style
from interference.study import runs
from interference.vocabulary import Array

SPLITS = {
    "train_online": ("training, as predicted while training", style.HUES[0], "--"),
    "test": ("test", style.HUES[1], "-"),
}


def draw(counts: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """Both exhibits, of the runs that trained for at least an epoch."""
    trained = [table for table in runs.ordered(counts) if (table.frame["split"] == "test").any()]
    if trained:
        yield "accuracy", accuracy(trained)
        yield "curves", curves(trained)


@style.styled()
def accuracy(tables: list[Table]) -> Figure:
    """Test accuracy in percent, a row a net and set-up: the last epoch's (dots) and, of
    a long training, the mean of the last ten (bar).

    Runs that differ by seed alone share a row, with their mean and standard deviation. Where net and set-up are the
    paper's, its accuracy stands beside ours with the tolerance as a band, and ours is framed outside it.
    """
    rows = runs.repeats(tables)
    finals, means = (
        list(each) for each in zip(*map(_ends, rows), strict=True)
    )  # percent, of every run of a row
    theirs = [paper.accuracy_of(row[0].run) for row in rows]
    names = [
        words + f", {len(row)} runs" * (len(row) > 1)
        for words, row in zip(runs.names([row[0] for row in rows]), rows, strict=True)
    ]
    columns, more = [("final", list(map(_spread, finals)))], ["dot: last epoch"]
    if np.isfinite(np.concatenate(means)).any():
        columns.append((f"last {by_epoch.LAST}", list(map(_spread, means))))
        more.append(f"bar: mean of the last {by_epoch.LAST}")
    if len(rows) < len(tables):
        more.append("\N{PLUS-MINUS SIGN}: standard deviation over runs")
    if any(theirs):
        columns.append(("paper", ["" if one is None else f"{one[0]:.2f}" for one in theirs]))
        more.append("band: the paper's accuracy and its tolerance; framed: outside it")
    figure, ((axes,),) = style.sheet(
        "Test accuracy by net and set-up, %",
        runs.source([table.run for table in tables], "test images", *more),
        panel=(
            min(3.6, max(2.4, 6.6 - style.wide(names, 7) - style.room(columns))),
            0.27 * len(rows) + 0.1,
        ),
        left=style.wide(names, 7) + 0.1,
        right=style.room(columns) + 0.1,
        above=0.25,
    )
    for place, one in enumerate(theirs):
        if one:
            axes.plot(
                [one[0] - one[1], one[0] + one[1]],
                [place, place],
                color=style.PALE,
                lw=8,
                solid_capstyle="butt",
            )
            axes.plot(one[0], place, "|", ms=8, mew=1, color="white")
        axes.plot(means[place].mean(), place, "|", ms=11, mew=1.5, color=style.GREY)
        axes.plot(
            finals[place],
            np.full(len(finals[place]), place),
            "o",
            ms=5,
            color=style.HUES[1],
            mec="white",
            mew=0.5,
        )
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel="test accuracy, %")
    axes.set_yticks(range(len(rows)), names)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.08)
    style.grid(axes)
    written = style.beside(axes, columns, range(len(rows)))
    for words, final, one in zip(written[0], finals, theirs, strict=True):
        if one and abs(round(float(final.mean()) - one[0], 2)) > one[1]:  # as it is written
            words.set_bbox(style.FRAME)
    return figure


def _ends(tables: list[Table]) -> tuple[Array, Array]:
    """The accuracy at the last epoch and the `late_mean` of each run, both (runs,), percent."""
    curves = [_curve(table, "test")[1] for table in tables]
    return np.array([curve[-1] for curve in curves]), np.array(
        [by_epoch.late_mean(curve) for curve in curves]
    )


def _spread(percent: Array) -> str:
    """Some runs' mean and standard deviation in words, or the figure of the only run; nothing of what is not known."""
    if np.isnan(percent).any():
        return ""
    deviation = f" \N{PLUS-MINUS SIGN} {percent.std(ddof=1):.2f}" if len(percent) > 1 else ""
    return f"{percent.mean():.2f}{deviation}"


@style.styled()
def curves(tables: list[Table]) -> Figure:
    """Accuracy in percent by epoch, a panel a run: on the test set, and of the predictions made while training."""
    columns = min(len(tables), 4)
    rows = -(-len(tables) // columns)
    figure, axes = style.sheet(
        "Accuracy by epoch",
        runs.source([table.run for table in tables]),
        rows=rows,
        columns=columns,
        panel=(6.4 / columns, 1.4),
        gap=(0.14, 0.6),
        left=0.5,
        right=0.2,
        above=0.65,
    )
    lows = [_curves(panel, table) for panel, table in zip(axes.flat, tables, strict=False)]
    for panel, name in zip(axes.flat, runs.names(tables), strict=False):
        panel.set_title(name.replace(", ", "\n", 1), size=7.5)
    margin = 0.04 * max(100 - min(lows), 1)
    for place, panel in enumerate(style.kept(axes, len(tables))):
        panel.set_ylim(min(lows) - margin, 100 + margin)
        panel.tick_params(labelleft=place % columns == 0)
        panel.set_xlabel("epoch" if place + columns >= len(tables) else "")
    for panel in axes[:, 0]:
        panel.set_ylabel("accuracy, %")
    figure.legend(
        *axes[0, 0].get_legend_handles_labels(),
        loc="upper left",
        ncols=2,
        borderaxespad=0,
        bbox_to_anchor=(axes[0, 0].get_position().x0, 1 - 0.34 / figure.get_figheight()),
    )
    return figure


def _curves(axes: Axes, table: Table) -> float:
    """Draw the curves of a run; returns their lowest value."""
    drawn = {
        split: _curve(table, split) for split in SPLITS if (table.frame["split"] == split).any()
    }
    for split, (epochs, percent) in drawn.items():
        words, hue, dash = SPLITS[split]
        axes.plot(
            epochs, percent, dash, color=hue, label=words, marker=style.dots(len(epochs)), ms=2.5
        )
    axes.text(
        0.97,
        0.06,
        f"test {drawn['test'][1][-1]:.2f}",
        transform=axes.transAxes,
        ha="right",
        size=7,
        color=style.HUES[1],
    )
    style.epoch_axis(axes)
    style.grid(axes)
    return min(float(percent.min()) for _, percent in drawn.values())


def _curve(table: Table, split: str) -> tuple[Array, Array]:
    """Epochs, and accuracy in percent."""
    epochs, counts = by_epoch.training_counts(table, split)
    return epochs, confusion.accuracy(counts)
