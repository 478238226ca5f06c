"""Class gradients: how opposed they are, and whether that tells which classes interfere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from interference import classes, confusion
from interference.confusion import by_epoch, clustering, statistics
from interference.io.tables import Table
from interference.reporting.figures import labels, layout, theme
from interference.reporting.figures.cctm import GROUPED, class_order
from interference.reporting.figures.layout import Margins
from interference.study import runs
from interference.surfaces.cosines import cosines
from interference.vocabulary import Array

LEAST_WRITTEN = 0.005  # cosines that would round to 0 stay blank
NAMED = 3  # pairs with a name in a scatter plot
VECTOR = 500  # the most dots that stay vectors in an SVG; more are small, and darker where dense
LINE_HEIGHT = 7.5  # points between the names of pairs
PANELS_IN_A_ROW = 4


def draw(grams: Mapping[str, Table], cctm: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """Draw the cosines of each training configuration, and cosines against interference.

    Args:
        grams: Tables of the dot products of the class gradients.
        cctm: Tables of the final nets' confusion counts.

    Yields:
        The names `cosines-CONFIGURATION` with their figures; and `cosine_cctm`, if a run has both
        tables and test images of two classes or more.
    """
    cctm_of_run = {table.run["name"]: table for table in cctm.values()}
    ordered = runs.ordered(grams)
    for setup, tables in runs.by_setup(ordered):
        names = [table.run["name"] for table in tables]
        tested = [cctm_of_run[name] for name in names if name in cctm_of_run]
        yield f"cosines-{setup}", heat_maps(tables, tested)
    both = [
        (table, cctm_of_run[table.run["name"]])
        for table in ordered
        if table.run["name"] in cctm_of_run
    ]
    # Where a single class is tested, no pair of classes has an interference.
    both = [tables for tables in both if np.isfinite(_pairs(*tables).interference).any()]
    if both:
        yield "cosine_cctm", scatter_plots(both)


@theme.styled()
def heat_maps(tables: list[Table], tested: list[Table]) -> Figure:
    """Draw the cosines of every two class gradients of each run, without the diagonal.

    Many classes stand in the order of the heat maps of the CCTMs of the same runs. Without CCTMs,
    classes with opposed gradients stand side by side.

    Args:
        tables: Dot products of class gradients, of one training configuration.
        tested: The confusion counts of those runs that have them.

    Returns:
        The figure.
    """
    matrices = [cosines(table) for table in tables]
    class_labels = tables[0].classes.labels
    groups = class_order(tested, len(class_labels))
    if not groups:
        groups = [clustering.order(-np.mean(matrices, axis=0))]
    remarks = [
        "training images, final weights",
        "red: opposed, what helps one class harms the other",
    ]
    if len(groups) > 1:
        remarks.append(GROUPED)
    figure, panels = layout.matrix_sheet(
        runs.headed("Cosines of the class gradients", tables[0].run),
        runs.source([table.run for table in tables], *remarks),
        len(tables),
        class_labels,
    )
    largest = max(np.nanmax(np.abs(matrix)) for matrix in matrices)
    colours = ScalarMappable(mpl.colors.Normalize(-largest, largest), theme.OPPOSED)
    names = runs.names(tables, runs.net_label)
    for axes, matrix, name in zip(panels, matrices, names, strict=True):
        layout.matrix(axes, matrix, colours, class_labels, LEAST_WRITTEN, groups)
        axes.set_title(name)
    layout.colour_bar(layout.upper_right(panels), colours, "cosine")
    return figure


@dataclass(frozen=True)
class _Pairs:
    """The pairs of classes a < b of a run: cosine of gradients, and symmetrised CCTM in percent."""

    labels: Sequence[str]
    cosine: Array
    interference: Array


@theme.styled()
def scatter_plots(both: list[tuple[Table, Table]]) -> Figure:
    """Draw the cosine of two class gradients against their interference, a panel for each run.

    A dot is a pair of classes. Interference is the symmetrised test CCTM in percent.

    Args:
        both: The Gram matrix and the confusion counts of each run.

    Returns:
        The figure.
    """
    columns = min(len(both), PANELS_IN_A_ROW)
    gram_tables = [gram for gram, _ in both]
    figure, panels = layout.sheet(
        "Do opposed class gradients mark interfering classes?",
        runs.source(
            [table.run for table in gram_tables],
            "a dot is a pair of classes; rho: Spearman's rank correlation",
        ),
        rows=-(-len(both) // columns),
        columns=columns,
        panel=(6.4 / columns, 1.7),
        gap=(0.16, 0.6),
        margins=Margins(left=0.7, above=0.5),
    )
    pairs_of_runs = [_pairs(gram, cctm) for gram, cctm in both]
    names = runs.names(gram_tables)
    widest = 1.15 * max(np.nanmax(np.abs(pairs.cosine)) for pairs in pairs_of_runs)
    highest = 1.6 * max(np.nanmax(pairs.interference) for pairs in pairs_of_runs)
    for place, axes in enumerate(layout.keep_panels(panels, len(both))):
        pairs = pairs_of_runs[place]
        is_last_of_column = place + columns >= len(both)
        axes.set(xlim=(-widest, widest), xlabel="cosine" if is_last_of_column else "")
        layout.format_rate_axis(axes, "y", highest)
        _draw_dots(axes, pairs)
        _name_pairs(axes, pairs)
        axes.xaxis.set_major_locator(MaxNLocator(4))
        layout.add_grid(axes)
        axes.set_title(f"{names[place]}\nrho = {_format_rho(pairs)}", size=7.5)
        axes.tick_params(labelleft=place % columns == 0)
    for axes in panels[:, 0]:
        axes.set_ylabel("test CCTM,\nmean of both ways, %")
    return figure


def _pairs(gram: Table, counts: Table) -> _Pairs:
    """Return the cosine and the interference of every pair of classes."""
    upper = np.triu_indices(len(gram.classes), 1)
    symmetrised = confusion.symmetrised(confusion.cctm(by_epoch.test_counts(counts)))
    return _Pairs(gram.classes.labels, cosines(gram)[upper], 100 * symmetrised[upper])


def _format_rho(pairs: _Pairs) -> str:
    """Format the rank correlation of cosine and interference."""
    rho = statistics.spearman(pairs.cosine, pairs.interference)
    return f"{rho:.2f}".replace("-", labels.MINUS)


def _draw_dots(axes: Axes, pairs: _Pairs) -> None:
    """Draw a dot for each pair."""
    many = len(pairs.cosine) > VECTOR
    axes.plot(
        pairs.cosine,
        pairs.interference,
        "o",
        ms=2 if many else 3.2,
        color=theme.HUES[0],
        alpha=0.45 if many else 0.75,
        mew=0,
        rasterized=many,
    )


def _name_pairs(axes: Axes, pairs: _Pairs) -> None:
    """Write the names of the most interfering pairs beside their dots.

    Each name is at least a line below the one before.
    """
    first, second = np.triu_indices(len(pairs.labels), 1)
    order = np.argsort(-np.nan_to_num(pairs.interference), kind="stable")
    points_per_pixel = 72 / layout.figure_of(axes).dpi
    previous = np.inf
    for pair in order[:NAMED]:
        dot = (pairs.cosine[pair], pairs.interference[pair])
        if not dot[1] > 0:
            continue
        dot_height = axes.transData.transform(dot)[1] * points_per_pixel
        name_height = min(dot_height + 2, previous - LINE_HEIGHT)
        previous = name_height
        # Near the right edge, only the left side of the dot has room.
        is_left = dot[0] > axes.get_xlim()[1] / 2
        axes.annotate(
            classes.pair(pairs.labels[first[pair]], pairs.labels[second[pair]]),
            dot,
            (-4 if is_left else 4, name_height - dot_height),
            textcoords="offset points",
            size=6,
            ha="right" if is_left else "left",
        )
