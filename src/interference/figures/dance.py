"""Fig. 6 and 7: interference while a net trains, as the dance of two recalls and as notes."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference import confusion, dance
from interference.confusion import Array
from interference.figures import style
from interference.tables import Table

SPLITS = {  # of training, the paper's first
    "train_augmented": "augmented training images, after each epoch",
    "train": "training images, after each epoch",
    "train_online": "training images, as predicted while training",
}
THRESHOLD = 0.1  # percent of a class that the top interferer must exceed to be a note (Section 4.2)
LINES = 24  # the most classes that all have a line among the notes
NOTED = ("cat", "dog", "automobile", "truck")  # the classes of Fig. 7


def draw(counts: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """The dance of the most interfering pair and the notes, of the runs that recorded a split of training best.

    Best are predictions made after an epoch by one and the same net; where no run has them, those made on the way.
    """
    recorded = [(table, set(table.frame["split"])) for table in style.ordered(counts)]
    after = [(table, splits) for table, splits in recorded if splits & {"train_augmented", "train"}]
    for table, splits in after or recorded:
        split = next((split for split in SPLITS if split in splits), None)
        if split:
            yield f"dance-{table.run['name']}", dance_of(table, split, top_pairs(table, 1)[0])
            yield f"notes-{table.run['name']}", notes(table, split, noted(table))


def top_pairs(table: Table, number: int) -> list[tuple[int, int]]:
    """The most interfering pairs of a run, on the test set after its last epoch."""
    last = confusion.cctm(dance.training_counts(table, "test")[1][-1])
    return [(first, second) for first, second, _ in confusion.ranked_pairs(last)[:number]]


def noted(table: Table) -> list[int]:
    """The paper's four classes where they exist, else those of the two most interfering pairs."""
    if table.classes.has(*NOTED):
        return [table.classes.index(name) for name in NOTED]
    return list(dict.fromkeys(label for pair in top_pairs(table, 2) for label in pair))


@style.styled()
def dance_of(table: Table, split: str, pair: tuple[int, int]) -> Figure:
    """Recalls of a pair by epoch, and below, of each of the two classes, what it is taken for, both in percent."""
    epochs, counts = dance.training_counts(table, split)
    cctm, labels = confusion.cctm(counts), table.classes.labels
    figure, ((top,), *below) = style.sheet(
        f"The {style.pair_label(*(labels[label] for label in pair))} dance: {style.run_label(table.run)}",
        style.source([table.run], SPLITS[split]), rows=3, panel=(5.4, 1.4), gap=(0, 0.42), left=0.5, above=0.32,
        right=0.4 + style.wide((*labels, "the other falls"), 7.5))
    hues = _hues(cctm, pair)
    recalls = dance.recalls(cctm)
    for label in pair:
        top.plot(epochs, recalls[:, label], color=hues[label], label=labels[label], marker=style.dots(len(epochs)),
                 ms=3)
    moments = dance.dance_epochs(recalls[:, pair[0]], recalls[:, pair[1]])
    top.plot(epochs[moments], np.full(len(moments), 0.05), "|", transform=top.get_xaxis_transform(), color=style.INK,
             ms=5, mew=0.7, label=f"one rises,\nthe other falls\n({len(moments)} epochs)")
    top.set_title("recall, %")
    for (axes,), row in zip(below, pair, strict=True):
        _traces(axes, epochs, 100 * cctm[:, row], row, labels, hues)
    for (axes,) in ((top,), *below):
        style.epoch_axis(axes)
        style.grid(axes)
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.05), handlelength=1.2)
    below[-1][0].set_xlabel("epoch")
    return figure


def _hues(cctm: Array, pair: tuple[int, int]) -> dict[int, str]:
    """Colours for the pair and the classes that either of them is most often taken for."""
    often = np.nanmean(cctm, axis=0)[list(pair)].sum(0)
    often[list(pair)] = np.inf
    order = np.argsort(-np.nan_to_num(often, posinf=np.inf), kind="stable")
    return dict(zip(order.tolist(), style.HUES, strict=False))


def _traces(axes: Axes, epochs: Array, row: Array, true: int, labels: Sequence[str], hues: dict[int, str]) -> None:
    """What class `true` is taken for, `row` (epochs, C) in percent, on an axis linear up to the notes' threshold."""
    for label in sorted(set(hues) - {true}):
        axes.plot(epochs, row[:, label], color=hues[label], label=labels[label], linewidth=1,
                  marker=style.dots(len(epochs)), ms=2.5)
    rest = [label for label in range(len(labels)) if label not in hues]
    if rest:
        axes.fill_between(epochs, row[:, rest].min(1), row[:, rest].max(1), color=style.PALE, zorder=1,
                          label="any other")
    axes.set_yscale("symlog", linthresh=THRESHOLD)
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
    axes.set_yticks([], minor=True)
    axes.set_title(f"{labels[true]} taken for …, %")


@style.styled()
def notes(table: Table, split: str, rows: list[int]) -> Figure:
    """The dancing notes: at each epoch the class that a class is most often taken for, a panel a class.

    The lowest line, `none`, holds the epochs in which no class takes more than 0.1 %; at the right, how many epochs
    each line holds. Where there are more than `LINES` classes, those have a line that some note names.
    """
    epochs, counts = dance.training_counts(table, split)
    played = [dance.notes(confusion.cctm(counts), row, THRESHOLD / 100) for row in rows]
    labels = table.classes.labels
    lines = sorted(set(range(len(labels))) if len(labels) <= LINES else set(np.unique(played)) - {dance.NONE})
    room = style.wide([*(labels[line] for line in lines), "none"], 6.2) + 0.12
    figure, panels = style.sheet(
        f"Dancing notes: {style.run_label(table.run)}",
        style.source([table.run], SPLITS[split], "right: number of epochs", f"none: no class above {THRESHOLD:g} %"),
        rows=-(-len(rows) // 2), columns=2, panel=(2.75, 0.14 * (len(lines) + 2)), gap=(room + 0.4, 0.45), left=room,
        right=0.4, above=0.32)
    for place, axes in enumerate(panels.flat):
        if place < len(rows):
            _notes(axes, epochs, played[place], labels, lines)
            axes.set_title(f"{labels[rows[place]]} is taken for")
            axes.set_xlabel("epoch" if place + 2 >= len(rows) else "")
        else:
            axes.remove()
    return figure


def _notes(axes: Axes, epochs: Array, played: Array, labels: Sequence[str], lines: list[int]) -> None:
    """The notes of one class on the lines of others, in label order from below; that of `none` is at -2."""
    height = dict(zip(lines, range(len(lines)), strict=True)) | {dance.NONE: dance.NONE}
    notes = np.array([height[note] for note in played])
    axes.hlines(list(height.values()), epochs[0], epochs[-1], color=style.PALE, linewidth=0.6)
    silent = played == dance.NONE
    axes.plot(epochs[silent], notes[silent], "|", color=style.GREY, ms=4, mew=0.8)
    axes.plot(epochs[~silent], notes[~silent], "o", color=style.HUES[0], ms=2.6, mew=0)
    axes.set_yticks(list(height.values()), [*(labels[line] for line in lines), "none"], size=6.2)
    for line, y in height.items():
        number = np.count_nonzero(played == line)
        axes.text(1.02, y, str(number or ""), transform=axes.get_yaxis_transform(), size=6.2, va="center",
                  color=style.GREY)
    axes.set_ylim(-2.8, len(lines) - 0.2)
    axes.tick_params(axis="y", length=0)
    style.epoch_axis(axes)
    style.bare(axes)
