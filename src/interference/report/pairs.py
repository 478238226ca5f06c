"""What the trained nets mix up: the recall of each class, the pairs that interfere most, and with which classes."""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

import numpy as np

from interference import by_epoch, chance, confusion, paper
from interference.confusion import THRESHOLD
from interference.report import recalls
from interference.report.packing import Arrays
from interference.report.section import Section
from interference.report.words import table
from interference.study import Study
from interference.tables import Table
from interference.vocabulary import Array

PAIRS = """<h3>The most interfering pairs</h3><p>How often the classes of each pair are taken for each other, both ways
added, in percent of their test images, with its 95 % interval.{ranked}</p>
<div class="controls"></div><div class="drawn"></div>"""
RANKED = """ <span class="how">Pairs are ranked over the chosen runs together; where the dots of a run step back to the
right by more than their bars, it has another order.</span>"""
CLASSES = f"""<h3>Interfering classes</h3>
<p>The classes that more than {100 * THRESHOLD:g} % of a class's test images are taken for, the strongest first, in
percent. <span class="how">A class may lose its images to one strong interferer or to several weak ones. Beyond chance
are those with all of their 95 % interval above {100 * THRESHOLD:g} %.</span></p>"""


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section, None where no run has been tested."""
    tables = study.of_runs("cctm")
    runs = {run: arrays.add(_pairs(by_epoch.test_counts(one))) for run, one in tables.items()}
    opened = None if study.many else next(iter(tables), None)
    content = "".join(_interferers(run, one, run == opened) for run, one in tables.items())
    words = PAIRS.format(ranked=RANKED * (len(runs) > 1)) + CLASSES
    return Section("Pairs and classes", recalls.html(tables, study.many) + words + content, "pairs",
                   {"runs": runs}) if tables else None


def _pairs(counts: Array) -> Array:
    """Of every pair a < b (pairs, 4): the rate both ways, its 95 % interval, and the pair's share of all errors."""
    rates, (low, high) = confusion.cctm(counts), chance.pair_intervals(counts)
    pairs = np.triu_indices(len(counts), 1)
    return np.stack([each[pairs] for each in (rates + rates.T, low, high, confusion.pair_share(counts))], -1)


def _interferers(run: str, one: Table, opened: bool) -> str:
    """Table 2 of a run, for every class; folded away."""
    stated = _stated(one)
    heads = ("class", f"above {100 * THRESHOLD:g} %", "number", "beyond chance", *["the paper's"] * bool(stated))
    return (f"<details{' open' * opened}><summary>{escape(run)}</summary>"
            f"{table(heads, _rows(one, stated), f'Interfering classes of {run}')}</details>")


def _stated(one: Table) -> Mapping[str, int]:
    """How many classes interfere with some in the paper's Table 2, where the run is of its net and set-up."""
    return paper.INTERFERERS if one.run["net"] == paper.INTERFERED and paper.setup(one.run) == paper.RECALLED else {}


def _rows(one: Table, stated: Mapping[str, int]) -> Iterator[tuple[Any, ...]]:
    """A class, the classes that interfere with it, how many they are, how many surely, and how many in the paper."""
    counts, classes = by_epoch.test_counts(one), one.classes
    rates, (low, _) = confusion.cctm(counts), chance.wilson(counts, counts.sum(-1, keepdims=True))
    for row, label in enumerate(classes.labels):
        found = confusion.interferers(rates, row)
        words = ", ".join(f"{classes.labels[other]} {100 * rates[row, other]:.1f}" for other in found)
        yield (label, words, len(found), sum(bool(low[row, other] > THRESHOLD) for other in found),
               *[stated.get(classes.keys[row])] * bool(stated))
