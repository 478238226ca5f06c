"""Fig. 6 and 7: how two classes' recalls move against each other, and which pairs do so.

The paper calls the movement of the two recalls the dance of a pair, and the class that a class is
most often predicted as its dancing note.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path

from interference import classes, confusion
from interference.confusion import dance, top_pairs, training_cells
from interference.confusion.dance import Moment
from interference.confusion.training_cells import TrainingCells
from interference.io.tables import Table
from interference.reporting.figures import labels, layout, page, selection, theme
from interference.reporting.figures.layout import Margins
from interference.study import runs
from interference.thresholds import NOTE
from interference.vocabulary import SPLITS, TRAINING_FIRST, Array

LINEAR = 0.1  # percent: an axis of predicted classes is linear up to it, then logarithmic
LINE_HEIGHT = 0.14  # inches from one line of notes to the next
LOW_LINE = 0.11  # the same on a narrow page
LEAST_CORRELATIONS = 0.4  # inches: the width of a panel of correlations on a page
LEAST_NOTES = 1.6  # inches: the width of a panel of notes on a page
OTHERS = -1  # the height of the notes that have no line of their own
RED = theme.HUES[1]  # red moments
BLUE = theme.HUES[0]  # blue moments
NUMBERS = (0.15, 0.375)  # inches from a panel to its numbers of moments
CLOSE_NUMBERS = (0.1, 0.24)  # the same on a narrow page
NEAR_1 = 0.95  # a correlation that looks certain
UNSURE = "#b4b4b4"  # an interval that contains 0
CLASS_COLOURS = (
    theme.INK,  # the pair: black and cyan, as in Fig. 6
    theme.HUES[5],
    *theme.HUES[2:5],  # other classes
)
RECALL_TICKS = (0, 50, 80, 90, 95, 98, 99, 100)  # percent
NEAR = 1  # percent: an axis of recalls is linear in errors below it, then logarithmic
ARROW = Path(
    [(0, 1), (-0.5, 0.1), (-0.13, 0.1), (-0.13, -1), (0.13, -1), (0.13, 0.1), (0.5, 0.1), (0, 1)]
)
LEGEND_SIZE = 6.5  # points: a legend above its panel
NOTE_SIZE = 6.2  # points: text at the lines of notes and pairs


def draw(counts: Mapping[str, Table], note: float = NOTE) -> Iterator[tuple[str, Figure]]:
    """Draw the dance of the top pair, the dancing notes and all pairs, for each recorded run.

    Args:
        counts: Tables of confusion counts by epoch.
        note: The fraction of a class's images above which another class is its dancing note.

    Yields:
        The names `dance-RUN`, `notes-RUN` and `dance_pairs-RUN` with their figures.
    """
    for table, split in runs.drawn(counts):
        name = table.run["name"]
        top_pair = top_pairs.of_last_epoch(table, 1)[0]
        yield f"dance-{name}", dance_of(table, split, top_pair)
        yield f"notes-{name}", notes(table, split, top_pairs.classes_with_notes(table), note)
        yield f"dance_pairs-{name}", dance_pairs(table, split)


@theme.styled()
def dance_of(table: Table, split: str, pair: tuple[int, int]) -> Figure:
    """Draw the recalls of a pair by epoch, its moments, and what its classes are predicted as.

    The moments (`dance.moments`) are arrows below the recalls, on one line for each kind and each
    class that loses images. So no arrow covers a curve, and two arrows on a line are at least two
    epochs apart.

    Args:
        table: Confusion counts by epoch.
        split: The split that is drawn.
        pair: The labels of the two classes.

    Returns:
        The figure, in percent.
    """
    cells = training_cells.of_split(table, split)
    epochs = cells.epochs
    rates = confusion.cctm(cells.rows(pair))  # (epochs, 2, C)
    class_labels = table.classes.labels
    lines = _lines(cells, pair, class_labels)
    is_narrow = page.current().is_narrow
    text_room = 0.0 if is_narrow else _text_room(lines, class_labels)
    pair_name = classes.pair(class_labels[pair[0]], class_labels[pair[1]])
    figure, panels = layout.sheet(
        f"The {pair_name} dance: {runs.run_label(table.run)}",
        runs.source(
            [table.run],
            SPLITS[split].caption,
            f"arrows: extrema of {dance.PROMINENCE:g} standard errors or more within one epoch",
            "bar above a panel: every note of the class is its partner, to the end",
        ),
        rows=4,
        panel=(5.2, 1.35),
        gap=(0, 0.72 if is_narrow else 0.42),
        margins=Margins(left=0.5, above=0.55 if is_narrow else 0.32, right=0.12 + text_room),
    )
    recall_axes, moment_axes, *class_axes = panels[:, 0]
    colours = class_colours(rates, pair)
    _draw_recalls(recall_axes, epochs, 100 * cells.recalls, class_labels, colours, pair)
    places = zip(class_axes, pair, pair[::-1], strict=True)
    for place, (axes, label, partner) in enumerate(places):
        _mark_takeover(axes, epochs, dance.notes_of(rates[:, place], label), partner)
        _draw_predicted(axes, epochs, 100 * rates[:, place], label, class_labels, colours)
    for axes in (recall_axes, *class_axes):
        layout.add_grid(axes)
        if is_narrow:
            _write_legend_above(axes)
        else:
            axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.05), handlelength=1.2)
    _draw_moments(moment_axes, epochs, lines)
    for axes in figure.axes:
        layout.format_epoch_axis(axes)
        axes.set_xlim(recall_axes.get_xlim())
    class_axes[-1].set_xlabel("epoch")
    figure.numbers.extend(_numbers_of_dance(cells, pair, class_labels))
    return figure


def _numbers_of_dance(
    cells: TrainingCells, pair: tuple[int, int], class_labels: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield recall in percent, note and moment of both classes of a pair after each epoch."""
    rates = confusion.cctm(cells.rows(pair))  # (epochs, 2, C)
    rows = dance.moments_of(cells, np.array([pair])).tolist()
    moments = {(row.position, row.own): row.kind for row in (Moment(*row) for row in rows)}
    for place, label in enumerate(pair):
        notes_played = dance.notes_of(rates[:, place], label).tolist()
        recalls = (100 * cells.recalls[:, label]).tolist()
        for position, epoch in enumerate(cells.epochs.tolist()):
            note = notes_played[position]
            yield {
                "class": class_labels[label],
                "epoch": epoch,
                "recall": recalls[position],
                "note": class_labels[note] if note != dance.NONE else "",
                "moment": moments.get((position, label), ""),
            }


