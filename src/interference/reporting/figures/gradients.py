"""Class gradients: how opposed they are, and whether that tells which classes interfere."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from interference import classes, confusion
from interference.confusion import by_epoch, clustering, statistics
from interference.io.tables import Table
from interference.reporting.figures import labels, layout, page, theme, wrapping
from interference.reporting.figures.cctm import GROUPED, class_order
from interference.reporting.figures.layout import Margins
from interference.study import runs
from interference.surfaces.cosines import cosines
from interference.vocabulary import Array

LEAST_WRITTEN = 0.005  # cosines that would round to 0 stay blank
NAMED = 3  # pairs with a name in a scatter plot
VECTOR = 500  # the most dots that stay vectors in an SVG; more are small, and darker where dense
LINE_HEIGHT = 7.5  # points between the names of pairs
NAME_SIZE = 6  # points
TITLE_SIZE = 7.5  # points: of a scatter plot
TITLE_LINE = 0.13  # inches: the height of a further line of a title
NAME_GAP = 4  # points between a dot and its name
PANELS_IN_A_ROW = 4
LEAST_PANEL = 1.1  # inches: the width of a scatter plot on a page


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
    for table, matrix in zip(tables, matrices, strict=True):
        figure.numbers.extend(_numbers_of_cosines(table, matrix))
    return figure


def _numbers_of_cosines(table: Table, matrix: Array) -> Iterator[dict[str, Any]]:
    """Yield the cosine (C, C) of each pair of classes of a run."""
    class_labels = table.classes.labels
    for first, second in np.argwhere(np.triu(np.ones_like(matrix), 1)).tolist():
        yield {
            "run": table.run["name"],
            "class_1": class_labels[first],
            "class_2": class_labels[second],
            "cosine": float(matrix[first, second]),
        }


@dataclass(frozen=True)
class _Pairs:
    """The pairs of classes a < b of a run: cosine of gradients, and symmetrised CCTM in percent.

    Attributes:
        labels: The labels of all classes.
        cosine: The cosine of each pair.
        interference: The symmetrised CCTM of each pair in percent.
        rho: The rank correlation of cosine and interference.
        p: Its permutation p.
    """

    labels: Sequence[str]
    cosine: Array
    interference: Array
    rho: float
    p: float


@theme.styled()
def scatter_plots(both: list[tuple[Table, Table]]) -> Figure:
    """Draw the cosine of two class gradients against their interference, a panel for each run.

    A dot is a pair of classes. Interference is the symmetrised test CCTM in percent.

    Args:
        both: The Gram matrix and the confusion counts of each run.

    Returns:
        The figure.
    """
    is_narrow = page.current().is_narrow
    margins = Margins(left=0.7, above=0.75 if is_narrow else 0.5)
    columns = min(len(both), PANELS_IN_A_ROW)
    columns = layout.columns_on_page(columns, LEAST_PANEL, 0.16, margins)
    gram_tables = [gram for gram, _ in both]
    panel_width = 6.4 / columns
    names = runs.names(gram_tables)
    if page.current().width is None:  # on a page, `layout.set_title` wraps the titles
        names = ["\n".join(wrapping.wrap(name, panel_width, TITLE_SIZE)) for name in names]
    room = TITLE_LINE * max(name.count("\n") for name in names)
    margins = replace(margins, above=margins.above + room)
    figure, panels = layout.sheet(
        "Do opposed class gradients mark interfering classes?",
        runs.source(
            [table.run for table in gram_tables],
            "a dot is a pair of classes",
            "rho: Spearman's rank correlation; p: by relabelling the classes",
            "each panel has its own range of cosines",
            "the CCTM is linear up to 1 %, logarithmic above",
        ),
        rows=-(-len(both) // columns),
        columns=columns,
        panel=(panel_width, 1.7),
        gap=(0.16, (0.9 if is_narrow else 0.6) + room),
        margins=margins,
    )
    pairs_of_runs = [_pairs(gram, cctm) for gram, cctm in both]
    highest = 1.6 * max(np.nanmax(pairs.interference) for pairs in pairs_of_runs)
    for place, axes in enumerate(layout.keep_panels(panels, len(both))):
        pairs = pairs_of_runs[place]
        is_last_of_column = place + columns >= len(both)
        widest = 1.15 * np.nanmax(np.abs(pairs.cosine))
        axes.set(xlim=(-widest, widest), xlabel="cosine" if is_last_of_column else "")
        layout.format_rate_axis(axes, "y", highest)
        _draw_dots(axes, pairs)
        _name_pairs(axes, pairs)
        axes.xaxis.set_major_locator(MaxNLocator(4, symmetric=True))
        layout.add_grid(axes)
        layout.set_title(axes, f"{names[place]}\n{_format_correlation(pairs)}", TITLE_SIZE)
        axes.tick_params(labelleft=place % columns == 0)
    for axes in panels[:, 0]:
        axes.set_ylabel("test CCTM,\nmean of both ways, %")
    for table, pairs in zip(gram_tables, pairs_of_runs, strict=True):
        figure.numbers.extend(_numbers_of_dots(table, pairs))
    return figure


def _numbers_of_dots(table: Table, pairs: _Pairs) -> Iterator[dict[str, Any]]:
    """Yield the numbers of each pair of a run, with the run's rank correlation and its p."""
    first, second = np.triu_indices(len(pairs.labels), 1)
    for place in range(len(first)):
        yield {
            "run": table.run["name"],
            "class_1": pairs.labels[first[place]],
            "class_2": pairs.labels[second[place]],
            "cosine": float(pairs.cosine[place]),
            "interference": float(pairs.interference[place]),
            "rho": pairs.rho,
            "p": pairs.p,
        }


