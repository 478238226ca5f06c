"""Fig. 1 and 8: what the classes are taken for on the test set."""

from collections.abc import Iterator, Mapping

import matplotlib as mpl
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from interference import confusion
from interference.confusion import by_epoch, clustering, top_pairs
from interference.io.tables import Table
from interference.reporting.figures import style
from interference.study import runs
from interference.vocabulary import Array

SHOWN = 0.05  # percent: what rounds to 0.0 stays blank
GROUPED = f"classes that interfere stand side by side; framed: {clustering.TIMES} times the mean of all pairs, or more"


def draw(cctm: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """One figure of heat maps a set-up."""
    for setup, group in runs.by_setup(runs.ordered(cctm)):
        yield f"cctm-{setup}", heat_maps(group)


@style.styled()
def heat_maps(tables: list[Table]) -> Figure:
    """The test CCTM of each run, in percent: row = true class, column = predicted class, the diagonal left out.

    One colour range for all nets, so that panels compare; set-ups differ too much in accuracy to share one. Many
    classes stand in groups of those that interfere.
    """
    labels = tables[0].classes.labels
    groups = arranged(tables, len(labels))
    top = max(np.nanmax(errors(table)) for table in tables)
    figure, panels = style.squares(
        runs.headed("What each class is taken for: test CCTM", tables[0].run),
        runs.source(
            [table.run for table in tables],
            "test images",
            *_legend(len(labels)),
            "one colour range a set-up",
        ),
        len(tables),
        labels,
    )
    colours = ScalarMappable(mpl.colors.Normalize(0, top or 1), style.HEAT)
    for axes, table, name in zip(panels, tables, runs.names(tables, runs.net_label), strict=True):
        style.matrix(axes, errors(table), colours, labels, SHOWN, groups)
        axes.set_title(f"{name}, {confusion.accuracy(by_epoch.test_counts(table)):.2f} % right")
        axes.set(xlabel="predicted", ylabel="true class")
    style.colour_bar(style.corner(panels), colours, "% of the row's images")
    return figure


def arranged(tables: list[Table], classes: int) -> list[list[int]]:
    """The classes in groups, in the order in which a matrix shows them: those that interfere over all of some runs.

    As few as can be read one by one are one group, in label order; of more there is none without a run.
    """
    if classes <= top_pairs.LEGIBLE:
        return [list(range(classes))]
    counts = [by_epoch.test_counts(table) for table in tables]
    return clustering.interfering(confusion.cctm(np.sum(counts, axis=0))) if counts else []


def _legend(classes: int) -> Iterator[str]:
    """What the numbers mean, or where there is no room for them, the order."""
    if classes <= top_pairs.LEGIBLE:
        yield "numbers: % of the row's images, blank below 0.05"
    else:
        yield GROUPED


def errors(table: Table) -> Array:
    """The test CCTM (C, C) in percent, nan on the diagonal."""
    rates = 100 * confusion.cctm(by_epoch.test_counts(table))
    np.fill_diagonal(rates, np.nan)
    return rates
