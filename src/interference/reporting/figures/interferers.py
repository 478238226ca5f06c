"""Table 2: what the classes of some rows are taken for, and which other classes interfere with them."""

from collections.abc import Iterator, Mapping, Sequence

import matplotlib as mpl
import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure

from interference import confusion, paper
from interference.confusion import by_epoch, statistics, top_pairs
from interference.io.tables import Table
from interference.reporting.figures import style
from interference.study import runs
from interference.vocabulary import Array

CELL = 0.46  # inches: the width of a cell
PAIRS = 2  # most interfering pairs whose classes are the rows where the paper's are absent
FULL = 0.05  # the darkest colour, unless there is more


def draw(cctm: Mapping[str, Table]) -> Iterator[tuple[str, Figure]]:
    """The table, of one run."""
    if cctm:
        yield "interferers", interferers(chosen(runs.ordered(cctm)))


def chosen(tables: Sequence[Table]) -> Table:
    """GoogLeNet's table, as the paper trained it if there is one, of the lowest seed; else the most accurate run's."""
    its = [table for table in tables if table.run["net"] == paper.INTERFERED]
    if its:
        return min(
            its,
            key=lambda table: (paper.setup(table.run) != paper.RECALLED, table.run["seed"] or 0),
        )
    return max(tables, key=lambda table: float(confusion.accuracy(by_epoch.test_counts(table))))


@style.styled()
def interferers(table: Table) -> Figure:
    """Rows of the test CCTM as shares, for PLANE, CAR, BIRD and TRUCK, bold above 0.005, and how many of them are.

    Where those classes are absent the rows are the classes of the most interfering pairs. The diagonal is the recall.
    """
    counts = by_epoch.test_counts(table)
    rates, (low, _) = (
        confusion.cctm(counts),
        statistics.wilson(counts, counts.sum(-1, keepdims=True)),
    )
    rows, labels = rows_of(table, rates), table.classes.labels
    columns = _columns(rates, rows)
    words = [labels[label] for label in rows]
    off = ~np.eye(len(labels), dtype=bool)
    above = [
        (f"> {confusion.THRESHOLD:g}", _count(off & (rates > confusion.THRESHOLD), rows)),
        ("surely", _count(off & (low > confusion.THRESHOLD), rows)),
    ]
    if table.run["net"] == paper.INTERFERED and paper.setup(table.run) == paper.RECALLED:
        above.append(
            ("paper", [str(paper.INTERFERERS[table.classes.keys[label]]) for label in rows])
        )
    figure, ((axes,),) = style.sheet(
        f"Rows of the test CCTM: {runs.run_label(table.run)}",
        runs.source([table.run], "test images", *_legend(table, len(columns))),
        panel=(CELL * len(columns), 0.29 * len(rows)),
        left=style.wide(words, 7) + 0.15,
        below=0.15,
        right=style.room(above) + 0.1,
        above=0.35 if style.wide(words, 7) <= CELL else 0.2 + style.wide(labels, 7),
    )
    shown = np.where(off, rates, np.nan)[np.ix_(rows, columns)]
    colours = ScalarMappable(
        mpl.colors.Normalize(0, max(FULL, np.nanmax(shown, initial=0))), style.HEAT
    )
    axes.set_facecolor(style.PALE)
    axes.pcolormesh(
        np.ma.masked_invalid(shown),
        cmap=colours.cmap,
        norm=colours.norm,
        edgecolors="white",
        linewidth=0.6,
    )
    axes.invert_yaxis()
    axes.xaxis.tick_top()
    style.label_axis(axes, "x", [labels[label] for label in columns])
    style.label_axis(axes, "y", words)
    for (row, column), value in np.ndenumerate(rates[np.ix_(rows, columns)]):
        mixed = np.isfinite(shown[row, column])
        if np.isfinite(value):
            style.write(
                axes,
                column,
                row,
                f"{value:.3f}",
                style.legible(colours, value) if mixed else style.GREY,
                size=7,
                weight="bold" if mixed and value > confusion.THRESHOLD else "normal",
            )
    style.beside(axes, above, np.arange(len(rows)) + 0.5)
    return figure


def rows_of(table: Table, rates: Array) -> list[int]:
    """The paper's four classes where they exist, else those of the most interfering pairs, in label order."""
    if table.classes.has(*paper.INTERFERERS):
        return sorted(map(table.classes.index, paper.INTERFERERS))
    ranked = confusion.ranked_pairs(rates)[: top_pairs.first(PAIRS, len(rates))]
    return sorted({label for *pair, _ in ranked for label in pair})


def _columns(rates: Array, rows: list[int]) -> list[int]:
    """All classes, or as many as are legible: those that interfere most with the rows, in label order."""
    most = np.argsort(-np.nan_to_num(rates[rows]).max(0), kind="stable")[: top_pairs.LEGIBLE]
    return sorted(most.tolist())


def _count(cells: Array, rows: list[int]) -> list[str]:
    """How many cells of each row are true."""
    return [str(number) for number in cells[rows].sum(-1)]


def _legend(table: Table, columns: int) -> Iterator[str]:
    """What the marks mean, and which rule chose what is shown."""
    yield f"shares of the row's images; grey: recall; bold: above {confusion.THRESHOLD:g}"
    yield "right: how many classes are above; surely: with all of their 95 % interval (Wilson)"
    if table.run["net"] != paper.INTERFERED:
        missing = "no GoogLeNet here: " * (table.run["data"]["name"] == paper.DATA["name"])
        yield f"{missing}the run of highest test accuracy"
    if not table.classes.has(*paper.INTERFERERS):
        yield "rows: the classes of the most interfering pairs"
    yield from style.share(
        columns, len(table.classes), "classes have a column: those that are largest in these rows"
    )
