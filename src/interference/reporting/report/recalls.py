"""The recall of each class by run, beside the paper's recalls of the same nets (Table 1)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from interference import confusion, paper
from interference.classes import DASH
from interference.confusion import by_epoch
from interference.io.tables import Table
from interference.vocabulary import Array

# The darkest shade means at least so many percent of missed images: small differences stay pale.
LEAST = 5.0
ROWS = 100  # the most classes that have a row in a table


@dataclass(frozen=True)
class Cell:
    """A number of the table.

    Attributes:
        text: The number as the page shows it.
        dark: How dark the cell is, 0 to 1, as text for CSS; empty for a cell without a shade.
        beyond: Whether the number lies outside the paper's range.
        lowest: Whether it is the lowest recall of its run.
    """

    text: str
    dark: str = ""
    beyond: bool = False
    lowest: bool = False


@dataclass(frozen=True)
class Row:
    """A row of the table.

    Attributes:
        name: The run, the class, or the version of the paper's table.
        cells: The numbers.
        is_class: Whether the row is a class's.
        of_paper: Whether the row is the paper's.
    """

    name: str
    cells: Sequence[Cell]
    is_class: bool = False
    of_paper: bool = False


@dataclass(frozen=True)
class Agreement:
    """How many recalls agree with the paper's.

    Attributes:
        points: How far a recall may lie outside the paper's range, in percentage points.
        wider: The classes with another tolerance, each with its points.
        inside: The number of recalls that agree.
        cells: The number of recalls that are compared.
    """

    points: float
    wider: Sequence[str]
    inside: int
    cells: int


@dataclass(frozen=True)
class Recalls:
    """The table of recalls.

    Attributes:
        by_class: Whether a row is a class; otherwise a row is a run.
        heads: The columns' heads.
        rows: The rows.
        agreement: How many recalls agree with the paper's; None without runs of the paper's.
        left_out: The number of classes without a row.
    """

    by_class: bool
    heads: Sequence[str]
    rows: Sequence[Row]
    agreement: Agreement | None
    left_out: int = 0


def shown_classes(recalls: Array) -> list[int]:
    """The classes that have a row in a table.

    Args:
        recalls: The recall of each class (C,), nan for a class without images.

    Returns:
        All label numbers if there are at most `ROWS`; otherwise those of the lowest recalls, lowest
        first.
    """
    if len(recalls) <= ROWS:
        return list(range(len(recalls)))
    order: list[int] = np.argsort(recalls, kind="stable")[:ROWS].tolist()
    return order


def recalls(tables: Mapping[str, Table], many: bool) -> Recalls:
    """The table of recalls.

    Args:
        tables: The cctm tables by run, one or more.
        many: Whether there are more classes than fit as columns.

    Returns:
        The table.
    """
    by_run = {run: confusion.recall(by_epoch.test_counts(table)) for run, table in tables.items()}
    misses = [100 - np.nanmin(values, initial=100) for values in by_run.values()]
    darkest = max(LEAST, *misses)
    if many:
        rows_of_classes = list(_class_rows(tables, by_run, darkest))
        left_out = max(0, len(next(iter(by_run.values()))) - ROWS)
        return Recalls(True, ["class", *tables], rows_of_classes, None, left_out)
    last_of_net = {
        table.run["net"]: run for run, table in tables.items() if paper.recalls_of(table.run)
    }
    with_paper = any(paper.accuracy_of(table.run) for table in tables.values())
    rows: list[Row] = []
    for run, table in tables.items():
        rows.append(_run_row(run, table, by_run[run], darkest, with_paper))
        if last_of_net.get(table.run["net"]) == run:
            rows.extend(_paper_rows(table))
    heads = ["run", "accuracy"]
    if with_paper:
        heads.append("the paper's")
    heads += next(iter(tables.values())).classes.labels
    return Recalls(False, heads, rows, _agreement(tables, by_run))


def _class_rows(
    tables: Mapping[str, Table], by_run: Mapping[str, Array], darkest: float
) -> Iterator[Row]:
    """The accuracies, then a row a class: the lowest mean recall first, and without images last."""
    accuracies = [confusion.accuracy(by_epoch.test_counts(table)) for table in tables.values()]
    yield Row("all", [Cell(f"{accuracy:.2f}") for accuracy in accuracies])
    labels = next(iter(tables.values())).classes.labels
    values = np.stack([*by_run.values()], 1)  # (C, runs)
    lowest = values == np.nanmin(values, 0, initial=100)
    for label in np.argsort(values.mean(1), kind="stable")[:ROWS]:
        cells = [
            _recall_cell(recall, (100 - recall) / darkest, False, low)
            for recall, low in zip(values[label], lowest[label], strict=True)
        ]
        yield Row(labels[label], cells, is_class=True)


def _run_row(run: str, table: Table, recalls: Array, darkest: float, with_paper: bool) -> Row:
    """A run's accuracy, the paper's accuracy if `with_paper`, and the run's recalls (C,)."""
    accuracy = float(confusion.accuracy(by_epoch.test_counts(table)))
    of_paper = paper.accuracy_of(table.run)
    beyond = of_paper is not None and abs(round(accuracy - of_paper[0], 2)) > of_paper[1]
    cells = [Cell(f"{accuracy:.2f}", beyond=beyond)]
    if with_paper:
        cells.append(Cell(f"{of_paper[0]:.2f}" if of_paper else DASH))
    lowest = recalls == np.nanmin(recalls, initial=100)
    darkness = (100 - recalls) / darkest
    cells += map(_recall_cell, recalls, darkness, _outside(table, recalls), lowest)
    return Row(run, cells)


def _recall_cell(recall: float, dark: float, beyond: bool, lowest: bool) -> Cell:
    """The cell of a recall in percent, a dash for nan."""
    if not np.isfinite(recall):
        return Cell(DASH)
    return Cell(f"{recall:.1f}", f"{dark:.3f}", bool(beyond), bool(lowest))


def _outside(table: Table, recalls: Array) -> Array:
    """Whether each recall (C,) lies outside the paper's range; false if the paper has none."""
    ranges = paper.recall_ranges(table.run["net"]) if paper.recalls_of(table.run) else {}
    limits = [ranges.get(key, (0, 100)) for key in table.classes.keys]
    low, high = np.array(limits).T
    below = recalls < low
    above = recalls > high
    outside: Array = below | above
    return outside


def _paper_rows(table: Table) -> Iterator[Row]:
    """The versions of the paper's table, a row each, without accuracies."""
    for version, recalls in paper.recalls_of(table.run).items():
        cells = [Cell(""), Cell("")]  # no accuracies
        for key in table.classes.keys:
            cells.append(Cell(f"{recalls[key]:.1f}"))
        yield Row(f"the paper, version {version}", cells, of_paper=True)


def _agreement(tables: Mapping[str, Table], by_run: Mapping[str, Array]) -> Agreement | None:
    """How many recalls agree with the paper's, None if the paper has none of these runs."""
    compared = {run: table for run, table in tables.items() if paper.recalls_of(table.run)}
    if not compared:
        return None
    classes = next(iter(compared.values())).classes
    by_net = [_outside(table, by_run[run]) for run, table in compared.items()]
    outside = np.stack(by_net)  # (runs, C)
    wider = []
    for key, points in paper.TOLERANCES.items():
        label = classes.labels[classes.index(key)]
        wider.append(f"{label} {points:g}")
    return Agreement(paper.TOLERANCE, wider, int(outside.size - outside.sum()), outside.size)
