"""Test accuracy by net and set-up, and accuracy by epoch."""

from collections.abc import Iterator, Mapping

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from interference import confusion, dance
from interference.confusion import Array
from interference.figures import style
from interference.tables import Table

LAST = 10  # epochs of the mean that stands beside the final accuracy
SPLITS = {
    "train_online": ("training, as predicted while training", style.HUES[0], "--"),
    "test": ("test", style.HUES[1], "-"),
}


def draw(counts: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """Both exhibits, of the runs that trained for at least an epoch."""
    trained = [table for table in style.ordered(counts) if (table.frame["split"] == "test").any()]
    if trained:
        yield "accuracy", accuracy(trained)
        yield "curves", curves(trained)


@style.styled()
def accuracy(tables: list[Table]) -> Figure:
    """Test accuracy of each run in percent: the last epoch's (dot) and the mean of the last ten (bar), with figures."""
    names = style.names(tables)
    figure, ((axes,),) = style.sheet(
        "Test accuracy by net and set-up, %", style.source([table.run for table in tables], "test images"),
        panel=(3.6, 0.27 * len(tables) + 0.1), left=style.wide(names, 7) + 0.1,
        right=1.35, above=0.25)
    for row, table in enumerate(tables):
        percent = _curve(table, "test")[1]
        final, mean = percent[-1], percent[-LAST:].mean()
        axes.plot(mean, row, "|", ms=11, mew=1.5, color=style.GREY)
        axes.plot(final, row, "o", ms=5, color=style.HUES[1])
        _beside(axes, row, f"{final:.2f}", f"{mean:.2f}", style.INK)
    _beside(axes, -0.75, "final", "last 10", style.GREY)
    axes.set(ylim=(len(tables) - 0.5, -0.5), xlabel="test accuracy, % (dot: last epoch, bar: mean of last ten)")
    axes.set_yticks(range(len(tables)), names)
    axes.tick_params(axis="y", length=0)
    axes.margins(x=0.08)
    style.grid(axes)
    return figure


def _beside(axes: Axes, row: float, final: str, mean: str, colour: str) -> None:
    """Two words at the right of a row."""
    for x, words in ((1.12, final), (1.32, mean)):
        axes.text(x, row, words, transform=axes.get_yaxis_transform(), ha="right", va="center", size=7.5, color=colour)


@style.styled()
def curves(tables: list[Table]) -> Figure:
    """Accuracy in percent by epoch, a panel a run: on the test set, and of the predictions made while training."""
    columns = min(len(tables), 4)
    rows = -(-len(tables) // columns)
    figure, axes = style.sheet(
        "Accuracy by epoch", style.source([table.run for table in tables]), rows=rows, columns=columns,
        panel=(6.4 / columns, 1.4), gap=(0.14, 0.6), left=0.5, right=0.2, above=0.65)
    lows = [_curves(panel, table) for panel, table in zip(axes.flat, tables, strict=False)]
    for panel, name in zip(axes.flat, style.names(tables), strict=False):
        panel.set_title(name.replace(", ", "\n", 1), size=7.5)
    margin = 0.04 * max(100 - min(lows), 1)
    for place, panel in enumerate(axes.flat):
        panel.set_ylim(min(lows) - margin, 100 + margin)
        panel.tick_params(labelleft=place % columns == 0)
        panel.set_xlabel("epoch" if place + columns >= len(tables) else "")
        if place >= len(tables):
            panel.remove()
    for panel in axes[:, 0]:
        panel.set_ylabel("accuracy, %")
    figure.legend(*axes[0, 0].get_legend_handles_labels(), loc="upper left", ncols=2, borderaxespad=0,
                  bbox_to_anchor=(axes[0, 0].get_position().x0, 1 - 0.34 / figure.get_figheight()))
    return figure


def _curves(axes: Axes, table: Table) -> float:
    """Draw the curves of a run; returns their lowest value."""
    drawn = {split: _curve(table, split) for split in SPLITS if (table.frame["split"] == split).any()}
    for split, (epochs, percent) in drawn.items():
        words, hue, dash = SPLITS[split]
        axes.plot(epochs, percent, dash, color=hue, label=words, marker=style.dots(len(epochs)), ms=2.5)
    axes.text(0.97, 0.06, f"test {drawn['test'][1][-1]:.2f}", transform=axes.transAxes, ha="right", size=7,
              color=style.HUES[1])
    style.epoch_axis(axes)
    style.grid(axes)
    return min(float(percent.min()) for _, percent in drawn.values())


def _curve(table: Table, split: str) -> tuple[Array, Array]:
    """Epochs, and accuracy in percent."""
    epochs, counts = dance.training_counts(table, split)
    return epochs, confusion.accuracy(counts)
