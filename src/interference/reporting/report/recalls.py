"""The recall of each class by run, and where the paper has them, its own beside ours (Table 1, Section 3)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from interference import confusion, paper
from interference.classes import DASH
from interference.confusion import by_epoch
from interference.io.tables import Table
from interference.vocabulary import Array

LEAST = 5.0  # points of misses that are darkest, unless there are more


@dataclass(frozen=True)
class Cell:
    """A number of the table.

    Attributes:
        text: The number as the page shows it.
        dark: How dark the cell is, 0 to 1 as a number for CSS; empty where it has no shade.
        beyond: Whether it lies outside the paper's range.
        lowest: Whether it is the lowest of its run.
    """

    text: str
    dark: str = ""
    beyond: bool = False
    lowest: bool = False


@dataclass(frozen=True)
class Row:
    """A row of the table: of a run, of a class, or of a version of the paper's table."""

    name: str
    cells: Sequence[Cell]
    is_class: bool = False
    of_paper: bool = False


@dataclass(frozen=True)
class Compared:
    """How many recalls agree with the paper's.

    Attributes:
        points: How far a recall may lie outside the paper's range, in percentage points.
        wider: The classes for which that is more, each with its points.
        inside: The recalls that agree.
        cells: The recalls that are compared.
    """

    points: float
    wider: Sequence[str]
    inside: int
    cells: int


@dataclass(frozen=True)
class Recalls:
    """What the table shows: a row a run, or of many classes a row a class."""

    by_class: bool
    heads: Sequence[str]
    rows: Sequence[Row]
    compared: Compared | None


def recalls(tables: Mapping[str, Table], many: bool) -> Recalls:
    """The table of recalls.

    Args:
        tables: The test CCTMs by run, one or more.
        many: Whether there are more classes than fit as columns.
    """
    by_run = {run: confusion.recall(by_epoch.test_counts(table)) for run, table in tables.items()}
    misses = [100 - np.nanmin(values, initial=100) for values in by_run.values()]
    darkest = max(LEAST, *misses)
    if many:
        return Recalls(True, ["class", *tables], list(_class_rows(tables, by_run, darkest)), None)
    last_of_net = {
        table.run["net"]: run for run, table in tables.items() if paper.recalls_of(table.run)
    }
    stated = any(paper.accuracy_of(table.run) for table in tables.values())
    rows: list[Row] = []
    for run, table in tables.items():
        rows.append(_run_row(run, table, by_run[run], darkest, stated))
        if last_of_net.get(table.run["net"]) == run:
            rows.extend(_paper_rows(table))
    labels = next(iter(tables.values())).classes.labels
    heads = ["run", "accuracy", *["the paper's"] * stated, *labels]
    return Recalls(False, heads, rows, _compared(tables, by_run))


def _class_rows(
    tables: Mapping[str, Table], by_run: Mapping[str, Array], darkest: float
) -> Iterator[Row]:
    """A row a class, that of the lowest mean recall first, those without images last, and above them all classes'."""
    accuracies = [confusion.accuracy(by_epoch.test_counts(table)) for table in tables.values()]
    yield Row("all", [Cell(f"{accuracy:.2f}") for accuracy in accuracies])
    labels = next(iter(tables.values())).classes.labels
    values = np.stack([*by_run.values()], 1)  # (C, runs)
    lowest = values == np.nanmin(values, 0, initial=100)
    for label in np.argsort(values.mean(1), kind="stable"):
        cells = [
            _recall_cell(recall, (100 - recall) / darkest, False, low)
            for recall, low in zip(values[label], lowest[label], strict=True)
        ]
        yield Row(labels[label], cells, is_class=True)


def _run_row(run: str, table: Table, recalls: Array, darkest: float, stated: bool) -> Row:
    """A run's accuracy, the paper's where it has `stated` any, and the run's recalls (C,)."""
    accuracy = float(confusion.accuracy(by_epoch.test_counts(table)))
    of_paper = paper.accuracy_of(table.run)
    beyond = of_paper is not None and abs(round(accuracy - of_paper[0], 2)) > of_paper[1]
    cells = [Cell(f"{accuracy:.2f}", beyond=beyond)]
    if stated:
        cells.append(Cell(f"{of_paper[0]:.2f}" if of_paper else DASH))
    lowest = recalls == np.nanmin(recalls, initial=100)
    cells += map(_recall_cell, recalls, (100 - recalls) / darkest, _outside(table, recalls), lowest)
    return Row(run, cells)


def _recall_cell(recall: float, dark: float, beyond: bool, lowest: bool) -> Cell:
    if not np.isfinite(recall):
        return Cell(DASH)
    return Cell(f"{recall:.1f}", f"{dark:.3f}", bool(beyond), bool(lowest))


def _outside(table: Table, recalls: Array) -> Array:
    """Which recalls (C,) leave the range of the paper's, none where it has none for the run."""
    ranges = paper.recall_ranges(table.run["net"]) if paper.recalls_of(table.run) else {}
    low, high = np.array([ranges.get(key, (0, 100)) for key in table.classes.keys]).T
    outside: Array = (recalls < low) | (recalls > high)
    return outside


def _paper_rows(table: Table) -> Iterator[Row]:
    """The paper's versions, a row each, without accuracies."""
    for version, recalls in paper.recalls_of(table.run).items():
        cells = [Cell(f"{recalls[key]:.1f}") for key in table.classes.keys]
        yield Row(f"the paper, version {version}", [Cell(""), Cell(""), *cells], of_paper=True)


def _compared(tables: Mapping[str, Table], by_run: Mapping[str, Array]) -> Compared | None:
    """How many recalls agree with the paper's, None where there are none to compare."""
    compared = {run: table for run, table in tables.items() if paper.recalls_of(table.run)}
    if not compared:
        return None
    classes = next(iter(compared.values())).classes
    outside = np.stack(
        [_outside(table, by_run[run]) for run, table in compared.items()]
    )  # (runs, C)
    wider = [
        f"{classes.labels[classes.index(key)]} {points:g}"
        for key, points in paper.TOLERANCES.items()
    ]
    return Compared(paper.TOLERANCE, wider, int(outside.size - outside.sum()), outside.size)
