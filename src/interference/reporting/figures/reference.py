"""The pairs that a run confuses more or less often than a reference."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from interference.classes import Classes
from interference.reporting.figures import labels, layout, page, theme
from interference.reporting.figures.layout import Margins, TextColumn
from interference.study import agreement_sentences as sentences
from interference.study.agreement import LEVEL, Agreement

PAIRS = 20  # the most pairs with a row
WIDTH = 3.0  # inches: of the panel
ROW = 0.19  # inches: the height of a row


def draw(agreement: Agreement, longest: int = labels.LONGEST) -> Iterator[tuple[str, Figure]]:
    """Draw one figure.

    Args:
        agreement: How far a run agrees with its reference.
        longest: The most letters of a class label.

    Yields:
        The name `reference-RUN` and its figure; nothing if no pair is confused.
    """
    if len(agreement.pairs):
        short = labels.shorten_labels(agreement.classes.labels, longest)
        classes = Classes(agreement.classes.keys, short)
        yield f"reference-{agreement.run}", excess(replace(agreement, classes=classes))


@theme.styled()
def excess(agreement: Agreement) -> Figure:
    """Draw the excess of each pair over the reference with its 95 % interval.

    Args:
        agreement: How far a run agrees with its reference.

    Returns:
        The figure.
    """
    shown = agreement.pairs.head(PAIRS)
    rows = shown.to_dict("records")
    names = [agreement.name(row) for row in rows]
    columns = _columns(agreement, rows)
    margins = Margins(
        left=labels.text_width(names, labels.LARGE) + 0.15,
        right=layout.columns_width(columns) + 0.12,
        above=0.28,
        below=0.42,
    )
    figure, panels = layout.sheet(
        f"{agreement.run} against {agreement.reference}",
        _caption(agreement, len(rows)),
        panel=(WIDTH, ROW * len(rows) + 0.1),
        margins=margins,
    )
    axes = panels[0, 0]
    heights = np.arange(len(rows))
    axes.hlines(heights, shown["low"], shown["high"], color=theme.GREY, lw=1.2)
    for height, row in zip(heights, rows, strict=True):
        face = theme.INK if row["p_holm"] < LEVEL else "white"
        axes.plot(row["excess"], height, "D", ms=3.4, mec=theme.INK, mew=0.7, mfc=face, zorder=3)
        figure.numbers.append(_numbers(agreement, row))
    axes.use_sticky_edges = False
    axes.axvline(0, color=theme.INK, lw=0.7)
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_yticks(heights, names)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("excess over the reference, points")
    layout.add_grid(axes)
    layout.write_columns(axes, columns, heights)
    return figure


def _columns(agreement: Agreement, rows: Sequence[dict[Any, Any]]) -> list[TextColumn]:
    """The rates of both as columns of text; a single column on a narrow page."""
    own = [f"{row['rate']:.1f}" for row in rows]
    reference = [f"{row['reference']:.1f}" for row in rows]
    if page.current().is_narrow:
        both = [f"{first} / {last}" for first, last in zip(own, reference, strict=True)]
        return [("both, %", both)]
    return [(f"{agreement.run}, %", own), ("reference, %", reference)]


def _numbers(agreement: Agreement, row: dict[Any, Any]) -> dict[str, Any]:
    """The numbers of a pair, in percent."""
    names = agreement.classes.labels
    numbers = {name: float(row[name]) for name in ("rate", "reference", "excess", "low", "high")}
    return {"class_1": names[row["class_1"]], "class_2": names[row["class_2"]], **numbers}


def _caption(agreement: Agreement, shown: int) -> str:
    """The sentence on both, and how to read the figure."""
    parts = [
        sentences.headline(agreement),
        "diamond: the pair's rate less that of the reference, both ways added, filled if beyond "
        "chance",
        "line: 95 % interval",
    ]
    left_out = len(agreement.pairs) - shown
    if left_out:
        parts.append(f"{left_out:,} further pairs differ less")
    return " · ".join(parts)
