"""The section on the label dance (Figure 6) of every pair of classes, and on which pairs dance."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from interference import confusion
from interference.confusion import dance
from interference.confusion.training_cells import TrainingCells
from interference.reporting.report.packing import Arrays
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.vocabulary import TRAINING_FIRST, Array

SHOWN = 45  # pairs that a reader can choose by a click: all pairs of ten classes
LISTED = 4950  # pairs that a reader can choose by their classes: all pairs of a hundred classes

Recorded = Mapping[str, TrainingCells]  # by split


@dataclass(frozen=True)
class Dances:
    """The facts of the section's template.

    Attributes:
        prominence: How far an extremum of a recall stands out, in standard errors.
        pairs: The number of pairs of classes.
        shown: The greatest number of pairs that are drawn.
        listed: The greatest number of pairs that a reader can choose.
    """

    prominence: float
    pairs: int
    shown: int
    listed: int


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
        most_interfering = _most_interfering(recorded)
        pairs = np.array(sorted(most_interfering)).reshape(-1, 2)
        splits = {split: _split(cells, pairs, arrays) for split, cells in recorded.items()}
        runs[run] = {"most": most_interfering[:SHOWN], "splits": splits}
    if not runs:
        return None
    context = Dances(dance.PROMINENCE, math.comb(len(study.classes), 2), SHOWN, LISTED)
    return Section("Dance", "dances.html", context, "dances", {"runs": runs})


def trainings(study: Study) -> dict[str, Recorded]:
    """The splits of which a run recorded two epochs or more.

    Args:
        study: The study.

    Returns:
        The counts by run and split, for the runs that have such a split. The splits stand in the
        order of `TRAINING_FIRST`.
    """
    runs: dict[str, Recorded] = {}
    for run, recorded in study.recorded.items():
        splits = [split for split in TRAINING_FIRST if split in recorded]
        followed = {split: recorded[split] for split in splits if len(recorded[split].epochs) > 1}
        if followed:
            runs[run] = followed
    return runs


def _most_interfering(recorded: Recorded) -> list[tuple[int, int]]:
    """The most interfering pairs after the last epoch, at most `LISTED`.

    They are those of the test set if it was recorded.
    """
    split = "test" if "test" in recorded else next(iter(recorded))
    last = confusion.cctm(recorded[split].last)
    ranked = confusion.ranked_pairs(last, LISTED)
    return [(first, second) for first, second, _ in ranked]


def _split(cells: TrainingCells, chosen: Array, arrays: Arrays) -> dict[str, Any]:
    """How the chosen pairs of classes (p, 2) dance on a split, the most opposed pair first.

    `moments` (k, 4) holds an epoch's position, the class that loses images, the pair's other class
    and the class that takes the images. `pairs` (p, 5) holds two classes, the number of epochs in
    which one recall rises and the other falls, and the numbers of red and of blue moments. `r`
    (p, 3) holds the correlation and its 95 % interval.
    """
    pairs = dance.pairs_of(cells, chosen)
    numbers = pairs[["class_1", "class_2", "dance_epochs", "red", "blue"]]
    correlations = pairs[["anticorrelation", "low", "high"]]
    return {
        "moments": arrays.add(dance.moments_of(cells, chosen)),
        "pairs": arrays.add(numbers.to_numpy()),
        "r": arrays.add(correlations.to_numpy()),
    }
