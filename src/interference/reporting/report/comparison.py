"""The section on two runs: whether one is better, what changed, and the images that changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from interference.classes import Classes
from interference.confusion import comparison as changes_of
from interference.confusion.multiple_tests import p_text
from interference.reporting.report import pictures
from interference.reporting.report.section import Section, TextTable
from interference.study import comparison_sentences as sentences
from interference.study.comparison import BROKEN, MENDED, Comparison
from interference.study.study import Study

ROWS = 30  # the most rows of the table
FINDINGS = 8  # the most sentences of a side
NAMES = 40  # the largest number of images in the list that stands in place of pictures
CANDIDATES = 12  # the most rows that are named as candidates


@dataclass(frozen=True)
class Picture:
    """A changed image.

    Attributes:
        uri: The picture as a data URI; empty if there is none.
        name: Its file, or its number.
        text: Its true class and the wrong class.
    """

    uri: str
    name: str
    text: str


@dataclass(frozen=True)
class Side:
    """One side of the comparison: the mended images, or the broken ones.

    Attributes:
        heading: The heading, such as `Mended`.
        findings: A sentence for each finding, the largest first.
        more: The number of findings without a sentence.
        pictures: The first images.
        images: The number of all images.
        has_pictures: Whether the images are shown.
    """

    heading: str
    findings: Sequence[str]
    more: int
    pictures: Sequence[Picture]
    images: int
    has_pictures: bool


@dataclass(frozen=True)
class Context:
    """The facts of the section's template.

    Attributes:
        headline: The sentence that says which run is better.
        totals: The numbers of mended, broken and shared errors; empty for unmatched images.
        sides: The mended and the broken side.
        family: The number of classes, pairs and cells that are tested together.
        candidates: Further rows that the false discovery rate would let through.
        table: The rows that changed most.
        left_out: The number of rows without a row in the table.
        is_paired: Whether images are matched.
        notes: Sentences on images that are not compared.
    """

    headline: str
    totals: str
    sides: Sequence[Side]
    family: int
    candidates: Sequence[str]
    table: TextTable
    left_out: int
    is_paired: bool
    notes: Sequence[str]


def section(study: Study) -> Section | None:
    """The comparison of two runs.

    Args:
        study: The study.

    Returns:
        The section, or None if no two runs are compared.
    """
    comparison = study.comparison
    if comparison is None:
        return None
    better, worse = sentences.sides(comparison)
    shown = pd.concat([_largest(comparison, level) for level in _levels()])
    context = Context(
        headline=sentences.headline(comparison),
        totals=sentences.totals(comparison) if comparison.is_paired else "",
        sides=[
            _side(study, comparison, "Mended", MENDED, better),
            _side(study, comparison, "Broken", BROKEN, worse),
        ],
        family=comparison.family,
        candidates=_candidates(comparison),
        table=_table(comparison, shown),
        left_out=len(comparison.kinds) - len(shown),
        is_paired=comparison.is_paired,
        notes=comparison.notes,
    )
    return Section("Comparison", "comparison.html", context)


def _levels() -> tuple[str, ...]:
    return changes_of.TOTAL, changes_of.CLASS, changes_of.PAIR


def _largest(comparison: Comparison, level: str) -> pd.DataFrame:
    """The rows of a level that changed most."""
    kinds = comparison.kinds
    return kinds[kinds["level"] == level].head(ROWS // 2)


def _side(
    study: Study, comparison: Comparison, heading: str, change: str, findings: Sequence[str]
) -> Side:
    """A side with its findings and its images."""
    images = comparison.images[comparison.images["change"] == change]
    shown = images.head(pictures.EACH)
    tiles = [_picture(study, comparison, row) for row in shown.to_dict("records")]
    has_pictures = any(tile.uri for tile in tiles)
    if not has_pictures:
        named = images.head(NAMES).to_dict("records")
        tiles = [_picture(study, comparison, row) for row in named]
    return Side(
        heading=heading,
        findings=findings[:FINDINGS],
        more=max(0, len(findings) - FINDINGS),
        pictures=tiles,
        images=len(images),
        has_pictures=has_pictures,
    )


def _picture(study: Study, comparison: Comparison, row: dict[Any, Any]) -> Picture:
    """A changed image with its picture, if the page shows images."""
    name = str(row.get("image", row["index"]))
    wrong = row["before"] if row["change"] == MENDED else row["after"]
    text = _error_text(comparison.classes, row["label"], wrong)
    return Picture(pictures.uri_of(study, row), name, text)


def _error_text(classes: Classes, label: int, wrong: int) -> str:
    return f"{classes.labels[label]} as {classes.labels[wrong]}"


def _candidates(comparison: Comparison) -> list[str]:
    """The names of rows that the false discovery rate lets through and Holm's rule does not."""
    kinds = comparison.kinds.iloc[1:]
    is_candidate = (kinds["p_fdr"] < changes_of.LEVEL) & (kinds["p_holm"] >= changes_of.LEVEL)
    rows = kinds[is_candidate].to_dict("records")
    names = []
    for row in rows[:CANDIDATES]:
        word = "fewer" if row["difference"] < 0 else "more"
        names.append(f"{comparison.name(row)} ({word})")
    if len(rows) > CANDIDATES:
        names.append(f"{len(rows) - CANDIDATES} more")
    return names


def _table(comparison: Comparison, rows: pd.DataFrame) -> TextTable:
    """The rows with their counts and tests."""
    heads = ["errors of", "images", "before", "after"]
    if comparison.is_paired:
        heads += ["mended", "broken", "mistaken by both"]
    heads += ["change, points (95 %)", "p", "p by Holm", "p by FDR"]
    cells = []
    for row in rows.to_dict("records"):
        counts = [row["images"], row["before"], row["after"]]
        if comparison.is_paired:
            counts += [row[MENDED], row[BROKEN], row["both"]]
        interval = f"{row['low']:+.1f} to {row['high']:+.1f}"
        cells.append(
            [
                comparison.name(row),
                *(f"{count:,}" for count in counts),
                f"{row['difference']:+.1f} ({interval})",
                *(_p(row[name]) for name in ("p", "p_holm", "p_fdr")),
            ]
        )
    return TextTable("Changes of errors", heads, cells)


def _p(value: float) -> str | None:
    """A p-value as the text of a table cell; None for nan."""
    return p_text(value).removeprefix("p = ").removeprefix("p ") if np.isfinite(value) else None
