"""Fig. 1 and 8: which classes are predicted as which others on the test set."""

from collections.abc import Iterator, Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from interference import confusion
from interference.confusion import by_epoch, clustering, top_pairs
from interference.io.tables import Table
from interference.reporting.figures import labels as figure_labels
from interference.reporting.figures import layout, numbers, theme
from interference.study import runs
from interference.vocabulary import Array

LEAST_WRITTEN = 0.005  # percent; what would round to 0.00 stays blank
GROUPED = (
    "classes that interfere stand side by side; "
    f"framed: {clustering.TIMES} times the mean of all pairs, or more"
)


def draw(cctm: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """Draw one figure of heat maps for each training configuration.

    Args:
        cctm: Tables of the final nets' confusion counts.

    Yields:
        The name `cctm-CONFIGURATION` and its figure.
    """
    for setup, tables in runs.by_setup(runs.ordered(cctm)):
        yield f"cctm-{setup}", heat_maps(tables)


@theme.styled()
def heat_maps(tables: list[Table]) -> Figure:
    """Draw the test CCTM of each run in percent.

    A row is a true class, a column a predicted class; the diagonal, the recall, has no colour. All
    nets share one range of colours, so that the panels can be compared; training configurations
    differ too much in accuracy to share one.
    Many classes stand in groups that interfere.

    Args:
        tables: Tables of the final nets' confusion counts, of one training configuration.

    Returns:
        The figure.
    """
    labels = tables[0].classes.labels
    groups = class_order(tables, len(labels))
    figure, panels = layout.matrix_sheet(
        runs.headed("What each class is predicted as: test CCTM", tables[0].run),
        runs.source(
            [table.run for table in tables],
            "test images",
            *_legend(len(labels)),
            "one colour range for all panels",
        ),
        len(tables),
        labels,
    )
    highest = max(np.nanmax(errors(table)) for table in tables)
    colours = ScalarMappable(mpl.colors.Normalize(0, highest or 1), theme.ERRORS)
    names = runs.names(tables, runs.net_label)
    for axes, table, name in zip(panels, tables, names, strict=True):
        layout.matrix(axes, errors(table), colours, labels, LEAST_WRITTEN, groups)
        if len(labels) <= top_pairs.LEGIBLE:
            _write_recalls(axes, table)
        accuracy = confusion.accuracy(by_epoch.test_counts(table))
        axes.set_title(f"{name}, {accuracy:.2f} % correct")
        axes.set(xlabel="predicted", ylabel="true class")
    layout.colour_bar(layout.upper_right(panels), colours, "% of the row's images")
    figure.tables.extend(numbers.counts_name("cctm", table) for table in tables)
    return figure


def _write_recalls(axes: Axes, table: Table) -> None:
    """Write the recall of each class, in percent, into its cell on the diagonal."""
    counts = by_epoch.test_counts(table)
    for place, recall in enumerate(confusion.recall(counts)):
        if not np.isfinite(recall):
            continue
        text = f"{recall:.1f}"
        if text == "100.0" and recall < 100:
            text = ">99.9"
        layout.write_cell(axes, place, place, text, theme.INK, size=figure_labels.LEGIBLE)


def class_order(tables: Sequence[Table], classes: int) -> list[list[int]]:
    """Group the classes in the order in which a matrix shows them.

    Args:
        tables: Tables of the final nets' confusion counts; their counts are added.
        classes: The number of classes.

    Returns:
        Groups of labels that interfere. Few classes are one group in label order. For many classes
        without any table there is no group.
    """
    if classes <= top_pairs.LEGIBLE:
        return [list(range(classes))]
    if not tables:
        return []
    counts = np.sum([by_epoch.test_counts(table) for table in tables], axis=0)
    return clustering.interfering(confusion.cctm(counts))


def _legend(classes: int) -> Iterator[str]:
    """Yield the meaning of the numbers, or of the order if there is no room for numbers."""
    if classes <= top_pairs.LEGIBLE:
        yield "numbers: % of the row's images; on the grey diagonal, the recall"
    else:
        yield GROUPED


def errors(table: Table) -> Array:
    """Return the test CCTM (C, C) in percent, nan on the diagonal."""
    rates = 100 * confusion.cctm(by_epoch.test_counts(table))
    np.fill_diagonal(rates, np.nan)
    return rates