def _pairs(gram: Table, counts: Table) -> _Pairs:
    """Return the cosine and the interference of every pair of classes."""
    upper = np.triu_indices(len(gram.classes), 1)
    symmetrised = confusion.symmetrised(confusion.cctm(by_epoch.test_counts(counts)))
    matrix = cosines(gram)
    rho, p = statistics.pair_correlation(matrix, symmetrised)
    return _Pairs(gram.classes.labels, matrix[upper], 100 * symmetrised[upper], rho, p)


def _format_correlation(pairs: _Pairs) -> str:
    """Format the rank correlation of cosine and interference and its p."""
    parts = (f"rho = {pairs.rho:.2f},", f"p = {pairs.p:.3f}")
    text = " ".join(part.replace(" ", layout.BESIDE) for part in parts)
    return text.replace("-", labels.MINUS)


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

    Each name is at least a line below the one before. A name that is wider than the panel has two
    lines, and no name leaves the panel.
    """
    first, second = np.triu_indices(len(pairs.labels), 1)
    order = np.argsort(-np.nan_to_num(pairs.interference), kind="stable")
    points_per_pixel = 72 / layout.figure_of(axes).dpi
    panel_width = 72 * layout.box_of(axes).width
    previous = np.inf
    for pair in order[:NAMED]:
        dot = (pairs.cosine[pair], pairs.interference[pair])
        if not dot[1] > 0:
            continue
        name = classes.pair(pairs.labels[first[pair]], pairs.labels[second[pair]])
        if 72 * wrapping.measured_width(name, NAME_SIZE) > panel_width:
            name = name.replace(classes.DASH, f"{classes.DASH}\n", 1)
        lines = name.split("\n")
        name_width = 72 * max(wrapping.measured_width(line, NAME_SIZE) for line in lines)
        dot_height = axes.transData.transform(dot)[1] * points_per_pixel
        name_height = min(dot_height + 2, previous - LINE_HEIGHT)
        previous = name_height - LINE_HEIGHT * (len(lines) - 1)
        dot_across = panel_width * axes.transLimits.transform(dot)[0]
        axes.annotate(
            name,
            dot,
            (_shift(dot_across, name_width, panel_width), name_height - dot_height),
            textcoords="offset points",
            size=NAME_SIZE,
            va="bottom" if len(lines) == 1 else "top",
        )


def _shift(dot: float, name: float, panel: float) -> float:
    """Return how far from its dot a name begins: to the right, to the left, or inside the panel.

    Args:
        dot: The distance of the dot from the panel's left edge in points.
        name: The width of the name in points.
        panel: The width of the panel in points.

    Returns:
        Points.
    """
    if dot + NAME_GAP + name <= panel:
        return NAME_GAP
    if dot - NAME_GAP - name >= 0:
        return -NAME_GAP - name
    return max(panel - name, 0) - dot
