"""The section on final nets: each class's recall and interferers, the most interfering pairs."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from interference import confusion, paper
from interference.confusion import THRESHOLD, by_epoch, statistics
from interference.io.tables import Table
from interference.reporting.report.packing import Arrays
from interference.reporting.report.recalls import Recalls, recalls, shown_classes
from interference.reporting.report.section import Section, TextTable
from interference.study.study import Study
from interference.vocabulary import Array


@dataclass(frozen=True)
class Pairs:
    """The facts of the section's template.

    Attributes:
        recalls: The recall of each class by run.
        threshold: The rate above which a class interferes, in percent.
        interferers: Table 2 of each run, for every class.
    """

    recalls: Recalls
    threshold: float
    interferers: Mapping[str, TextTable]


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section on final nets.

    Args:
        study: The study.
        arrays: Takes up the rates of all pairs.

    Returns:
        The section, or None if no run was tested.
    """
    tables = study.of_runs("cctm")
    if not tables:
        return None
    context = Pairs(
        recalls=recalls(tables, study.many),
        threshold=100 * THRESHOLD,
        interferers={run: _interferers(run, table) for run, table in tables.items()},
    )
    counts_by_run = {run: by_epoch.test_counts(table) for run, table in tables.items()}
    pairs = _confused_pairs(counts_by_run.values())
    runs = {run: arrays.add(_measures(counts, pairs)) for run, counts in counts_by_run.items()}
    data = {"pairs": arrays.add(np.stack(pairs, -1)), "runs": runs}
    return Section("Pairs and classes", "pairs.html", context, "pairs", data)


def _confused_pairs(counts_of_runs: Collection[Array]) -> tuple[Array, Array]:
    """The pairs of classes a < b that some run confuses: a and b, (pairs,) each."""
    counts = np.sum(list(counts_of_runs), axis=0)  # (C, C)
    first, second = np.nonzero(np.triu(counts + counts.T, 1))
    return first, second


def _measures(counts: Array, pairs: tuple[Array, Array]) -> Array:
    """Measures of pairs of classes, (pairs, 4).

    The columns are the rate both ways, the low and the high end of its 95 % interval, and the
    pair's fraction of all errors.
    """
    rates = confusion.cctm(counts)
    both_ways = confusion.both_ways(rates)
    low, high = statistics.pair_intervals(counts)
    fraction = confusion.pair_share(counts)
    columns = [measure[pairs] for measure in (both_ways, low, high, fraction)]
    return np.stack(columns, -1)


def _interferers(run: str, table: Table) -> TextTable:
    """Table 2 of a run, for every class."""
    paper_numbers = _paper_numbers(table)
    heads = [
        "class",
        f"predicted as, above {100 * THRESHOLD:g} %",
        "number",
        "beyond chance",
    ]
    if paper_numbers:
        heads.append("the paper's")
    return TextTable(f"Interfering classes of {run}", heads, list(_rows(table, paper_numbers)))


def _paper_numbers(table: Table) -> Mapping[str, int]:
    """The numbers of interfering classes in the paper's Table 2.

    They are empty if the run has another net or another training configuration.
    """
    is_same_net = table.run["net"] == paper.INTERFERED
    is_same_setup = paper.setup(table.run) == paper.RECALLED
    if is_same_net and is_same_setup:
        return paper.INTERFERERS
    return {}


def _rows(table: Table, paper_numbers: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    """A row a class: its interfering classes, their number, and how many are beyond chance.

    Of many classes those of the lowest recalls have rows. A row ends with the paper's number if
    there are `paper_numbers`.
    """
    counts = by_epoch.test_counts(table)
    classes = table.classes
    rates = confusion.cctm(counts)
    low, _ = statistics.wilson(counts, counts.sum(-1, keepdims=True))
    for row in shown_classes(confusion.recall(counts)):
        label = classes.labels[row]
        others = confusion.interferers(rates, row)
        texts = [f"{classes.labels[other]} {100 * rates[row, other]:.1f}" for other in others]
        clear = sum(bool(low[row, other] > THRESHOLD) for other in others)
        cells = [label, ", ".join(texts), len(others), clear]
        if paper_numbers:
            cells.append(paper_numbers.get(classes.keys[row]))
        yield tuple(cells)
