"""The text of labels and numbers: how wide a text is, and how labels and numbers are formatted."""

import unicodedata
from collections.abc import Sequence

import numpy as np

from interference.io.tables import Table
from interference.reporting.figures import page
from interference.vocabulary import Array

MINUS = "\N{MINUS SIGN}"
LONGEST = 20  # Latin letters of a class label; a longer one loses its middle
LONGEST_IN_COLUMN = 10  # the same for figures of one column of a paper
LARGE = 7.0  # points: the size of a class label
SMALL = 4.0  # points: the smallest size of a class label where there are many
LEGIBLE = 6.0  # points: the smallest size of any text on a paper's page
SPACING = 0.1  # inches between neighbouring labels of the size LARGE
LETTER = 0.0093  # inches: the width of a letter, for each point of the font size


def text_width(texts: Sequence[str], size: float) -> float:
    """Estimate the width of the longest of some texts.

    Args:
        texts: Texts of one or several lines.
        size: The font size in points.

    Returns:
        The width in inches; 0 without texts.
    """
    lines = "\n".join(texts).split("\n")
    return LETTER * size * max(map(_count_letters, lines))


def _count_letters(text: str) -> float:
    """Return a length in Latin letters; a Chinese, Japanese or Korean character counts 1.7."""
    wide = [sign for sign in text if unicodedata.east_asian_width(sign) in "WF"]
    return len(text) + 0.7 * len(wide)


def fit_size(size: float, text: str, width: float) -> float:
    """Reduce a font size until a text fits into a width.

    Args:
        size: The largest font size in points.
        text: A single line.
        width: The width in inches.

    Returns:
        A font size in points.
    """
    needed = text_width([text], size)
    return size if needed <= width else size * width / needed


def label_size(spacing: float) -> float:
    """Return the font size of class labels.

    Args:
        spacing: The distance between neighbouring labels in inches.

    Returns:
        Points, from `SMALL` (`LEGIBLE` on a page) to `LARGE`.
    """
    smallest = SMALL if page.current().width is None else LEGIBLE
    return min(LARGE, max(smallest, LARGE * spacing / SPACING))


def with_short_labels(table: Table, longest: int = LONGEST) -> Table:
    """Shorten the class labels of a table, so that every exhibit has room for them.

    Args:
        table: Any table with class labels.
        longest: The most Latin letters of a label.

    Returns:
        The same table if no label is too long; otherwise one that differs in its labels alone.
    """
    labels = shorten_labels(table.classes.labels, longest)
    if labels == table.classes.labels:
        return table
    return table.with_meta({**table.meta, "labels": list(labels)})


def shorten_labels(labels: Sequence[str], longest: int = LONGEST) -> tuple[str, ...]:
    """Cut the middle out of labels that are too long.

    Args:
        labels: The labels of all classes.
        longest: The most Latin letters of a label.

    Returns:
        Labels of at most so many letters. Labels that would look alike carry their class number in
        the gap.
    """
    shortened = [_cut_middle(label, "…", longest) for label in labels]
    unique = []
    for number, (label, short) in enumerate(zip(labels, shortened, strict=True)):
        is_unique = shortened.count(short) == 1
        unique.append(short if is_unique else _cut_middle(label, f"…{number}…", longest))
    return tuple(unique)


def _cut_middle(label: str, gap: str, longest: int) -> str:
    """Return a label, or if it is too long its two ends with `gap` between them."""
    letters = len(label)
    short = label
    while _count_letters(short) > longest:
        letters -= 1
        start = label[: (letters + 1) // 2].rstrip()
        end = label[len(label) - letters // 2 :].lstrip()
        short = start + gap + end
    return short


def format_number(value: float) -> str:
    """Format a number as matplotlib formats a tick, with a typographic minus sign."""
    return f"{value:g}".replace("-", MINUS)


def format_percentage(percent: float) -> str:
    """Format a percentage with one decimal below 10 and none above."""
    if percent < 0.05:
        return "below 0.1"
    decimals = 1 if percent < 10 else 0
    return f"{percent:.{decimals}f}"


def format_range(percentages: Array) -> str:
    """Format the smallest and the largest of some percentages; nan is left out."""
    if np.isnan(percentages).all():
        return "no images"
    return f"{np.nanmin(percentages):.0f} to {np.nanmax(percentages):.0f}"
