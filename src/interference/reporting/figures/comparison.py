"""The errors that a run mends and breaks against a reference, by class and by pair."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from interference.classes import Classes
from interference.confusion import comparison as changes_of
from interference.confusion.multiple_tests import p_text
from interference.reporting.figures import labels, layout, page, theme
from interference.reporting.figures.layout import Margins, TextColumn
from interference.study import comparison_sentences as sentences
from interference.study.comparison import Comparison

CLASSES = 10  # the most classes with a row
PAIRS = 15  # the most pairs with a row
WIDTH = 3.0  # inches: of the panel
ROW = 0.19  # inches: the height of a row
FEWER = theme.HUES[0]
MORE = theme.HUES[1]
NUMBERS = (  # what the SVG file carries of each row
    "before",
    "after",
    "mended",
    "broken",
    "moved_out",
    "moved_in",
    "difference",
    "low",
    "high",
    "p_holm",
)
PALER = 0.4  # the opacity of errors that were or become another error


def draw(
    comparison: Comparison | None, longest: int = labels.LONGEST
) -> Iterator[tuple[str, Figure]]:
    """Draw one figure.

    Args:
        comparison: The comparison; None for no figure.
        longest: The most letters of a class label.

    Yields:
        The name `comparison` and its figure.
    """
    if comparison is not None:
        keys = comparison.classes.keys
        short_labels = labels.shorten_labels(comparison.classes.labels, longest)
        yield "comparison", changes(replace(comparison, classes=Classes(keys, short_labels)))


@theme.styled()
def changes(comparison: Comparison) -> Figure:
    """Draw the errors that are gone to the left, and the new errors to the right.

    The rows are the classes and the pairs that changed most. A mark shows the net
    change; it is filled if the change is beyond chance. Images that are not matched have the mark
    alone, with its 95 % interval in percentage points.

    Args:
        comparison: The comparison.

    Returns:
        The figure.
    """
    rows = _rows(comparison)
    names = [comparison.name(row) for row in rows.to_dict("records")]
    columns = _columns(rows)
    margins = Margins(
        left=labels.text_width(names, labels.LARGE) + 0.15,
        right=layout.columns_width(columns) + 0.12,
        above=0.28,
        below=0.42,
    )
    height = ROW * len(rows) + 0.1
    figure, panels = layout.sheet(
        f"{comparison.after} against {comparison.before}",
        _caption(comparison, rows),
        panel=(WIDTH, height),
        margins=margins,
    )
    axes = panels[0, 0]
    heights = np.arange(len(rows))
    if comparison.is_paired:
        _draw_bars(axes, rows, heights)
        axes.set_xlabel("errors gone (left), new errors (right)")
    else:
        axes.hlines(heights, rows["low"], rows["high"], color=theme.GREY, lw=1.2)
        axes.set_xlabel("change of the error rate, points")
    _draw_net(axes, comparison, rows, heights)
    axes.use_sticky_edges = False  # no bar or mark ends on the frame
    axes.axvline(0, color=theme.INK, lw=0.7)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(heights, names)
    axes.tick_params(axis="y", length=0)
    ticks = 3 if page.current().is_narrow else 5
    axes.xaxis.set_major_locator(MaxNLocator(ticks, integer=comparison.is_paired))
    axes.xaxis.set_major_formatter(FuncFormatter(_unsigned if comparison.is_paired else _signed))
    layout.add_grid(axes)
    _separate_levels(axes, rows)
    layout.write_columns(axes, columns, heights)
    carried = [name for name in NUMBERS if name in rows]
    for name, row in zip(names, rows.to_dict("records"), strict=True):
        figure.numbers.append({"errors": name, **{column: row[column] for column in carried}})
    return figure


def _rows(comparison: Comparison) -> pd.DataFrame:
    """The rows of the figure: classes, then pairs, the largest change first."""
    kinds = comparison.kinds
    numbers = {changes_of.CLASS: CLASSES, changes_of.PAIR: PAIRS}
    parts = [kinds[kinds["level"] == level].head(most) for level, most in numbers.items()]
    return pd.concat(parts, ignore_index=True)


def _columns(rows: pd.DataFrame) -> list[TextColumn]:
    """The errors before and after and the corrected p-values, as columns of text.

    A narrow page has room for the errors alone; the marks tell which changes are beyond chance.
    """
    before = [f"{count:,}" for count in rows["before"]]
    after = [f"{count:,}" for count in rows["after"]]
    if page.current().is_narrow:
        texts = [
            f"{first} \N{RIGHTWARDS ARROW} {last}"
            for first, last in zip(before, after, strict=True)
        ]
        return [("errors", texts)]
    p_values = [_short_p(p) for p in rows["p_holm"]]
    return [("before", before), ("after", after), ("p", p_values)]


def _short_p(p: float) -> str:
    """A p-value, or nothing for a row that is not tested."""
    return p_text(p).removeprefix("p = ").removeprefix("p ") if np.isfinite(p) else ""


def _draw_bars(axes: Axes, rows: pd.DataFrame, heights: np.ndarray) -> None:
    """Draw the errors that are gone to the left and the new ones to the right."""
    for sign, whole, moved, colour in (
        (-1, "mended", "moved_out", FEWER),
        (1, "broken", "moved_in", MORE),
    ):
        axes.barh(heights, sign * rows[whole], 0.6, color=colour)
        start = sign * rows[whole]
        axes.barh(heights, sign * rows[moved], 0.6, left=start, color=colour, alpha=PALER)


def _draw_net(axes: Axes, comparison: Comparison, rows: pd.DataFrame, heights: np.ndarray) -> None:
    """Mark the net change, filled where it is beyond chance."""
    is_paired = comparison.is_paired
    net = rows["after"] - rows["before"] if is_paired else rows["difference"]
    is_surely = rows["p_holm"].to_numpy() < changes_of.LEVEL
    for place, value, sure in zip(heights, net, is_surely, strict=True):
        face = theme.INK if sure else "white"
        axes.plot(value, place, "D", ms=3.4, mec=theme.INK, mew=0.7, mfc=face, zorder=3)


def _separate_levels(axes: Axes, rows: pd.DataFrame) -> None:
    """Draw a line between the classes and the pairs."""
    levels = rows["level"].tolist()
    for place in range(1, len(levels)):
        if levels[place] != levels[place - 1]:
            axes.axhline(place - 0.5, color=theme.GREY, lw=0.5)


def _unsigned(value: float, _: int) -> str:
    return f"{abs(value):,.0f}"


def _signed(value: float, _: int) -> str:
    return f"{value:+g}".replace("-", labels.MINUS) if value else "0"


def _caption(comparison: Comparison, rows: pd.DataFrame) -> str:
    """The sentence on both runs, and how to read the figure."""
    parts = [sentences.headline(comparison)]
    if comparison.is_paired:
        parts.append("pale: errors that were or became another error")
        parts.append("diamond: net change, filled if beyond chance")
    else:
        parts.append("diamond: change of the error rate, filled if beyond chance")
        parts.append("line: 95 % interval")
    parts.append(f"Holm's correction over {comparison.family} classes, pairs and cells")
    is_cell = comparison.kinds["level"] == changes_of.CELL
    left_out = int((~is_cell).sum()) - 1 - len(rows)
    if left_out:
        parts.append(f"{left_out:,} further classes and pairs changed less")
    return " · ".join(parts)