def _write_legend_above(axes: Axes) -> None:
    """Write the legend of a panel between the panel and its title, in as many lines as it needs."""
    handles, names = axes.get_legend_handles_labels()
    entry = labels.text_width(names, LEGEND_SIZE) + 0.25
    columns = max(1, min(len(names), int(layout.box_of(axes).width / entry)))
    axes.legend(
        handles,
        names,
        loc="lower left",
        bbox_to_anchor=(-0.01, 1),
        ncols=columns,
        fontsize=LEGEND_SIZE,
        handlelength=1.2,
        handletextpad=0.4,
        columnspacing=0.8,
        labelspacing=0.2,
        borderaxespad=0,
    )
    lines = -(-len(names) // columns)
    axes.set_title(axes.get_title(loc="left"), pad=6 + 1.25 * LEGEND_SIZE * lines)


def _mark_takeover(axes: Axes, epochs: Array, notes: Array, partner: int) -> None:
    """Draw a bar over the epochs from which on every note of a class (epochs,) is its partner.

    The paper circles them.
    """
    is_other = (notes != dance.NONE) & (notes != partner)
    others = np.flatnonzero(is_other)
    start = int(others[-1]) + 1 if len(others) else 0
    if (notes[start:] == partner).any():
        axes.plot(
            [epochs[start], epochs[-1]],
            [1, 1],
            color=theme.GREY,
            lw=3,
            solid_capstyle="butt",
            transform=axes.get_xaxis_transform(),
            clip_on=False,
        )


class _Line(NamedTuple):
    """Marks on one line, and the text beside it; `positions` count from the first epoch."""

    positions: list[int]
    text: str
    colour: str
    marker: str | Path = ARROW


def _lines(cells: TrainingCells, pair: tuple[int, int], class_labels: Sequence[str]) -> list[_Line]:
    """Return the marks of a dance: epochs of opposed recalls, and red and blue moments."""
    recalls = 100 * cells.recalls
    opposed = dance.dance_epochs(recalls[:, pair[0]], recalls[:, pair[1]]).tolist()
    rows = dance.moments_of(cells, np.array([pair])).tolist()
    moments = [Moment(*row) for row in rows]
    lines = [_Line(opposed, f"one rises, one falls: {len(opposed)}", theme.INK, "|")]
    for own, partner in (pair, pair[::-1]):
        red = [moment.position for moment in moments if moment.own == own and moment.kind == "red"]
        text = f"{class_labels[partner]} takes {class_labels[own]}: {len(red)}"
        lines.append(_Line(red, text, RED))
    for own in pair:
        blue = [moment for moment in moments if moment.own == own and moment.kind == "blue"]
        positions = [moment.position for moment in blue]
        lines.append(_Line(positions, _describe_blue(blue, own, class_labels), BLUE))
    return lines


def _describe_blue(moments: Sequence[Moment], own: int, class_labels: Sequence[str]) -> str:
    """State how many blue moments a class has, and which classes its images go to."""
    takers = Counter(class_labels[moment.taker] for moment in moments).most_common(2)
    destinations = ", ".join(f"{label} ({times})" for label, times in takers) or "a third"
    return f"both fall: {len(moments)}\n{class_labels[own]} to {destinations}"


def _text_room(lines: Sequence[_Line], class_labels: Sequence[str]) -> float:
    """Return the width of the text to the right of the panels, in inches."""
    texts = "\n".join(line.text for line in lines).split("\n")
    return max(labels.text_width(texts, 6.5), 0.4 + labels.text_width(class_labels, 7.5))


def class_colours(rates: Array, pair: tuple[int, int]) -> dict[int, str]:
    """Choose colours for a pair and for the classes that it is most often predicted as.

    Args:
        rates: The pair's rows of the CCTM by epoch (epochs, 2, C), as fractions.
        pair: The labels of the two classes.

    Returns:
        A colour for each of these labels, first the pair's.
    """
    known = np.ma.masked_invalid(rates)
    mean = known.mean(0).filled(0)  # a class without images adds nothing
    order = np.argsort(-mean.sum(0), kind="stable").tolist()
    others = [label for label in order if label not in pair]
    return dict(zip([*pair, *others], CLASS_COLOURS, strict=False))


def _draw_recalls(
    axes: Axes,
    epochs: Array,
    recalls: Array,
    class_labels: Sequence[str],
    colours: Mapping[int, str],
    pair: tuple[int, int],
) -> None:
    """Draw the recalls of a pair by epoch, in percent."""
    for label in pair:
        axes.plot(
            epochs,
            recalls[:, label],
            color=colours[label],
            label=class_labels[label],
            marker=layout.epoch_marker(len(epochs)),
            ms=3,
            clip_on=False,
        )
    _format_recall_axis(axes, np.nanmin(recalls[:, list(pair)], initial=100))


def _format_recall_axis(axes: Axes, lowest: float) -> None:
    """Format an axis of recalls in percent from about `lowest` to 100.

    The distance to 100 is logarithmic above `NEAR`. So the late dance near 100 % can be seen beside
    the early one.
    """
    axes.set_yscale("function", functions=(_recall_to_height, _height_to_recall))
    below = [tick for tick in RECALL_TICKS[:-1] if tick <= lowest]
    ticks = RECALL_TICKS[len(below) - 1 :]
    axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.set_ylim(ticks[0], 100)
    axes.set_title("recall, %")


def _recall_to_height(recall: Array) -> Array:
    height: Array = -np.arcsinh((100 - recall) / NEAR)
    return height


def _height_to_recall(height: Array) -> Array:
    recall: Array = 100 + NEAR * np.sinh(height)
    return recall


def _points_per_epoch(axes: Axes, epochs: Array) -> float:
    """Estimate the width of an epoch on the x axis in points, with matplotlib's margins."""
    return layout.box_of(axes).width * 72 / 1.1 / len(epochs)


def _draw_moments(axes: Axes, epochs: Array, lines: Sequence[_Line]) -> None:
    """Draw lines of marks from above, each with its text at the right.

    An arrow is at most as wide as two epochs.
    """
    arrow_size = min(8, 4 * _points_per_epoch(axes, epochs))
    for number, line in enumerate(lines):
        height = len(lines) - 1 - number
        is_arrow = line.marker is ARROW
        axes.axhline(height, color=theme.PALE, linewidth=0.6, zorder=1)
        axes.plot(
            epochs[line.positions],
            [height] * len(line.positions),
            linestyle="none",
            marker=line.marker,
            color=line.colour,
            ms=arrow_size if is_arrow else 5,
            mew=0 if is_arrow else 0.7,
        )
        if page.current().is_narrow:
            place = (0.0, height + 0.25)
            text = line.text.replace("\n", ", ")
            alignment = "bottom"
        else:
            place = (1.02, height)
            text = line.text
            alignment = "center"
        axes.text(
            *place,
            text,
            transform=axes.get_yaxis_transform(),
            size=6.5,
            va=alignment,
            color=line.colour,
        )
    axes.set_ylim(-0.6, len(lines) - 0.4)
    axes.set_yticks([])
    axes.set_title("moments")
    layout.open_frame(axes)
    axes.spines["left"].set_visible(False)


def _draw_predicted(
    axes: Axes,
    epochs: Array,
    percent: Array,
    true_class: int,
    class_labels: Sequence[str],
    colours: Mapping[int, str],
) -> None:
    """Draw how often a class is predicted as each other class.

    `percent` is (epochs, C). Classes without a colour share a band.
    """
    for label in sorted(set(colours) - {true_class}):
        axes.plot(
            epochs,
            percent[:, label],
            color=colours[label],
            label=class_labels[label],
            linewidth=1,
            marker=layout.epoch_marker(len(epochs)),
            ms=2.5,
        )
    others = [label for label in range(len(class_labels)) if label not in colours]
    if others:
        axes.fill_between(
            epochs,
            percent[:, others].min(1),
            percent[:, others].max(1),
            color=theme.PALE,
            zorder=1,
            label="any other",
        )
    axes.set_yscale("symlog", linthresh=LINEAR)
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
    axes.set_yticks([], minor=True)
    axes.set_title(f"{class_labels[true_class]} predicted as …, %")


@theme.styled()
def notes(table: Table, split: str, rows: list[int], note: float = NOTE) -> Figure:
    """Draw the dancing notes: at each epoch the class that a class is most often predicted as.

    The lowest line, `none`, holds the epochs in which no other class exceeds the limit. At the
    right is the number of epochs of each line. If there are many classes, those that are most often
    the note have a line, and the others share one.

    Args:
        table: Confusion counts by epoch.
        split: The split that is drawn.
        rows: The labels of the true classes, which have a panel each.
        note: The limit, as a fraction of the true class's images.

    Returns:
        The figure.
    """
    cells = training_cells.of_split(table, split)
    epochs = cells.epochs
    rates = confusion.cctm(cells.rows(rows))  # (epochs, rows, C)
    class_labels = table.classes.labels
    notes_of_rows = [dance.notes_of(rates[:, k], row, note) for k, row in enumerate(rows)]
    lines_of_rows = [_note_lines(played, len(class_labels)) for played in notes_of_rows]
    line_names = ["none"]
    for lines in lines_of_rows:
        line_names += [class_labels[line] for line in lines]
    text_room = labels.text_width(line_names, NOTE_SIZE) + 0.12
    gap = (text_room + 0.4, 0.45)
    margins = Margins(left=text_room, right=0.4, above=0.32)
    columns = layout.columns_on_page(2, LEAST_NOTES, gap[0], margins)
    line_height = LOW_LINE if page.current().is_narrow else LINE_HEIGHT
    figure, panels = layout.sheet(
        f"Dancing notes: {runs.run_label(table.run)}",
        runs.source(
            [table.run],
            SPLITS[split].caption,
            "right: number of epochs",
            f"none: no class above {100 * note:g} %",
        ),
        rows=-(-len(rows) // columns),
        columns=columns,
        panel=(2.75, line_height * (max(map(len, lines_of_rows)) + 2)),
        gap=gap,
        margins=margins,
    )
    for place, axes in enumerate(layout.keep_panels(panels, len(rows))):
        is_last_of_column = place + columns >= len(rows)
        _draw_notes(axes, epochs, notes_of_rows[place], class_labels, lines_of_rows[place])
        axes.set_title(f"{class_labels[rows[place]]} is predicted as")
        axes.set_xlabel("epoch" if is_last_of_column else "")
        figure.numbers.extend(_numbers_of_notes(rows[place], notes_of_rows[place], class_labels))
    return figure


def _numbers_of_notes(
    label: int, notes_played: Array, class_labels: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield in how many epochs each class is the note of a class, and in how many none is."""
    played, times = np.unique(notes_played, return_counts=True)
    for note, epochs in zip(played.tolist(), times.tolist(), strict=True):
        yield {
            "class": class_labels[label],
            "note": class_labels[note] if note != dance.NONE else "none",
            "epochs": epochs,
        }


def _note_lines(played: Array, number_of_classes: int) -> list[int]:
    """Return the labels that have a line among the notes of a class, in label order."""
    if number_of_classes <= top_pairs.LEGIBLE:
        return list(range(number_of_classes))
    candidates, times = np.unique(played[played != dance.NONE], return_counts=True)
    order = np.argsort(-times, kind="stable")[: selection.CLASSES]
    return sorted(candidates[order].tolist())


def draw_notes(axes: Axes, epochs: Array, played: Array, class_labels: Sequence[str]) -> None:
    """Draw the notes of one class on lines, one for each class that is among them.

    Args:
        axes: The panel.
        epochs: The epochs (epochs,).
        played: The note after each epoch (epochs,): a label, or `dance.NONE`.
        class_labels: The labels of all classes. Few classes have a line each.
    """
    lines = _note_lines(played, len(class_labels))
    _draw_notes(axes, epochs, played, class_labels, lines)


def _draw_notes(
    axes: Axes, epochs: Array, played: Array, class_labels: Sequence[str], lines: list[int]
) -> None:
    """Draw the notes of one class on lines, in label order from below.

    `OTHERS` and `dance.NONE` are below the lines, at -1 and -2.
    """
    names = _line_names(played, class_labels, lines)
    height_of = {line: height for height, line in enumerate(lines)}
    height_of[dance.NONE] = dance.NONE
    heights = np.array([height_of.get(label, OTHERS) for label in played.tolist()])
    axes.hlines(list(names), epochs[0], epochs[-1], color=theme.PALE, linewidth=0.6)
    is_silent = played == dance.NONE
    axes.plot(epochs[is_silent], heights[is_silent], "|", color=theme.GREY, ms=4, mew=0.8)
    dot = layout.epoch_marker(len(epochs))
    # A mark of many epochs is a dash as wide as an epoch, so that a gap can be seen.
    axes.plot(
        epochs[~is_silent],
        heights[~is_silent],
        dot or "|",
        color=theme.HUES[0],
        ms=2.6 if dot else 5,
        mew=0 if dot else _points_per_epoch(axes, epochs),
    )
    axes.set_yticks(list(names), list(names.values()), size=NOTE_SIZE)
    for height in names:
        number = np.count_nonzero(heights == height)
        axes.text(
            1.02,
            height,
            str(number or ""),
            transform=axes.get_yaxis_transform(),
            size=NOTE_SIZE,
            va="center",
            color=theme.GREY,
        )
    axes.set_ylim(-2.8, len(lines) - 0.2)
    axes.tick_params(axis="y", length=0)
    layout.format_epoch_axis(axes)
    layout.open_frame(axes)


def _line_names(played: Array, class_labels: Sequence[str], lines: Sequence[int]) -> dict[int, str]:
    """Return the name of each line of notes by its height."""
    names = {height: class_labels[line] for height, line in enumerate(lines)}
    names[dance.NONE] = "none"
    others = set(played.tolist()) - {*lines, dance.NONE}
    if others:
        names[OTHERS] = "1 other" if len(others) == 1 else f"{len(others)} others"
    return names


@dataclass(frozen=True)
class _PairRows:
    """The pairs that are drawn, from above, with their names and the rows of each split."""

    names: list[str]
    by_split: dict[str, pd.DataFrame]
    total: int


@theme.styled()
def dance_pairs(table: Table, split: str) -> Figure:
    """Rank all pairs by the correlation of their recalls' changes, a panel for each split.

    The most opposed pair is on top. A pair's interval is coloured if it leaves out 0. Beside each
    panel is a pair's number of red moments (drawn in orange) and of blue ones. If there are many
    classes, the pairs that interfere most on the test set are drawn.

    Args:
        table: Confusion counts by epoch.
        split: The split that comes first and gives the order.

    Returns:
        The figure.
    """
    recorded = set(table.frame["split"])
    splits = [split, *(name for name in TRAINING_FIRST if name != split and name in recorded)]
    rows = _pair_rows(table, splits)
    number = len(rows.names)
    note = selection.note(number, rows.total, "pairs: those that interfere most")
    is_narrow = page.current().is_narrow
    gap = (0.36 if is_narrow else 0.5, 0.9)
    margins = Margins(
        left=0.1 + labels.text_width(rows.names, NOTE_SIZE),
        right=0.34 if is_narrow else 0.5,
        above=0.5 if is_narrow else 0.42,
    )
    columns = layout.columns_on_page(len(splits), LEAST_CORRELATIONS, gap[0], margins)
    figure, panels = layout.sheet(
        f"Which pairs dance: {runs.run_label(table.run)}",
        runs.source(
            [table.run],
            next(note, "all pairs"),
            "r: correlation of two recalls' changes from epoch to epoch, with its 95 % "
            "block-bootstrap interval",
            *_explain_intervals(rows),
            "right: number of moments; orange: one class's recall dips while its partner peaks and "
            "takes its images; blue: both dip and a third class takes them",
        ),
        rows=-(-len(splits) // columns),
        columns=columns,
        panel=(1.25, 0.125 * number + 0.1),
        gap=gap,
        margins=margins,
    )
    used_panels = layout.keep_panels(panels, len(splits))
    for place, (axes, name) in enumerate(zip(used_panels, splits, strict=True)):
        _draw_correlations(axes, rows.by_split[name])
        _draw_moment_numbers(axes, rows.by_split[name])
        _format_pair_axes(axes, number)
        if is_narrow:
            axes.set_title(SPLITS[name].short.replace(", ", ",\n"), pad=12, size=6.5)
        else:
            axes.set_title(SPLITS[name].short, pad=12, size=7.5)
        is_first_of_row = place % columns == 0
        tick_labels = rows.names if is_first_of_row else [""] * number
        axes.set_yticks(range(number), tick_labels, size=NOTE_SIZE)
        figure.numbers.extend(_numbers_of_pairs(name, rows.by_split[name], table.classes.labels))
    return figure


def _numbers_of_pairs(
    split: str, rows: pd.DataFrame, class_labels: Sequence[str]
) -> Iterator[dict[str, Any]]:
    """Yield the correlation, its interval and the numbers of moments of each pair on a split."""
    for row in rows.reset_index().to_dict("records"):
        yield {
            "split": split,
            "class_1": class_labels[row["class_1"]],
            "class_2": class_labels[row["class_2"]],
            "r": row["anticorrelation"],
            "low": row["low"],
            "high": row["high"],
            "red_moments": row["red"],
            "blue_moments": row["blue"],
        }


def _pair_rows(table: Table, splits: Sequence[str]) -> _PairRows:
    """Select the pairs that are drawn, in the order of the first split."""
    most_interfering = sorted(top_pairs.of_last_epoch(table, selection.PAIRS))
    all_rows = {}
    for split in splits:
        cells = training_cells.of_split(table, split)
        rows = dance.pairs_of(cells, np.array(most_interfering))
        all_rows[split] = rows.set_index(["class_1", "class_2"])
    shown = list(all_rows[splits[0]].index)
    class_labels = table.classes.labels
    return _PairRows(
        names=[classes.pair(class_labels[first], class_labels[second]) for first, second in shown],
        by_split={split: rows.loc[shown] for split, rows in all_rows.items()},
        total=math.comb(len(class_labels), 2),
    )


def _explain_intervals(rows: _PairRows) -> Iterator[str]:
    """Yield the meanings of an interval from -1 to 1, and of one that reaches far below its r."""
    statistics = pd.concat(rows.by_split.values())
    is_full = (statistics["low"] == -1) & (statistics["high"] == 1)
    if is_full.any():
        yield "from -1 to 1: too few epochs to say"
    is_wide = (statistics["anticorrelation"] > NEAR_1) & (statistics["low"] < 0)
    if is_wide.any():
        yield "r near 1 with an interval below 0: a few large steps of both recalls make up r"


def _draw_correlations(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw a dot and its interval for each pair, from above."""
    heights = np.arange(len(rows))
    is_sure = ((rows["high"] < 0) | (rows["low"] > 0)).to_numpy()
    axes.axvline(0, color=theme.GREY, linewidth=0.6)
    for is_shown, colour in ((is_sure, theme.INK), (~is_sure, UNSURE)):
        if is_shown.any():  # matplotlib would measure an empty line as a dot at the corner
            part = rows[is_shown]
            axes.hlines(heights[is_shown], part["low"], part["high"], color=colour, linewidth=0.9)
            axes.plot(
                part["anticorrelation"],
                heights[is_shown],
                "o",
                color=colour,
                ms=2.6,
                mew=0,
                clip_on=False,
            )


def _draw_moment_numbers(axes: Axes, rows: pd.DataFrame) -> None:
    """Write the numbers of red and blue moments to the right, under an arrow each."""
    distances = CLOSE_NUMBERS if page.current().is_narrow else NUMBERS
    width = layout.box_of(axes).width
    for distance, kind, colour in zip(distances, ("red", "blue"), (RED, BLUE), strict=True):
        x = 1 + distance / width
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
                size=NOTE_SIZE,
                va="center",
                ha="center",
                color=colour,
            )


def _format_pair_axes(axes: Axes, number: int) -> None:
    """Format the axes of a panel of correlations with `number` pairs."""
    axes.set_xlim(-1, 1)
    axes.set_xticks([-1, 0, 1], [labels.format_number(tick) for tick in (-1, 0, 1)])
    axes.set_ylim(number - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("r")
    layout.open_frame(axes)
