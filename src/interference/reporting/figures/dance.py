"""Fig. 6 and 7: interference while a net trains, as the dance of two recalls and as notes; and which pairs dance."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path

from interference import classes, confusion
from interference.confusion import by_epoch, dance, top_pairs
from interference.io.tables import Table
from interference.reporting.figures import style
from interference.study import runs
from interference.thresholds import NOTE
from interference.vocabulary import SPLITS, TRAINING_FIRST, Array

LINEAR = 0.1  # percent: up to it the axis of the shares that a class is taken for is linear, then logarithmic
OTHERS = -1  # where notes stand that have no line of their own
RED, BLUE = style.HUES[1], style.HUES[0]  # the moments
UNSURE = "#b4b4b4"  # an interval that holds 0
CLASSES = (
    style.INK,
    style.HUES[5],
    *style.HUES[2:5],
)  # the pair, black and cyan as in Fig. 6, and others
RECALLS = (0, 50, 80, 90, 95, 98, 99, 100)  # percent
NEAR = 1  # percent of mistakes below which recalls stand on a linear axis
ARROW = Path(
    [(0, 1), (-0.5, 0.1), (-0.13, 0.1), (-0.13, -1), (0.13, -1), (0.13, 0.1), (0.5, 0.1), (0, 1)]
)


def draw(counts: Mapping[str, Table], note: float = NOTE) -> Iterator[tuple[str, Figure]]:
    """The dance of the top pair, the notes, and how all pairs dance, of the runs that recorded training best."""
    for table, split in runs.drawn(counts):
        yield (
            f"dance-{table.run['name']}",
            dance_of(table, split, top_pairs.of_last_epoch(table, 1)[0]),
        )
        yield f"notes-{table.run['name']}", notes(table, split, top_pairs.noted(table), note)
        yield f"dance_pairs-{table.run['name']}", dance_pairs(table, split)


@style.styled()
def dance_of(table: Table, split: str, pair: tuple[int, int]) -> Figure:
    """Recalls of a pair by epoch, its moments, and what each of the two classes is taken for, in percent.

    The moments (`dance.moments`) are arrows on lines of their own below the recalls, a line a kind and class that loses
    images: no arrow covers a curve, and two on a line are at least two epochs apart.
    """
    epochs, counts = by_epoch.training_counts(table, split)
    cctm, labels = confusion.cctm(counts), table.classes.labels
    lines = _lines(cctm, pair, counts[0].sum(-1), labels)
    figure, ((top,), (middle,), *below) = style.sheet(
        f"The {classes.pair(*(labels[label] for label in pair))} dance: {runs.run_label(table.run)}",
        runs.source(
            [table.run],
            SPLITS[split].caption,
            f"arrows: extrema of {dance.PROMINENCE:g} standard errors or more within one epoch",
        ),
        rows=4,
        panel=(5.2, 1.35),
        gap=(0, 0.42),
        left=0.5,
        above=0.32,
        right=0.12
        + max(
            style.wide([part for line in lines for part in line.words.split("\n")], 6.5),
            0.4 + style.wide(labels, 7.5),
        ),
    )
    hues, recalls = _hues(cctm, pair), by_epoch.recalls(cctm)
    for label in pair:
        top.plot(
            epochs,
            recalls[:, label],
            color=hues[label],
            label=labels[label],
            marker=style.dots(len(epochs)),
            ms=3,
            clip_on=False,
        )
    _recall_axis(top, recalls[:, list(pair)])
    for (axes,), row in zip(below, pair, strict=True):
        _traces(axes, epochs, 100 * cctm[:, row], row, labels, hues)
    for axes in (top, *(axes for (axes,) in below)):
        style.grid(axes)
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.05), handlelength=1.2)
    _moments(middle, epochs, lines)
    for axes in figure.axes:
        style.epoch_axis(axes)
        axes.set_xlim(top.get_xlim())
    below[-1][0].set_xlabel("epoch")
    return figure


@dataclass(frozen=True)
class _Line:
    """Marks at positions among the epochs, and what they mean."""

    positions: list[int]
    words: str
    colour: str
    marker: str | Path = ARROW


def _lines(cctm: Array, pair: tuple[int, int], size: Array, labels: Sequence[str]) -> list[_Line]:
    """What is marked of a dance: the epochs of opposed recalls, and the moments by kind and class that loses."""
    first, second = (by_epoch.recalls(cctm)[:, label] for label in pair)
    opposed, moments = (
        dance.dance_epochs(first, second).tolist(),
        dance.moments(cctm, pair, size=size),
    )
    lines = [_Line(opposed, f"one rises, one falls: {len(opposed)}", style.INK, "|")]
    for own, partner in (pair, pair[::-1]):
        red = [moment.position for moment in moments if moment.own == own and moment.kind == "red"]
        lines.append(_Line(red, f"{labels[partner]} takes {labels[own]}: {len(red)}", RED))
    for own in pair:
        blue = [moment for moment in moments if moment.own == own and moment.kind == "blue"]
        takers = Counter(labels[moment.taker] for moment in blue).most_common(2)
        to = ", ".join(f"{label} ({times})" for label, times in takers) or "a third"
        words = f"both fall: {len(blue)}\n{labels[own]} to {to}"
        lines.append(_Line([moment.position for moment in blue], words, BLUE))
    return lines


def _epoch(axes: Axes, epochs: Array) -> float:
    """About how many points an epoch takes along x, with matplotlib's margins."""
    return style.place(axes)[2] * 72 / 1.1 / len(epochs)


