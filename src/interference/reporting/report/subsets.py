"""The section on subsets of the images, such as those of one camera."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from interference import confusion
from interference.confusion import statistics, top_pairs
from interference.confusion.multiple_tests import p_text
from interference.reporting.report.section import Section, TextTable
from interference.study import subsets as subsets_of
from interference.study.study import MANY, Study
from interference.study.subsets import Subsets
from interference.vocabulary import Array

SENTENCES = 5  # the most findings with a sentence
ROWS = 30  # the most departures with a row, for each run
LABELS = 10  # the classes of the matrix, if there are too many for all


@dataclass(frozen=True)
class Context:
    """The facts of the section's template.

    Attributes:
        findings: A sentence for each finding, the smallest p first, for each run.
        more: The number of findings without a sentence.
        tests: The number of tests of all runs.
        tables: The subsets that depart most, by run.
        sizes: The images and the accuracy of each subset, by run.
    """

    findings: Sequence[str]
    more: int
    tests: int
    tables: Sequence[tuple[str, TextTable]]
    sizes: Sequence[tuple[str, TextTable]]


def section(study: Study) -> Section | None:
    """The subsets of the images.

    Args:
        study: The study.

    Returns:
        The section, or None if the user names no column of subsets.
    """
    if not study.subsets:
        return None
    findings = []
    for subsets in study.subsets:
        for row in subsets.findings.to_dict("records"):
            findings.append(f"{subsets.run}: {subsets_of.sentence(subsets, row)}")
    context = Context(
        findings=findings[:SENTENCES],
        more=max(0, len(findings) - SENTENCES),
        tests=sum(len(subsets.departures) for subsets in study.subsets),
        tables=[(subsets.run, _departures(subsets)) for subsets in study.subsets],
        sizes=[(subsets.run, _sizes(subsets)) for subsets in study.subsets],
    )
    runs = {subsets.run: _carried(subsets) for subsets in study.subsets}
    data = {"runs": runs, "labels": _labels(study.subsets)}
    return Section("Subsets", "subsets.html", context, "subsets", data)


def _labels(by_run: Sequence[Subsets]) -> list[int]:
    """The classes of the matrix: all, or those of the first departures if there are many."""
    number = len(by_run[0].classes)
    if number <= MANY:
        return list(range(number))
    labels: list[int] = []
    for subsets in by_run:
        for row in subsets.departures.head(LABELS).to_dict("records"):
            labels += [row[name] for name in ("label", "predicted") if row[name] not in labels]
    return sorted(labels[:LABELS])


def _carried(subsets: Subsets) -> dict[str, Any]:
    """The subsets as the script reads them: the cells with images of each."""
    carried = {}
    for column, counts in subsets.counts.items():
        carried[column] = {
            "names": list(subsets.names[column]),
            "cells": [_cells(matrix) for matrix in counts],
        }
    return carried


def _cells(counts: Array) -> list[list[int]]:
    """The cells (label, predicted, count) of counts (C, C) that have images."""
    label, predicted = np.nonzero(counts)
    cells: list[list[int]] = np.stack([label, predicted, counts[label, predicted]], 1).tolist()
    return cells


def _departures(subsets: Subsets) -> TextTable:
    """The subsets that depart most."""
    heads = ["error", "column", "subset", "in the subset", "in the rest", "points (95 %)"]
    rows = []
    for row in subsets.departures.head(ROWS).to_dict("records"):
        interval = f"{row['low']:+.1f} to {row['high']:+.1f}"
        rows.append(
            [
                subsets.error(row),
                row["column"],
                row["subset"],
                f"{row['errors']:,} of {row['images']:,}",
                f"{row['rest_errors']:,} of {row['rest_images']:,}",
                f"{row['difference']:+.1f} ({interval})",
                _p(row["p"]),
                _p(row["p_holm"]),
            ]
        )
    return TextTable(f"Departures of {subsets.run}", [*heads, "p", "p by Holm"], rows)


def _p(value: float) -> str:
    return p_text(value).removeprefix("p = ").removeprefix("p ")


def _sizes(subsets: Subsets) -> TextTable:
    """The images, the accuracy and the most interfering pair of each subset."""
    heads = ["column", "subset", "images", "accuracy, % (95 %)", "most confused"]
    return TextTable(f"Subsets of {subsets.run}", heads, list(_size_rows(subsets)))


def _size_rows(subsets: Subsets) -> Iterator[list[Any]]:
    for column, counts in subsets.counts.items():
        for name, matrix in zip(subsets.names[column], counts, strict=True):
            images = int(matrix.sum())
            if not images:
                continue
            low, high = statistics.wilson(int(np.trace(matrix)), images)
            accuracy = f"{confusion.accuracy(matrix):.1f} ({100 * low:.1f} to {100 * high:.1f})"
            (pair,) = top_pairs.describe(matrix, subsets.classes.labels, 1)
            yield [column, name, f"{images:,}", accuracy, pair]
