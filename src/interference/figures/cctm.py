"""Fig. 1 and 8: what the classes are taken for on the test set."""

from collections.abc import Iterator, Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from interference import confusion
from interference.confusion import Array
from interference.figures import style
from interference.tables import Table

SHOWN = 0.05  # percent: what rounds to 0.0 stays blank


def draw(cctm: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """One figure of heat maps a set-up."""
    for setup, group in style.by_setup(style.ordered(cctm)):
        yield f"cctm-{setup}", heat_maps(group)


@style.styled()
def heat_maps(tables: list[Table]) -> Figure:
    """The test CCTM of each run, in percent: row = true class, column = predicted class, the diagonal left out.

    One colour range for all nets, so that panels compare; set-ups differ too much in accuracy to share one.
    """
    top = max(np.nanmax(errors(table)) for table in tables)
    figure, panels = style.squares(
        f"What each class is taken for: test CCTM, {style.setup_label(tables[0].run)}",
        style.source([table.run for table in tables], "test images",
                     "numbers: % of the row's images, blank below 0.05", "one colour range a set-up"),
        len(tables), tables[0].classes.labels)
    colours = ScalarMappable(mpl.colors.Normalize(0, top or 1), style.HEAT)
    for axes, table, name in zip(panels, tables, style.names(tables, style.net_label), strict=True):
        style.matrix(axes, errors(table), colours, table.classes.labels, SHOWN)
        axes.set_title(f"{name}, {confusion.accuracy(confusion.test_counts(table)):.2f} % right")
        axes.set(xlabel="predicted", ylabel="true class")
    style.colour_bar(panels[min(1, len(panels) - 1)], colours, "% of the row's images")
    return figure


def errors(table: Table) -> Array:
    """The test CCTM (C, C) in percent, nan on the diagonal."""
    rates = 100 * confusion.cctm(confusion.test_counts(table))
    np.fill_diagonal(rates, np.nan)
    return rates