def _moments(axes: Axes, epochs: Array, lines: Sequence[_Line]) -> None:
    """A line of marks each, from above, and its words at the right; an arrow is at most as wide as two epochs."""
    for height, line in zip(range(len(lines))[::-1], lines, strict=True):
        arrow = line.marker is ARROW
        axes.axhline(height, color=style.PALE, linewidth=0.6, zorder=1)
        axes.plot(
            epochs[line.positions],
            [height] * len(line.positions),
            linestyle="none",
            marker=line.marker,
            color=line.colour,
            ms=min(8, 4 * _epoch(axes, epochs)) if arrow else 5,
            mew=0 if arrow else 0.7,
        )
        axes.text(
            1.02,
            height,
            line.words,
            transform=axes.get_yaxis_transform(),
            size=6.5,
            va="center",
            color=line.colour,
        )
    axes.set_ylim(-0.6, len(lines) - 0.4)
    axes.set_yticks([])
    axes.set_title("moments")
    style.bare(axes)
    axes.spines["left"].set_visible(False)


def _recall_axis(axes: Axes, recalls: Array) -> None:
    """Recalls in percent, their distance to 100 on an axis that is logarithmic above `NEAR`.

    So the late dance near 100 % can be seen beside the early one.
    """
    axes.set_yscale(
        "function",
        functions=(
            lambda recall: -np.arcsinh((100 - recall) / NEAR),
            lambda height: 100 + NEAR * np.sinh(height),
        ),
    )
    below = [tick for tick in RECALLS[:-1] if tick <= np.nanmin(recalls, initial=100)]
    ticks = RECALLS[len(below) - 1 :]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_ylim(ticks[0], 100)
    axes.set_title("recall, %")


def _hues(cctm: Array, pair: tuple[int, int]) -> dict[int, str]:
    """Colours for the pair and the classes that either of them is most often taken for."""
    often = (
        np.ma.masked_invalid(cctm[:, list(pair)]).mean(0).filled(0).sum(0)
    )  # a class without images adds nothing
    others = [label for label in np.argsort(-often, kind="stable").tolist() if label not in pair]
    return dict(zip([*pair, *others], CLASSES, strict=False))


