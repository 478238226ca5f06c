"""Class gradients: how opposed they are, and whether that tells which classes interfere."""

from collections.abc import Iterator, Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from interference import classes, confusion
from interference.confusion import by_epoch, clustering, statistics
from interference.io.tables import Table
from interference.reporting.figures import style
from interference.reporting.figures.cctm import GROUPED, arranged
from interference.study import runs
from interference.surfaces.cosines import cosines
from interference.vocabulary import Array

NAMED = 3  # pairs named in a scatter
VECTOR = 500  # the most dots that are kept as vectors in an SVG; more are small, and darker where they are dense
LINE = 7.5  # points between their names


def draw(grams: Mapping[str, Table], cctm: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """Heat maps a set-up; and, of the runs with a test CCTM, cosines against interference."""
    tested = {table.run["name"]: table for table in cctm.values()}
    for setup, group in runs.by_setup(runs.ordered(grams)):
        yield (
            f"cosines-{setup}",
            heat_maps(
                group, [tested[table.run["name"]] for table in group if table.run["name"] in tested]
            ),
        )
    both = [
        (table, tested[table.run["name"]])
        for table in runs.ordered(grams)
        if table.run["name"] in tested
    ]
    if both:
        yield "cosine_cctm", scatters(both)


@style.styled()
def heat_maps(tables: list[Table], tested: list[Table]) -> Figure:
    """The cosine of every two class gradients of each run; the diagonal, always 1, is left out.

    Many classes stand as in the heat maps of the CCTMs `tested` of the same runs; where there are none, those whose
    gradients are opposed stand side by side.
    """
    found, labels = [cosines(table) for table in tables], tables[0].classes.labels
    groups = arranged(tested, len(labels)) or [clustering.order(-np.mean(found, axis=0))]
    figure, panels = style.squares(
        runs.headed("Cosines of the class gradients", tables[0].run),
        runs.source(
            [table.run for table in tables],
            "training images, final weights",
            "red: opposed, what helps one class harms the other",
            *[GROUPED] * (len(groups) > 1),
        ),
        len(tables),
        labels,
    )
    top = max(np.nanmax(np.abs(cosine)) for cosine in found)
    colours = ScalarMappable(mpl.colors.Normalize(-top, top), style.OPPOSED)
    names = runs.names(tables, runs.net_label)
    for axes, cosine, name in zip(panels, found, names, strict=True):
        style.matrix(axes, cosine, colours, labels, 0.005, groups)
        axes.set_title(name)
    style.colour_bar(style.corner(panels), colours, "cosine")
    return figure


@style.styled()
def scatters(both: list[tuple[Table, Table]]) -> Figure:
    """Cosine of two class gradients against their symmetrised test CCTM, percent: a dot a pair, a panel a run.

    `both` holds each run's Gram matrix and CCTM table.
    """
    columns = min(len(both), 4)
    figure, panels = style.sheet(
        "Do opposed class gradients mark interfering classes?",
        runs.source(
            [gram.run for gram, _ in both],
            "a dot is a pair of classes; rho: Spearman's rank correlation",
        ),
        rows=-(-len(both) // columns),
        columns=columns,
        panel=(6.4 / columns, 1.7),
        gap=(0.16, 0.6),
        left=0.7,
        above=0.5,
    )
    dots, names = [_dots(*pair) for pair in both], runs.names([gram for gram, _ in both])
    far = 1.15 * max(np.nanmax(np.abs(cosine)) for cosine, _ in dots)
    top = 1.6 * max(np.nanmax(mixed) for _, mixed in dots)
    for place, axes in enumerate(style.kept(panels, len(both))):
        axes.set(xlim=(-far, far), xlabel="cosine" if place + columns >= len(both) else "")
        style.rate_axis(axes, "y", top)
        _scatter(axes, both[place][0].classes.labels, *dots[place])
        axes.set_title(f"{names[place]}\nrho = {_rho(*dots[place])}", size=7.5)
        axes.tick_params(labelleft=place % columns == 0)
    for axes in panels[:, 0]:
        axes.set_ylabel("test CCTM,\nmean of both ways, %")
    return figure


def _dots(gram: Table, table: Table) -> tuple[Array, Array]:
    """Of every pair a < b, the cosine and the symmetrised test CCTM in percent."""
    upper = np.triu_indices(len(gram.classes), 1)
    return cosines(gram)[upper], 100 * confusion.symmetrised(
        confusion.cctm(by_epoch.test_counts(table))
    )[upper]


def _rho(cosine: Array, mixed: Array) -> str:
    return f"{statistics.spearman(cosine, mixed):.2f}".replace("-", style.MINUS)


def _scatter(axes: Axes, labels: Sequence[str], cosine: Array, mixed: Array) -> None:
    """One run's pairs, on an axis that is linear up to 1 %, the most interfering ones named."""
    many = len(cosine) > VECTOR
    axes.plot(
        cosine,
        mixed,
        "o",
        ms=2 if many else 3.2,
        color=style.HUES[0],
        alpha=0.45 if many else 0.75,
        mew=0,
        rasterized=many,
    )
    _name(axes, labels, cosine, mixed)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    style.grid(axes)


def _name(axes: Axes, labels: Sequence[str], cosine: Array, mixed: Array) -> None:
    """Write the labels of the most interfering pairs beside their dots, each at least a line below the one before."""
    first, second = np.triu_indices(len(labels), 1)
    most, above = np.argsort(-np.nan_to_num(mixed), kind="stable")[:NAMED], np.inf
    for k in most[mixed[most] > 0]:
        height = axes.transData.transform((cosine[k], mixed[k]))[1] * 72 / style.figure_of(axes).dpi
        above = min(height + 2, above - LINE)
        right = cosine[k] > axes.get_xlim()[1] / 2  # there is room on the other side alone
        axes.annotate(
            classes.pair(labels[first[k]], labels[second[k]]),
            (cosine[k], mixed[k]),
            (-4 if right else 4, above - height),
            textcoords="offset points",
            size=6,
            ha="right" if right else "left",
        )
