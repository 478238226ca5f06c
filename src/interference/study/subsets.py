"""The subsets of a run's images that further columns give, ranked by how much an error departs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from interference.classes import Classes
from interference.confusion import subsets as subsets_of
from interference.confusion.multiple_tests import holm, p_text
from interference.io.files import write_text
from interference.study.comparison import CELL, Row
from interference.study.named_columns import with_names, with_safe_cells
from interference.vocabulary import Array


@dataclass(frozen=True, eq=False)
class Subsets:
    """The test images of a run, divided by columns.

    Attributes:
        run: The name of the run.
        classes: The classes.
        names: The subsets of each column.
        counts: By column, (S, C, C) confusion counts of its subsets.
    """

    run: str
    classes: Classes
    names: Mapping[str, Sequence[str]]
    counts: Mapping[str, Array]

    @cached_property
    def departures(self) -> pd.DataFrame:
        """A row for each subset and kind of error, the smallest p first.

        Columns: `column`, `subset` (its name), and those of `confusion.subsets.departures`;
        `p_holm` is corrected over all rows.
        """
        parts = []
        for column, counts in self.counts.items():
            frame = pd.DataFrame(subsets_of.departures(counts))
            frame["subset"] = [self.names[column][place] for place in frame["subset"]]
            frame.insert(0, "column", column)
            parts.append(frame)
        whole = pd.concat(parts, ignore_index=True)
        whole["p_holm"] = holm(whole["p"].to_numpy(np.float64))
        order = np.lexsort([-whole["difference"].abs(), whole["p"]])
        return whole.iloc[order].reset_index(drop=True)

    @property
    def findings(self) -> pd.DataFrame:
        """The rows of `departures` that are beyond chance."""
        rows = self.departures
        return rows[rows["p_holm"] < subsets_of.LEVEL]

    def error(self, row: Row) -> str:
        """The kind of error of a row, such as `cat as dog`."""
        labels = self.classes.labels
        return f"{labels[row['label']]} as {labels[row['predicted']]}"

    def table(self) -> pd.DataFrame:
        """The rows of `departures` with the names of classes, for files."""
        named = with_names(self.departures, CELL, self.classes)
        return with_safe_cells(named, (*CELL, "column", "subset"))


def lines(subsets: Subsets) -> list[str]:
    """Name the subset that departs most, if one is beyond chance.

    Args:
        subsets: The subsets of a run.

    Returns:
        A line, or none.
    """
    findings = subsets.findings
    if findings.empty:
        return []
    row = findings.iloc[0].to_dict()
    more = len(findings) - 1
    further = f"; {more} more in subsets.csv" if more else ""
    return [f"{subsets.run}: {sentence(subsets, row)}{further}"]


def sentence(subsets: Subsets, row: Row) -> str:
    """Say how often an error occurs in a subset and elsewhere.

    Args:
        subsets: The subsets.
        row: The row of `Subsets.departures`.

    Returns:
        A sentence without its full stop.
    """
    rate = 100 * row["errors"] / row["images"]
    rest = 100 * row["rest_errors"] / row["rest_images"]
    word = "more" if row["difference"] > 0 else "less"
    tests = f"{p_text(row['p_holm'])} by Holm over {len(subsets.departures):,} tests"
    return (
        f"{subsets.error(row)} is {word} frequent where {row['column']} is {row['subset']}: "
        f"{rate:.1f} % of {row['images']:,} images, {rest:.1f} % of the other "
        f"{row['rest_images']:,} ({row['difference']:+.1f} points, 95 %: {row['low']:.1f} to "
        f"{row['high']:.1f}; {tests})"
    )


def save(by_run: Sequence[Subsets], folder: Path) -> None:
    """Write the departures of all runs.

    Args:
        by_run: The subsets of each run.
        folder: The folder; the file is `subsets.csv`.
    """
    parts = []
    for subsets in by_run:
        frame = subsets.table()
        frame.insert(0, "run", subsets.run)
        parts.append(frame)
    if parts:
        write_text(folder / "subsets.csv", pd.concat(parts).to_csv(index=False))
