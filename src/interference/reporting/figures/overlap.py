"""The errors that several runs share: by the number of runs, and by pair of classes."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from interference.classes import Classes
from interference.confusion import comparison as changes_of
from interference.reporting.figures import labels, layout, theme
from interference.reporting.figures.layout import Margins, TextColumn
from interference.study import overlap_sentences as sentences
from interference.study.overlap import Overlap

PAIRS = 12  # the most pairs with a row
WIDTH = 2.6  # inches: of each panel
NARROWEST = 1.2  # inches: of a panel on a page
ROW = 0.19  # inches: the height of a row


def draw(overlap: Overlap | None, longest: int = labels.LONGEST) -> Iterator[tuple[str, Figure]]:
    """Draw one figure.

    Args:
        overlap: The overlap of the errors of several runs; None for no figure.
        longest: The most letters of a class label.

    Yields:
        The name `shared-errors` and its figure.
    """
    if overlap is not None and overlap.wrong.any():
        short_labels = labels.shorten_labels(overlap.classes.labels, longest)
        short_classes = Classes(overlap.classes.keys, short_labels)
        yield "shared-errors", shared(replace(overlap, classes=short_classes))


@theme.styled()
def shared(overlap: Overlap) -> Figure:
    """Draw how many images one, two, ... runs mistake, and which part of a pair's errors all share.

    Bars are observed numbers; a dark mark is the number that is expected if errors were independent
    within each class.

    Args:
        overlap: The overlap.

    Returns:
        The figure.
    """
    rows = _rows(overlap)
    names = [overlap.name(row) for row in rows.to_dict("records")]
    numbers = _numbers_of_images(rows)
    names_width = labels.text_width(names, labels.LARGE)
    gap = (names_width + 0.55, 0.75)
    margins = Margins(
        left=max(0.7, names_width + 0.15),
        right=layout.columns_width([numbers]) + 0.12,
        above=0.4,
    )
    columns = layout.columns_on_page(2, NARROWEST, gap[0], margins)
    figure, panels = layout.sheet(
        "Errors that several runs share",
        _caption(overlap),
        rows=3 - columns,
        columns=columns,
        panel=(WIDTH, max(ROW * len(rows) + 0.1, 1.5)),
        gap=gap,
        margins=margins,
    )
    first, second = layout.keep_panels(panels, 2)
    _draw_difficulty(first, overlap)
    _draw_pairs(second, rows, names, len(overlap.runs))
    layout.write_columns(second, [numbers], np.arange(len(rows)))
    for row in overlap.difficulty.to_dict("records"):
        figure.numbers.append({str(name): value for name, value in row.items()})
    for row, name in zip(rows.to_dict("records"), names, strict=True):
        measures = {measure: row[measure] for measure in ("share", "low", "high", "all", "some")}
        figure.numbers.append({"pair": name, **measures})
    return figure


def _rows(overlap: Overlap) -> pd.DataFrame:
    """The pairs with the most errors, the most first."""
    kinds = overlap.kinds
    return kinds[kinds["level"] == changes_of.PAIR].head(PAIRS).reset_index(drop=True)


def _numbers_of_images(rows: pd.DataFrame) -> TextColumn:
    """How many images of each pair all runs mistake alike, and how many any run mistakes."""
    texts = [
        f"{every:,} of {some:,}" for every, some in zip(rows["all"], rows["some"], strict=True)
    ]
    return "images", texts


def _draw_difficulty(axes: Axes, overlap: Overlap) -> None:
    """Draw the images by the number of runs that mistake them, without those that none does."""
    difficulty = overlap.difficulty.iloc[1:]
    axes.bar(difficulty["runs"], difficulty["images"], 0.7, color=theme.HUES[0])
    half = 0.42
    axes.hlines(
        difficulty["expected"],
        difficulty["runs"] - half,
        difficulty["runs"] + half,
        color=theme.INK,
        lw=1.6,
    )
    axes.use_sticky_edges = False
    axes.set_ylim(bottom=0)
    axes.set_xlim(0.4, len(overlap.runs) + 0.6)
    axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
    axes.set_title("images, by the runs that mistake them", pad=6)
    axes.set_xlabel(f"runs, of {len(overlap.runs)}")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(6, integer=True))


def _draw_pairs(axes: Axes, rows: pd.DataFrame, names: list[str], runs: int) -> None:
    """Draw the part of each pair's errors that all runs share, with its 95 % interval."""
    heights = np.arange(len(rows))
    expected = 100 * rows["expected"] * runs / rows["errors"]
    axes.hlines(heights, rows["low"], rows["high"], color=theme.HUES[0], lw=1.4)
    axes.plot(rows["share"], heights, "o", ms=3.4, color=theme.HUES[0], mec="white", mew=0.4)
    axes.plot(expected, heights, "|", ms=7, color=theme.INK, mew=1.4)
    axes.use_sticky_edges = False
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlim(left=0)
    axes.set_yticks(heights, names)
    axes.tick_params(axis="y", length=0)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_title("errors of a run that all runs share", pad=14)
    axes.set_xlabel("% of the pair's errors")
    layout.add_grid(axes)


def _caption(overlap: Overlap) -> str:
    """Where the errors lie, and how to read the figure."""
    parts = [
        sentences.headline(overlap),
        f"{len(overlap.runs)} runs: {', '.join(overlap.runs)}",
        f"{len(overlap.labels):,} shared test images",
        "dark marks: expected if errors were independent within each class",
        "an error of a pair is shared if all runs predict the same wrong class",
        "line: 95 % interval (Wilson)",
    ]
    none = overlap.difficulty.iloc[0]
    parts.append(f"no run mistakes {none['images']:,.0f} images ({none['expected']:,.0f} expected)")
    return " · ".join(parts)
