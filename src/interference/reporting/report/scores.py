"""The section on precision, recall and F1 of each class, with their means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from interference.classes import DASH
from interference.confusion.scores import MEASURES
from interference.reporting.report.section import Section, TextTable
from interference.study import scores
from interference.study.study import Study

ROWS = 100  # the most classes with a row, those of the lowest F1
HEADS = ("class", "precision, % (95 %)", "recall, % (95 %)", "F1, % (95 %)", "images", "predicted")


@dataclass(frozen=True)
class Context:
    """The facts of the section's template.

    Attributes:
        runs: The table of each run.
        left_out: The number of classes without a row in each table.
    """

    runs: Sequence[tuple[str, TextTable]]
    left_out: int


def section(study: Study) -> Section | None:
    """The scores of each run.

    Args:
        study: The study.

    Returns:
        The section, or None if no run was tested.
    """
    tables = study.of_runs("cctm")
    if not tables:
        return None
    runs = [(run, _table(run, scores.of_run(table))) for run, table in tables.items()]
    left_out = max(0, len(study.classes) - ROWS)
    return Section("Scores", "scores.html", Context(runs, left_out))


def _table(run: str, frame: pd.DataFrame) -> TextTable:
    """The means of a run, then its classes; with many classes the lowest F1 first."""
    classes = frame.iloc[:-2]
    if len(classes) > ROWS:
        order = np.argsort(classes["f1"].fillna(np.inf), kind="stable")[:ROWS]
        classes = classes.iloc[order]
    shown = pd.concat([frame.iloc[-2:], classes])
    rows = [_row(row) for row in shown.to_dict("records")]
    return TextTable(f"Precision, recall and F1 of {run}", HEADS, rows)


def _row(row: dict[Any, Any]) -> list[Any]:
    values = [_score(row, name) for name in MEASURES]
    return [row["class"], *values, f"{row['support']:,}", f"{row['predicted']:,}"]


def _score(row: dict[Any, Any], name: str) -> str | None:
    """A fraction in percent with its interval; None if it is not defined."""
    if not np.isfinite(row[name]):
        return None
    value, low, high = (100 * row[key] for key in (name, f"{name}_low", f"{name}_high"))
    return f"{value:.1f} ({low:.1f}{DASH}{high:.1f})"
