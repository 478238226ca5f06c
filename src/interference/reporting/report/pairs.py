"""What the trained nets mix up: the recall of each class, the pairs that interfere most, and with which classes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from interference import confusion, paper
from interference.confusion import THRESHOLD, by_epoch, statistics
from interference.io.tables import Table
from interference.reporting.report.packing import Arrays
from interference.reporting.report.recalls import Recalls, recalls
from interference.reporting.report.section import Section, TextTable
from interference.study.study import Study
from interference.vocabulary import Array


@dataclass(frozen=True)
class Pairs:
    """What the section shows.

    Attributes:
        recalls: The recall of each class by run.
        threshold: The rate above which a class interferes, in percent.
        interferers: Table 2 of each run, for every class.
        opened: The run whose table is unfolded, None where all are folded away.
    """

    recalls: Recalls
    threshold: float
    interferers: Mapping[str, TextTable]
    opened: str | None


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section, None where no run has been tested."""
    tables = study.of_runs("cctm")
    if not tables:
        return None
    context = Pairs(
        recalls=recalls(tables, study.many),
        threshold=100 * THRESHOLD,
        interferers={run: _interferers(run, table) for run, table in tables.items()},
        opened=None if study.many else next(iter(tables)),
    )
    runs = {run: arrays.add(_pairs(by_epoch.test_counts(table))) for run, table in tables.items()}
    return Section("Pairs and classes", "pairs.html", context, "pairs", {"runs": runs})


def _pairs(counts: Array) -> Array:
    """Of every pair a < b (pairs, 4): the rate both ways, its 95 % interval, and the pair's share of all errors."""
    rates, (low, high) = confusion.cctm(counts), statistics.pair_intervals(counts)
    pairs = np.triu_indices(len(counts), 1)
    return np.stack(
        [each[pairs] for each in (rates + rates.T, low, high, confusion.pair_share(counts))], -1
    )


def _interferers(run: str, table: Table) -> TextTable:
    """Table 2 of a run, for every class."""
    stated = _stated(table)
    heads = (
        "class",
        f"above {100 * THRESHOLD:g} %",
        "number",
        "beyond chance",
        *["the paper's"] * bool(stated),
    )
    return TextTable(f"Interfering classes of {run}", heads, list(_rows(table, stated)))


def _stated(table: Table) -> Mapping[str, int]:
    """How many classes interfere with some in the paper's Table 2, where the run is of its net and set-up."""
    is_stated = table.run["net"] == paper.INTERFERED and paper.setup(table.run) == paper.RECALLED
    return paper.INTERFERERS if is_stated else {}


def _rows(table: Table, stated: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    """A class, the classes that interfere with it, how many they are, how many surely, and how many in the paper."""
    counts, classes = by_epoch.test_counts(table), table.classes
    rates = confusion.cctm(counts)
    low, _ = statistics.wilson(counts, counts.sum(-1, keepdims=True))
    for row, label in enumerate(classes.labels):
        others = confusion.interferers(rates, row)
        texts = [f"{classes.labels[other]} {100 * rates[row, other]:.1f}" for other in others]
        sure = sum(bool(low[row, other] > THRESHOLD) for other in others)
        of_paper = [stated.get(classes.keys[row])] if stated else []
        yield label, ", ".join(texts), len(others), sure, *of_paper
