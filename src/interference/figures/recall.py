"""Table 1: the recall of every class by run."""

from collections.abc import Iterator, Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from interference import confusion
from interference.figures import style
from interference.tables import Table

CELL = 0.5  # inches: the width of a cell


def draw(cctm: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """The table, where there is a run."""
    if cctm:
        yield "recall", recall(style.ordered(cctm))


@style.styled()
def recall(tables: list[Table]) -> Figure:
    """Test recall in percent, a row a run; the darker, the more of the class is missed; a row's lowest is bold."""
    labels = tables[0].classes.labels
    recalls = np.array([confusion.recall(confusion.test_counts(table)) for table in tables])
    names = style.names(tables)
    numbers, room = len(labels) <= style.LEGIBLE, style.wide(labels, 7)
    figure, ((axes,),) = style.sheet(
        "Recall of each class on the test set, %",
        style.source([table.run for table in tables], "test images", "bold: a run's lowest"),
        panel=(CELL * min(len(labels), style.LEGIBLE), 0.27 * len(tables) if numbers else max(1, 0.27 * len(tables))),
        left=style.wide(names, 7) + 0.1, right=0.75, below=0.15,
        above=0.15 + (room if room > CELL or not numbers else 0.1))
    colours = ScalarMappable(mpl.colors.Normalize(min(np.nanmin(recalls), 95), 100), style.HEAT.removesuffix("_r"))
    axes.pcolormesh(np.ma.masked_invalid(recalls), cmap=colours.cmap, norm=colours.norm, edgecolors="white",
                    linewidth=0.6)
    axes.invert_yaxis()
    for (row, column), value in np.ndenumerate(recalls) if numbers else ():
        style.write(axes, column, row, f"{value:.1f}", style.legible(colours, value), size=7,
                    weight="bold" if value == np.nanmin(recalls[row]) else "normal")
    axes.xaxis.tick_top()
    style.label_axis(axes, "x", labels)
    axes.set_yticks(np.arange(len(tables)) + 0.5, names)
    axes.tick_params(axis="y", length=0)
    if not numbers:
        style.colour_bar(axes, colours, "recall, %")
    return figure
