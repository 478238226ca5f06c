"""The section on the label dance (Figure 6) of every pair of classes, and on which pairs dance."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interference import confusion
from interference.confusion import dance
from interference.reporting.report.packing import Arrays
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.vocabulary import TRAINING_FIRST, Array

SHOWN = 45  # pairs that a reader can choose by a click: all pairs of ten classes

Recorded = Mapping[str, tuple[Array, Array]]  # by split: epochs and counts (epochs, C, C)


@dataclass(frozen=True)
class Dances:
    """The facts of the section's template.

    Attributes:
        prominence: How far an extremum of a recall stands out, in standard errors.
        pairs: The number of pairs of classes.
        shown: The greatest number of pairs that are drawn.
    """

    prominence: float
    pairs: int
    shown: int


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section on the label dance; its script reads the counts of the CCTM's section.

    Args:
        study: The study.
        arrays: Takes up the moments and the correlations.

    Returns:
        The section, or None if no run recorded two epochs.
    """
    runs = {}
    for run, recorded in trainings(study).items():
        splits = {
            split: _split(epochs, counts, arrays) for split, (epochs, counts) in recorded.items()
        }
        runs[run] = {"most": _top_pairs(recorded), "splits": splits}
    if not runs:
        return None
    context = Dances(dance.PROMINENCE, math.comb(len(study.classes), 2), SHOWN)
    return Section("Dance", "dances.html", context, "dances", {"runs": runs})


def trainings(study: Study) -> dict[str, Recorded]:
    """The splits of which a run recorded two epochs or more.

    Args:
        study: The study.

    Returns:
        The epochs and the counts (epochs, C, C) by run and split, for the runs that have such a
        split. The splits stand in the order of `TRAINING_FIRST`.
    """
    runs: dict[str, Recorded] = {}
    for run, recorded in study.recorded.items():
        splits = [split for split in TRAINING_FIRST if split in recorded]
        followed = {split: recorded[split] for split in splits if len(recorded[split][0]) > 1}
        if followed:
            runs[run] = followed
    return runs


def _top_pairs(recorded: Recorded) -> list[tuple[int, int]]:
    """The most interfering pairs after the last epoch, at most `SHOWN`.

    They are those of the test set if it was recorded.
    """
    split = "test" if "test" in recorded else next(iter(recorded))
    _, counts = recorded[split]
    last = confusion.cctm(counts[-1])
    ranked = confusion.ranked_pairs(last)
    return [(first, second) for first, second, _ in ranked[:SHOWN]]


def _split(epochs: Array, counts: Array, arrays: Arrays) -> dict[str, Any]:
    """How all pairs of classes dance on a split, the most opposed pair first.

    `moments` (k, 4) holds an epoch's position, the class that loses images, the pair's other class
    and the class that takes the images. `pairs` (p, 5) holds two classes, the number of epochs in
    which one recall rises and the other falls, and the numbers of red and of blue moments. `r`
    (p, 3) holds the correlation and its 95 % interval.
    """
    cctm = confusion.cctm(counts)
    size = counts[0].sum(-1)
    pairs = dance.pairs(cctm, epochs, size=size)
    numbers = pairs[["class_1", "class_2", "dance_epochs", "red", "blue"]]
    correlations = pairs[["anticorrelation", "low", "high"]]
    return {
        "moments": arrays.add(dance.all_moments(cctm, size=size)),
        "pairs": arrays.add(numbers.to_numpy()),
        "r": arrays.add(correlations.to_numpy()),
    }