def _traces(
    axes: Axes, epochs: Array, row: Array, true: int, labels: Sequence[str], hues: dict[int, str]
) -> None:
    """What class `true` is taken for, `row` (epochs, C) in percent, on an axis linear up to `LINEAR`."""
    for label in sorted(set(hues) - {true}):
        axes.plot(
            epochs,
            row[:, label],
            color=hues[label],
            label=labels[label],
            linewidth=1,
            marker=style.dots(len(epochs)),
            ms=2.5,
        )
    rest = [label for label in range(len(labels)) if label not in hues]
    if rest:
        axes.fill_between(
            epochs,
            row[:, rest].min(1),
            row[:, rest].max(1),
            color=style.PALE,
            zorder=1,
            label="any other",
        )
    axes.set_yscale("symlog", linthresh=LINEAR)
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
    axes.set_yticks([], minor=True)
    axes.set_title(f"{labels[true]} taken for …, %")


@style.styled()
def notes(table: Table, split: str, rows: list[int], note: float = NOTE) -> Figure:
    """The dancing notes: at each epoch the class that a class is most often taken for, a panel a class.

    The lowest line, `none`, holds the epochs in which no class takes more than the share `note` of the images; at the
    right, how many epochs each line holds. Of many classes, those have a line that are a class's note most often, and
    the others share one.
    """
    epochs, counts = by_epoch.training_counts(table, split)
    played = [dance.notes(confusion.cctm(counts), row, note) for row in rows]
    labels, lines = table.classes.labels, [_named(notes, len(table.classes)) for notes in played]
    room = style.wide([*(labels[line] for some in lines for line in some), "none"], 6.2) + 0.12
    figure, panels = style.sheet(
        f"Dancing notes: {runs.run_label(table.run)}",
        runs.source(
            [table.run],
            SPLITS[split].caption,
            "right: number of epochs",
            f"none: no class above {100 * note:g} %",
        ),
        rows=-(-len(rows) // 2),
        columns=2,
        panel=(2.75, 0.14 * (max(map(len, lines)) + 2)),
        gap=(room + 0.4, 0.45),
        left=room,
        right=0.4,
        above=0.32,
    )
    for place, axes in enumerate(style.kept(panels, len(rows))):
        _notes(axes, epochs, played[place], labels, lines[place])
        axes.set_title(f"{labels[rows[place]]} is taken for")
        axes.set_xlabel("epoch" if place + 2 >= len(rows) else "")
    return figure


def _named(played: Array, classes: int) -> list[int]:
    """The classes that have a line among the notes of one, in label order: all, or those that are it most often."""
    if classes <= top_pairs.LEGIBLE:
        return list(range(classes))
    named, times = np.unique(played[played != dance.NONE], return_counts=True)
    return sorted(named[np.argsort(-times, kind="stable")[: style.CLASSES]].tolist())


def _notes(
    axes: Axes, epochs: Array, played: Array, labels: Sequence[str], lines: list[int]
) -> None:
    """The notes of one class on the lines of others, in label order from below; `none` is at -2, `OTHERS` at -1."""
    others = set(played.tolist()) - {*lines, dance.NONE}
    names = {height: labels[line] for height, line in enumerate(lines)} | {dance.NONE: "none"}
    names |= {OTHERS: f"{len(others)} other{'s' * (len(others) > 1)}"} if others else {}
    heights = {line: height for height, line in enumerate(lines)} | {dance.NONE: dance.NONE}
    notes = np.array([heights.get(note, OTHERS) for note in played.tolist()])
    axes.hlines(list(names), epochs[0], epochs[-1], color=style.PALE, linewidth=0.6)
    silent = played == dance.NONE
    axes.plot(epochs[silent], notes[silent], "|", color=style.GREY, ms=4, mew=0.8)
    dots = style.dots(len(epochs))
    axes.plot(
        epochs[~silent],
        notes[~silent],
        dots or "|",
        color=style.HUES[0],
        ms=2.6 if dots else 5,
        mew=0 if dots else _epoch(axes, epochs),
    )  # of many epochs, each is as wide as itself: a gap can be seen
    axes.set_yticks(list(names), list(names.values()), size=6.2)
    for y in names:
        number = np.count_nonzero(notes == y)
        axes.text(
            1.02,
            y,
            str(number or ""),
            transform=axes.get_yaxis_transform(),
            size=6.2,
            va="center",
            color=style.GREY,
        )
    axes.set_ylim(-2.8, len(lines) - 0.2)
    axes.tick_params(axis="y", length=0)
    style.epoch_axis(axes)
    style.bare(axes)


@style.styled()
def dance_pairs(table: Table, split: str) -> Figure:
    """All pairs by the correlation of their recalls' changes, most opposed above, a panel a recorded split.

    `split` comes first and gives the order; a pair's interval is coloured where it leaves out 0. Beside each panel, how
    many moments a pair has, red (drawn in orange) and blue. Of many classes the pairs that interfere most on the test
    set are drawn.
    """
    found = dance.pairs_by_split(table)
    modes = [
        split,
        *(mode for mode in TRAINING_FIRST if mode != split and mode in set(found["split"])),
    ]
    played = {
        mode: found[found["split"] == mode].set_index(["class_1", "class_2"]) for mode in modes
    }
    top, labels = set(top_pairs.of_last_epoch(table, style.PAIRS)), table.classes.labels
    shown = [pair for pair in played[split].index if pair in top]
    names = [classes.pair(labels[first], labels[second]) for first, second in shown]
    number = next(
        style.share(len(shown), len(played[split]), "pairs: those that interfere most"), "all pairs"
    )
    figure, (panels,) = style.sheet(
        f"Which pairs dance: {runs.run_label(table.run)}",
        runs.source(
            [table.run],
            number,
            "r: correlation of two recalls' changes from epoch to epoch, with its 95 % "
            "block-bootstrap interval",
            *_in_doubt(found),
            "right: number of moments, orange and blue",
        ),
        columns=len(modes),
        panel=(1.25, 0.125 * len(shown) + 0.1),
        gap=(0.5, 0),
        left=0.1 + style.wide(names, 6.2),
        right=0.5,
        above=0.42,
    )
    for axes, mode in zip(panels, modes, strict=True):
        _ranked(axes, played[mode].loc[shown])
        axes.set_title(SPLITS[mode].short, pad=12, size=7.5)
        axes.set_yticks(range(len(shown)), names if mode == split else [""] * len(shown), size=6.2)
    return figure


def _in_doubt(found: pd.DataFrame) -> list[str]:
    """What a full interval means, where there is one."""
    full = (found["low"] == -1) & (found["high"] == 1)
    return ["from -1 to 1: too few epochs to say"] if full.any() else []


def _ranked(axes: Axes, rows: pd.DataFrame) -> None:
    """A dot and its interval a row, from above, and its moments in numbers at the right."""
    heights, sure = np.arange(len(rows)), ((rows["high"] < 0) | (rows["low"] > 0)).to_numpy()
    axes.axvline(0, color=style.GREY, linewidth=0.6)
    for which, colour in ((sure, style.INK), (~sure, UNSURE)):
        if which.any():  # of no dots at all matplotlib measures one at the corner
            some = rows[which]
            axes.hlines(heights[which], some["low"], some["high"], color=colour, linewidth=0.9)
            axes.plot(
                some["anticorrelation"],
                heights[which],
                "o",
                color=colour,
                ms=2.6,
                mew=0,
                clip_on=False,
            )
    for x, kind, colour in ((1.12, "red", RED), (1.3, "blue", BLUE)):
        axes.plot(
            [x],
            [1.02],
            marker=ARROW,
            transform=axes.transAxes,
            clip_on=False,
            color=colour,
            ms=7,
            mew=0,
        )
        for height, times in enumerate(rows[kind]):
            axes.text(
                x,
                height,
                str(times or ""),
                transform=axes.get_yaxis_transform(),
                size=6.2,
                va="center",
                ha="center",
                color=colour,
            )
    axes.set_xlim(-1, 1)
    axes.set_xticks([-1, 0, 1], [style.number(tick) for tick in (-1, 0, 1)])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("r")
    style.bare(axes)
