"""The dance of two classes while a net trains (Figure 6), with its moments, and which pairs dance."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from interference import confusion
from interference.confusion import dance
from interference.reporting.report.packing import Arrays
from interference.reporting.report.section import Section
from interference.study.study import Study
from interference.vocabulary import Array

SHOWN = 45  # pairs among which one chooses by a click: all of ten classes

ORDER = (
    "train_augmented",
    "train",
    "train_online",
    "test",
)  # the paper's way to record a training first


@dataclass(frozen=True)
class Dances:
    """What the section shows: an extremum's prominence in standard errors, all pairs, those shown."""

    prominence: float
    pairs: int
    shown: int


def section(study: Study, arrays: Arrays) -> Section | None:
    """The section, None where no run has two epochs of counts; the counts themselves are those of the CCTM's."""
    runs = {
        run: {
            "most": _most(found),
            "splits": {split: _split(*counts, arrays) for split, counts in found.items()},
        }
        for run, found in played(study).items()
    }
    context = Dances(dance.PROMINENCE, math.comb(len(study.classes), 2), SHOWN)
    return Section("Dance", "dances.html", context, "dances", {"runs": runs}) if runs else None


def played(study: Study) -> dict[str, dict[str, tuple[Array, Array]]]:
    """Of the runs that recorded two epochs or more of some split, those splits' epochs and counts (epochs, C, C)."""
    long = {
        run: {
            split: found[split] for split in sorted(found, key=_place) if len(found[split][0]) > 1
        }
        for run, found in study.recorded.items()
    }
    return {run: found for run, found in long.items() if found}


def _place(split: str) -> int:
    return ORDER.index(split) if split in ORDER else len(ORDER)


def _most(found: Mapping[str, tuple[Array, Array]]) -> list[list[int]]:
    """The most interfering pairs after the last epoch, on the test set if that was recorded; `SHOWN` at most."""
    _, counts = found.get("test") or next(iter(found.values()))
    return [pair for *pair, _ in confusion.ranked_pairs(confusion.cctm(counts[-1]))[:SHOWN]]


def _split(epochs: Array, counts: Array, arrays: Arrays) -> dict[str, Any]:
    """How all pairs dance: `moments` (k, 4) as position among the epochs, own, partner and taker.

    A row of `pairs` (p, 5) is two classes, the number of epochs in which one rises and one falls, and the numbers of
    moments, red and blue; of `r` (p, 3) the correlation and its interval. The most opposed pair comes first.
    """
    cctm, size = confusion.cctm(counts), counts[0].sum(-1)
    pairs = dance.pairs(cctm, epochs, size=size)
    return {
        "moments": arrays.add(dance.all_moments(cctm, size=size)),
        "pairs": arrays.add(
            pairs[["class_1", "class_2", "dance_epochs", "red", "blue"]].to_numpy()
        ),
        "r": arrays.add(pairs[["anticorrelation", "low", "high"]].to_numpy()),
    }
