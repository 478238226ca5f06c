"""Fig. 6 and 7: interference while a net trains, as the dance of two recalls and as notes."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference import confusion, dance
from interference.classes import Classes
from interference.figures import style
from interference.tables import Table

SPLITS = {  # of training, the paper's first
    "train_augmented": "augmented training images, after each epoch",
    "train": "training images, after each epoch",
    "train_online": "training images, as predicted while training",
}
THRESHOLD = 0.1  # percent of a class that the top interferer must exceed to be a note (Section 4.2)
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
        f"The {labels[pair[0]]}–{labels[pair[1]]} dance: {style.run_label(table.run)}",
        style.source([table.run], SPLITS[split]), rows=3, panel=(5.4, 1.4), gap=(0, 0.42), left=0.5, above=0.32,
        right=0.4 + style.wide((*labels, "the other falls"), 7.5))
    hues = _hues(cctm, pair)
    recalls = dance.recalls(cctm)
    for label in pair:
        top.plot(epochs, recalls[:, label], color=hues[label], label=labels[label], marker=style.dots(len(epochs)), ms=3)
    moments = dance.dance_epochs(recalls[:, pair[0]], recalls[:, pair[1]])
    top.plot(epochs[moments], np.zeros(len(moments)), "|", transform=top.get_xaxis_transform(), color=style.INK, ms=7,
             mew=0.7, clip_on=False, label=f"one rises,\nthe other falls\n({len(moments)} epochs)")
    top.set_title("recall, %")
    for (axes,), row in zip(below, pair, strict=True):
        _traces(axes, epochs, 100 * cctm[:, row], row, labels, hues)
    for (axes,) in ((top,), *below):
        style.epoch_axis(axes)
        style.grid(axes)
        axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.05), handlelength=1.2)
    below[-1][0].set_xlabel("epoch")
    return figure


def _hues(cctm: np.ndarray, pair: tuple[int, int]) -> dict[int, str]:
    """Colours for the pair and the classes that either of them is most often taken for."""
    often = np.nanmean(cctm, axis=0)[list(pair)].sum(0)
    often[list(pair)] = np.inf
    return dict(zip(np.argsort(-np.nan_to_num(often, nan=-1, posinf=np.inf), kind="stable").tolist(), style.HUES, strict=False))


def _traces(axes: Axes, epochs: np.ndarray, row: np.ndarray, true: int, labels: Sequence[str], hues: dict[int, str]) -> None:
    """What class `true` is taken for, `row` (epochs, C) in percent, on an axis that is linear up to the notes' threshold."""
    for label in sorted(set(hues) - {true}):
        axes.plot(epochs, row[:, label], color=hues[label], label=labels[label], linewidth=1,
                  marker=style.dots(len(epochs)), ms=2.5)
    rest = [label for label in range(len(labels)) if label not in hues]
    if rest:
        axes.fill_between(epochs, row[:, rest].min(1), row[:, rest].max(1), color=style.PALE, zorder=1, label="any other")
    axes.set_yscale("symlog", linthresh=THRESHOLD)
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 0.1, 1, 10, 100], ["0", "0.1", "1", "10", "100"])
    axes.set_yticks([], minor=True)
    axes.set_title(f"{labels[true]} taken for …, %")


@style.styled()
def notes(table: Table, split: str, rows: list[int]) -> Figure:
    """The dancing notes: at each epoch the class that a class is most often taken for, a panel a class.

    The lowest line, `none`, holds the epochs in which no class takes more than 0.1 %; at the right, how many epochs
    each line holds.
    """
    cctm = dance.training_cctm(table, split)
    epochs = dance.training_counts(table, split)[0]
    classes = table.classes
    height, room = 0.14 * (len(classes) + 2), style.wide((*classes.labels, "none"), 6.2) + 0.12
    figure, panels = style.sheet(
        f"Dancing notes: {style.run_label(table.run)}",
        style.source([table.run], SPLITS[split], "right: number of epochs", f"none: no class above {THRESHOLD:g} %"),
        rows=-(-len(rows) // 2), columns=2, panel=(2.75, height), gap=(room + 0.4, 0.45), left=room,
        right=0.4, above=0.32)
    for place, axes in enumerate(panels.flat):
        if place < len(rows):
            _notes(axes, epochs, dance.notes(cctm, rows[place], THRESHOLD / 100), rows[place], classes)
            axes.set_xlabel("epoch" if place + 2 >= len(rows) else "")
        else:
            axes.remove()
    return figure


def _notes(axes: Axes, epochs: np.ndarray, played: np.ndarray, row: int, classes: Classes) -> None:
    """The notes of one class; the line of `none` is at -2, as in the paper."""
    lines = [dance.NONE, *range(len(classes))]
    axes.hlines(lines, epochs[0], epochs[-1], color=style.PALE, linewidth=0.6)
    silent = played == dance.NONE
    axes.plot(epochs[silent], played[silent], "|", color=style.GREY, ms=4, mew=0.8)
    axes.plot(epochs[~silent], played[~silent], "o", color=style.HUES[0], ms=2.6, mew=0)
    axes.set_yticks(lines, ["none", *classes.labels], size=6.2)
    for line in lines:
        number = np.count_nonzero(played == line)
        axes.text(1.02, line, number or "", transform=axes.get_yaxis_transform(), size=6.2, va="center", color=style.GREY)
    axes.get_yticklabels()[row + 1].set_color("#b0b0b0")
    axes.set_ylim(-2.8, len(classes) - 0.2)
    axes.set_title(f"{classes.labels[row]} is taken for")
    axes.tick_params(axis="y", length=0)
    style.epoch_axis(axes)
    style.bare(axes)
