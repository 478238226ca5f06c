"""The section on errors that several runs share: do they lie in the data or in the training?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from interference.confusion import comparison as changes_of
from interference.confusion.multiple_tests import p_text
from interference.reporting.report import pictures
from interference.reporting.report.section import Section, TextTable
from interference.study import overlap_sentences as sentences
from interference.study.overlap import SAME, Overlap
from interference.study.study import Study

ROWS = 15  # the most classes, and the most pairs, that have a row
NAMES = 40  # the most images in the list that stands in place of pictures
BINS = 20  # the most runs with a bar for each number of runs


@dataclass(frozen=True)
class Bar:
    """The images that a number of runs mistake.

    Attributes:
        runs: The number of runs, or a range of numbers.
        images: The number of images.
        expected: The number that is expected, as text.
        width: The length of the bar in percent of the longest one.
        mark: Where on the bar the expected number lies, in percent.
    """

    runs: str
    images: int
    expected: str
    width: float
    mark: float


@dataclass(frozen=True)
class HardImage:
    """An image that many runs mistake.

    Attributes:
        uri: Its picture as a data URI; empty if there is none.
        name: Its file, or its number.
        text: Its true class, the wrong class that most runs choose, and how many do.
    """

    uri: str
    name: str
    text: str


@dataclass(frozen=True)
class Context:
    """The facts of the section's template.

    Attributes:
        headline: How much of the errors lies in the images.
        shared: How many images all runs mistake.
        errs: Whether any run errs.
        runs: The number of runs.
        bars: The images by the number of runs that mistake them; without the images that no run
            mistakes.
        right: The number of images that no run mistakes.
        right_expected: The number that is expected, as text.
        seeds: The overlap of runs that differ by their seed, and of others; None unless both exist.
        kinds: The errors that all runs share, by class and pair.
        left_out: The number of classes and pairs without a row.
        images: The hardest images.
        mistaken: The number of images that some run mistakes.
        has_pictures: Whether the images are shown.
    """

    headline: str
    shared: str
    errs: bool
    runs: int
    bars: Sequence[Bar]
    right: int
    right_expected: str
    seeds: TextTable | None
    kinds: TextTable
    left_out: int
    images: Sequence[HardImage]
    mistaken: int
    has_pictures: bool


def section(study: Study) -> Section | None:
    """The errors that several runs share.

    Args:
        study: The study.

    Returns:
        The section, or None unless two or more runs share test images.
    """
    overlap = study.overlap
    if overlap is None:
        return None
    kinds = overlap.kinds
    levels = changes_of.TOTAL, changes_of.CLASS, changes_of.PAIR
    shown = pd.concat([kinds[kinds["level"] == level].head(ROWS) for level in levels])
    tiles = list(_tiles(study, overlap, pictures.EACH))
    has_pictures = any(tile.uri for tile in tiles)
    none = overlap.difficulty.iloc[0]
    context = Context(
        headline=sentences.headline(overlap),
        shared=sentences.shared(overlap),
        errs=bool(overlap.wrong.any()),
        runs=len(overlap.runs),
        bars=list(_bars(overlap)),
        right=int(none["images"]),
        right_expected=sentences.expected(none["expected"]),
        seeds=_seeds(overlap),
        kinds=_kinds(overlap, shown),
        left_out=len(kinds) - len(shown),
        images=tiles if has_pictures else list(_tiles(study, overlap, NAMES)),
        mistaken=len(overlap.images),
        has_pictures=has_pictures,
    )
    return Section("Data or training", "overlap.html", context)


def _bars(overlap: Overlap) -> Iterator[Bar]:
    """The images that one, two, ... runs mistake; with many runs, ranges of numbers of runs."""
    numbers = overlap.difficulty.iloc[1:]
    step = -(-len(numbers) // BINS)
    first = (numbers["runs"] - 1) // step
    grouped = numbers.groupby(first).agg({"runs": ["min", "max"], "images": "sum"})
    expected = numbers.groupby(first)["expected"].sum()
    longest = max(grouped["images", "sum"].max(), expected.max(), 1e-9)
    for place in grouped.index:
        low, high = grouped.loc[place, "runs"]
        images = int(grouped.loc[place, ("images", "sum")])
        yield Bar(
            runs=f"{low}" if low == high else f"{low} to {high}",
            images=images,
            expected=sentences.expected(expected[place]),
            width=round(100 * images / longest, 2),
            mark=round(100 * expected[place] / longest, 2),
        )


def _seeds(overlap: Overlap) -> TextTable | None:
    """The overlap of runs that differ by their seed, and of others."""
    rows = []
    for name, (pairs, value) in overlap.excess_of.items():
        text = "seeds of the same training" if name == SAME else "different nets or trainings"
        both = value.observed / pairs
        expected = value.expected / pairs
        ratio = f"{value.ratio:.2f} ({value.low:.2f} to {value.high:.2f})"
        rows.append([text, pairs, f"{both:,.1f}", f"{expected:,.1f}", ratio])
    heads = ["two runs are", "pairs", "both err on", "expected", "ratio (95 %)"]
    return TextTable("Overlap of two runs", heads, rows) if rows else None


def _kinds(overlap: Overlap, rows: pd.DataFrame) -> TextTable:
    """The errors that all runs share."""
    heads = ["errors of", "images", "a run's errors", "by some run", "by all runs", "expected"]
    heads += ["shared by all, % (95 %)", "p by Holm"]
    cells = []
    for row in rows.to_dict("records"):
        share = None
        if np.isfinite(row["share"]):
            share = f"{row['share']:.0f} ({row['low']:.0f} to {row['high']:.0f})"
        p = row["p"] if row["level"] == changes_of.TOTAL else row["p_holm"]
        cells.append(
            [
                overlap.name(row),
                f"{row['images']:,}",
                f"{row['errors'] / len(overlap.runs):,.1f}",
                f"{row['some']:,}",
                f"{row['all']:,}",
                sentences.expected(row["expected"]),
                share,
                p_text(p).removeprefix("p = ").removeprefix("p ") if np.isfinite(p) else None,
            ]
        )
    return TextTable("Errors that all runs share", heads, cells)


def _tiles(study: Study, overlap: Overlap, most: int) -> Iterator[HardImage]:
    """The hardest images."""
    for row in overlap.images.head(most).to_dict("records"):
        uri = pictures.uri_of(study, row)
        yield HardImage(uri, pictures.name_of(row), _text(overlap, row))


def _text(overlap: Overlap, row: dict[Any, Any]) -> str:
    """The true class of an image, and which wrong class how many runs choose."""
    labels = overlap.classes.labels
    text = f"{labels[row['label']]} as {labels[row['predicted']]}"
    return f"{text}, {row['alike']} of {row['of']}"
